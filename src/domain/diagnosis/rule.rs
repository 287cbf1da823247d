//! A rule: which evidence it is for, and what it says of it.

use std::cmp::Reverse;

use serde::Deserialize;

use super::{evidence::Evidence, exchange::Exchange};
use crate::domain::{inventory::Stack, kind::Kind, offers::Method, phase::Phase, words};

/// What is said of evidence of one sort, and by which signs it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A fixed word for scripts and reports.
    pub id: String,
    /// By what it is known: all of it.
    pub when: When,
    /// What happened.
    pub cause: String,
    /// What is known of the server by that, besides what the run itself knows.
    pub state: Option<String>,
    /// What to do next.
    pub next: String,
    /// The public report or vendor document that says so.
    pub source: String,
}

/// Signs. Every one that is given must hold; of the values of one, any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The BMC's software.
    pub stack: Vec<Stack>,
    /// The vendor's generation word; `*` stands for any text.
    pub generation: Vec<String>,
    /// The BMC's firmware is older than this.
    pub bmc_before: Option<String>,
    /// What the component is.
    pub kind: Vec<Kind>,
    /// The vendor's name for the component; `*` stands for any text.
    pub component: Vec<String>,
    /// The version wanted is older than the one before.
    pub downgrade: Option<bool>,
    /// How the image was handed over last.
    pub method: Vec<Method>,
    /// How the last attempt ended.
    pub attempt: Vec<Outcome>,
    /// An attempt was accepted.
    pub accepted: Option<bool>,
    /// What became of it.
    pub state: Vec<Ending>,
    /// The version that was read after.
    pub read_back: Option<ReadBack>,
    /// The phase that did not end well.
    pub phase: Vec<Phase>,
    /// The sub-step of it.
    pub step: Vec<String>,
    /// The fixed word of a failure to read the BMC.
    pub failure: Vec<String>,
    /// The last part of a MessageId, whatever its registry and version.
    pub message: Vec<String>,
    /// A part of any text of run, task or BMC, whatever the case.
    pub words: Vec<String>,
    /// One exchange with the BMC is so.
    pub exchange: Option<Like>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was no attempt.
    None,
    /// A crash cut it.
    Cut,
    /// Not one byte was taken.
    NotStarted,
    /// The BMC was at something else.
    Busy,
    /// The BMC said no.
    Refused,
    /// No clear answer came.
    Unknown,
    /// The BMC took the image.
    Accepted,
    /// A re-reading proved that it did not take.
    NotTaken,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It went wrong.
    Failed,
    /// It waits for a person.
    Blocked,
    /// Nobody can tell.
    Uncertain,
    /// An operator called it off.
    Cancelled,
}

/// The version that was read after an update, beside the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBack {
    /// The same.
    Old,
    /// Another one.
    Other,
    /// None was read.
    None,
}

/// How an exchange is. Every sign that is given must hold; of the values of one, any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Like {
    /// HTTP method.
    pub method: Vec<String>,
    /// Path; `*` stands for any text.
    pub path: Vec<String>,
    /// HTTP status.
    pub status: Vec<u16>,
    /// The last part of a MessageId in the answer.
    pub message: Vec<String>,
    /// A part of the answer, or of why none came.
    pub words: Vec<String>,
    /// Whether the answer is without a body.
    pub empty: Option<bool>,
}

/// Whether `id` is `name`, whatever registry and version stand before it.
fn is_id(name: &str, id: &str) -> bool {
    id.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
}

fn any<T>(wanted: &[T], holds: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(holds)
}

fn holds_words(wanted: &[String], texts: &[String]) -> bool {
    any(wanted, |part| texts.iter().any(|text| words::contains_or_is_like(part, text)))
}

impl Like {
    fn is(&self, exchange: &Exchange) -> bool {
        let ids = exchange.message_ids();
        let texts = [exchange.body.clone(), exchange.error.clone().unwrap_or_default()];
        any(&self.method, |method| method.eq_ignore_ascii_case(&exchange.method))
            && any(&self.path, |path| words::is_like(path, &exchange.path))
            && any(&self.status, |status| exchange.status == Some(*status))
            && any(&self.message, |name| ids.iter().any(|id| is_id(name, id)))
            && holds_words(&self.words, &texts)
            && self.empty.is_none_or(|empty| empty == (exchange.status.is_some() && exchange.length == 0))
    }

    fn signs(&self) -> usize {
        let lists = [&self.method, &self.path, &self.message, &self.words];
        let lists = lists.iter().filter(|list| !list.is_empty()).count();
        lists + usize::from(!self.status.is_empty()) + usize::from(self.empty.is_some())
    }
}

impl When {
    /// Whether all of it holds.
    #[must_use]
    pub fn holds(&self, evidence: &Evidence) -> bool {
        let bmc = &evidence.bmc;
        let of_bmc = any(&self.stack, |stack| bmc.stack == Some(*stack))
            && any(&self.generation, |like| bmc.generation.as_ref().is_some_and(|word| words::is_like(like, word)))
            && self.bmc_before.as_ref().is_none_or(|version| bmc.is_before(version));
        let of_run = any(&self.phase, |phase| evidence.phase == Some(*phase))
            && any(&self.step, |step| evidence.step.as_ref() == Some(step))
            && any(&self.failure, |word| evidence.failure.as_ref() == Some(word))
            && any(&self.state, |state| state.word() == evidence.state);
        of_bmc
            && of_run
            && self.holds_of_update(evidence)
            && any(&self.message, |name| evidence.message_ids.iter().any(|id| is_id(name, id)))
            && (self.words.is_empty() || holds_words(&self.words, &evidence.texts().collect::<Vec<_>>()))
            && self.exchange.as_ref().is_none_or(|like| evidence.exchanges.iter().any(|one| like.is(one)))
    }

    fn holds_of_update(&self, evidence: &Evidence) -> bool {
        let Some(update) = &evidence.update else { return !self.is_of_update() };
        let was_accepted = || update.attempts.iter().any(|(_, one)| one.as_ref().is_some_and(is_accepted));
        let read_back = |wanted: ReadBack| match (wanted, &update.read_back) {
            (ReadBack::None, None) => true,
            (ReadBack::Old, Some(version)) => *version == update.from,
            (ReadBack::Other, Some(version)) => *version != update.from,
            _ => false,
        };
        any(&self.kind, |kind| update.kind == *kind)
            && any(&self.component, |like| words::is_like(like, &update.component))
            && self.downgrade.is_none_or(|wanted| wanted == update.is_downgrade(&evidence.bmc))
            && any(&self.method, |method| update.attempts.last().is_some_and(|(last, _)| last == method))
            && any(&self.attempt, |outcome| outcome.word() == update.last_outcome())
            && self.accepted.is_none_or(|wanted| wanted == was_accepted())
            && self.read_back.is_none_or(read_back)
    }

    /// Whether it holds of updates alone.
    const fn is_of_update(&self) -> bool {
        !(self.kind.is_empty() && self.component.is_empty() && self.method.is_empty() && self.attempt.is_empty())
            || self.downgrade.is_some()
            || self.accepted.is_some()
            || self.read_back.is_some()
    }

    /// How many signs it has; those of an exchange count each.
    #[must_use]
    pub fn signs(&self) -> usize {
        let lists = [&self.generation, &self.component, &self.step, &self.failure, &self.message, &self.words];
        let given = [
            !self.stack.is_empty(),
            !self.kind.is_empty(),
            !self.method.is_empty(),
            !self.attempt.is_empty(),
            !self.state.is_empty(),
            !self.phase.is_empty(),
            self.bmc_before.is_some(),
            self.downgrade.is_some(),
            self.accepted.is_some(),
            self.read_back.is_some(),
        ];
        lists.iter().filter(|list| !list.is_empty()).count()
            + given.into_iter().filter(|given| *given).count()
            + self.exchange.as_ref().map_or(0, Like::signs)
    }

    /// Whether a MessageId is among its signs: what the BMC itself calls it says more than all else.
    #[must_use]
    pub fn has_message(&self) -> bool {
        !self.message.is_empty() || self.exchange.as_ref().is_some_and(|like| !like.message.is_empty())
    }
}

const fn is_accepted(attempt: &crate::domain::attempt::Attempt) -> bool {
    matches!(attempt, crate::domain::attempt::Attempt::Accepted { .. })
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Cut => "cut",
            Self::NotStarted => "not_started",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::NotTaken => "not_taken",
        }
    }
}

impl Ending {
    const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Uncertain => "uncertain",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Rule {
    /// The most specific one that holds: one that knows a MessageId before one that does not, then the one with more
    /// signs, then the one that stands first.
    #[must_use]
    pub fn best<'a>(rules: &'a [Self], evidence: &Evidence) -> Option<&'a Self> {
        let holding = rules.iter().filter(|rule| rule.when.holds(evidence));
        // The first of several that are alike.
        holding.min_by_key(|rule| Reverse((rule.when.has_message(), rule.when.signs())))
    }
}
