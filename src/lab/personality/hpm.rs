//! A board with a controller that speaks IPMI alone and takes its firmware by PICMG HPM.1, as telecom boards and OpenPOWER
//! servers do. There is no web service at all.
//!
//! Source: facts 4.2 and 4.5 (ipmitool's runs against such boards).

use std::{sync::LazyLock, time::Duration};

use super::{MINUTE, Profile, Tree, openbmc, update};
use crate::lab::model::{Apply, Course, Habits, Kind, PowerTimes, Then, Write};

pub(super) fn board() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile {
        user: "admin",
        applies: Apply::OnStart,
        host_resets: &[],
        bmc_resets: &[],
        updates: update::none(),
        log: None,
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: MINUTE, post: Duration::from_secs(120) },
            // Two to three minutes after `mc reset cold` (xCAT's procedure for OpenPOWER); ATCA's are faster.
            bmc_away: MINUTE,
            tasks_in_memory: true,
            first_task: 1,
            purge_after_boot: None,
            version_lag: Duration::ZERO,
            keeps_previous: &[Kind::Bmc],
        },
        largest_image: None,
        tree: Tree::read(&[], false, false),
        firmware: |_| Vec::new(),
        ..openbmc::base()
    });
    &PROFILE
}

/// The way of an image that was uploaded whole: it waits for its activation, and is written then.
pub(in crate::lab) fn course(kind: Kind) -> Course {
    Course {
        verify: Duration::ZERO,
        asks_to_start: true,
        write: Write::Now(Duration::from_secs(30)),
        then: match kind {
            Kind::Bmc => Then::OwnReset,
            Kind::Bios => Then::HostReset,
            _ => Then::AtOnce,
        },
        restarts_host: false,
    }
}
