//! Files in vendors' formats, made here: no vendor's bytes are needed.

use std::io::{Cursor, Write};

use flate2::{Compression, write::GzEncoder};
use md5::{Digest, Md5};
use zip::{ZipWriter, write::SimpleFileOptions};

pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(super) const PAYLOAD: &str = r#"{"DeviceClass":"aa148d2e-6e09-453e-bc6f-63baa5f5ccc4","Devices":{"Device":[
  {"DeviceName":"System BIOS - A42","FirmwareImages":[{"DirectFlashOk":true,"FileName":"A42.signed.flash",
   "ResetRequired":true,"ServerPowerOff":false}],"Target":"00000000-0000-0000-0000-000001413432","Version":"v2.60 (08/11/2022)"},
  {"DeviceName":"System BIOS - A42","FirmwareImages":[],"Target":"00000000-0000-0000-0000-00000000021D","Version":"v2.60"}]},
  "MinimumActiveVersion":"null","PackageFormat":"FWPKG-v2","UpdatableBy":["Bmc"]}"#;

pub(super) fn fwpkg() -> Vec<u8> {
    zip(&[("payload.json", PAYLOAD.as_bytes()), ("A42.signed.flash", b"rom")])
}

pub(super) fn signature() -> Vec<u8> {
    let mut text =
        b"--=</Begin HP Signed File Fingerprint\\>=--\nFingerprint Length: 000880\nKey: label_HPE\n".to_vec();
    text.resize(2115, b'\n');
    text
}

pub(super) fn signed_fwpkg() -> Vec<u8> {
    [signature(), fwpkg()].concat()
}

/// An HPIMAGE of an iLO 5 with two targets.
pub(super) fn hpimage() -> Vec<u8> {
    let mut image = vec![0; 0x4A0];
    image[..8].copy_from_slice(b"HPIMAGE\0");
    let class = [0x9d, 0x7b, 0x31, 0x2f, 0xe3, 0xc9, 0x76, 0x4d, 0xbf, 0xf6, 0xb9, 0xd0, 0xd0, 0x85, 0xa9, 0x52];
    image[0x0C..0x1C].copy_from_slice(&class);
    image[0x40..0x44].copy_from_slice(b"2.72");
    image[0x60..0x65].copy_from_slice(b"iLO 5");
    image.extend(2_u32.to_le_bytes());
    image.extend([0x62, 0xa6, 0x64, 0x47, 0x42, 0xb3, 0xc7, 0x4f, 0x9c, 0xe9, 0x25, 0x8c, 0x5d, 0x99, 0xe8, 0x15]);
    image.extend([0_u8; 16]);
    image.extend([0_u8; 4]);
    image.extend(b"body");
    image
}

const PACKAGE_XML: &str = r#"<?xml version="1.0" encoding="utf-16"?><SoftwareComponent dellVersion="A00" packageType="LW64"
 releaseID="7YNRC" vendorVersion="1.13.2"><Name><Display lang="en"><![CDATA[BIOS & more]]></Display></Name>
 <ComponentType value="BIOS"/><Category value="BI"/><SupportedDevices><Device componentID="159" embedded="1"/></SupportedDevices>
 <SupportedSystems><Brand key="3" prefix="PE"><Model systemID="090E" systemIDType="BIOS"/><Model systemID="090F"/></Brand>
 </SupportedSystems></SoftwareComponent>"#;

pub(super) fn dup() -> Vec<u8> {
    let mut xml = vec![0xFF, 0xFE];
    xml.extend(PACKAGE_XML.encode_utf16().flat_map(u16::to_le_bytes));
    let mut file = b"MZ".to_vec();
    file.resize(5000, 0x90);
    file.extend(zip(&[("package.xml", &xml), ("payload/R750-011302.cap", b"rom")]));
    // the signature of the executable stands behind the archive
    file.extend([7; 3000]);
    file
}

pub(super) fn linux_dup() -> Vec<u8> {
    let head = "#!/bin/sh\n# Dell\n#####Startofpackage#####\n";
    [head.as_bytes(), PACKAGE_XML.as_bytes(), b"\n#####Startofarchive#####\n\x1f\x8b\x08"].concat()
}

fn descriptor(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// A package for a device of NVIDIA's, one component.
pub(super) fn pldm(revision: u8) -> Vec<u8> {
    let identifiers: [[u8; 16]; 4] = [
        [0xF0, 0x18, 0x87, 0x8C, 0xCB, 0x7D, 0x49, 0x43, 0x98, 0x00, 0xA0, 0x2F, 0x05, 0x9A, 0xCA, 0x02],
        [0x12, 0x44, 0xD2, 0x64, 0x8D, 0x7D, 0x47, 0x18, 0xA0, 0x30, 0xFC, 0x8A, 0x56, 0x58, 0x7D, 0x5A],
        [0x31, 0x19, 0xCE, 0x2F, 0xE8, 0x0A, 0x4A, 0x99, 0xAF, 0x6D, 0x46, 0xF8, 0xB1, 0x21, 0xF6, 0xBF],
        [0x7B, 0x29, 0x1C, 0x99, 0x6D, 0xB6, 0x42, 0x08, 0x80, 0x1B, 0x02, 0x02, 0x6E, 0x46, 0x3C, 0x78],
    ];
    let version = b"HGX-22.10-1";
    let mut descriptors = descriptor(1, &0x1647_u32.to_le_bytes());
    descriptors.extend(descriptor(2, &[9; 16]));
    let mut record = vec![0, 0, 2, 0, 0, 0, 0, 1, 3, 0, 0];
    if revision >= 4 {
        record.extend([0; 4]);
    }
    record.push(1);
    record.extend(b"set");
    record.extend(&descriptors);
    let length = (record.len() as u16).to_le_bytes();
    record[..2].copy_from_slice(&length);
    let mut body = vec![8, 0, 1, 4];
    body.extend(b"pkg1");
    body.push(1);
    body.extend(record);
    if revision >= 2 {
        body.push(0);
    }
    body.extend(1_u16.to_le_bytes());
    let tail = if revision >= 3 { 4 } else { 0 } + if revision >= 4 { 8 } else { 4 };
    let size = 32 + body.len() + 22 + version.len() + tail;
    body.extend([10, 0, 0x10, 0]);
    body.extend([0xFF; 4]);
    body.extend([0, 0, 0, 0]);
    body.extend((size as u32).to_le_bytes());
    body.extend(6_u32.to_le_bytes());
    body.extend([1, version.len() as u8]);
    body.extend(version);
    if revision >= 3 {
        body.extend([0; 4]);
    }
    let mut file = identifiers[usize::from(revision) - 1].to_vec();
    file.push(revision);
    file.extend((size as u16).to_le_bytes());
    file.extend([0; 13]);
    file.extend(body);
    let crc = crc32fast::hash(&file);
    file.extend(crc.to_le_bytes());
    if revision >= 4 {
        file.extend(crc32fast::hash(b"image!").to_le_bytes());
    }
    assert_eq!(file.len(), size);
    file.extend(b"image!");
    file
}

/// An image for a Supermicro BMC, product 0x1b11, version 2.53.
pub(super) fn hpm() -> Vec<u8> {
    let mut file = b"PICMGFWU\0".to_vec();
    file.push(32);
    file.extend(&10876_u32.to_le_bytes()[..3]);
    file.extend(0x1b11_u16.to_le_bytes());
    file.resize(24, 0);
    file[20] = 1;
    file.extend([1, 0x05, 2, 0x53, 0, 0, 0, 0]);
    file.extend([0, 0]);
    let sum = file.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    file.push(0_u8.wrapping_sub(sum));
    file.extend([1, 1, 0xFE]);
    file.extend([2, 1, 0xFD, 2, 0x53, 0, 0, 0, 0]);
    let mut name = b"BMC firmware".to_vec();
    name.resize(21, 0);
    file.extend(name);
    file.extend(4_u32.to_le_bytes());
    file.extend(b"body");
    let md5 = Md5::digest(&file);
    file.extend(md5);
    file
}

pub(super) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    for (name, contents) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", contents.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        file.extend(header);
        file.extend(*contents);
        file.resize(file.len().div_ceil(512) * 512, 0);
    }
    file.resize(file.len() + 1024, 0);
    file
}

pub(super) const MANIFEST: &str = "purpose=xyz.openbmc_project.Software.Version.VersionPurpose.BMC\n\
    version=2.15.0-dev\nMachineName=romulus\nKeyType=OpenBMC\nHashType=RSA-SHA256\n";

pub(super) fn openbmc() -> Vec<u8> {
    tar(&[("image-bmc", &[5; 700]), ("MANIFEST", MANIFEST.as_bytes()), ("MANIFEST.sig", b"s")])
}

pub(super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A raw image with Supermicro's name inside.
pub(super) fn rom(name: &str) -> Vec<u8> {
    let mut file = vec![0xFF; 3 << 20];
    // across the border of two chunks that are searched
    let at = (1 << 20) - 10;
    file[at..at + name.len()].copy_from_slice(name.as_bytes());
    file[at + name.len()] = 0;
    file
}

pub(super) fn capsule(guid: [u8; 16]) -> Vec<u8> {
    let mut file = guid.to_vec();
    file.extend(28_u32.to_le_bytes());
    file.extend(0x0005_0000_u32.to_le_bytes());
    file.extend(100_u32.to_le_bytes());
    file.resize(100, 1);
    file
}
