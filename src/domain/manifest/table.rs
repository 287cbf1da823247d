//! TOML tables read key by key, with the place of each.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Finding, Problem, Source, finding::Place};
use crate::domain::words;

/// A file under way: where its lines begin, and what was found.
pub(super) struct Reader<'a> {
    source: Source<'a>,
    /// Byte offsets at which lines begin.
    lines: Vec<usize>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        let breaks = source.text.match_indices('\n').map(|(at, _)| at + 1);
        Self { source, lines: std::iter::once(0).chain(breaks).collect(), findings: Vec::new() }
    }

    pub(super) fn place(&self, offset: usize, field: &str) -> Place {
        let line = self.lines.partition_point(|begin| *begin <= offset);
        let begin = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.source.text.get(begin..offset).unwrap_or_default();
        Place {
            file: self.source.name.into(),
            line: line.max(1),
            column: before.chars().count() + 1,
            field: field.into(),
        }
    }

    pub(super) fn find(&mut self, offset: usize, field: &str, problem: Problem) {
        let finding = self.place(offset, field).finding(problem);
        self.findings.push(finding);
    }
}

/// A table, its path, and the keys that were asked for.
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    /// `image[2]`; empty for the file.
    pub(super) path: String,
    /// Where the table begins.
    pub(super) at: usize,
    asked: Vec<&'static str>,
}

/// A text and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Section<'a> {
    pub(super) fn new(table: &'a DeTable<'a>, path: String, span: Range<usize>) -> Self {
        Self { table, path, at: span.start, asked: Vec::new() }
    }

    /// The path of one of its keys.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Says that a key must be there.
    pub(super) fn missing(&self, reader: &mut Reader<'_>, key: &str, example: &'static str) {
        reader.find(self.at, &self.path_of(key), Problem::Missing { example });
    }

    fn mistyped(&self, reader: &mut Reader<'_>, key: &str, value: &Spanned<DeValue<'_>>, wanted: &'static str) {
        let found = value.get_ref().type_str();
        reader.find(value.span().start, &self.path_of(key), Problem::WrongType { wanted, found });
    }

    pub(super) fn text(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<Text<'a>> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.mistyped(reader, key, value, "a text in quotes");
            return None;
        };
        if text.trim().is_empty() {
            reader.find(value.span().start, &self.path_of(key), Problem::Empty);
            return None;
        }
        Some(Text { text, at: value.span().start })
    }

    pub(super) fn needed(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        example: &'static str,
    ) -> Option<Text<'a>> {
        if !self.has(key) {
            self.missing(reader, key, example);
        }
        self.text(reader, key)
    }

    pub(super) fn flag(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.mistyped(reader, key, value, "true or false");
        }
        flag
    }

    /// A whole number within `range`, and where it stands.
    pub(super) fn number(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        range: Range<u64>,
    ) -> Option<(u64, usize)> {
        let value = self.value(key)?;
        let at = value.span().start;
        let Some(integer) = value.get_ref().as_integer() else {
            self.mistyped(reader, key, value, "a whole number");
            return None;
        };
        let number = u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix());
        match number {
            Ok(number) if range.contains(&number) => Some((number, at)),
            _ => {
                let problem = Problem::OutOfRange { from: range.start, to: range.end - 1 };
                reader.find(at, &self.path_of(key), problem);
                None
            }
        }
    }

    /// A list of texts; empty where the key is absent.
    pub(super) fn texts(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Vec<Text<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(reader, key, value, "a list of texts: [\"...\"]");
            return Vec::new();
        };
        if items.is_empty() {
            reader.find(value.span().start, &self.path_of(key), Problem::EmptyList);
        }
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let at = item.span().start;
            let field = format!("{}[{}]", self.path_of(key), index + 1);
            match item.get_ref().as_str() {
                Some(text) if text.trim().is_empty() => reader.find(at, &field, Problem::Empty),
                Some(text) => texts.push(Text { text, at }),
                None => {
                    let found = item.get_ref().type_str();
                    reader.find(at, &field, Problem::WrongType { wanted: "a text in quotes", found });
                }
            }
        }
        texts
    }

    /// The tables under a key, `[[key]]` or a single `[key]`.
    pub(super) fn sections(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        if let Some(table) = value.get_ref().as_table() {
            return vec![Section::new(table, self.path_of(key), value.span())];
        }
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(reader, key, value, "a table");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{}]", self.path_of(key), index + 1);
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(table, path, item.span())),
                None => {
                    let found = item.get_ref().type_str();
                    reader.find(item.span().start, &path, Problem::WrongType { wanted: "a table", found });
                }
            }
        }
        sections
    }

    /// Every key with its value, for tables whose keys are data.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Text<'a>, &'a Spanned<DeValue<'a>>)> {
        self.table.iter().map(|(key, value)| (Text { text: key.get_ref().as_ref(), at: key.span().start }, value))
    }

    /// Says which keys nobody asked for.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        for (key, _) in self.table {
            let written = key.get_ref().as_ref();
            if !self.asked.contains(&written) {
                let nearest = words::nearest(written, self.asked.iter().copied()).map(str::to_owned);
                let problem = Problem::UnknownKey { written: written.into(), nearest };
                reader.find(key.span().start, &self.path, problem);
            }
        }
    }
}
