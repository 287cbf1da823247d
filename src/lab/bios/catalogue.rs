//! Attributes and what follows from them, as data.

use super::Shows;

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name, without the code that Supermicro puts behind it.
    pub name: &'static str,
    /// What the setup screen calls it.
    pub display: &'static str,
    /// Where it stands there.
    pub menu: &'static str,
    /// What it can be.
    pub form: Form,
    /// What the factory sets.
    pub start: Start,
    /// It shows something, and cannot be set.
    pub shows: bool,
    /// It is this machine's alone (HPE's `IsSystemUniqueProperty`).
    pub unique: bool,
}

/// What an attribute can be.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// One of these: name, and what the setup screen shows.
    Choice(&'static [(&'static str, &'static str)]),
    /// A number from, to, in steps of.
    Number(i64, i64, i64),
    /// A text of so many characters.
    Text(u64, u64),
    /// True or false.
    Flag,
    /// A password; its value is never shown.
    Password,
}

/// What an attribute is at first.
#[derive(Debug, Clone, Copy)]
pub enum Start {
    /// This choice or text.
    Word(&'static str),
    /// This number.
    Number(i64),
    /// This.
    Flag(bool),
    /// What the machine itself is.
    Of(Shows),
    /// Nothing that is shown.
    Nothing,
}

/// Where `from` is (or is not) `value`, something is so of `to`.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The attribute that decides.
    pub from: &'static str,
    /// It is, or is not.
    pub is: bool,
    /// This value.
    pub value: &'static str,
    /// The attribute that it is decided of.
    pub to: &'static str,
    /// What.
    pub then: Then,
}

/// What a rule makes of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It cannot be changed.
    ReadOnly,
    /// It is inactive.
    GrayOut,
    /// It has this value.
    Value(&'static str),
}

/// Two words for a switch, as most BIOSes have them.
pub(super) const SWITCH: Form = Form::Choice(&[("Enabled", "Enabled"), ("Disabled", "Disabled")]);

pub(super) const fn choice(
    name: &'static str,
    display: &'static str,
    menu: &'static str,
    choices: &'static [(&'static str, &'static str)],
    start: &'static str,
) -> Attribute {
    one(name, display, menu, Form::Choice(choices), Start::Word(start))
}

pub(super) const fn switch(
    name: &'static str,
    display: &'static str,
    menu: &'static str,
    start: &'static str,
) -> Attribute {
    one(name, display, menu, SWITCH, Start::Word(start))
}

pub(super) const fn one(
    name: &'static str,
    display: &'static str,
    menu: &'static str,
    form: Form,
    start: Start,
) -> Attribute {
    Attribute { name, display, menu, form, start, shows: false, unique: false }
}

pub(super) const fn shown(name: &'static str, display: &'static str, menu: &'static str, of: Shows) -> Attribute {
    Attribute { shows: true, ..one(name, display, menu, Form::Text(0, 40), Start::Of(of)) }
}

pub(super) const fn rule(from: &'static str, is: bool, value: &'static str, to: &'static str, then: Then) -> Rule {
    Rule { from, is, value, to, then }
}
