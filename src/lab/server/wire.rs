//! What goes wrong below HTTP: an answer cut at a byte, bytes that are no answer, a connection reset.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_openssl::SslStream;

/// What is to happen to what is written next; shared between a connection and the exchange that it carries.
#[derive(Debug, Clone, Default)]
pub(super) struct WireControl(Arc<Mutex<Option<Fate>>>);

#[derive(Debug, Clone, Copy)]
enum Fate {
    Cut { left: usize, reset: bool },
    Garbage(usize),
    Dead,
}

impl WireControl {
    /// Closes the connection after this many more bytes, with a reset or without a word.
    pub(super) fn cut_after(&self, bytes: usize, reset: bool) {
        self.set(Fate::Cut { left: bytes, reset });
    }

    /// Sends bytes that are not HTTP instead of the answer, and closes.
    pub(super) fn garble(&self, bytes: usize) {
        self.set(Fate::Garbage(bytes));
    }

    fn set(&self, fate: Fate) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fate);
    }

    fn get(&self) -> Option<Fate> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes that are not HTTP; no line of them ends.
pub(super) fn garbage(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|index| 0x80 | u8::try_from(index * 7 % 127).unwrap_or_default()).collect()
}

/// A TLS stream whose writes obey a [`WireControl`].
pub(super) struct Wire {
    stream: SslStream<TcpStream>,
    control: WireControl,
}

impl Wire {
    pub(super) fn new(stream: SslStream<TcpStream>, control: WireControl) -> Self {
        Self { stream, control }
    }

    fn die(&self, reset: bool) -> Poll<io::Result<usize>> {
        self.control.set(Fate::Dead);
        if reset {
            SockRef::from(self.stream.get_ref()).set_linger(Some(Duration::ZERO))?;
        }
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match self.control.get() {
            None => Pin::new(&mut self.stream).poll_write(cx, data),
            Some(Fate::Dead) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Some(Fate::Cut { left: 0, reset }) => self.die(reset),
            Some(Fate::Cut { left, reset }) => {
                let part = data.get(..left).unwrap_or(data);
                let written = Pin::new(&mut self.stream).poll_write(cx, part);
                if let Poll::Ready(Ok(written)) = written {
                    self.control.set(Fate::Cut { left: left.saturating_sub(written), reset });
                }
                written
            }
            Some(Fate::Garbage(bytes)) => {
                let written = Pin::new(&mut self.stream).poll_write(cx, &garbage(bytes));
                if let Poll::Ready(Ok(_)) = written {
                    self.control.set(Fate::Cut { left: 0, reset: false });
                    // The real answer counts as written: the next write ends the connection.
                    return Poll::Ready(Ok(data.len()));
                }
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.control.get() {
            Some(Fate::Dead | Fate::Cut { left: 0, .. }) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            _ => Pin::new(&mut self.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.control.get().is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
