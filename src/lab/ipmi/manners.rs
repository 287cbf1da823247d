//! What each vendor's BMC says of itself over IPMI.

use crate::lab::personality::Personality;

use super::cipher::Suite;

/// One vendor's IPMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) struct Manners {
    /// Whether IPMI over LAN is on as the machine is delivered.
    pub(in crate::lab) on: bool,
    /// The vendor's number (IANA enterprise numbers).
    pub(in crate::lab) manufacturer: u32,
    /// The vendor's number of this product. Those of boards that no capture shows are the lab's own.
    pub(in crate::lab) product: u16,
    /// Device id.
    pub(in crate::lab) device: u8,
    /// Cipher suites, the one it likes best first.
    pub(super) suites: &'static [Suite],
    /// Whether it takes updates by PICMG HPM.1.
    pub(in crate::lab) hpm: bool,
}

/// The manners of a personality. Manufacturers: facts of captured `mc info` (Dell 674, HPE 47196, Supermicro 10876,
/// Lenovo 19046, OpenBMC 49871, Gigabyte 15370); the HPM.1 board is PICMG's own (12634).
pub(in crate::lab) fn manners(personality: Personality) -> Manners {
    let usual = Manners {
        on: true,
        manufacturer: 0,
        product: 0x1AB0,
        device: 0x20,
        suites: &[Suite::Seventeen, Suite::Three],
        hpm: false,
    };
    match personality {
        Personality::Idrac9 | Personality::Idrac9Early | Personality::Idrac8 => {
            Manners { manufacturer: 674, product: 0x0100, ..usual }
        }
        Personality::Ilo5 => Manners { manufacturer: 47196, product: 0x2020, device: 0x14, ..usual },
        // Off by policy: where security demands it, it is the first thing that is switched off.
        Personality::Ilo6 => Manners { on: false, manufacturer: 47196, product: 0x2020, device: 0x14, ..usual },
        Personality::SupermicroX11 | Personality::SupermicroX12 | Personality::SupermicroX13 => {
            Manners { manufacturer: 10876, ..usual }
        }
        Personality::LenovoXcc => Manners { manufacturer: 19046, suites: &[Suite::Seventeen], ..usual },
        Personality::OpenBmc | Personality::Chassis => {
            Manners { manufacturer: 49871, device: 0, suites: &[Suite::Seventeen], ..usual }
        }
        Personality::OpenBmcOld => Manners { manufacturer: 49871, device: 0, suites: &[Suite::Three], ..usual },
        Personality::MegaRac => Manners { manufacturer: 15370, ..usual },
        Personality::HpmBoard => Manners { manufacturer: 12634, hpm: true, ..usual },
    }
}
