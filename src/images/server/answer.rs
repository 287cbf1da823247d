//! One request of a BMC and its answer.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
};

use http_body_util::{BodyExt, Empty, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, IF_RANGE, RANGE},
};

use super::{Granted, Grants, open};
use crate::file_body::{FileBody, Watch};

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The answer to `request` from the address `from`.
pub(super) async fn to(request: &Request<Incoming>, from: IpAddr, grants: &Grants) -> Response<Body> {
    let Some(granted) = granted(request.uri().path(), from, grants) else {
        tracing::debug!(%from, "no image is there for it");
        return empty(StatusCode::NOT_FOUND);
    };
    let head = request.method() == Method::HEAD;
    if !head && request.method() != Method::GET {
        let mut refused = empty(StatusCode::METHOD_NOT_ALLOWED);
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    // We give no validator, so a condition on one never holds.
    let wanted = request.headers().get(RANGE).filter(|_| !request.headers().contains_key(IF_RANGE));
    let part = match wanted
        .and_then(|value| value.to_str().ok())
        .map_or(Part::Whole, |range| part(range, granted.file.size()))
    {
        Part::None => {
            let mut refused = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            insert(&mut refused, CONTENT_RANGE, &format!("bytes */{}", granted.file.size()));
            return refused;
        }
        part => part,
    };
    let (from_byte, length) = match part {
        Part::Of { first, last } => (first, last - first + 1),
        Part::Whole | Part::None => (0, granted.file.size()),
    };
    let body = if head {
        Empty::new().map_err(|never| match never {}).boxed_unsync()
    } else {
        match FileBody::of(&granted.file, from_byte, length, counting(&granted, from_byte)) {
            Ok(body) => body.boxed_unsync(),
            Err(error) => {
                tracing::warn!(file = granted.name, %error, "a granted image cannot be read");
                return empty(StatusCode::INTERNAL_SERVER_ERROR);
            }
        }
    };
    let mut answer = Response::new(body);
    if let Part::Of { first, last } = part {
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        insert(&mut answer, CONTENT_RANGE, &format!("bytes {first}-{last}/{}", granted.file.size()));
    }
    insert(&mut answer, CONTENT_LENGTH, &length.to_string());
    insert(&mut answer, CONTENT_TYPE, "application/octet-stream");
    insert(&mut answer, ACCEPT_RANGES, "bytes");
    answer
}

/// What is granted to `from` under `path`, if anything. That it is there for another address is not told.
fn granted(path: &str, from: IpAddr, grants: &Grants) -> Option<Arc<Granted>> {
    let (token, name) = path.strip_prefix("/img/")?.split_once('/')?;
    let granted = open(grants).by_token.get(token).cloned()?;
    (granted.client == from && decoded(name)? == granted.name.as_bytes()).then_some(granted)
}

fn counting(granted: &Arc<Granted>, first: u64) -> Watch {
    let granted = Arc::clone(granted);
    let mut at = first;
    Box::new(move |bytes| {
        if granted.over.load(Ordering::SeqCst) {
            return Err(io::Error::other("the grant has ended"));
        }
        at += bytes;
        granted.sent.fetch_add(bytes, Ordering::SeqCst);
        granted.reached.fetch_max(at, Ordering::SeqCst);
        Ok(())
    })
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

fn insert(answer: &mut Response<Body>, name: hyper::header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

/// What a Range asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Everything: what a range that is none, or several ranges, get as well (RFC 9110 section 14.2).
    Whole,
    /// From byte to byte, both included.
    Of { first: u64, last: u64 },
    /// Nothing that the image has.
    None,
}

fn part(range: &str, size: u64) -> Part {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Ok(0) => Part::None,
            Ok(_) if size == 0 => Part::None,
            Ok(bytes) => Part::Of { first: size.saturating_sub(bytes), last: size - 1 },
            Err(_) => Part::Whole,
        },
        (first, last) => {
            let Ok(first) = number(first) else { return Part::Whole };
            let last = match last {
                "" => u64::MAX,
                last => match number(last) {
                    Ok(last) if last >= first => last,
                    _ => return Part::Whole,
                },
            };
            if first >= size { Part::None } else { Part::Of { first, last: last.min(size - 1) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_the_whole_or_nothing() {
        for (range, expected) in [
            ("bytes=0-9", Part::Of { first: 0, last: 9 }),
            ("bytes=90-", Part::Of { first: 90, last: 99 }),
            ("bytes=90-500", Part::Of { first: 90, last: 99 }),
            ("bytes=-10", Part::Of { first: 90, last: 99 }),
            ("bytes=-500", Part::Of { first: 0, last: 99 }),
            ("bytes=100-", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=9-3", Part::Whole),
            ("bytes=x-y", Part::Whole),
            ("lines=0-9", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(part(range, 100), expected, "{range}");
        }
        assert_eq!(part("bytes=0-0", 0), Part::None);
    }

    #[test]
    fn a_name_is_decoded_or_it_is_none() {
        assert_eq!(decoded("a%20b%2e").as_deref(), Some(&b"a b."[..]));
        for broken in ["%", "%2", "%zz"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }
}
