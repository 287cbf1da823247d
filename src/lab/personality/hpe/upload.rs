//! `/cgi-bin/uploadFile`: a form with the session's key in it.
//!
//! Sources: HPE's Redfish documentation (parts and parameters), ilorest#77 (an empty 400 where the session is missing).

use std::time::Duration;

use serde_json::Value;

use super::{
    super::{Accepted, Trouble, update::judge},
    say,
    update::course,
};
use crate::lab::{
    image::Spec,
    model::{Failure, Kept, Kind, Machine, Order, Work},
    upload::{File, Upload},
};

/// Parts in their order: the key of the session that also stands in the token and the cookie, what to do, perhaps a
/// signature, the file. What is wrong with the image itself shows in the update service.
pub(super) fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    if !has_session(machine, upload) {
        return Err(Trouble::Silent(400));
    }
    if upload.chunked || upload.malformed {
        return Err(Trouble::BadPart("file"));
    }
    let names: Vec<_> = upload.parts.iter().map(|part| part.name.as_str()).collect();
    if !matches!(names.as_slice(), ["sessionKey", "parameters"] | ["sessionKey", "parameters", "compsig"]) {
        return Err(Trouble::BadPart("parameters"));
    }
    let file = upload.file.as_ref().filter(|file| file.after == names.len()).ok_or(Trouble::BadPart("file"))?;
    let part = upload.part("parameters").ok_or(Trouble::BadPart("parameters"))?;
    let parameters: Value = serde_json::from_slice(&part.data).map_err(|_| Trouble::MalformedJson)?;
    let mark = parameters.get("ETag").and_then(Value::as_str).filter(|mark| !mark.is_empty());
    let mark = mark.ok_or(Trouble::Missing("ETag"))?;
    let is_set = |name: &str| parameters.get(name).and_then(Value::as_bool) == Some(true);
    if !is_set("UpdateTarget") && !is_set("UpdateRepository") {
        return Err(Trouble::Missing("UpdateTarget"));
    }
    if machine.in_post() {
        return Err(Trouble::InPost);
    }
    if machine.busy().is_some() {
        return Err(Trouble::Busy { seconds: 30 });
    }
    if is_set("UpdateRepository") && !keep(machine, file) && !is_set("UpdateTarget") {
        return Err(Trouble::BadImage("iLO.2.14.UpdateInvalidFile", String::new()));
    }
    machine.ilo.mark = Some(mark.to_owned());
    if !is_set("UpdateTarget") {
        machine.note_kept(now);
        return Ok(Accepted { status: 200, body: Some(super::error(&say::standard_success())), ..Accepted::default() });
    }
    let order = Order::default();
    let overridden = is_set("TPMOverride");
    let signed = is_signed(file, upload);
    let payload = judge(machine, &file.image, None).and_then(|payload| {
        let measured = machine.ilo.tpm_enabled && matches!(payload.kind, Kind::Bios | Kind::Bmc);
        match payload.kind {
            _ if measured && !overridden => Err(Failure::Measured),
            _ if !signed => Err(Failure::Corrupt),
            // iLO cannot write it: the UEFI does.
            Kind::Tpm => Err(Failure::NotAnImage),
            _ => Ok(payload),
        }
    });
    let course = course(machine, payload.as_ref().map_or(Kind::Bmc, |one| one.kind), order);
    let id = format!("upload-{}", machine.updates_begun + 1);
    let id = machine.begin_update(id, Work::Upload, order, course, now);
    machine.receive(&id, payload, course, now);
    Ok(Accepted { status: 200, body: Some(super::error(&say::standard_success())), ..Accepted::default() })
}

/// Whether the signature of a file that has none in itself came with it.
fn is_signed(file: &File, upload: &Upload) -> bool {
    let Some((_, signature)) = file.image.as_ref().ok().and_then(Spec::signature) else { return true };
    upload.part("compsig").is_some_and(|part| part.data == signature)
}

/// Puts the file into the repository, if it is anything for this machine.
fn keep(machine: &mut Machine, file: &File) -> bool {
    let Ok(payload) = judge(machine, &file.image, None) else { return false };
    machine.keep(Kept { file: file.file_name.clone().unwrap_or_default(), length: file.length, payload });
    true
}

/// Basic authentication is not enough.
fn has_session(machine: &Machine, upload: &Upload) -> bool {
    let key = upload.part("sessionKey").map(|part| String::from_utf8_lossy(&part.data).into_owned());
    let cookie = upload
        .header("cookie")
        .and_then(|text| text.split(';').find_map(|one| one.trim().strip_prefix("sessionKey=")).map(str::to_owned));
    let token = upload.header("x-auth-token").map(str::to_owned);
    let is_open = |key: &String| machine.sessions.list().iter().any(|session| session.token == *key);
    key.as_ref().is_some_and(is_open) && key == cookie && key == token
}
