//! Whether a query holds for a server.

use ipnet::IpNet;

use super::{ComponentFacts, Facts, Field, Operator, Query, State, Term, Test, Which, field::Sort};
use crate::domain::{
    kind::Kind,
    vendor::Vendor,
    version::{self, Hint, Order, Why},
    words,
};

/// Whether a query holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// Nobody can say: neither it nor its opposite is a match.
    LeftOut(LeftOut),
}

/// Why nobody can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeftOut {
    /// A value that the query asks for was not read.
    Unknown,
    /// Two versions have no known order.
    NotComparable,
}

impl Verdict {
    const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    const fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::LeftOut(why) => Self::LeftOut(why),
        }
    }

    /// Yes where one is, else left out where one is.
    fn any(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut so_far = Self::No;
        for verdict in verdicts {
            match verdict {
                Self::Yes => return Self::Yes,
                Self::LeftOut(_) if so_far == Self::No => so_far = verdict,
                _ => {}
            }
        }
        so_far
    }

    /// No where one is, else left out where one is.
    fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        Self::any(verdicts.into_iter().map(Self::negated)).negated()
    }
}

impl Query {
    /// Whether the query holds for a server.
    #[must_use]
    pub fn judge(&self, facts: &Facts<'_>) -> Verdict {
        Verdict::all(self.terms.iter().map(|term| judge(term, facts)))
    }

    /// Whether the query surely holds for a server.
    #[must_use]
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.judge(facts) == Verdict::Yes
    }
}

fn judge(term: &Term, facts: &Facts<'_>) -> Verdict {
    let verdict = match &term.test {
        Test::State(state) => Verdict::of(is(*state, facts)),
        Test::Text(text) => Verdict::of(mentions(facts, text)),
        Test::Field { field, operator, values } => field_is(*field, *operator, values, facts),
        Test::Label { key, operator, values } => {
            let label = facts.labels.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
            text_is(Sort::Text, *operator, values, label.map_or("", |(_, value)| value))
        }
        Test::Component { which, operator, values } => component_is(which, *operator, values, facts),
    };
    if term.negated { verdict.negated() } else { verdict }
}

/// A state is read or it is not: a server whose health is unknown is not ok.
fn is(state: State, facts: &Facts<'_>) -> bool {
    let reads = |value: Option<&str>, word: &str| value.is_some_and(|value| value.eq_ignore_ascii_case(word));
    match state {
        State::Ok => !facts.failed && reads(facts.health, "ok"),
        State::Failed => facts.failed,
        State::Warning => reads(facts.health, "warning"),
        State::Critical => reads(facts.health, "critical"),
        State::On => reads(facts.power, "on"),
        State::Off => reads(facts.power, "off"),
        State::New => facts.new,
    }
}

fn mentions(facts: &Facts<'_>, text: &str) -> bool {
    let read = [facts.name, facts.id.as_deref(), facts.model, facts.serial, facts.host];
    read.into_iter().flatten().chain([facts.address]).any(|value| words::contains_or_is_like(text, value))
}

fn field_is(field: Field, operator: Operator, values: &[String], facts: &Facts<'_>) -> Verdict {
    let value = match field {
        Field::Id => facts.id.as_deref(),
        Field::Name => facts.name,
        Field::Address => Some(facts.address),
        Field::Vendor => facts.vendor,
        Field::Stack => facts.stack,
        Field::Generation => facts.generation,
        Field::Model => facts.model,
        Field::Serial => facts.serial,
        Field::Tag => facts.tag,
        Field::Uuid => facts.uuid,
        Field::Board => facts.board,
        Field::Host => facts.host,
        Field::Rack => facts.rack,
        Field::Unit => facts.unit,
        Field::Site => facts.site,
        Field::Power => facts.power,
        Field::Health => facts.health,
        Field::Bios => facts.bios,
        Field::Bmc => facts.bmc,
    };
    let Some(value) = value.or(field.is_given().then_some("")) else { return Verdict::LeftOut(LeftOut::Unknown) };
    match field.sort() {
        Sort::Version => {
            let kind = if field == Field::Bios { Kind::Bios } else { Kind::Bmc };
            let hint = Hint { vendor: facts.vendor, kind: Some(kind.word()), name: None };
            version_is(hint, operator, values, value)
        }
        Sort::Number if operator.is_order() => {
            let Some(number) = unit(value) else { return Verdict::LeftOut(LeftOut::Unknown) };
            Verdict::any(values.iter().filter_map(|wanted| unit(wanted)).map(|wanted| {
                Verdict::of(match operator {
                    Operator::Less => number < wanted,
                    Operator::AtMost => number <= wanted,
                    Operator::Greater => number > wanted,
                    _ => number >= wanted,
                })
            }))
        }
        Sort::Address => address_is(operator, values, facts),
        sort => text_is(sort, operator, values, value),
    }
}

/// The number of a rack unit: `12`, `U12`, `u07`.
pub(super) fn unit(text: &str) -> Option<u32> {
    text.trim().trim_start_matches(['u', 'U']).parse().ok()
}

fn text_is(sort: Sort, operator: Operator, values: &[String], own: &str) -> Verdict {
    let one = |wanted: &String| match (operator, sort) {
        (Operator::Like, _) => words::contains_or_is_like(wanted, own),
        (_, Sort::Number) => match (unit(own), unit(wanted)) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => own.eq_ignore_ascii_case(wanted),
        },
        (_, Sort::Vendor) => match (Vendor::from_text(own), Vendor::from_text(wanted)) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => words::folded(own) == words::folded(wanted),
        },
        (_, Sort::Word) => words::folded(own) == words::folded(wanted),
        _ => own.to_lowercase() == wanted.to_lowercase(),
    };
    Verdict::of(values.iter().any(one) != (operator == Operator::IsNot))
}

fn address_is(operator: Operator, values: &[String], facts: &Facts<'_>) -> Verdict {
    let with_port = if facts.address.contains(':') {
        format!("[{}]:{}", facts.address, facts.port)
    } else {
        format!("{}:{}", facts.address, facts.port)
    };
    let one = |wanted: &String| {
        let inside = || {
            let network: IpNet = wanted.parse().ok()?;
            Some(network.contains(&facts.address.parse::<std::net::IpAddr>().ok()?))
        };
        match operator {
            Operator::Like => {
                words::contains_or_is_like(wanted, facts.address) || words::contains_or_is_like(wanted, &with_port)
            }
            _ if wanted.contains('/') => inside() == Some(true),
            _ => facts.address.eq_ignore_ascii_case(wanted) || with_port.eq_ignore_ascii_case(wanted),
        }
    };
    Verdict::of(values.iter().any(one) != (operator == Operator::IsNot))
}

fn version_is(hint: Hint<'_>, operator: Operator, values: &[String], own: &str) -> Verdict {
    let one = |wanted: &String| {
        if operator == Operator::Like {
            return Verdict::of(words::contains_or_is_like(wanted, own));
        }
        let comparison = version::compare_as_read(hint, own, wanted);
        match (operator, comparison.order) {
            // of another line, or another code: surely not the same, though nobody knows which is newer
            (Operator::Is | Operator::IsNot, Order::Incomparable)
                if matches!(comparison.why, Why::OtherLine { .. } | Why::Codes) =>
            {
                Verdict::No
            }
            (_, Order::Incomparable) => Verdict::LeftOut(LeftOut::NotComparable),
            (Operator::Less, order) => Verdict::of(order == Order::Less),
            (Operator::AtMost, order) => Verdict::of(order != Order::Greater),
            (Operator::Greater, order) => Verdict::of(order == Order::Greater),
            (Operator::AtLeast, order) => Verdict::of(order != Order::Less),
            (_, order) => Verdict::of(order == Order::Equal),
        }
    };
    let verdict = Verdict::any(values.iter().map(one));
    if operator == Operator::IsNot { verdict.negated() } else { verdict }
}

fn component_is(which: &Which, operator: Operator, values: &[String], facts: &Facts<'_>) -> Verdict {
    let Some(components) = &facts.components else { return Verdict::LeftOut(LeftOut::Unknown) };
    let is_meant = |component: &&ComponentFacts<'_>| match which {
        Which::Kind(kind) => component.kind == *kind,
        Which::Named(name) => {
            words::contains_or_is_like(name, component.name) || words::contains_or_is_like(name, component.id)
        }
    };
    Verdict::any(components.iter().filter(is_meant).map(|component| {
        let Some(own) = component.version else { return Verdict::LeftOut(LeftOut::Unknown) };
        let hint = Hint { vendor: facts.vendor, kind: Some(component.kind.word()), name: Some(component.name) };
        version_is(hint, operator, values, own)
    }))
}
