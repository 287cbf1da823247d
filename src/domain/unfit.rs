//! Whether what a file says of itself speaks against the machine that it is meant for, whatever a manifest says.

use serde::{Deserialize, Serialize};

use super::{
    inspected::{Inspected, form},
    inventory::{Identity, Inventory},
    ipmi::{BoardIds, Device, HpmImage},
    target::Endpoint,
    vendor::Vendor,
    words,
};

/// What every serial number of the lab shows.
const LAB: &str = "LAB";

/// Why an image must not be offered to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "unfit")]
pub enum Unfit {
    /// It was made by the lab, and the machine is none of the lab's.
    #[error(
        "it is an image of firmdeck's lab, and {evidence}: it is offered to nothing but the lab; next: add the vendor's own \
         image and name that one in the manifest"
    )]
    OfTheLab {
        /// What shows that the machine is another's.
        evidence: String,
    },
    /// It is of another vendor.
    #[error("the file is of {inside}, the machine is {machine}; next: correct the manifest's match rules")]
    Vendor {
        /// In the file.
        inside: Vendor,
        /// The machine's.
        machine: Vendor,
    },
    /// It is for other boards.
    #[error("the file is for {}, the machine's board is {machine}; next: correct the manifest's match rules", inside.join(", "))]
    Board {
        /// In the file.
        inside: Vec<String>,
        /// The machine's.
        machine: String,
    },
    /// It is for another controller, by the numbers that IPMI has for it.
    #[error("the image is for {inside}, the controller is {machine}; next: take the image that is made for this board")]
    Controller {
        /// In the file.
        inside: BoardIds,
        /// The controller's.
        machine: BoardIds,
    },
    /// The controller does not say who it is, so nothing shows that the image is for it.
    #[error(
        "the image is for {inside}, and the controller does not say who it is; next: read it with `ipmitool mc info`"
    )]
    UnknownController {
        /// In the file.
        inside: BoardIds,
    },
    /// It is for other devices.
    #[error("the file is for devices {}, the component is {component}; next: correct the manifest's match rules", inside.join(", "))]
    Device {
        /// In the file.
        inside: Vec<String>,
        /// The component's.
        component: String,
    },
}

/// What speaks against offering the file to `component` of a machine, if anything. What the machine does not say speaks
/// against nothing: the manifest's rules have decided that already.
#[must_use]
pub fn unfit(inspected: &Inspected, endpoint: &Endpoint, inventory: &Inventory, component: &str) -> Option<Unfit> {
    let identity = &inventory.identity;
    if inspected.lab
        && let Some(evidence) = is_no_lab(endpoint, identity)
    {
        return Some(Unfit::OfTheLab { evidence });
    }
    let machine = identity.vendor.value().and_then(|brand| Vendor::from_text(brand));
    if let (Some(inside), Some(machine)) = (inspected.vendor, machine)
        // Others package for many brands: OpenBMC and AMI are software, NVIDIA and Lenovo's suppliers make parts.
        && [inside, machine].iter().all(|vendor| matches!(vendor, Vendor::Dell | Vendor::Hpe | Vendor::Supermicro))
        && inside != machine
    {
        return Some(Unfit::Vendor { inside, machine });
    }
    if let Some(board) = &identity.board
        && !inspected.boards.is_empty()
        && !inspected.boards.iter().any(|inside| same_board(inside, board))
    {
        return Some(Unfit::Board { inside: inspected.boards.clone(), machine: board.clone() });
    }
    let id =
        inventory.components.iter().find(|one| one.id == component).and_then(|one| device(one.software_id.as_deref()?));
    let comparable = |id: &str| inspected.software_ids.iter().any(|inside| form(inside) == form(id));
    let id =
        id.filter(|id| comparable(id) && !inspected.software_ids.iter().any(|inside| inside.eq_ignore_ascii_case(id)))?;
    Some(Unfit::Device { inside: inspected.software_ids.clone(), component: id.to_owned() })
}

/// What speaks against offering an HPM.1 image to a controller, by its answer to Get Device ID. Here nothing may be left
/// open: ipmitool itself would ask whether to go on.
#[must_use]
pub fn unfit_controller(image: &HpmImage, device: &Device) -> Option<Unfit> {
    match device.ids {
        None => Some(Unfit::UnknownController { inside: image.ids }),
        Some(machine) => (machine != image.ids).then_some(Unfit::Controller { inside: image.ids, machine }),
    }
}

/// What speaks against offering an image of the lab to a machine of which no more is known than its address and the serial
/// number in its FRU.
#[must_use]
pub fn unfit_lab_image(lab: bool, endpoint: &Endpoint, serial: Option<&str>) -> Option<Unfit> {
    let evidence = if lab { of_no_lab(endpoint, serial)? } else { return None };
    Some(Unfit::OfTheLab { evidence })
}

/// The address alone proves nothing: a tunnel to a real BMC ends on a loopback address too.
fn is_no_lab(endpoint: &Endpoint, identity: &Identity) -> Option<String> {
    of_no_lab(endpoint, identity.serial.value().map(String::as_str))
}

fn of_no_lab(endpoint: &Endpoint, serial: Option<&str>) -> Option<String> {
    if !endpoint.is_loopback() {
        return Some(format!("{endpoint} is no loopback address"));
    }
    match serial {
        Some(serial) if serial.contains(LAB) => None,
        Some(serial) => Some(format!("the machine's serial number {serial} is none of the lab's")),
        None => Some("the machine's serial number is unknown".into()),
    }
}

/// Ids are one with and without `0x`. One image serves the variants of a board (X12DPI for X12DPI-N6), and firmware for
/// `X13DEG` is none for `X13DEM`: up to the first dash one must begin as the other does.
fn same_board(inside: &str, board: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        text.strip_prefix("0x").map_or(text.clone(), str::to_owned)
    };
    let (inside_, board_) = (plain(inside), plain(board));
    let stem = |text: &str| text.split('-').next().unwrap_or_default().to_owned();
    let (a, b) = (stem(&inside_), stem(&board_));
    let is_variant = a.len().min(b.len()) > 4 && (a.starts_with(&b) || b.starts_with(&a));
    inside_ == board_ || is_variant || words::is_like(board, inside)
}

/// The part of a SoftwareId that names the device: iLO 6 writes class and target, with a colon between.
fn device(software_id: &str) -> Option<&str> {
    let last = software_id.rsplit(':').next().unwrap_or(software_id);
    (!matches!(last, "" | "0")).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_board_are_one_and_its_neighbours_are_not() {
        for (inside, board) in [
            ("090E", "090E"),
            ("0x1D14", "1d14"),
            ("X13DEG-OAD", "X13DEG-OAD"),
            ("X12DPI", "X12DPi-N6"),
            ("H12SSL", "H12SSL-i"),
            ("A42", "A42"),
        ] {
            assert!(same_board(inside, board), "{inside} {board}");
        }
        for (inside, board) in
            [("090E", "090F"), ("X13DEG", "X13DEM"), ("A42", "A43"), ("U54", "U5"), ("1C5D", "X13DEM")]
        {
            assert!(!same_board(inside, board), "{inside} {board}");
        }
    }

    #[test]
    fn an_hpm_image_goes_to_the_controller_that_it_names_and_no_other() {
        let ids = BoardIds { device: 32, manufacturer: 12634, product: 0x1AB0 };
        let image = HpmImage { ids, earliest: "0.00".into(), affects_services: false, parts: Vec::new() };
        let device = |ids| Device { ids, firmware: "1.10".into(), aux: Vec::new(), product: None, unavailable: false };
        assert_eq!(unfit_controller(&image, &device(Some(ids))), None);
        for other in
            [BoardIds { device: 33, ..ids }, BoardIds { manufacturer: 2, ..ids }, BoardIds { product: 0x1AB1, ..ids }]
        {
            assert!(matches!(unfit_controller(&image, &device(Some(other))), Some(Unfit::Controller { .. })));
        }
        let unknown = unfit_controller(&image, &device(None)).unwrap().to_string();
        assert!(unknown.contains("product 0x1AB0"), "{unknown}");
    }

    #[test]
    fn a_lab_image_goes_over_ipmi_to_the_lab_alone() {
        let at = |host: &str| Endpoint { host: host.into(), port: 623 };
        assert_eq!(unfit_lab_image(true, &at("127.42.0.1"), Some("LAB000000001")), None);
        assert_eq!(unfit_lab_image(false, &at("192.0.2.1"), None), None);
        for (host, serial) in [("192.0.2.1", Some("LAB1")), ("127.0.0.1", Some("S1")), ("127.0.0.1", None)] {
            assert!(unfit_lab_image(true, &at(host), serial).is_some(), "{host} {serial:?}");
        }
    }

    #[test]
    fn a_software_id_names_its_device_last() {
        assert_eq!(device("159"), Some("159"));
        assert_eq!(
            device("aa148d2e:00000000-0000-0000-0000-000001553534"),
            Some("00000000-0000-0000-0000-000001553534")
        );
        assert_eq!(device("0"), None);
    }
}
