//! From the name in a profile to the attribute of a machine.

use super::{Attribute, Reason, Registry};
use crate::domain::words;

/// A name without what Supermicro puts behind it: `TurboMode_3D06`, `QuietBoot#002E`, and the blanks before it that
/// became `_` (`Hyper_Threading_ALL__F27F`). The four digits change from BIOS to BIOS.
#[must_use]
pub fn without_suffix(name: &str) -> &str {
    let Some((head, tail)) = name.rsplit_once(['_', '#']) else { return name };
    let is_code = tail.len() == 4 && tail.chars().all(|c| c.is_ascii_digit() || ('A'..='F').contains(&c));
    if is_code { head.trim_end_matches('_') } else { name }
}

/// Whether an attribute of this name holds a password, whatever a registry says: `SysPassword`, `AdminPassword_12AB`.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    without_suffix(name).to_ascii_lowercase().ends_with("password")
}

/// The one attribute that `wanted` names: by its name, by that without its suffix, by what the setup screen calls it,
/// or by its menu and that.
pub(super) fn resolve<'a>(registry: &'a Registry, wanted: &str) -> Result<&'a Attribute, Reason> {
    if let Some(exact) = registry.attributes.get(wanted) {
        return Ok(exact);
    }
    let same = |one: &str| one.trim().eq_ignore_ascii_case(wanted.trim());
    let bare = without_suffix(wanted);
    let ways: [&dyn Fn(&Attribute) -> bool; 4] = [
        &|one| same(&one.name),
        &|one| without_suffix(&one.name).eq_ignore_ascii_case(bare),
        &|one| one.display.as_deref().is_some_and(same),
        &|one| places(one).iter().any(|place| same(place)),
    ];
    for way in ways {
        let mut found = registry.attributes.values().filter(|one| way(one));
        let Some(first) = found.next() else { continue };
        let more: Vec<_> = found.collect();
        if more.is_empty() {
            return Ok(first);
        }
        let candidates = std::iter::once(first).chain(more).map(in_full).collect();
        return Err(Reason::Ambiguous { candidates });
    }
    let names = registry.attributes.keys().map(|name| without_suffix(name));
    Err(Reason::Unknown { nearest: words::nearest(wanted, names).map(str::to_owned) })
}

/// Its menu and what is shown or named there.
fn places(one: &Attribute) -> Vec<String> {
    let Some(menu) = &one.menu else { return Vec::new() };
    let words = [Some(without_suffix(&one.name)), one.display.as_deref()];
    words.into_iter().flatten().map(|word| format!("{}/{word}", menu.trim_end_matches('/'))).collect()
}

/// What names it and no other: its menu where that tells it apart, else its name.
fn in_full(one: &Attribute) -> String {
    places(one).pop().unwrap_or_else(|| one.name.clone())
}
