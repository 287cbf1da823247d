//! The host's power.

use std::time::Duration;

use super::command::code;
use crate::lab::model::{HostReset, Machine, Power, PowerRefusal};

/// The answer to Get Chassis Status: whether power is on, and nothing that would be wrong.
pub(super) fn status(machine: &Machine) -> Vec<u8> {
    let on = !matches!(machine.power, Power::Off);
    vec![u8::from(on), 0, 0]
}

/// Chassis Control. Who asks for what is so already is not refused.
pub(super) fn control(data: &[u8], machine: &mut Machine, now: Duration) -> u8 {
    let Some(ask) = data.first() else { return code::SHORT };
    let ask = match ask & 0x0F {
        0 => HostReset::ForceOff,
        1 => HostReset::On,
        2 => HostReset::PowerCycle,
        3 => HostReset::ForceRestart,
        4 => HostReset::Nmi,
        5 => HostReset::GracefulShutdown,
        _ => return code::BAD_FIELD,
    };
    let times = machine.habits.power;
    match (machine.reset_host(ask, now, &times), ask) {
        (Ok(()), _) | (Err(PowerRefusal::AlreadyOn), _) => code::OK,
        (Err(PowerRefusal::AlreadyOff), HostReset::ForceOff | HostReset::GracefulShutdown) => code::OK,
        (Err(PowerRefusal::AlreadyOff), _) => code::NOT_NOW,
    }
}
