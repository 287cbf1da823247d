//! From a packet to its answer.

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret as _;

use super::{
    command::{self, Answered, Asked},
    device,
    frame::{self, Message, New, Packet, kind},
    handshake::{Gate, Step},
    hpm::Hpm,
    manners,
    session::{Session, Sessions},
};
use crate::lab::{
    fault::Effect,
    model::{Machine, Role},
    server::Seat,
};

/// One BMC's IPMI.
pub(super) struct Service {
    seat: Arc<Seat>,
    sessions: Sessions,
    hpm: Hpm,
}

/// What comes of a packet.
#[derive(Default)]
pub(super) struct Turn {
    /// How long the answer takes, on the wall clock.
    pub(super) delay: Duration,
    pub(super) answer: Option<Vec<u8>>,
    /// Whether the BMC resets once it has answered.
    pub(super) reset: bool,
}

impl Turn {
    fn says(answer: Vec<u8>) -> Self {
        Self { answer: Some(answer), ..Self::default() }
    }
}

impl Service {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        Self { seat, sessions: Sessions::default(), hpm: Hpm::default() }
    }

    /// The BMC was reset: sessions and half an upload are gone.
    pub(super) fn forget(&mut self) {
        self.sessions.clear();
        self.hpm.forget();
    }

    /// Answers a packet; nothing is said to what is not understood.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Turn> {
        match frame::read(bytes)? {
            Packet::Ping(tag) => Some(Turn::says(frame::pong(tag))),
            Packet::Old(message) => self.outside(message, frame::old),
            Packet::New(packet) if packet.session == 0 && packet.kind == kind::MESSAGE => {
                self.outside(packet.payload, |answer| frame::new(kind::MESSAGE, 0, 0, answer))
            }
            Packet::New(packet) if packet.kind == kind::MESSAGE => self.inside(&packet),
            Packet::New(packet) => self.handshake(&packet),
        }
    }

    /// A message outside of every session.
    fn outside(&mut self, message: &[u8], wrap: impl Fn(&[u8]) -> Vec<u8>) -> Option<Turn> {
        let message = Message::read(message)?;
        let machine = self.seat.bmc.machine();
        let (code, data) = command::outside(&message, &machine)?;
        Some(Turn::says(wrap(&message.answer(code, &data))))
    }

    fn handshake(&mut self, packet: &New<'_>) -> Option<Turn> {
        let machine = self.seat.bmc.machine();
        let manners = manners(machine.identity.personality);
        let gate = Gate {
            suites: manners.suites,
            user: self.seat.bmc.user(),
            password: self.seat.bmc.password().expose_secret().as_bytes(),
            guid: device::guid(&machine),
            most: most(&machine),
            refuses: machine.standing.refuses(self.seat.clock.elapsed()),
        };
        let (answers_with, step) = match packet.kind {
            kind::OPEN_REQUEST => (kind::OPEN_RESPONSE, gate.open(packet.payload, &mut self.sessions)),
            kind::RAKP_1 => {
                self.seat.bmc.count_login();
                (kind::RAKP_2, gate.ask(packet.payload, &mut self.sessions))
            }
            kind::RAKP_3 => (kind::RAKP_4, gate.prove(packet.payload, &mut self.sessions)),
            _ => return None,
        };
        let Step { payload, refused } = step?;
        if refused {
            self.seat.bmc.ipmi(|machine, _| {
                machine.standing.refuses_next = false;
                machine.counts.logins_refused += 1;
            });
        }
        (!payload.is_empty()).then(|| Turn::says(frame::new(answers_with, 0, 0, &payload)))
    }

    /// A message of a session: whole, new, and by who it says.
    fn inside(&mut self, packet: &New<'_>) -> Option<Turn> {
        let session = self.sessions.get(packet.session)?;
        let keys = session.keys()?.clone();
        if !packet.encrypted || !packet.authenticated {
            return None;
        }
        let (signed, code) = packet.signed.split_at_checked(packet.signed.len().checked_sub(keys.code_length())?)?;
        let expected = keys.code(signed).ok()?;
        if !openssl::memcmp::eq(&expected, code) || !session.passes(packet.sequence) {
            return None;
        }
        let plain = keys.open(packet.payload)?;
        let message = Message::read(&plain)?;
        let (turn, code, data) = self.decide(packet.session, &message)?;
        // A command may have ended its own session: the answer still goes out in it.
        let answer = self.wrap(packet.session, &message.answer(code, &data))?;
        if turn.close {
            self.sessions.remove(packet.session);
        }
        if turn.close_all {
            self.sessions.clear();
            return None;
        }
        Some(Turn { delay: turn.delay, answer: Some(answer), reset: turn.reset })
    }

    fn wrap(&mut self, number: u32, message: &[u8]) -> Option<Vec<u8>> {
        let session: &mut Session = self.sessions.get(number)?;
        let keys = session.keys()?.clone();
        let payload = keys.seal(message).ok()?;
        let mut packet = frame::sealed(kind::MESSAGE, session.theirs, session.next(), &payload);
        let code = keys.code(frame::signed(&packet)).ok()?;
        packet.extend(code);
        Some(packet)
    }

    /// What a command comes to, faults included. Nothing where no answer follows.
    fn decide(&mut self, number: u32, message: &Message<'_>) -> Option<(After, u8, Vec<u8>)> {
        self.seat.bmc.count_ipmi(message.function, message.command);
        let fault = self.seat.faults.at_ipmi(message.function, message.command);
        let mut after = After::default();
        let effect = fault.map(|(delay, effect)| {
            after.delay = delay;
            effect
        });
        match effect {
            None | Some(Effect::Slow) => {}
            Some(Effect::Answer { status, body, done, .. }) => {
                if done {
                    self.carry_out(number, message, &mut after);
                }
                return Some((after, u8::try_from(status).unwrap_or(0xFF), body));
            }
            Some(Effect::Mishap(mishap)) => self.seat.bmc.befall(mishap),
            Some(Effect::Reset) => after.close_all = true,
            Some(Effect::BmcReset) => {
                self.seat.bmc.reset();
                return None;
            }
            // What else can befall HTTP is silence here.
            Some(_) => return None,
        }
        let (code, data) = self.carry_out(number, message, &mut after);
        Some((after, code, data))
    }

    fn carry_out(&mut self, number: u32, message: &Message<'_>, after: &mut After) -> (u8, Vec<u8>) {
        let Some(session) = self.sessions.get(number) else { return (0xFF, Vec::new()) };
        let (asked, hpm) = (Asked { message, session }, &mut self.hpm);
        let Answered { code, data, reset, close } =
            self.seat.bmc.ipmi(|machine, now| command::inside(asked, machine, hpm, now));
        after.reset |= reset;
        after.close |= close;
        (code, data)
    }
}

/// What follows an answer.
#[derive(Default)]
struct After {
    delay: Duration,
    reset: bool,
    close: bool,
    close_all: bool,
}

/// The privilege of the administrator's account (IPMI 2.0, table 6-1).
fn most(machine: &Machine) -> u8 {
    match machine.standing.role {
        Role::Administrator => 4,
        Role::Operator => 3,
        Role::ReadOnly => 2,
    }
}
