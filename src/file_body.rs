//! A file, or a part of one, as the body of an HTTP message: read as it is sent, never held as a whole.

use std::{
    io::{self, ErrorKind, SeekFrom},
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncSeekExt, ReadBuf},
};

/// Bytes that are read at a time: what one message holds, times two, is what it costs in memory.
const PIECE: usize = 64 << 10;

/// Told of each piece as it is handed over, in bytes of the file. An error ends the message there.
pub type Watch = Box<dyn FnMut(u64) -> io::Result<()> + Send>;

/// Bytes, then a part of a file, then bytes. Its length is known from the start.
pub struct FileBody {
    before: Bytes,
    file: File,
    left: u64,
    after: Bytes,
    piece: Vec<u8>,
    watch: Watch,
}

impl FileBody {
    /// `length` bytes of the file at `path` from byte `from` on, between `before` and `after`.
    ///
    /// Fails where the file cannot be opened or has fewer bytes.
    pub async fn open(path: &Path, from: u64, length: u64, watch: Watch) -> io::Result<Self> {
        let mut file = File::open(path).await?;
        let metadata = file.metadata().await?;
        if !metadata.is_file() || metadata.len() < from.saturating_add(length) {
            let found = metadata.len();
            return Err(io::Error::new(ErrorKind::UnexpectedEof, format!("the file has only {found} bytes")));
        }
        if from > 0 {
            file.seek(SeekFrom::Start(from)).await?;
        }
        file.set_max_buf_size(PIECE);
        Ok(Self { before: Bytes::new(), file, left: length, after: Bytes::new(), piece: Vec::new(), watch })
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
            let wanted = usize::try_from(body.left).map_or(PIECE, |left| left.min(PIECE));
            body.piece.resize(wanted, 0);
            let mut buffer = ReadBuf::new(&mut body.piece);
            if let Err(error) = ready!(Pin::new(&mut body.file).poll_read(cx, &mut buffer)) {
                return Poll::Ready(Some(Err(error)));
            }
            let read = buffer.filled().len();
            if read == 0 {
                let short = io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was sent");
                return Poll::Ready(Some(Err(short)));
            }
            body.left -= read as u64;
            if let Err(error) = (body.watch)(read as u64) {
                return Poll::Ready(Some(Err(error)));
            }
            let mut piece = std::mem::take(&mut body.piece);
            piece.truncate(read);
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

    async fn told(from: u64, length: u64) -> io::Result<Bytes> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("image");
        std::fs::write(&path, (0..200_000_u32).map(|i| i.to_le_bytes()[0]).collect::<Vec<_>>())?;
        let body = FileBody::open(&path, from, length, Box::new(|_| Ok(()))).await?.between("<", ">");
        assert_eq!(body.length(), length + 2);
        Ok(body.collect().await?.to_bytes())
    }

    #[tokio::test]
    async fn a_part_of_a_file_comes_whole_between_its_bytes() {
        let bytes = told(100, 150_000).await.unwrap();
        assert_eq!((bytes.len(), bytes[0], bytes[1], bytes[150_001]), (150_002, b'<', 100, b'>'));
    }

    #[tokio::test]
    async fn a_file_that_is_too_short_is_not_begun() {
        assert_eq!(told(100, 200_000).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn who_watches_can_end_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        std::fs::write(&path, vec![0; 1 << 20]).unwrap();
        let mut seen = 0;
        let watch = move |bytes| {
            seen += bytes;
            if seen > 100_000 { Err(io::Error::other("enough")) } else { Ok(()) }
        };
        let body = FileBody::open(&path, 0, 1 << 20, Box::new(watch)).await.unwrap();
        assert_eq!(body.collect().await.unwrap_err().to_string(), "enough");
    }
}
