//! A stream whose answer is still read after it took no more: a BMC that refuses an upload says so, closes, and
//! resets the connection under the bytes that were on their way.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// After a failed write every further one waits for ever, so that only the answer, or its absence, ends the exchange.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    deaf: bool,
}

impl<S> Wire<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, deaf: false }
    }

    fn heard<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &Context<'_>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(_)) = outcome {
            self.deaf = true;
            // The read side is asked again, which is where the answer or the error is.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if self.deaf {
            return Poll::Pending;
        }
        let outcome = Pin::new(&mut self.stream).poll_write(cx, data);
        self.heard(outcome, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf {
            return Poll::Pending;
        }
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.heard(outcome, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
