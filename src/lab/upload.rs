//! A pushed image as it comes in: `multipart/form-data` (RFC 7578) or raw, read in constant memory.

use super::image::{Flaw, Reader, Spec};

/// The most that a part beside the image may hold, and the head of any part.
const SMALL: usize = 64 * 1024;

/// What was pushed.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// The headers of the request, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Everything but the image, in order.
    pub parts: Vec<Part>,
    /// The image.
    pub file: Option<File>,
    /// Whether the body came without a length (`Transfer-Encoding: chunked`).
    pub chunked: bool,
    /// Whether it was larger than the BMC takes.
    pub too_large: bool,
    /// Whether the body was the image itself.
    pub raw: bool,
    /// Whether it was no upload at all: no boundary, a part without an end, two images, another content type.
    pub malformed: bool,
}

/// A small part.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its data.
    pub data: Vec<u8>,
}

/// The part with the image.
#[derive(Debug, Clone)]
pub struct File {
    /// The part's name.
    pub name: String,
    /// The file's name as it was sent.
    pub file_name: Option<String>,
    /// Bytes.
    pub length: u64,
    /// How many other parts came before it.
    pub after: usize,
    /// What it was.
    pub image: Result<Spec, Flaw>,
}

impl Upload {
    /// A header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A part by its name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// Reads an upload that comes in pieces.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A form with its boundary.
    Form(Box<Form>),
    /// The image itself.
    Raw(Box<Reader>),
    /// Anything else: read and forgotten.
    Unknown,
}

impl Incoming {
    /// By the content type of a request.
    pub(super) fn by_type(content_type: &str) -> Self {
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/octet-stream" => Self::Raw(Box::default()),
            "multipart/form-data" => {
                let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="));
                match boundary.map(|text| text.trim_matches('"')).filter(|text| !text.is_empty()) {
                    Some(boundary) => Self::Form(Box::new(Form::new(boundary))),
                    None => Self::Unknown,
                }
            }
            _ => Self::Unknown,
        }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Form(form) => form.push(bytes),
            Self::Raw(reader) => reader.push(bytes),
            Self::Unknown => {}
        }
    }

    /// What it was.
    pub(super) fn finish(self) -> Upload {
        match self {
            Self::Form(form) => form.finish(),
            Self::Raw(reader) => {
                let file = File {
                    name: String::new(),
                    file_name: None,
                    length: reader.length(),
                    after: 0,
                    image: reader.finish(),
                };
                Upload { file: Some(file), raw: true, ..Upload::default() }
            }
            Self::Unknown => Upload { malformed: true, ..Upload::default() },
        }
    }
}

/// A form in the making.
#[derive(Debug)]
pub(super) struct Form {
    delimiter: Vec<u8>,
    held: Vec<u8>,
    at: At,
    upload: Upload,
}

#[derive(Debug)]
enum At {
    Preamble,
    Head,
    Small(Part),
    Image { name: String, file_name: Option<String>, after: usize, reader: Box<Reader> },
    End,
}

impl Form {
    fn new(boundary: &str) -> Self {
        // The first boundary has no line before it: as if it had.
        Self {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            held: b"\r\n".to_vec(),
            at: At::Preamble,
            upload: Upload::default(),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        if matches!(self.at, At::End) {
            return;
        }
        self.held.extend_from_slice(bytes);
        while self.step() {}
    }

    /// One step as far as what is held allows; false when more is needed.
    fn step(&mut self) -> bool {
        match &self.at {
            At::End => false,
            At::Head => self.head(),
            At::Preamble | At::Small(_) | At::Image { .. } => match find(&self.held, &self.delimiter) {
                // What follows the delimiter decides: the next part, or the end.
                Some(at) if self.held.len() >= at + self.delimiter.len() + 2 => {
                    self.take(at);
                    let last = self.held.get(self.delimiter.len()..self.delimiter.len() + 2) == Some(b"--");
                    self.held.drain(..self.delimiter.len() + 2);
                    self.close();
                    self.at = if last { At::End } else { At::Head };
                    !last
                }
                Some(at) => {
                    self.take(at);
                    false
                }
                None => {
                    self.take((self.held.len() + 1).saturating_sub(self.delimiter.len()));
                    false
                }
            },
        }
    }

    /// Hands the first bytes of what is held to the part.
    fn take(&mut self, count: usize) {
        let data = self.held.get(..count).unwrap_or_default();
        match &mut self.at {
            At::Small(part) if part.data.len() + data.len() > SMALL => self.upload.malformed = true,
            At::Small(part) => part.data.extend_from_slice(data),
            At::Image { reader, .. } => reader.push(data),
            _ => {}
        }
        self.held.drain(..count);
    }

    fn head(&mut self) -> bool {
        let Some(end) = find(&self.held, b"\r\n\r\n") else {
            if self.held.len() > SMALL {
                self.upload.malformed = true;
                self.at = At::End;
            }
            return false;
        };
        let text = String::from_utf8_lossy(self.held.get(..end).unwrap_or_default()).into_owned();
        // The empty line stays in front of the data as the line that a delimiter needs; it is skipped here.
        self.held.drain(..end + 4);
        let disposition = text.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
        let value = |key: &str| {
            disposition?.split(';').find_map(|one| Some(one.trim().strip_prefix(key)?.trim_matches('"').to_owned()))
        };
        let (name, file_name) = (value("name=").unwrap_or_default(), value("filename="));
        let parameters = name == "UpdateParameters" || name == "compsig" || name.starts_with("Oem");
        self.at = if name == "UpdateFile" || (file_name.is_some() && !parameters) {
            At::Image { name, file_name, after: self.upload.parts.len(), reader: Box::default() }
        } else {
            At::Small(Part { name, data: Vec::new() })
        };
        true
    }

    fn close(&mut self) {
        match std::mem::replace(&mut self.at, At::Head) {
            At::Small(part) => self.upload.parts.push(part),
            At::Image { name, file_name, after, reader } => {
                self.upload.malformed |= self.upload.file.is_some();
                let length = reader.length();
                self.upload.file = Some(File { name, file_name, length, after, image: reader.finish() });
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Upload {
        self.upload.malformed |= !matches!(self.at, At::End);
        self.upload
    }
}

/// Where `needle` begins.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| byte == first) {
        let start = from + at;
        if bytes.get(start..)?.starts_with(needle) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{fleet, image::Image, personality::Personality, release::release};

    fn form(image: &[u8]) -> Vec<u8> {
        let mut body = b"--b0\r\nContent-Disposition: form-data; name=\"UpdateParameters\"\r\n\
            Content-Type: application/json\r\n\r\n{\"Targets\": []}\r\n--b0\r\n\
            Content-Disposition: form-data; name=\"UpdateFile\"; filename=\"x.EXE\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n"
            .to_vec();
        body.extend_from_slice(image);
        body.extend_from_slice(b"\r\n--b0--\r\n");
        body
    }

    fn read(body: &[u8], piece: usize) -> Upload {
        let mut incoming = Incoming::by_type("multipart/form-data; boundary=b0");
        body.chunks(piece).for_each(|piece| incoming.push(piece));
        incoming.finish()
    }

    #[test]
    fn a_form_reads_the_same_in_pieces_of_any_size() {
        let machine = fleet::machine(Personality::Idrac9, 0, 1);
        let image = Image::new(release(&[machine], 1)[0].images.last().unwrap()).bytes();
        let body = form(&image);
        for piece in [1, 7, 64, 4096, body.len()] {
            let upload = read(&body, piece);
            assert!(!upload.malformed, "{piece}");
            assert_eq!(upload.part("UpdateParameters").unwrap().data, b"{\"Targets\": []}");
            let file = upload.file.unwrap();
            assert_eq!((file.file_name.as_deref(), file.after), (Some("x.EXE"), 1));
            assert_eq!(file.length, u64::try_from(image.len()).unwrap());
            assert!(file.image.is_ok());
        }
    }

    #[test]
    fn what_does_not_end_or_holds_two_images_is_malformed() {
        let body = form(b"abc");
        assert!(read(&body[..body.len() - 6], 100).malformed);
        assert_eq!(read(&body, 100).file.unwrap().image, Err(Flaw::NotOurs));
        assert!(Incoming::by_type("text/plain").finish().malformed);
        assert!(Incoming::by_type("multipart/form-data").finish().malformed);
        let near = form(b"\r\n--b\r\n--b\r\n-\r\n\r\n");
        for piece in [1, 3, 500] {
            assert_eq!(read(&near, piece).file.unwrap().length, 17);
        }
    }
}
