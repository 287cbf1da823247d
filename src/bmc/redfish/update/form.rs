//! A form with an image in it: what every push of a form has in common.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::AtomicU64},
};

use hyper::HeaderMap;

use super::ImageFile;
use crate::{
    bmc::redfish::{
        change::{Upload, Uploaded, counting},
        client::Client,
    },
    domain::attempt::Attempt,
    file_body::FileBody,
};

/// What stands around the bytes of an image.
pub(super) struct Form {
    pub(super) boundary: String,
    pub(super) before: String,
    pub(super) after: String,
    /// Headers of the vendor's own.
    pub(super) headers: HeaderMap,
}

/// Sends `form` with the bytes of `image` in it, with a length and never chunked. An error ends the attempt before a byte
/// has left.
pub(super) async fn post(
    client: &mut Client,
    uri: &str,
    form: Form,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Uploaded, Attempt> {
    let sent = Arc::new(AtomicU64::new(0));
    let unreadable = |what: String| not_sent(&format!("{} cannot be read: {what}", image.name));
    if image.file.size() != image.size {
        return Err(unreadable(format!("it has {} bytes instead of {}", image.file.size(), image.size)));
    }
    let file = FileBody::of(&image.file, 0, image.size, counting(&sent));
    let body = file.map_err(|error| unreadable(error.to_string()))?.between(form.before, form.after);
    // The boundary stands bare: iDRAC7 and 8 refuse a quoted one.
    let content_type = format!("multipart/form-data; boundary={}", form.boundary);
    let upload = Upload { body, content_type, headers: form.headers, size: image.size, sent };
    Ok(client.upload(uri, upload, progress).await)
}

fn not_sent(what: &str) -> Attempt {
    Attempt::Refused { why: format!("nothing was sent: {what}"), message_ids: Vec::new() }
}

/// The last part of a path, without what would end the header or its quotes.
pub(super) fn basename(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.chars().map(|c| if c.is_control() || c == '"' { '_' } else { c }).collect()
}

/// 32 hex digits: no image holds them by chance.
pub(super) fn boundary() -> Result<String, Attempt> {
    let mut bytes = [0; 16];
    openssl::rand::rand_bytes(&mut bytes).map_err(|error| not_sent(&error.to_string()))?;
    Ok(bytes.iter().fold(String::from("firmdeck-"), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        assert_eq!(basename("C:\\fw\\a\"b\r\nc.bin"), "a_b__c.bin");
        assert_eq!(basename("x/../y.fwpkg"), "y.fwpkg");
    }

    #[test]
    fn no_two_boundaries_are_alike() {
        assert_ne!(boundary().unwrap(), boundary().unwrap());
    }
}
