//! Updates by PICMG HPM.1 (R1.0): capabilities, upload block by block, activation, self test, rollback.
//!
//! The machine's model does the work: an upload that is whole becomes an update that waits to be started, activation
//! starts it, and the BMC resets itself when it has written.

use std::time::Duration;

use super::{command::code, device};
use crate::lab::{
    image::Reader,
    model::{Apply, Component, Kind, Machine, Order, Stage, Work},
    personality::{hpm_course, judge},
};

/// Completion codes of HPM.1.
const IN_PROGRESS: u8 = 0x80;
const WRONG_SIZE: u8 = 0x81;
const BAD_COMPONENT: u8 = 0x82;
const WRONG_FIRMWARE: u8 = 0x83;

/// Five seconds each: twelve are a minute.
const TIMEOUT: u8 = 12;
/// How long it may be away for its own reset: two minutes.
const AWAY: u8 = 24;

/// An upload in the making, and the last command that took its time.
#[derive(Default)]
pub(super) struct Hpm {
    upload: Option<Upload>,
    last: (u8, u8),
    rolled_back: u8,
}

struct Upload {
    component: u8,
    next: u8,
    begun: bool,
    reader: Reader,
}

impl Hpm {
    /// The BMC was reset.
    pub(super) fn forget(&mut self) {
        self.upload = None;
    }

    /// Answers a command. Every answer begins with PICMG's number.
    pub(super) fn answer(&mut self, command: u8, data: &[u8], machine: &mut Machine, now: Duration) -> (u8, Vec<u8>) {
        let Some((0, data)) = data.split_first().map(|(first, rest)| (*first, rest)) else {
            return (code::INVALID, Vec::new());
        };
        let (code, answer) = match (command, data) {
            (0x2E, _) => (code::OK, capabilities(machine)),
            (0x2F, [component, selector, ..]) => properties(*component, *selector, machine),
            (0x30, _) => (self.abort(machine), Vec::new()),
            (0x31, [mask, action, ..]) => (self.initiate(*mask, *action, machine, now), Vec::new()),
            (0x32, [number, block @ ..]) => (self.block(*number, block), Vec::new()),
            (0x33, [component, length @ ..]) => (self.finish(*component, length, machine, now), Vec::new()),
            (0x34, _) => (code::OK, self.status(machine)),
            (0x35, _) => (self.activate(machine, now), Vec::new()),
            (0x36, _) => (code::OK, vec![0x55, 0]),
            (0x37, _) => (code::OK, vec![self.rolled_back]),
            (0x38, _) => (self.roll_back(machine, now), Vec::new()),
            (0x2F | 0x31..=0x33, _) => (code::SHORT, Vec::new()),
            _ => return (code::INVALID, Vec::new()),
        };
        if command != 0x34 {
            self.last = (command, code);
        }
        (code, [vec![0], answer].concat())
    }

    fn abort(&mut self, machine: &mut Machine) -> u8 {
        self.upload = None;
        machine.updates.retain(|update| update.stage != Stage::Verified);
        code::OK
    }

    fn initiate(&mut self, mask: u8, action: u8, machine: &mut Machine, now: Duration) -> u8 {
        machine.advance(now);
        if machine.busy().is_some_and(|update| update.stage != Stage::Verified) {
            return code::NOT_NOW;
        }
        let ids: Vec<u8> = (0..8).filter(|id| mask & 1 << id != 0 && find(machine, *id).is_some()).collect();
        match (action, ids.as_slice()) {
            (_, []) => WRONG_SIZE,
            // Backup and preparation take no time here.
            (0 | 1, _) => code::OK,
            (2, [component]) => {
                machine.counts.pushes += 1;
                let kind = find(machine, *component).map(|one| one.kind);
                // A new upload takes the place of one that was not activated.
                machine.updates.retain(|update| {
                    update.stage != Stage::Verified || update.payload.as_ref().map(|payload| payload.kind) != kind
                });
                self.upload = Some(Upload { component: *component, next: 0, begun: false, reader: Reader::default() });
                code::OK
            }
            _ => WRONG_SIZE,
        }
    }

    fn block(&mut self, number: u8, block: &[u8]) -> u8 {
        let Some(upload) = &mut self.upload else { return code::NOT_NOW };
        if number == upload.next {
            upload.reader.push(block);
            upload.next = upload.next.wrapping_add(1);
            upload.begun = true;
            return code::OK;
        }
        // The block before once more: its answer was lost.
        let is_last = upload.begun && number == upload.next.wrapping_sub(1);
        if is_last { code::OK } else { code::BAD_FIELD }
    }

    fn finish(&mut self, component: u8, length: &[u8], machine: &mut Machine, now: Duration) -> u8 {
        let Some(upload) = self.upload.take_if(|upload| upload.component == component) else { return BAD_COMPONENT };
        let sent = length.first_chunk::<4>().map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
        if sent != Some(upload.reader.length()) {
            return WRONG_SIZE;
        }
        let kind = find(machine, component).map(|one| one.kind);
        let payload = match judge(machine, &upload.reader.finish(), kind) {
            Ok(payload) => payload,
            Err(crate::lab::model::Failure::OtherHardware) => return WRONG_FIRMWARE,
            Err(_) => return BAD_COMPONENT,
        };
        let course = hpm_course(payload.kind);
        let order = Order { apply: Apply::OnStart, target: kind, pulled: false };
        let id = machine.next_task_id();
        let task = machine.begin_update(id, Work::Verify, order, course, now);
        machine.receive(&task, Ok(payload), course, now);
        machine.advance(now);
        code::OK
    }

    fn activate(&mut self, machine: &mut Machine, now: Duration) -> u8 {
        machine.advance(now);
        let mut started = false;
        while machine.updates.iter().any(|update| update.stage == Stage::Verified) {
            let id = machine.next_task_id();
            started |= machine.start_update(id, now).is_some();
        }
        if started { IN_PROGRESS } else { code::NOT_NOW }
    }

    fn roll_back(&mut self, machine: &mut Machine, now: Duration) -> u8 {
        machine.advance(now);
        if machine.busy().is_some() || !machine.swap_bank(Kind::Bmc) {
            return WRONG_SIZE;
        }
        self.rolled_back = 1;
        machine.reset_bmc(now, machine.habits.bmc_away);
        IN_PROGRESS
    }

    /// The last command that took its time, and whether it still does.
    fn status(&mut self, machine: &Machine) -> Vec<u8> {
        let works =
            machine.updates.iter().any(|one| matches!(one.stage, Stage::Writing { .. } | Stage::Leaving { .. }));
        if self.last.1 == IN_PROGRESS && !works {
            self.last.1 = code::OK;
        }
        vec![self.last.0, self.last.1]
    }
}

/// HPM.1's version 0, self test and manual rollback, four timeouts, and which components there are.
fn capabilities(machine: &Machine) -> Vec<u8> {
    let mask = (0..8).filter(|id| find(machine, *id).is_some()).fold(0, |mask: u8, id| mask | 1 << id);
    vec![0, 0x01 | 0x04, TIMEOUT, TIMEOUT, TIMEOUT, AWAY, mask]
}

fn properties(component: u8, selector: u8, machine: &Machine) -> (u8, Vec<u8>) {
    let Some(component) = find(machine, component) else { return (BAD_COMPONENT, Vec::new()) };
    let some = |version: Option<&String>| version.map_or([0xFF; 6], |version| device::version(version)).to_vec();
    let data = match selector {
        // Rollback by command, preparation; a host's firmware runs after its next cold reset.
        0 => vec![if component.kind == Kind::Bios { 0x04 | 0x20 } else { 0x01 | 0x04 }],
        1 => device::version(&component.version).to_vec(),
        2 => {
            let mut name: Vec<u8> = component.name.bytes().take(11).collect();
            name.resize(12, 0);
            name
        }
        3 => some(component.previous.as_ref()),
        4 => {
            let waits = machine.updates.iter().find_map(|update| {
                update.payload.as_ref().filter(|payload| payload.kind == component.kind).map(|payload| &payload.version)
            });
            some(waits)
        }
        _ => return (WRONG_FIRMWARE, Vec::new()),
    };
    (code::OK, data)
}

/// A component by its number in HPM.1, which is its id.
fn find(machine: &Machine, number: u8) -> Option<&Component> {
    machine.components.iter().find(|one| one.id == number.to_string())
}
