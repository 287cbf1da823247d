use std::os::unix::fs::PermissionsExt;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

struct Bench {
    directory: tempfile::TempDir,
    repository: Repository,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let repository = Repository::open(&directory.path().join("images")).unwrap();
        Self { directory, repository }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn add(&self, path: &Path) -> Result<Added, Error> {
        self.repository.add(path, NOW, &mut |_| {})
    }

    fn verify(&self, sha256: Sha256, look: Look) -> Checked {
        self.repository.verify(sha256, look, NOW, &mut |_| {}).unwrap()
    }

    /// Nothing but the lock may be left where copies are made.
    fn leftovers(&self) -> Vec<PathBuf> {
        files_in(&self.repository.incoming()).unwrap().into_iter().filter(|path| !path.ends_with("lock")).collect()
    }
}

#[test]
fn an_image_is_kept_under_its_digest_with_its_name_and_private() {
    let bench = Bench::new();
    let added = bench.add(&bench.file("bios.EXE", b"abc")).unwrap();
    assert!(added.is_new);
    assert_eq!(added.entry.sha256.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let path = bench.repository.path(added.entry.sha256);
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&bench.repository.sidecar(added.entry.sha256)), 0o600);
    assert_eq!(bench.repository.list().unwrap(), [added.entry]);
    assert_eq!(bench.leftovers(), Vec::<PathBuf>::new());
}

#[test]
fn the_same_bytes_are_kept_once_under_all_their_names() {
    let bench = Bench::new();
    bench.add(&bench.file("a", b"abc")).unwrap();
    let again = bench.add(&bench.file("b", b"abc")).unwrap();
    assert!(!again.is_new);
    assert_eq!(again.entry.names, ["a", "b"]);
    assert_eq!(bench.repository.list().unwrap().len(), 1);
}

#[test]
fn an_image_is_found_by_digest_beginning_and_name() {
    let bench = Bench::new();
    let entry = bench.add(&bench.file("bios.EXE", b"abc")).unwrap().entry;
    bench.add(&bench.file("other", b"abd")).unwrap();
    for wanted in ["bios.EXE", "ba7816bf", "sha256:BA7816BF8F", &entry.sha256.to_string()] {
        assert_eq!(bench.repository.find(wanted).unwrap(), entry, "{wanted}");
    }
    for wanted in ["ba7816b", "", "nothing", "ffffffff"] {
        assert!(matches!(bench.repository.find(wanted), Err(Error::Unknown { .. })), "{wanted}");
    }
    let elsewhere = bench.directory.path().join("d");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("bios.EXE"), b"xyz").unwrap();
    bench.add(&elsewhere.join("bios.EXE")).unwrap();
    assert!(matches!(bench.repository.find("bios.EXE"), Err(Error::Ambiguous { .. })));
}

#[test]
fn what_is_no_file_of_its_own_is_refused() {
    let bench = Bench::new();
    let file = bench.file("a", b"abc");
    let link = bench.directory.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(matches!(bench.add(&link), Err(Error::Link { leads_to: Some(to), .. }) if to.ends_with("a")));
    assert!(matches!(bench.add(bench.directory.path()), Err(Error::NotAFile { what: "a directory", .. })));
    assert!(matches!(bench.add(Path::new("/dev/null")), Err(Error::NotAFile { .. })));
    assert!(matches!(bench.add(&bench.file("empty", b"")), Err(Error::Empty { .. })));
    assert!(matches!(bench.add(&bench.directory.path().join("none")), Err(Error::NotThere { .. })));
    assert_eq!(bench.repository.list().unwrap(), []);
    assert_eq!(bench.leftovers(), Vec::<PathBuf>::new());
}

#[test]
fn a_look_hashes_only_what_looks_otherwise_than_before() {
    let bench = Bench::new();
    let sha256 = bench.add(&bench.file("a", b"abc")).unwrap().entry.sha256;
    assert_eq!(bench.verify(sha256, Look::Stamp), Checked::Intact { hashed: false });
    assert_eq!(bench.verify(sha256, Look::Bytes), Checked::Intact { hashed: true });
    let path = bench.repository.path(sha256);
    fs::write(&path, b"abc").unwrap();
    assert_eq!(bench.verify(sha256, Look::Stamp), Checked::Intact { hashed: true });
    assert_eq!(bench.verify(sha256, Look::Stamp), Checked::Intact { hashed: false });
}

#[test]
fn a_truncated_and_a_corrupt_image_are_quarantined_with_the_reason() {
    for (bytes, is_truncated) in [(&b"ab"[..], true), (b"abd", false), (b"abcd", false)] {
        let bench = Bench::new();
        let sha256 = bench.add(&bench.file("a", b"abc")).unwrap().entry.sha256;
        fs::write(bench.repository.path(sha256), bytes).unwrap();
        let Checked::Quarantined { why, at } = bench.verify(sha256, Look::Stamp) else { panic!("intact") };
        assert_eq!(matches!(why, Broken::Truncated { expected: 3, found: 2 }), is_truncated, "{why}");
        assert_eq!(fs::read(&at).unwrap(), bytes);
        assert!(fs::read_to_string(format!("{}.json", at.display())).unwrap().contains("\"names\""));
        assert_eq!(bench.repository.list().unwrap(), []);
        // the right file mends it
        assert!(bench.add(&bench.file("a", b"abc")).unwrap().is_new);
        assert_eq!(bench.verify(sha256, Look::Bytes), Checked::Intact { hashed: true });
        // and a second break does not overwrite the first in the quarantine
        fs::write(bench.repository.path(sha256), b"x").unwrap();
        let Checked::Quarantined { at: second, .. } = bench.verify(sha256, Look::Stamp) else { panic!("intact") };
        assert_ne!(at, second);
    }
}

#[test]
fn an_image_whose_file_is_gone_or_no_file_is_told_as_such() {
    let bench = Bench::new();
    let sha256 = bench.add(&bench.file("a", b"abc")).unwrap().entry.sha256;
    fs::remove_file(bench.repository.path(sha256)).unwrap();
    assert!(matches!(bench.verify(sha256, Look::Stamp), Checked::Quarantined { why: Broken::Gone, .. }));
    bench.add(&bench.file("a", b"abc")).unwrap();
    fs::remove_file(bench.repository.path(sha256)).unwrap();
    fs::create_dir(bench.repository.path(sha256)).unwrap();
    assert!(matches!(bench.verify(sha256, Look::Stamp), Checked::Quarantined { why: Broken::NoFile, .. }));
}

#[test]
fn a_corrupt_copy_is_replaced_when_the_right_file_is_added() {
    let bench = Bench::new();
    let sha256 = bench.add(&bench.file("a", b"abc")).unwrap().entry.sha256;
    fs::write(bench.repository.path(sha256), b"xyz").unwrap();
    assert!(bench.add(&bench.file("b", b"abc")).unwrap().is_new);
    assert_eq!(fs::read(bench.repository.path(sha256)).unwrap(), b"abc");
}

#[test]
fn an_image_without_its_entry_is_listed_by_digest_and_must_be_hashed() {
    let bench = Bench::new();
    let sha256 = bench.add(&bench.file("a", b"abc")).unwrap().entry.sha256;
    fs::write(bench.repository.sidecar(sha256), "{").unwrap();
    assert_eq!(bench.repository.list().unwrap()[0].name(), sha256.to_string());
    assert_eq!(bench.verify(sha256, Look::Stamp), Checked::Intact { hashed: true });
}

#[test]
fn what_a_crash_left_is_swept_away_unless_somebody_copies() {
    let bench = Bench::new();
    let part = bench.repository.incoming().join("1-1.part");
    fs::write(&part, b"half").unwrap();
    let copying = bench.repository.lock_file().unwrap();
    copying.lock_shared().unwrap();
    Repository::open(&bench.repository.directory).unwrap();
    assert!(part.exists());
    drop(copying);
    Repository::open(&bench.repository.directory).unwrap();
    assert!(!part.exists());
}

#[test]
fn errors_of_the_file_system_are_told_plainly() {
    let path = Path::new("/state/images");
    let full = Error::writing(path, 7, io::Error::from(io::ErrorKind::StorageFull)).to_string();
    assert_eq!(
        full,
        "there is no room for 7 bytes at /state/images; nothing was added. Make room, or set --state-dir to another disk"
    );
    let denied = Error::writing(path, 7, io::Error::from(io::ErrorKind::PermissionDenied)).to_string();
    assert!(denied.contains("permission denied; the state directory must belong"), "{denied}");
    let unread = Error::reading(path, io::Error::from(io::ErrorKind::PermissionDenied)).to_string();
    assert!(unread.contains("must be able to read it"), "{unread}");
}

#[test]
fn a_copy_that_fails_leaves_nothing() {
    let bench = Bench::new();
    {
        let mut part = Part::create(&bench.repository.incoming(), 3).unwrap();
        part.file.write_all(b"ab").unwrap();
        assert_eq!(bench.leftovers().len(), 1);
    }
    assert_eq!(bench.leftovers(), Vec::<PathBuf>::new());
}

#[test]
fn a_disk_without_room_leaves_nothing_and_says_so() {
    /// Takes a few bytes and is full then.
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let failed = pour(&mut &b"abcdef"[..], &mut Full(3), 6, &mut |_| {});
    assert!(matches!(failed, Err(Failed::Writing(error)) if error.kind() == io::ErrorKind::StorageFull));
}

#[test]
fn only_an_intact_image_is_handed_on() {
    let bench = Bench::new();
    let sha256 = bench.add(&bench.file("a", b"abc")).unwrap().entry.sha256;
    let open = || bench.repository.open_verified(sha256, NOW, &mut |_| {});
    let Opened::Intact { file, entry } = open().unwrap() else { panic!("broken") };
    let mut bytes = [0; 8];
    let read = file.read_at(&mut bytes, 0).unwrap();
    assert_eq!((&bytes[..read], entry.size), (&b"abc"[..], 3));
    fs::write(bench.repository.path(sha256), b"abx").unwrap();
    assert!(matches!(open().unwrap(), Opened::Broken { why: Broken::Corrupt { .. }, .. }));
    assert!(matches!(open(), Err(Error::Unknown { .. })));
}
