//! One call of a tool, and how it ended.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Argument, Program};
use crate::bmc::transcript::Redactor;

/// What is run, with what, for how long.
#[derive(Debug)]
pub struct Call<'a> {
    /// The tool.
    pub program: &'a Program,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// What it may read.
    pub input: Input,
    /// Variables beside those that every call has.
    pub settings: Vec<Setting>,
    /// Secrets that it reads from files in its private directory, which is also where it works: `Argument::word(name)`
    /// names one.
    pub files: Vec<Setting>,
    /// When it must be over, in device time: it waits for a BMC. A minute of real time it has in any case, or what of it is
    /// given here, since the tool itself is no device of the lab.
    pub deadline: Duration,
    /// How long it may say nothing at all, in the same time.
    pub silence: Duration,
    /// What is masked in its output, whatever form it has there.
    pub redactor: &'a Redactor,
}

impl<'a> Call<'a> {
    /// A call that reads nothing and has a minute.
    #[must_use]
    pub fn new(program: &'a Program, arguments: Vec<Argument>, redactor: &'a Redactor) -> Self {
        let deadline = Duration::from_secs(60);
        Self {
            program,
            arguments,
            input: Input::Closed,
            settings: Vec::new(),
            files: Vec::new(),
            deadline,
            silence: Duration::MAX,
            redactor,
        }
    }

    /// The command line, free of secrets.
    #[must_use]
    pub fn line(&self) -> String {
        let path = self.program.path.display();
        self.arguments.iter().fold(path.to_string(), |line, argument| format!("{line} {argument}"))
    }
}

/// A variable of the tool's environment, or a file of its private directory (0600). Its value may be a secret: other users
/// can read neither.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: SecretString,
}

/// What a tool may read.
#[derive(Debug, Default)]
pub enum Input {
    /// Nothing: whatever it asks, it reads the end of its input.
    #[default]
    Closed,
    /// These words, each on a line, and then the end of its input: for a question that is known to come and that the tool does
    /// not show before it has read the answer.
    Fed(&'static [&'static str]),
    /// A pipe on which these questions are answered, and no other.
    Answers(Vec<Answer>),
    /// A terminal on which these questions are answered, for tools that ask for passwords nowhere else.
    Terminal(Vec<Answer>),
}

/// A question that is expected, and what is answered to it, once.
#[derive(Debug)]
pub struct Answer {
    /// How the question ends: what stands before the cursor when the tool waits.
    pub question: &'static str,
    /// The answer, without its end of line.
    pub reply: Reply,
}

/// What is answered.
#[derive(Debug)]
pub enum Reply {
    /// A word that may be shown.
    Word(&'static str),
    /// A name that may be shown: that of a user.
    Name(String),
    /// A secret.
    Secret(SecretString),
}

impl Answer {
    /// Answers a question with a word.
    #[must_use]
    pub const fn word(question: &'static str, reply: &'static str) -> Self {
        Self { question, reply: Reply::Word(reply) }
    }

    /// Answers a question with a name.
    #[must_use]
    pub const fn name(question: &'static str, reply: String) -> Self {
        Self { question, reply: Reply::Name(reply) }
    }

    /// Answers a question with a secret.
    #[must_use]
    pub const fn secret(question: &'static str, reply: SecretString) -> Self {
        Self { question, reply: Reply::Secret(reply) }
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Exit(i32),
    /// By a signal that was not ours.
    Signal(i32),
    /// Not within its deadline: ended by us.
    Deadline,
    /// It said nothing for longer than it may: ended by us.
    Silent,
    /// Called off: ended by us.
    Stopped,
    /// It asked something that nobody expects, and was ended: nothing is ever answered by chance.
    Asked(String),
    /// It could not be started, and did nothing.
    NotRun(String),
}

impl Ended {
    /// Whether it ended by itself and calls that a success.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        matches!(self, Self::Exit(0))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(0) => f.write_str("ended well"),
            Self::Exit(status) => write!(f, "ended with status {status}"),
            Self::Signal(signal) => write!(f, "was killed by signal {signal}"),
            Self::Deadline => f.write_str("was not done within its time, and was ended"),
            Self::Silent => f.write_str("said nothing for too long, and was ended"),
            Self::Stopped => f.write_str("was called off"),
            Self::Asked(question) => write!(f, "asked `{question}`, which is answered by nobody, and was ended"),
            Self::NotRun(why) => write!(f, "could not be run: {why}"),
        }
    }
}

/// What came of a call, for the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The command line.
    pub command: String,
    /// When it began.
    pub at: Timestamp,
    /// How it ended.
    pub ended: Ended,
    /// Bytes that it wrote, kept or not.
    pub bytes: u64,
    /// Whether some of them were not kept.
    pub cut: bool,
    /// Processes that it left behind and that were ended.
    pub strays: usize,
}
