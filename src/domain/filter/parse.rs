//! From text to query.

use std::str::FromStr;

use ipnet::IpNet;

use super::{Field, Mistake, Operator, ParseError, Query, State, Term, Test, Which, field::Sort};
use crate::domain::{kind::Kind, words};

impl Query {
    /// Reads a query. `labels` are the label keys in use: a key among them needs no `label.` before it.
    ///
    /// # Errors
    /// The first mistake, with its column.
    pub fn parse(text: &str, labels: &[&str]) -> Result<Self, ParseError> {
        let mut cursor = Cursor { chars: text.chars().collect(), at: 0 };
        let mut terms = Vec::new();
        while cursor.skip_blanks() {
            terms.push(term(&mut cursor, labels)?);
        }
        Ok(Self { terms })
    }

    /// The label keys that the query asks for.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.test {
            Test::Label { key, .. } => Some(key.as_str()),
            _ => None,
        })
    }
}

impl FromStr for Query {
    type Err = ParseError;

    /// As [`Query::parse`] where no label keys are known.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, &[])
    }
}

struct Cursor {
    chars: Vec<char>,
    at: usize,
}

impl Cursor {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next_is(&self, wanted: char) -> bool {
        self.peek() == Some(wanted)
    }

    fn ends_here(&self) -> bool {
        self.peek().is_none_or(char::is_whitespace)
    }

    /// False at the end of the text.
    fn skip_blanks(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn operator(&self) -> Option<Operator> {
        let rest = &self.chars[self.at..];
        let begins = |sign: &str| sign.chars().enumerate().all(|(index, c)| rest.get(index) == Some(&c));
        Operator::SIGNS.iter().find(|(sign, _)| begins(sign)).map(|(_, operator)| *operator)
    }

    /// The text up to the next quote, blank or operator.
    fn word(&mut self) -> String {
        let from = self.at;
        while !self.ends_here() && !self.next_is('"') && self.operator().is_none() {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    /// The text of a quote that begins here.
    fn quote(&mut self) -> Result<String, ParseError> {
        let opened = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(mut c) = self.peek() else { return Err(at(opened, Mistake::UnclosedQuote)) };
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' if matches!(self.peek(), Some('"' | '\\')) => {
                    c = self.peek().unwrap_or(c);
                    self.at += 1;
                }
                _ => {}
            }
            text.push(c);
        }
    }
}

/// An error at the index of a character.
const fn at(index: usize, mistake: Mistake) -> ParseError {
    ParseError { column: index + 1, mistake }
}

fn term(cursor: &mut Cursor, labels: &[&str]) -> Result<Term, ParseError> {
    let begin = cursor.at;
    let negated = cursor.next_is('!') && cursor.operator() != Some(Operator::IsNot);
    if negated {
        cursor.at += 1;
        if cursor.ends_here() {
            return Err(at(begin, Mistake::LoneNot));
        }
        if cursor.next_is('!') {
            return Err(at(cursor.at, Mistake::DoubleNot));
        }
    }
    Ok(Term { negated, test: test(cursor, labels)? })
}

fn test(cursor: &mut Cursor, labels: &[&str]) -> Result<Test, ParseError> {
    let begin = cursor.at;
    if cursor.next_is('"') {
        let text = cursor.quote()?;
        return if cursor.ends_here() { Ok(Test::Text(text)) } else { Err(at(cursor.at, Mistake::StrayQuote)) };
    }
    let word = cursor.word();
    // only a label's key and a component's name may be quoted
    let quoted = match (word.as_str(), cursor.next_is('"')) {
        ("label." | "component:", true) => Some(cursor.quote()?),
        (_, true) => return Err(at(cursor.at, Mistake::StrayQuote)),
        (_, false) => None,
    };
    let after_name = cursor.at;
    let Some(operator) = cursor.operator() else {
        if !cursor.ends_here() {
            return Err(at(cursor.at, Mistake::StrayQuote));
        }
        return match (State::from_word(&word), word.as_str()) {
            (Some(state), _) => Ok(Test::State(state)),
            (None, "label." | "component:") => Err(at(begin, unfinished(&word))),
            (None, _) => Ok(Test::Text(word)),
        };
    };
    if word.is_empty() {
        return Err(at(after_name, Mistake::MissingField { operator }));
    }
    let subject = subject(&word, quoted, labels).map_err(|mistake| at(begin, mistake))?;
    cursor.at += operator.sign().len();
    let values = values(cursor, operator)?;
    compose(subject, operator, values, after_name)
}

fn unfinished(word: &str) -> Mistake {
    Mistake::Unfinished(if word == "label." {
        "a label's key is missing: `label.env=prod`"
    } else {
        "a component's kind or name is missing: `component:nic<22`"
    })
}

enum Subject {
    Field(Field),
    Label(String),
    Component(Which),
}

fn subject(word: &str, quoted: Option<String>, labels: &[&str]) -> Result<Subject, Mistake> {
    if let Some(key) = word.strip_prefix("label.") {
        let key = quoted.unwrap_or_else(|| key.into());
        return if key.is_empty() { Err(unfinished("label.")) } else { Ok(Subject::Label(key)) };
    }
    if let Some(name) = word.strip_prefix("component:") {
        return match (quoted, name.parse()) {
            (Some(name), _) if !name.is_empty() => Ok(Subject::Component(Which::Named(name))),
            (None, Ok(kind)) => Ok(Subject::Component(Which::Kind(kind))),
            (None, Err(_)) if !name.is_empty() => Ok(Subject::Component(Which::Named(name.into()))),
            _ => Err(unfinished("component:")),
        };
    }
    if let Some(field) = Field::from_word(word) {
        return Ok(Subject::Field(field));
    }
    if let Ok(kind) = word.parse::<Kind>() {
        return Ok(Subject::Component(Which::Kind(kind)));
    }
    if let Some(key) = labels.iter().find(|key| key.eq_ignore_ascii_case(word)) {
        return Ok(Subject::Label((*key).into()));
    }
    let fields = Field::WORDS.iter().map(|(_, word)| *word);
    let known = fields.chain(Kind::ALL.iter().map(|kind| kind.word())).chain(labels.iter().copied());
    Err(Mistake::UnknownField { nearest: words::nearest(word, known).map(str::to_owned), written: word.into() })
}

/// The values and the index of each.
fn values(cursor: &mut Cursor, operator: Operator) -> Result<Vec<(usize, String)>, ParseError> {
    let mut values = Vec::new();
    loop {
        let begin = cursor.at;
        if cursor.next_is('"') {
            values.push((begin, cursor.quote()?));
        } else {
            while !cursor.ends_here() && !cursor.next_is('"') && !cursor.next_is(',') {
                cursor.at += 1;
            }
            let value: String = cursor.chars[begin..cursor.at].iter().collect();
            if value.is_empty() {
                return Err(at(begin, Mistake::MissingValue { operator }));
            }
            if value.starts_with(['=', '<', '>', '~']) {
                return Err(at(begin, Mistake::NoSuchOperator));
            }
            if matches!(operator, Operator::Is | Operator::IsNot) && words::is_pattern(&value) {
                return Err(at(begin, Mistake::Pattern));
            }
            values.push((begin, value));
        }
        match cursor.peek() {
            Some(',') => cursor.at += 1,
            Some(c) if !c.is_whitespace() => return Err(at(cursor.at, Mistake::StrayQuote)),
            _ => break,
        }
    }
    match values.get(1) {
        Some((begin, _)) if operator.is_order() => Err(at(*begin, Mistake::OneValue { operator })),
        _ => Ok(values),
    }
}

fn compose(
    subject: Subject,
    operator: Operator,
    values: Vec<(usize, String)>,
    sign_at: usize,
) -> Result<Test, ParseError> {
    if let Subject::Field(field) = &subject {
        if operator.is_order() && !field.has_order() {
            return Err(at(sign_at, Mistake::NoOrder { field: *field }));
        }
        for (begin, value) in &values {
            check(*field, operator, value).map_err(|mistake| at(*begin, mistake))?;
        }
    }
    let values = values.into_iter().map(|(_, value)| value).collect();
    match subject {
        Subject::Field(field) => Ok(Test::Field { field, operator, values }),
        Subject::Label(_) if operator.is_order() => Err(at(sign_at, Mistake::LabelOrder)),
        Subject::Label(key) => Ok(Test::Label { key, operator, values }),
        Subject::Component(which) => Ok(Test::Component { which, operator, values }),
    }
}

fn check(field: Field, operator: Operator, value: &str) -> Result<(), Mistake> {
    match field.sort() {
        Sort::Number if operator.is_order() && super::judge::unit(value).is_none() => {
            Err(Mistake::NotANumber { written: value.into() })
        }
        Sort::Address if operator != Operator::Like && value.contains('/') && value.parse::<IpNet>().is_err() => {
            Err(Mistake::NotANetwork { written: value.into() })
        }
        _ => Ok(()),
    }
}
