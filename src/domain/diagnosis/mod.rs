//! From evidence to cause, state and next action. Rules are data (`assets/diagnoses.toml`); where none holds the cause is
//! not known, and that is what is said.

mod evidence;
mod exchange;
mod parse;
mod rule;
mod text;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use evidence::{BmcFacts, Evidence, UpdateFacts, of_server};
pub use exchange::Exchange;
pub use parse::Mistake;
pub use rule::{Rule, When};

/// The id of a diagnosis that no rule makes.
pub const UNKNOWN: &str = "unknown";

/// Exchanges that are shown.
const MOST_EXCHANGES: usize = 6;

/// What is told of something that did not go as it was wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// A fixed word for scripts; `unknown` where no rule holds.
    pub id: String,
    /// What happened.
    pub cause: String,
    /// What state the server is in.
    pub state: String,
    /// What to do next.
    pub next: String,
    /// What it is told by: words of run and BMC, attempts, exchanges.
    pub seen: Vec<String>,
    /// The public report or vendor document behind it; absent where no rule holds.
    pub source: Option<String>,
}

/// The rules in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// The rules that firmdeck carries with it.
    ///
    /// # Errors
    /// When they are broken, which a test rules out.
    pub fn embedded() -> Result<Self, Mistake> {
        let text = include_str!("../../../assets/diagnoses.toml");
        parse::parse("assets/diagnoses.toml", text).map(Self)
    }

    /// These with those of a file before them; one with the id of another takes its place.
    ///
    /// # Errors
    /// The first mistake in the file, with its line and field.
    pub fn with(self, file: &str, text: &str) -> Result<Self, Mistake> {
        let mut rules = parse::parse(file, text)?;
        let others = self.0.into_iter().filter(|old| !rules.iter().any(|new| new.id == old.id)).collect::<Vec<_>>();
        rules.extend(others);
        Ok(Self(rules))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    /// What is told of `evidence`.
    #[must_use]
    pub fn diagnose(&self, evidence: &Evidence) -> Diagnosis {
        let seen = seen(evidence);
        let known = |text: &str| text::filled(text, evidence);
        let standing = evidence.standing.join("; ");
        let Some(rule) = Rule::best(&self.0, evidence) else {
            return Diagnosis {
                id: UNKNOWN.into(),
                cause: "the cause is not known: nothing that was seen is a known sign of one".into(),
                state: standing,
                next: known(
                    "look at what was seen, and at every exchange with `firmdeck runs transcript {run} {server}`",
                ),
                seen,
                source: None,
            };
        };
        let state =
            rule.state.iter().map(|state| known(state)).chain([standing].into_iter().filter(|one| !one.is_empty()));
        Diagnosis {
            id: rule.id.clone(),
            cause: known(&rule.cause),
            state: state.collect::<Vec<_>>().join("; "),
            next: known(&rule.next),
            seen,
            source: Some(rule.source.clone()),
        }
    }
}

/// What there is to show: the run's words, each attempt, the task's word, and what the BMC said no to.
fn seen(evidence: &Evidence) -> Vec<String> {
    let place = match (evidence.phase, &evidence.step) {
        (Some(phase), Some(step)) => format!("{phase}, {step}: "),
        (Some(phase), None) => format!("{phase}: "),
        (None, _) => String::new(),
    };
    let mut seen = vec![format!("{place}{}: {}", evidence.state, evidence.why)];
    if let Some(update) = &evidence.update {
        for (method, attempt) in &update.attempts {
            seen.push(match attempt {
                Some(attempt) => format!("{method}: {attempt}"),
                None => format!("{method}: cut off before it ended"),
            });
        }
        if let Some(said) = &update.said {
            let percent = update.percent.map(|percent| format!(" ({percent} %)")).unwrap_or_default();
            seen.push(format!("the BMC said last: {said}{percent}"));
        }
    }
    if !evidence.message_ids.is_empty() {
        seen.push(format!("messages: {}", evidence.message_ids.join(", ")));
    }
    let mut lines: Vec<String> = Vec::new();
    for line in evidence.exchanges.iter().filter(|exchange| exchange.is_bad()).map(Exchange::line) {
        // A poll that is refused again and again is one thing that was seen.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let more = lines.len().saturating_sub(MOST_EXCHANGES);
    if more > 0 {
        seen.push(format!("{more} more exchanges before these"));
    }
    seen.extend(lines.into_iter().skip(more));
    seen
}
