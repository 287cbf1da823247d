//! Whether systemd-logind would end a detached engine with the login session of whoever started it.

use std::{fs, path::Path};

/// What logind goes by, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// `/proc/self/cgroup`.
    cgroup: String,
    /// Its configuration files, the one that counts most last.
    configs: Vec<String>,
    /// True where the account's processes are kept without a session.
    lingers: bool,
}

/// Where logind's configuration is (logind.conf(5)), what counts less first.
const PLACES: [&str; 4] = ["/usr/lib/systemd", "/usr/local/lib/systemd", "/run/systemd", "/etc/systemd"];

impl Surroundings {
    pub(super) fn read() -> Self {
        let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let mains = ["/usr/lib/systemd", "/etc/systemd"].map(|place| text(&Path::new(place).join("logind.conf")));
        // Of all places together, the names decide which comes later.
        let mut parts: Vec<_> = PLACES
            .iter()
            .filter_map(|place| fs::read_dir(Path::new(place).join("logind.conf.d")).ok())
            .flat_map(|found| found.filter_map(Result::ok))
            .map(|entry| (entry.file_name(), entry.path()))
            .collect();
        parts.sort();
        let parts = parts.into_iter().map(|(_, path)| text(&path));
        let user = std::env::var("USER").unwrap_or_default();
        Self {
            cgroup: text(Path::new("/proc/self/cgroup")),
            configs: mains.into_iter().chain(parts).collect(),
            lingers: !user.is_empty() && Path::new("/var/lib/systemd/linger").join(user).exists(),
        }
    }

    /// Why an engine that is started here would not outlive the login session, if so.
    pub(super) fn danger(&self) -> Option<&'static str> {
        let in_session = self.cgroup.lines().any(|line| {
            line.rsplit('/').next().is_some_and(|unit| unit.starts_with("session-") && unit.ends_with(".scope"))
        });
        let kills = self.configs.iter().flat_map(|config| config.lines()).fold(false, |kills, line| {
            match line.trim().strip_prefix("KillUserProcesses").map(|rest| rest.trim_start_matches([' ', '=']).trim()) {
                Some("yes" | "true" | "on" | "1") => true,
                Some(_) => false,
                None => kills,
            }
        });
        (in_session && kills && !self.lingers).then_some(
            "logind ends every process of yours at logout (KillUserProcesses=yes), a detached engine with its run too: \
             `loginctl enable-linger`, or run `firmdeck serve` as a service",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(cgroup: &str, configs: &[&str], lingers: bool) -> Surroundings {
        let configs = configs.iter().map(|text| (*text).to_owned()).collect();
        Surroundings { cgroup: cgroup.into(), configs, lingers }
    }

    const SESSION: &str = "0::/user.slice/user-1000.slice/session-4.scope\n";

    #[test]
    fn only_a_session_whose_processes_are_killed_and_not_kept_is_a_danger() {
        let yes = "[Login]\nKillUserProcesses=yes\n";
        assert!(within(SESSION, &[yes], false).danger().is_some());
        assert!(within(SESSION, &[yes], true).danger().is_none(), "it lingers");
        assert!(within("0::/system.slice/firmdeck.service\n", &[yes], false).danger().is_none(), "a service");
        assert!(within(SESSION, &[], false).danger().is_none(), "Debian's own default");
    }

    #[test]
    fn the_last_word_counts_and_comments_are_none() {
        let (yes, no) = ("KillUserProcesses = yes\n", "[Login]\nKillUserProcesses=no\n");
        assert!(within(SESSION, &["#KillUserProcesses=yes\n"], false).danger().is_none());
        assert!(within(SESSION, &[yes, no], false).danger().is_none());
        assert!(within(SESSION, &[no, yes], false).danger().is_some());
    }
}
