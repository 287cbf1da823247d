//! The fleet as the screen holds it: every row, which of them are shown in which order, and which are selected.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    columns::{Column, standing},
    cursor::{Cursor, Rows},
    filter::Filter,
};
use crate::{
    api::live::FleetRow,
    domain::{
        filter::{Query, Verdict},
        target::{Endpoint, Target},
    },
    tui::theme::Role,
};

/// How many servers stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Whose last reading failed, or whose health is critical.
    pub failed: usize,
    /// That wait for a person.
    pub blocked: usize,
    /// Whose health is a warning.
    pub warning: usize,
    /// On which a run works.
    pub running: usize,
    /// Read only once so far.
    pub new: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    row: FleetRow,
    verdict: Verdict,
}

/// The fleet.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
    /// Rows for which the filter holds, in order.
    shown: Vec<usize>,
    selected: BTreeSet<String>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// Which rows are shown.
    pub filter: Filter,
    /// By which column they are sorted.
    pub sort: Option<Column>,
    /// True where the last comes first.
    pub reverse: bool,
    /// Columns that are switched off.
    pub off: BTreeSet<Column>,
    /// True once the engine has said what there is.
    pub loaded: bool,
    counts: Counts,
    widths: [u16; Column::ALL.len()],
}

impl Rows for Fleet {
    fn count(&self) -> usize {
        self.shown.len()
    }

    fn id(&self, index: usize) -> Option<&str> {
        self.row(index).map(|row| row.id.as_str())
    }
}

impl Fleet {
    /// Takes the whole fleet, in place of what was known. What is gone is not selected any more.
    pub fn load(&mut self, rows: Vec<FleetRow>) {
        self.entries = rows.into_iter().map(|row| Entry { row, verdict: Verdict::Yes }).collect();
        self.index = self.entries.iter().enumerate().map(|(index, entry)| (entry.row.id.clone(), index)).collect();
        self.selected.retain(|id| self.index.contains_key(id));
        self.loaded = true;
        (self.counts, self.widths) = (Counts::default(), Default::default());
        for index in 0..self.entries.len() {
            self.count_in(index);
            self.measure(index);
        }
        self.sift();
    }

    fn count_in(&mut self, index: usize) {
        let Some(Entry { row, .. }) = self.entries.get(index) else { return };
        let counts = &mut self.counts;
        let standing = standing(row);
        let count = |number: &mut usize, holds: bool| *number += usize::from(holds);
        count(&mut counts.failed, standing.role == Role::Failed);
        count(&mut counts.blocked, standing.role == Role::Blocked);
        count(&mut counts.warning, standing.role == Role::Warning);
        count(&mut counts.running, row.run.is_some());
        count(&mut counts.new, row.new);
    }

    fn measure(&mut self, index: usize) {
        let Some(Entry { row, .. }) = self.entries.get(index) else { return };
        for (column, width) in Column::ALL.into_iter().zip(&mut self.widths) {
            // ages are never wider than their column
            let text = column.text(row, jiff::Timestamp::UNIX_EPOCH);
            let needed = if column == Column::Seen { 4 } else { crate::tui::text::width(&text) };
            *width = (*width).max(u16::try_from(needed).unwrap_or(u16::MAX));
        }
    }

    fn order(&self, one: usize, other: usize) -> std::cmp::Ordering {
        let (Some(one), Some(other)) = (self.entries.get(one), self.entries.get(other)) else {
            return std::cmp::Ordering::Equal;
        };
        let order = self.sort.unwrap_or(Column::Server).compare(&one.row, &other.row);
        if self.reverse { order.reverse() } else { order }
    }

    /// Judges and sorts every row anew: the filter or the sort has changed.
    pub fn sift(&mut self) {
        for entry in &mut self.entries {
            entry.verdict = self.filter.judge(&entry.row);
        }
        let mut shown: Vec<usize> = (0..self.entries.len())
            .filter(|index| self.entries.get(*index).is_some_and(|entry| entry.verdict == Verdict::Yes))
            .collect();
        shown.sort_by(|one, other| self.order(*one, *other));
        self.shown = shown;
    }

    /// How many servers there are.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.entries.len()
    }

    /// How many stand how.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The shown row at `index`.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<&FleetRow> {
        self.shown.get(index).and_then(|index| self.entries.get(*index)).map(|entry| &entry.row)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&FleetRow> {
        self.row(self.cursor.index)
    }

    /// A server by its id, shown or not.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&FleetRow> {
        self.index.get(id).and_then(|index| self.entries.get(*index)).map(|entry| &entry.row)
    }

    /// The widest that a column's text is.
    #[must_use]
    pub fn width(&self, column: Column) -> u16 {
        self.widths[column as usize]
    }

    /// How many servers the filter leaves out because a value that it asks for is not known.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.verdict, Verdict::LeftOut(_))).count()
    }

    /// Whether a server is selected.
    #[must_use]
    pub fn is_selected(&self, id: &str) -> bool {
        self.selected.contains(id)
    }

    /// How many are selected.
    #[must_use]
    pub fn selected(&self) -> usize {
        self.selected.len()
    }

    /// How many of the selected ones are not shown.
    #[must_use]
    pub fn hidden(&self) -> usize {
        let shown = |id: &String| {
            let entry = self.index.get(id).and_then(|index| self.entries.get(*index));
            entry.is_some_and(|entry| entry.verdict == Verdict::Yes)
        };
        self.selected.iter().filter(|id| !shown(id)).count()
    }

    /// Selects a server, or no longer.
    pub fn toggle(&mut self, id: &str) {
        if !self.selected.remove(id) {
            self.selected.insert(id.to_owned());
        }
    }

    /// Selects every shown server that can be.
    pub fn select_shown(&mut self) {
        let ids: Vec<String> = (0..self.count())
            .filter_map(|index| self.row(index))
            .filter(|row| !row.here)
            .map(|row| row.id.clone())
            .collect();
        self.selected.extend(ids);
    }

    /// Selects nothing.
    pub fn select_none(&mut self) {
        self.selected.clear();
    }

    /// What an action is about: the selected servers, or the one under the cursor where none is.
    #[must_use]
    pub fn subjects(&self) -> Vec<&FleetRow> {
        if self.selected.is_empty() {
            self.current().into_iter().collect()
        } else {
            self.selected.iter().filter_map(|id| self.find(id)).collect()
        }
    }

    /// Every server, shown or not.
    pub fn all(&self) -> impl Iterator<Item = &FleetRow> {
        self.entries.iter().map(|entry| &entry.row)
    }

    /// The keys of every label in use, which a query may name.
    #[must_use]
    pub fn label_keys(&self) -> BTreeSet<&str> {
        self.all().flat_map(|row| row.labels.keys()).map(String::as_str).collect()
    }

    /// Filters by `text`, which parsed to `query`; `ids` where the engine had to say which.
    pub fn set_filter(&mut self, text: String, query: Query, ids: Option<HashSet<String>>) {
        self.filter.set(text, query, ids);
        self.sift();
    }
}

/// Where a server is read, with all that the operator said of it.
#[must_use]
pub fn target(row: &FleetRow) -> Target {
    Target {
        endpoint: Endpoint { host: row.address.clone(), port: row.port },
        // The engine knows it.
        ipmi_port: None,
        name: row.name.clone(),
        rack: row.rack.clone(),
        unit: row.unit.clone(),
        site: row.site.clone(),
        labels: row.labels.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, name: &str, model: &str) -> FleetRow {
        FleetRow {
            id: id.into(),
            name: Some(name.into()),
            address: format!("10.0.0.{}", id.trim_start_matches('s')),
            port: 443,
            model: Some(model.into()),
            ..FleetRow::default()
        }
    }

    fn fleet() -> Fleet {
        let mut fleet = Fleet::default();
        fleet.load(vec![row("s1", "r2", "R660"), row("s2", "r10", "R750"), row("s3", "r1", "R750")]);
        fleet
    }

    fn names(fleet: &Fleet) -> Vec<&str> {
        (0..fleet.count()).filter_map(|index| fleet.row(index)?.name.as_deref()).collect()
    }

    fn filter(fleet: &mut Fleet, text: &str) {
        fleet.set_filter(text.into(), text.parse().unwrap(), None);
    }

    #[test]
    fn rows_are_in_the_order_in_which_people_count() {
        assert_eq!(names(&fleet()), ["r1", "r2", "r10"]);
    }

    #[test]
    fn a_changed_row_takes_its_place_and_a_new_one_comes_in() {
        let mut fleet = fleet();
        fleet.load(vec![
            row("s1", "r2", "R660"),
            row("s2", "r10", "R750"),
            row("s3", "r5", "R750"),
            row("s4", "r3", "R750"),
        ]);
        assert_eq!(names(&fleet), ["r2", "r3", "r5", "r10"]);
        assert_eq!(fleet.total(), 4);
    }

    #[test]
    fn what_the_filter_hides_stays_selected_and_is_counted() {
        let mut fleet = fleet();
        fleet.select_shown();
        filter(&mut fleet, "model=R750");
        assert_eq!(names(&fleet), ["r1", "r10"]);
        assert_eq!((fleet.selected(), fleet.hidden()), (3, 1));
        fleet.load(vec![row("s1", "r2", "R660"), row("s2", "r10", "R750"), row("s3", "r1", "R660")]);
        assert_eq!((names(&fleet), fleet.hidden()), (vec!["r10"], 2));
        fleet.load(vec![row("s2", "r10", "R750")]);
        assert_eq!((fleet.selected(), fleet.hidden()), (1, 0), "what is gone is not selected any more");
    }

    #[test]
    fn the_engines_own_machine_is_not_selected_with_the_rest() {
        let mut fleet = Fleet::default();
        let here = FleetRow { here: true, ..row("s1", "r2", "R660") };
        fleet.load(vec![here, row("s2", "r10", "R750"), row("s3", "r1", "R750")]);
        fleet.select_shown();
        assert!(!fleet.is_selected("s1"));
        assert_eq!(fleet.selected(), 2);
    }

    #[test]
    fn counts_are_of_the_rows_as_they_are_now() {
        let mut fleet = Fleet::default();
        fleet.load(vec![FleetRow { run: Some(3), ..row("s1", "r2", "R660") }]);
        assert_eq!(fleet.counts().running, 1);
        fleet.load(vec![row("s1", "r2", "R660")]);
        assert_eq!(fleet.counts().running, 0);
    }
}
