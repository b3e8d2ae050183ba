//! A pipe for an HTTP library, with the bytes that were read from it already put back in front.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Pipe;

/// A pipe whose first bytes are `prefix`.
pub struct Rewind {
    prefix: Vec<u8>,
    given: usize,
    pipe: Pipe,
}

impl Rewind {
    /// The pipe as it was before `prefix` was read from it.
    pub fn new(prefix: Vec<u8>, pipe: Pipe) -> Self {
        Rewind { prefix, given: 0, pipe }
    }

    /// What of the prefix nobody has read, and the pipe.
    pub fn into_parts(mut self) -> (Vec<u8>, Pipe) {
        self.prefix.drain(..self.given);
        (self.prefix, self.pipe)
    }
}

impl AsyncRead for Rewind {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let rest = self.prefix.get(self.given..).unwrap_or_default();
        if !rest.is_empty() {
            let taken = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..taken]);
            self.given += taken;
            if self.given == self.prefix.len() {
                self.prefix = Vec::new();
                self.given = 0;
            }
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(self.pipe.poll_readable(cx))?;
            match self.pipe.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Rewind {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.pipe.poll_writable(cx))?;
            match self.pipe.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe.finish();
        Poll::Ready(Ok(()))
    }
}
