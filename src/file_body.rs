//! A file, or a part of one, as the body of an HTTP message: read as it is sent, never held as a whole.

use std::{
    fs::{File, Metadata},
    future::Future as _,
    io::{self, ErrorKind},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes that are read at a time: what one message holds, times two, is what it costs in memory.
const PIECE: usize = 64 << 10;

/// Told of each piece as it is handed over, in bytes of the file. An error ends the message there.
pub type Watch = Box<dyn FnMut(u64) -> io::Result<()> + Send>;

/// How a file looked. While it looks the same its contents are taken to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The device.
    pub device: u64,
    /// The inode.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Last write: seconds and nanoseconds since 1970.
    pub written: (i64, i64),
    /// Last change of the inode, which nobody can set back.
    pub changed: (i64, i64),
}

impl Stamp {
    /// How it looks now.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether nobody wrote to it in between. A further link, as backups make them, is no write.
    fn is_unwritten(&self, now: &Self) -> bool {
        (self.device, self.inode, self.size, self.written) == (now.device, now.inode, now.size, now.written)
    }
}

/// A file that was opened once and is read through that handle alone, however often: what takes its name afterwards is
/// another file.
#[derive(Debug, Clone)]
pub struct OpenFile {
    file: Arc<File>,
    stamp: Stamp,
}

impl OpenFile {
    /// Takes an open file, and what it is to look like for as long as it is read.
    #[must_use]
    pub fn new(file: File, stamp: Stamp) -> Self {
        Self { file: Arc::new(file), stamp }
    }

    /// Opens a file as it is now. Fails where it is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_file() {
            Ok(Self::new(file, Stamp::of(&metadata)))
        } else {
            Err(io::Error::other("it is no file"))
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.stamp.size
    }

    /// At most `buffer.len()` bytes from `offset`. Fails once somebody wrote to the file.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.file.read_at(buffer, offset)?;
        self.is_unwritten()?;
        Ok(read)
    }

    /// Looked at after a read: what was read before a write was as it should be.
    fn is_unwritten(&self) -> io::Result<()> {
        if self.stamp.is_unwritten(&Stamp::of(&self.file.metadata()?)) {
            Ok(())
        } else {
            Err(io::Error::other("the file was written to after it was verified"))
        }
    }

    fn piece(&self, wanted: usize, offset: u64) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; wanted];
        let read = self.read_at(&mut piece, offset)?;
        piece.truncate(read);
        Ok(piece)
    }

    /// As [`OpenFile::piece`], if that needs no disk. None where it would, or where nobody can tell.
    #[cfg(target_os = "linux")]
    fn at_hand(&self, wanted: usize, offset: u64) -> Option<io::Result<Vec<u8>>> {
        use rustix::io::{ReadWriteFlags, preadv2};
        let mut piece = vec![0; wanted];
        let read = preadv2(&*self.file, &mut [io::IoSliceMut::new(&mut piece)], offset, ReadWriteFlags::NOWAIT).ok()?;
        piece.truncate(read);
        (read > 0).then(|| self.is_unwritten().map(|()| piece))
    }

    #[cfg(not(target_os = "linux"))]
    fn at_hand(&self, _: usize, _: u64) -> Option<io::Result<Vec<u8>>> {
        None
    }
}

/// Bytes, then a part of a file, then bytes. Its length is known from the start.
pub struct FileBody {
    before: Bytes,
    file: OpenFile,
    at: u64,
    left: u64,
    after: Bytes,
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
    watch: Watch,
}

impl FileBody {
    /// `length` bytes of `file` from byte `from` on.
    ///
    /// Fails where the file has fewer bytes.
    pub fn of(file: &OpenFile, from: u64, length: u64, watch: Watch) -> io::Result<Self> {
        if file.size() < from.saturating_add(length) {
            let found = file.size();
            return Err(io::Error::new(ErrorKind::UnexpectedEof, format!("the file has only {found} bytes")));
        }
        let (before, after) = (Bytes::new(), Bytes::new());
        Ok(Self { before, file: file.clone(), at: from, left: length, after, reading: None, watch })
    }

    /// The same between `before` and `after`.
    #[must_use]
    pub fn between(self, before: impl Into<Bytes>, after: impl Into<Bytes>) -> Self {
        Self { before: before.into(), after: after.into(), ..self }
    }

    /// Bytes that are still to come.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.before.len() as u64 + self.left + self.after.len() as u64
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let body = self.get_mut();
        if !body.before.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut body.before)))));
        }
        if body.left > 0 {
            let (file, at) = (&body.file, body.at);
            let wanted = usize::try_from(body.left).map_or(PIECE, |left| left.min(PIECE));
            // What is in memory already is read here: a thread for each piece costs a quarter of an upload's CPU time.
            let at_hand = if body.reading.is_none() { file.at_hand(wanted, at) } else { None };
            let piece = match at_hand {
                Some(piece) => piece,
                None => {
                    let reading = body.reading.get_or_insert_with(|| {
                        let file = file.clone();
                        spawn_blocking(move || file.piece(wanted, at))
                    });
                    let piece = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other).flatten();
                    body.reading = None;
                    piece
                }
            };
            let piece = match piece {
                Ok(piece) if piece.is_empty() => {
                    let short = io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was sent");
                    return Poll::Ready(Some(Err(short)));
                }
                Ok(piece) => piece,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            let read = piece.len() as u64;
            body.left -= read;
            body.at += read;
            if let Err(error) = (body.watch)(read) {
                return Poll::Ready(Some(Err(error)));
            }
            return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
        }
        if !body.after.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut body.after)))));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.length() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    /// A file of 200,000 bytes that count up, open.
    fn file(directory: &tempfile::TempDir) -> OpenFile {
        let path = directory.path().join("image");
        std::fs::write(&path, (0..200_000_u32).map(|i| i.to_le_bytes()[0]).collect::<Vec<_>>()).unwrap();
        OpenFile::open(&path).unwrap()
    }

    fn all_of(file: &OpenFile) -> FileBody {
        FileBody::of(file, 0, file.size(), Box::new(|_| Ok(()))).unwrap()
    }

    #[tokio::test]
    async fn a_part_of_a_file_comes_whole_between_its_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let body = FileBody::of(&file(&directory), 100, 150_000, Box::new(|_| Ok(()))).unwrap().between("<", ">");
        assert_eq!(body.length(), 150_002);
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!((bytes.len(), bytes[0], bytes[1], bytes[150_001]), (150_002, b'<', 100, b'>'));
    }

    #[tokio::test]
    async fn a_file_that_is_too_short_is_not_begun() {
        let directory = tempfile::tempdir().unwrap();
        let short = FileBody::of(&file(&directory), 100, 200_000, Box::new(|_| Ok(()))).err().unwrap();
        assert_eq!(short.kind(), ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn what_takes_the_files_name_after_it_was_opened_is_not_sent() {
        let directory = tempfile::tempdir().unwrap();
        let open = file(&directory);
        let other = directory.path().join("other");
        std::fs::write(&other, vec![0xee; 200_000]).unwrap();
        std::fs::rename(&other, directory.path().join("image")).unwrap();
        let bytes = all_of(&open).collect().await.unwrap().to_bytes();
        assert!(bytes.len() == 200_000 && !bytes[..200].contains(&0xee));
    }

    #[tokio::test]
    async fn a_file_that_is_written_to_under_a_message_ends_it() {
        let directory = tempfile::tempdir().unwrap();
        let open = file(&directory);
        let mut body = all_of(&open);
        assert!(body.frame().await.unwrap().is_ok());
        let writing = std::fs::OpenOptions::new().write(true).open(directory.path().join("image")).unwrap();
        writing.write_at(b"changed", 150_000).unwrap();
        let mut sent = 0;
        let error = loop {
            match body.frame().await.expect("it does not come to its end") {
                Ok(frame) => sent += frame.into_data().unwrap().len(),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("written to after it was verified"), "{error}");
        assert!(sent <= PIECE, "more than the piece that was read before the change: {sent} bytes");
    }

    #[tokio::test]
    async fn who_watches_can_end_it() {
        let directory = tempfile::tempdir().unwrap();
        let open = file(&directory);
        let mut seen = 0;
        let watch = move |bytes| {
            seen += bytes;
            if seen > 100_000 { Err(io::Error::other("enough")) } else { Ok(()) }
        };
        let body = FileBody::of(&open, 0, open.size(), Box::new(watch)).unwrap();
        assert_eq!(body.collect().await.unwrap_err().to_string(), "enough");
    }
}
