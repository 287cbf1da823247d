//! File names and URLs that a manifest may hold.

/// Why a text is no plain file name, or nothing if it is one.
pub(super) fn odd_file_name(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("it is empty"),
        "." | ".." => Some("it is a directory"),
        _ if name.contains(['/', '\\']) => {
            Some("it holds a path; write the name alone, the file is found by its digest")
        }
        _ if name.contains('\0') || name.chars().any(char::is_control) => Some("it holds control characters"),
        _ if name.starts_with(['-', '.', '~']) => {
            Some("it begins with `-`, `.` or `~`, which tools take for something else")
        }
        _ if name.len() > 255 => Some("it is longer than 255 bytes"),
        _ if name != name.trim() => Some("blanks stand around it"),
        _ => None,
    }
}

/// Why a text is no URL to fetch an image from, or nothing if it is one.
pub(super) fn odd_url(url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Some("it must begin with https:// or http://");
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match () {
        () if url.chars().any(|c| c.is_whitespace() || c.is_control()) => Some("it holds blanks"),
        () if host.is_empty() => Some("it names no host"),
        () if host.contains('@') => Some("it holds a user name or password; manifests are no place for secrets"),
        () if file_of_url(url).is_none() && !path.is_empty() => Some("it ends in no file name"),
        () if path.is_empty() => Some("it names no file"),
        () => None,
    }
}

/// The file name that a URL ends in.
pub(super) fn file_of_url(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let (_, rest) = path.split_once("://")?;
    let name = rest.rsplit_once('/')?.1;
    odd_file_name(name).is_none().then_some(name)
}

/// Whether a text can be an image's id: what can stand in a command line without quotes.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 120
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_holds_no_way_out_of_its_directory() {
        for odd in ["", "..", "../etc/passwd", "/etc/passwd", "a/b", "a\\b", "a\nb", "-rf", ".hidden", " a"] {
            assert!(odd_file_name(odd).is_some(), "{odd:?}");
        }
        for fine in ["BIOS_7YNRC_WN64_1.13.2.EXE", "ilo5_305.fwpkg", "a b.bin", "obmc-phosphor-image.static.mtd.tar"] {
            assert_eq!(odd_file_name(fine), None, "{fine:?}");
        }
    }

    #[test]
    fn a_url_names_a_file_on_a_host_and_no_secret() {
        for odd in [
            "ftp://a/b.bin",
            "b.bin",
            "https:///b",
            "https://host",
            "https://host/",
            "https://u:p@host/b",
            "https://h/a b",
            "https://h/d/",
        ] {
            assert!(odd_url(odd).is_some(), "{odd:?}");
        }
        assert_eq!(odd_url("https://mirror.example.com/fw/b.bin?x=1"), None);
        assert_eq!(file_of_url("https://mirror.example.com/fw/b.bin?x=1"), Some("b.bin"));
    }
}
