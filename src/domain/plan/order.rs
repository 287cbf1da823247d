//! In which order a server's components are updated.

use std::collections::BTreeMap;

use super::Update;
use crate::domain::{kind::Kind, vendor::Vendor};

/// BMC first, since an old one may refuse newer packages; then what the others stand on; BIOS after the CPLD's owner, the
/// CPLD last. Field practice differs by vendor, so a manifest's `[order]` overrides it.
const USUAL: [Kind; 9] =
    [Kind::Bmc, Kind::Bios, Kind::Nic, Kind::Storage, Kind::Drive, Kind::Gpu, Kind::Tpm, Kind::Psu, Kind::Cpld];

/// Sorts whole chains: the stones of one component stay together and in their order.
pub(super) fn sort(updates: &mut [Vec<Update>], vendor: Option<Vendor>, overrides: &BTreeMap<Vendor, Vec<Kind>>) {
    let own = vendor.and_then(|vendor| overrides.get(&vendor));
    let place = |kind: Kind| match own {
        Some(order) => order.iter().position(|one| *one == kind).unwrap_or(order.len()),
        None => USUAL.iter().position(|one| *one == kind).unwrap_or(USUAL.len()),
    };
    updates.sort_by_key(|chain| chain.first().map_or(usize::MAX, |update| place(update.kind)));
}
