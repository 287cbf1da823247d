//! In which order a server's components are updated, and why.

use std::collections::BTreeMap;

use super::Update;
use crate::domain::{kind::Kind, vendor::Vendor};

/// BMC first, since an old one may refuse newer packages; then what the others stand on; BIOS after the CPLD's owner, the
/// CPLD last. Field practice differs by vendor, so a manifest's `[order]` overrides it.
const USUAL: [Kind; 9] =
    [Kind::Bmc, Kind::Bios, Kind::Nic, Kind::Storage, Kind::Drive, Kind::Gpu, Kind::Tpm, Kind::Psu, Kind::Cpld];

/// Within one major version an iDRAC takes every package, and its own reset comes last, once: Dell's own catalogues have
/// it so (facts: vendors 2.9).
const IDRAC_LAST: [Kind; 9] =
    [Kind::Bios, Kind::Nic, Kind::Storage, Kind::Drive, Kind::Gpu, Kind::Tpm, Kind::Psu, Kind::Cpld, Kind::Bmc];

/// Sorts whole chains, and says why so: the stones of one component stay together and in their order.
pub(super) fn sort(
    chains: &mut [Vec<Update>],
    vendor: Option<Vendor>,
    overrides: &BTreeMap<Vendor, Vec<Kind>>,
) -> String {
    let own = vendor.and_then(|vendor| overrides.get(&vendor));
    let jump = chains
        .iter()
        .flatten()
        .filter(|update| update.kind == Kind::Bmc)
        .map(is_jump)
        .reduce(|one, other| one || other);
    let (order, why): (&[Kind], String) = match (own, vendor, jump) {
        (Some(order), _, _) => (order, "as the manifests' [order] says for this vendor".into()),
        (None, Some(Vendor::Dell), Some(false)) => {
            (&IDRAC_LAST, "the iDRAC last: it stays within one major version, and takes every package as it is".into())
        }
        (None, Some(Vendor::Dell), Some(true)) => {
            (&USUAL, "the iDRAC first: an older major version may refuse newer packages' signatures (RED007)".into())
        }
        (None, Some(Vendor::Hpe), Some(_)) => {
            (&USUAL, "the iLO first: an old one may refuse newer packages; then what it flashes".into())
        }
        _ => (&USUAL, "the BMC first, since an old one may refuse newer packages; programmable logic last".into()),
    };
    let place = |kind: Kind| order.iter().position(|one| *one == kind).unwrap_or(order.len());
    chains.sort_by_key(|chain| chain.first().map_or(usize::MAX, |update| place(update.kind)));
    why
}

/// Whether an update leads to another major version, or to one of which nobody knows.
fn is_jump(update: &Update) -> bool {
    let major = |version: &str| version.split('.').next().and_then(|number| number.parse::<u32>().ok());
    let (from, to) = (major(&update.from), major(&update.to));
    from.is_none() || from != to
}
