//! Looking about: what the keys of the troubleshooting screens do.

use crate::{
    api::{explore::ResourceDocument, live::FleetRow},
    domain::resource::{MOST, Walk},
    tui::{
        action::{Context, Id},
        model::{
            Dialog, Model, Screen, ServerPage, Tab,
            beside::{Beside, BesidePage},
            columns,
            explorer::{ExplorerPage, Hunt, Place, Shown},
            field::Field,
        },
        theme::Role,
    },
};

/// A search stops at so many resources in a row that there is no answer for: the BMC is away.
const MOST_UNANSWERED: u32 = 3;

/// Does `id`, which is allowed.
pub(super) fn act(model: &mut Model, id: Id) {
    let Some(subject) = model.subject() else { return };
    match id {
        Id::Around => around(model, subject),
        Id::Browse => {
            if model.explorer.place.server != subject {
                model.explorer = ExplorerPage::at_root(subject, model.explorer.mark.take());
            }
            model.raise(Screen::Explorer);
        }
        Id::Events => {
            (model.events_of, model.events_at) = (subject, 0);
            model.events.outdated();
            model.raise(Screen::Events);
        }
        Id::Compare => beside(model, Beside::Healthy(subject)),
        Id::Follow => {
            let line = model.resource.of(&model.explorer.place).and_then(|shown| shown.lines.get(model.explorer.at));
            if let Some(link) = line.and_then(|line| line.link.clone()) {
                // A link into a resource is one to the resource.
                model.explorer.go(link.split('#').next().unwrap_or_default().to_owned());
            }
        }
        Id::Hunt => hunt(model),
        Id::Out => drop(model.explorer.back()),
        Id::GoTo => {
            model.dialog = Some(Dialog::Go { field: Field::with(&model.explorer.place.path), mistake: None });
        }
        Id::Mark => mark(model),
        Id::Diff => {
            let place = model.explorer.place.clone();
            let of = match model.explorer.mark.clone() {
                Some(mark) => Beside::Resources(mark, place),
                None => Beside::HealthyResource(place),
            };
            beside(model, of);
        }
        Id::Other => model.dialog = Some(Dialog::Other { field: Field::default(), mistake: None }),
        Id::ShowSame => {
            model.beside.all = !model.beside.all;
            model.beside.at = 0;
        }
        _ => {}
    }
}

/// The server's transcript, at the time when it went wrong.
fn around(model: &mut Model, subject: String) {
    let row = model.run.find(&subject);
    let around = row.and_then(|row| row.ended.clone().or_else(|| row.last.clone()));
    let wrap = model.server.wrap;
    model.server = ServerPage { id: subject, tab: Tab::Transcript, wrap, around, ..ServerPage::default() };
    model.transcript.outdated();
    model.raise(Screen::Server);
}

fn beside(model: &mut Model, of: Beside) {
    model.beside = BesidePage { of: Some(of), ..BesidePage::default() };
    model.sides.outdated();
    model.raise(Screen::Beside);
}

fn mark(model: &mut Model) {
    let place = model.explorer.place.clone();
    if model.explorer.mark.as_ref() == Some(&place) {
        model.explorer.mark = None;
        model.say("nothing is marked any more", Role::Muted);
    } else {
        model.say(
            format!("marked: {}; d on another resource, of any server, shows what differs", place.path),
            Role::Good,
        );
        model.explorer.mark = Some(place);
    }
}

/// Goes to the path that was typed.
pub(super) fn go(model: &mut Model, field: Field) {
    let path = field.text().trim().to_owned();
    if path.starts_with("/redfish/") {
        model.explorer.go(path);
    } else {
        let mistake = Some("a path begins with /redfish/".to_owned());
        model.dialog = Some(Dialog::Go { field, mistake });
    }
}

/// Holds the server against the one that was named.
pub(super) fn other(model: &mut Model, field: Field) {
    let (typed, Some(left)) = (field.text().trim().to_owned(), model.subject()) else { return };
    let is_it = |row: &&FleetRow| row.id == typed || columns::name(row) == typed.as_str();
    let found = model.fleet.all().find(is_it).map(|row| row.id.clone());
    let mistake = match found {
        Some(right) if right != left => return beside(model, Beside::Servers(left, right)),
        Some(_) => "that is the server itself".to_owned(),
        None => format!("no server is called {typed}"),
    };
    model.dialog = Some(Dialog::Other { field, mistake: Some(mistake) });
}

/// Goes to the next line of the resource, from this one on, with what is looked for.
pub(super) fn find(model: &mut Model, from: usize) {
    let query = model.explorer.find.clone();
    let shown = model.resource.of(&model.explorer.place);
    match shown.and_then(|shown| shown.find(from, &query)) {
        _ if query.is_empty() => {}
        Some(at) => model.explorer.at = at,
        None => {
            let key = model.keymap.first(Context::Explorer, Id::Hunt);
            model.say(format!("not in this resource: {query}; {key} looks in those that it leads to"), Role::Warning);
        }
    }
}

/// Begins a search for what was typed, from this resource on; goes on with the one that stands still, and stops the one that
/// does not.
fn hunt(model: &mut Model) {
    let words = model.explorer.find.clone();
    match &mut model.explorer.hunt {
        Some(hunt) if hunt.goes_on => {
            hunt.goes_on = false;
            let read = hunt.walk.read;
            model.say(format!("stopped after {read} resources: {words}"), Role::Muted);
        }
        Some(hunt) if hunt.words == words => (hunt.goes_on, hunt.unanswered) = (true, 0),
        _ => {
            let mut walk = Walk::from(&model.explorer.place.path, MOST);
            // What is on the screen was looked through already.
            walk.step();
            walk.follow(model.resource.of(&model.explorer.place).map_or(&[], |shown| &shown.lines));
            model.explorer.hunt = Some(Hunt { words, walk, asked: None, goes_on: true, unanswered: 0 });
        }
    }
}

/// The next resource that a search asks for; none while it waits for one, or stands still.
pub(super) fn next_of_hunt(model: &mut Model) -> Option<Place> {
    let server = model.explorer.place.server.clone();
    let hunt = model.explorer.hunt.as_mut().filter(|hunt| hunt.goes_on && hunt.asked.is_none())?;
    if let Some(path) = hunt.walk.step() {
        hunt.asked = Some(Place { server, path });
        return hunt.asked.clone();
    }
    let (read, cut, words) = (hunt.walk.read, hunt.walk.is_cut(), hunt.words.clone());
    model.explorer.hunt = None;
    let more = if cut { "; there are more: begin further down" } else { "" };
    model.say(format!("not found in {read} resources: {words}{more}"), Role::Warning);
    None
}

/// What came of the resource that a search asked for. True where it did.
pub(super) fn hunted(model: &mut Model, place: &Place, answer: &Result<Box<ResourceDocument>, String>) -> bool {
    let Some(hunt) = model.explorer.hunt.as_mut().filter(|hunt| hunt.asked.as_ref() == Some(place)) else {
        return false;
    };
    hunt.asked = None;
    let lines = match answer {
        Ok(document) => {
            hunt.unanswered = 0;
            Shown::of((**document).clone()).lines
        }
        Err(why) => {
            hunt.unanswered += 1;
            if hunt.unanswered >= MOST_UNANSWERED {
                hunt.goes_on = false;
                let words = format!("stopped at {}: {why}", place.path);
                model.say(words, Role::Warning);
            }
            return true;
        }
    };
    hunt.walk.follow(&lines);
    if let Some(at) = lines.iter().position(|line| line.holds(&hunt.words)).filter(|_| hunt.goes_on) {
        hunt.goes_on = false;
        let key = model.keymap.first(Context::Explorer, Id::Hunt);
        model.explorer.go(place.path.clone());
        model.explorer.at = at;
        model.say(format!("found; {key} looks on"), Role::Good);
    }
    true
}
