//! What a management controller and an HPM.1 image say of themselves in IPMI's numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The numbers by which an HPM.1 image names the controller that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BoardIds {
    /// Device id.
    pub device: u8,
    /// The vendor's enterprise number (IANA).
    pub manufacturer: u32,
    /// The vendor's number of the product.
    pub product: u16,
}

impl fmt::Display for BoardIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, manufacturer, product } = self;
        write!(f, "device 0x{device:02X}, manufacturer {manufacturer}, product 0x{product:04X}")
    }
}

/// A controller's answer to Get Device ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Who it is; absent where one of the numbers was not told.
    pub ids: Option<BoardIds>,
    /// The two numbers of its firmware that IPMI has room for, as they are written: `6.10` of a 6.10.30.00.
    pub firmware: String,
    /// Four bytes of the vendor's, where it tells them.
    pub aux: Vec<u8>,
    /// The product's name, where it is known.
    pub product: Option<String>,
    /// Whether it is at its update or its start, and not quite there.
    pub unavailable: bool,
}

/// What HPM.1 says of an image beside its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HpmImage {
    /// The controller that it is for.
    pub ids: BoardIds,
    /// The oldest revision that it goes over.
    pub earliest: String,
    /// Whether the host may be affected: its tool asks before it goes on.
    pub affects_services: bool,
    /// What it uploads, in its order.
    pub parts: Vec<HpmPart>,
}

impl HpmImage {
    /// Bytes of all that is uploaded.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.length).sum()
    }
}

/// One upload of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HpmPart {
    /// The component's number, 0 to 7.
    pub component: u8,
    /// Its version.
    pub version: String,
    /// What it is called.
    pub name: String,
    /// Bytes.
    pub length: u64,
}
