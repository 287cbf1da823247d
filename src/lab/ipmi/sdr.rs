//! A sensor data repository of one record, the locator of the BMC itself: clients look there for further FRU devices.

use super::command::code;
use crate::lab::model::Machine;

/// The reservation that everybody gets: nothing here ever changes.
const RESERVATION: [u8; 2] = [1, 0];

/// Get SDR Repository Info, Reserve SDR Repository, Get SDR.
pub(super) fn answer(command: u8, data: &[u8], machine: &Machine) -> (u8, Vec<u8>) {
    match (command, data) {
        // Version 1.5, one record, no room, never changed, reservations are known.
        (0x20, _) => (code::OK, vec![0x51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02]),
        (0x22, _) => (code::OK, RESERVATION.to_vec()),
        (0x23, [_, _, low, high, offset, count, ..]) => {
            if !matches!([*low, *high], [0, 0] | [1, 0]) {
                return (code::NOT_THERE, Vec::new());
            }
            let record = locator(machine);
            let Some(rest) = record.get(usize::from(*offset)..) else { return (0xC9, Vec::new()) };
            let part = rest.get(..usize::from(*count)).unwrap_or(rest);
            // No record follows.
            (code::OK, [&[0xFF, 0xFF], part].concat())
        }
        _ => (code::INVALID, Vec::new()),
    }
}

/// Management controller device locator (IPMI 2.0, table 43-9).
fn locator(machine: &Machine) -> Vec<u8> {
    let name: Vec<u8> = machine.identity.bmc_name.bytes().take(16).collect();
    let mut body = vec![0x20, 0, 0, 0x8F, 0, 0, 0, 7, 1, 0];
    body.push(0xC0 | u8::try_from(name.len()).unwrap_or_default());
    body.extend(name);
    let mut record = vec![1, 0, 0x51, 0x12, u8::try_from(body.len()).unwrap_or_default()];
    record.extend(body);
    record
}
