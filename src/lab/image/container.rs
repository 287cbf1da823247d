//! What stands around the filling: each vendor's container.

use serde_json::json;

use super::{Spec, checksum::length, label::SUM, tar, write::Filling, zip::Zip};
use crate::lab::model::Kind;

/// A container: what stands before and behind the filling; the last sixteen bytes are for the sum.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) head: Vec<u8>,
    pub(super) tail: Vec<u8>,
}

impl Frame {
    /// Bytes that are not filling.
    pub(super) fn around(&self) -> u64 {
        length(&self.head) + length(&self.tail)
    }
}

/// The container of a specification's vendor.
pub(super) fn frame(spec: &Spec, size: u64, filling: Filling) -> Frame {
    let label = spec.label(size);
    let (head, tail) = match spec.personality.vendor() {
        "dell" => dell(spec, size, &label, filling),
        "hpe" if spec.kind == Kind::Storage => smart_component(&label, filling),
        "hpe" => hpe(spec, &label, filling),
        "supermicro" => (supermicro(spec, &label), vec![0xff; SUM]),
        "lenovo" | "ami" | "hpm" => (opaque(&label), vec![0xff; SUM]),
        _ => openbmc(spec, &label, filling),
    };
    Frame { head, tail }
}

/// A Windows update package: a program with a zip behind it, of which `package.xml` (UTF-16) is the first member.
fn dell(spec: &Spec, size: u64, label: &str, filling: Filling) -> (Vec<u8>, Vec<u8>) {
    // DOS header with the offset of the PE header, an x86-64 PE header without sections.
    let mut program = vec![0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in program.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    put(0, b"MZ");
    put(0x3c, &[0x80]);
    put(0x80, b"PE\0\0\x64\x86");
    put(0x94, &[0xf0, 0x00, 0x22, 0x00, 0x0b, 0x02]);
    let (component, kind, category) = match spec.kind {
        Kind::Bios => ("159", "BIOS", "BIOS"),
        _ => ("25227", "FRMW", "iDRAC with Lifecycle Controller"),
    };
    let systems: String =
        spec.fits.iter().map(|id| format!("<Model systemID=\"{id}\" systemIDType=\"BIOS\"/>")).collect();
    let name = spec.file_name();
    let release = spec.release_id();
    let (version, released) = (&spec.version, &spec.released);
    let package = format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<SoftwareComponent schemaVersion=\"2.4\" packageType=\"LW64\" \
         packageID=\"{release}\" releaseID=\"{release}\" dellVersion=\"A00\" vendorVersion=\"{version}\" \
         releaseDate=\"{released}\" rebootRequired=\"{}\" size=\"{size}\" path=\"{name}\">\n<Name><Display lang=\"en\">\
         <![CDATA[firmdeck lab {category}]]></Display></Name><ComponentType value=\"{kind}\"/>\n<SupportedDevices><Device \
         componentID=\"{component}\" embedded=\"1\"/></SupportedDevices>\n<SupportedSystems><Brand key=\"3\" \
         prefix=\"PE\">{systems}</Brand></SupportedSystems>\n</SoftwareComponent>\n",
        spec.kind == Kind::Bios
    );
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(package.encode_utf16().flat_map(u16::to_le_bytes));
    let mut zip = Zip::behind(program);
    zip.add("package.xml", &utf16);
    zip.add("mup.xml", b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<MUPDefinition/>\n");
    zip.add("firmdeck-lab.txt", label.as_bytes());
    let payload = if spec.kind == Kind::Bios { "payload/lab.cap" } else { "payload/firmimgFIT.d9" };
    zip.finish(payload, filling)
}

/// A FWPKG-v2: a zip with `payload.json`, one device for each target.
fn hpe(spec: &Spec, label: &str, filling: Filling) -> (Vec<u8>, Vec<u8>) {
    let (class, name, end, minutes) = match spec.kind {
        Kind::Bios => ("aa148d2e-6e09-453e-bc6f-63baa5f5ccc4", "System ROM", "signed.flash", 5),
        Kind::Tpm => ("fcbe6477-5c25-4488-b197-695bb8123b11", "TPM", "bin", 2),
        _ => ("2f317b9d-c9e3-4d76-bff6-b9d0d085a952", "iLO", "bin", 4),
    };
    let file = spec.file_name();
    let binary = format!("{}.{end}", file.trim_end_matches(".fwpkg"));
    let by_uefi = spec.kind == Kind::Tpm;
    let reset = spec.kind == Kind::Bios || by_uefi;
    // `U54 v2.30 (07/18/2024)` is `v2.30 (07/18/2024)` in a package.
    let version = spec.version.split_once(" v").map_or(spec.version.clone(), |(_, rest)| format!("v{rest}"));
    let devices: Vec<_> = spec
        .fits
        .iter()
        .map(|target| {
            json!({
                "DeviceName": format!("firmdeck lab {name}"), "Target": target, "Version": version,
                "FirmwareImages": [{
                    "FileName": binary, "Order": 1, "Type": "Firmware", "DirectFlashOK": !by_uefi, "UEFIFlashable": by_uefi,
                    "ResetRequired": reset, "ServerPowerOff": false, "SysPowerOn": false, "PLDMImage": false,
                    "DelayAfterInstallSec": 0, "InstallDurationSec": minutes * 60,
                }],
            })
        })
        .collect();
    let payload = json!({
        "DeviceClass": class,
        "Devices": {"Device": devices},
        "MinimumActiveVersion": spec.min_from.as_deref().unwrap_or("null"),
        "PackageFormat": "FWPKG-v2",
        "Type": "Firmware",
        "UpdatableBy": [if by_uefi { "Uefi" } else { "Bmc" }],
        "Package": {"Category": [{"Lang": "en", "Value": match spec.kind { Kind::Bios => "BIOS - System ROM", Kind::Tpm => "Firmware", _ => "Firmware - Lights-Out Management" }}]},
    });
    let mut zip = Zip::default();
    zip.add("payload.json", format!("{payload:#}").as_bytes());
    zip.add("firmdeck-lab.txt", label.as_bytes());
    zip.finish(&binary, filling)
}

/// A Smart Component whose signature lies beside it: a zip that says nothing of itself.
fn smart_component(label: &str, filling: Filling) -> (Vec<u8>, Vec<u8>) {
    let mut zip = Zip::default();
    zip.add("firmdeck-lab.txt", label.as_bytes());
    zip.finish("payload/lab.bin", filling)
}

/// A raw flash image that names itself: a BIOS begins with Intel's flash descriptor, a BMC with U-Boot's vectors.
fn supermicro(spec: &Spec, label: &str) -> Vec<u8> {
    let mut head = vec![0xff_u8; 0x1000];
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in head.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    match spec.kind {
        Kind::Bios => put(0x10, b"\x5a\xa5\xf0\x0f"),
        _ => put(0, &[0xbe, 0x00, 0x00, 0xea]),
    }
    put(0x100, spec.file_name().as_bytes());
    put(0x200, label.as_bytes());
    head
}

/// An image of which nothing but its vendor can read anything: Lenovo's, and AMI's signed ones.
fn opaque(label: &str) -> Vec<u8> {
    let mut head = vec![0xa5_u8; 0x1000];
    for (to, from) in head.iter_mut().skip(0x200).zip(label.as_bytes()) {
        *to = *from;
    }
    head
}

/// A tar with a MANIFEST (phosphor-bmc-code-mgmt, `image_manager.cpp`).
fn openbmc(spec: &Spec, label: &str, filling: Filling) -> (Vec<u8>, Vec<u8>) {
    let (purpose, file) = match spec.kind {
        Kind::Bios => ("Host", "image-host"),
        _ => ("BMC", "image-bmc"),
    };
    let machine = spec.fits.first().map(String::as_str).unwrap_or_default();
    let manifest = format!(
        "purpose=xyz.openbmc_project.Software.Version.VersionPurpose.{purpose}\nversion={}\nExtendedVersion=\n\
         KeyType=firmdeck-lab\nHashType=RSA-SHA256\nMachineName={machine}\n",
        spec.version
    );
    let mut head = tar::member("MANIFEST", manifest.as_bytes());
    head.extend(tar::member("firmdeck-lab.txt", label.as_bytes()));
    let (last, tail) = tar::last(file, filling);
    head.extend(last);
    (head, tail)
}
