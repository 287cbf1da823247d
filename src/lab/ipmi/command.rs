//! What a command asks for, and whether the session may ask for it.

use std::time::Duration;

use super::{chassis, device, frame::Message, fru, hpm::Hpm, manners, sdr, session::Session};
use crate::lab::model::Machine;

/// Completion codes (IPMI 2.0, table 5-2).
pub(super) mod code {
    pub(crate) const OK: u8 = 0x00;
    pub(crate) const INVALID: u8 = 0xC1;
    pub(crate) const SHORT: u8 = 0xC7;
    pub(crate) const NOT_THERE: u8 = 0xCB;
    pub(crate) const BAD_FIELD: u8 = 0xCC;
    pub(crate) const NO_PRIVILEGE: u8 = 0xD4;
    pub(crate) const NOT_NOW: u8 = 0xD5;
}

/// Network functions.
const CHASSIS: u8 = 0x00;
const APP: u8 = 0x06;
const STORAGE: u8 = 0x0A;
const GROUP: u8 = 0x2C;

/// A command of a session.
pub(super) struct Asked<'a> {
    pub(super) message: &'a Message<'a>,
    pub(super) session: &'a mut Session,
}

/// What it came to.
#[derive(Default)]
pub(super) struct Answered {
    pub(super) code: u8,
    pub(super) data: Vec<u8>,
    pub(super) reset: bool,
    pub(super) close: bool,
}

impl From<(u8, Vec<u8>)> for Answered {
    fn from((code, data): (u8, Vec<u8>)) -> Self {
        Self { code, data, ..Self::default() }
    }
}

/// The few commands that anybody may send; nothing is said to others.
pub(super) fn outside(message: &Message<'_>, machine: &Machine) -> Option<(u8, Vec<u8>)> {
    match (message.function, message.command) {
        // Channel 1, IPMI 2.0 extensions alone, users have names.
        (APP, 0x38) => Some((code::OK, vec![1, 0x80, 0x04, 0x02, 0, 0, 0, 0])),
        (APP, 0x54) => Some((code::OK, cipher_suites(message.data, machine))),
        (APP, 0x37) => Some((code::OK, device::guid(machine).to_vec())),
        _ => None,
    }
}

/// The channel, and sixteen bytes of records from an index on: C0h, number, and its algorithms with their kinds.
fn cipher_suites(data: &[u8], machine: &Machine) -> Vec<u8> {
    let records = manners(machine.identity.personality).suites.iter().flat_map(|suite| {
        let (number, [authentication, integrity, confidentiality]) = suite.numbers();
        [0xC0, number, authentication, 0x40 | integrity, 0x80 | confidentiality]
    });
    let from = data.get(2).map_or(0, |index| usize::from(index & 0x3F) * 16);
    [1].into_iter().chain(records.skip(from).take(16)).collect()
}

/// A command of a session.
pub(super) fn inside(asked: Asked<'_>, machine: &mut Machine, hpm: &mut Hpm, now: Duration) -> Answered {
    let Asked { message, session } = asked;
    let data = message.data;
    let changes = matches!((message.function, message.command), (CHASSIS, 0x02) | (APP, 0x02 | 0x03) | (GROUP, 0x30..));
    let needed = match message.function {
        _ if !changes => 2,
        CHASSIS => 3,
        _ => 4,
    };
    if session.privilege < needed {
        return (code::NO_PRIVILEGE, Vec::new()).into();
    }
    match (message.function, message.command) {
        (APP, 0x3B) => privilege(data, session).into(),
        (APP, 0x3C) => Answered { close: true, ..Answered::default() },
        (APP, 0x01) => (code::OK, device::id(machine)).into(),
        (APP, 0x02) => Answered { reset: true, ..Answered::default() },
        // Self test: no error.
        (APP, 0x04) => (code::OK, vec![0x55, 0]).into(),
        (APP, 0x37 | 0x38 | 0x54) => outside(message, machine).unwrap_or_default().into(),
        (CHASSIS, 0x01) => (code::OK, chassis::status(machine)).into(),
        (CHASSIS, 0x02) => (chassis::control(data, machine, now), Vec::new()).into(),
        (STORAGE, 0x10 | 0x11) => fru::answer(message.command, data, machine).into(),
        (STORAGE, 0x20..=0x23) => sdr::answer(message.command, data, machine).into(),
        (GROUP, _) if manners(machine.identity.personality).hpm => {
            hpm.answer(message.command, data, machine, now).into()
        }
        _ => (code::INVALID, Vec::new()).into(),
    }
}

/// Set Session Privilege Level; 0 asks for what it is.
fn privilege(data: &[u8], session: &mut Session) -> (u8, Vec<u8>) {
    match data.first().map(|level| level & 0x0F) {
        None => (code::SHORT, Vec::new()),
        Some(level) if level > session.most || level == 1 => (0x81, Vec::new()),
        Some(level) => {
            if level != 0 {
                session.privilege = level;
            }
            (code::OK, vec![session.privilege])
        }
    }
}
