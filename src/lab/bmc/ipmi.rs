//! What a BMC's IPMI may see of it.

use std::time::Duration;

use secrecy::SecretString;

use super::Bmc;
use crate::lab::model::Machine;

impl Bmc {
    /// The administrator's password.
    pub(in crate::lab) fn password(&self) -> &SecretString {
        &self.password
    }

    /// Whether it is there, and IPMI over LAN is on.
    pub(in crate::lab) fn answers_ipmi(&self) -> bool {
        self.away().is_none() && self.lock().ipmi
    }

    /// Counts a command among the requests: `IPMI /ipmi/2c/32`.
    pub(in crate::lab) fn count_ipmi(&self, function: u8, command: u8) {
        self.count_path(format!("/ipmi/{function:02x}/{command:02x}"));
    }

    /// Counts a login that was begun: `IPMI /ipmi/login`.
    pub(in crate::lab) fn count_login(&self) {
        self.count_path("/ipmi/login".to_owned());
    }

    fn count_path(&self, path: String) {
        self.count(&super::Request { method: "IPMI".to_owned(), path, ..super::Request::default() });
    }

    /// Lets a command see and change the machine at this point of device time.
    pub(in crate::lab) fn ipmi<T>(&self, act: impl FnOnce(&mut Machine, Duration) -> T) -> T {
        let mut machine = self.enter();
        let result = act(&mut machine, self.clock.elapsed());
        self.tell_reset(&machine);
        drop(machine);
        self.moved.notify_waiters();
        result
    }
}
