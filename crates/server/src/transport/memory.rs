//! A connection within the process: two bounded byte queues.
//!
//! It lets tests, and measurements of rooms larger than a process may open sockets for, drive the very code that
//! serves sockets.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// One end of an in-memory connection.
pub struct MemoryPipe {
    incoming: Arc<Mutex<Lane>>,
    outgoing: Arc<Mutex<Lane>>,
}

/// One direction.
#[derive(Default)]
struct Lane {
    bytes: VecDeque<u8>,
    capacity: usize,
    finished: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Two connected ends; each direction holds at most `capacity` bytes, as a socket buffer does.
pub fn pair(capacity: usize) -> (MemoryPipe, MemoryPipe) {
    let lane = || Arc::new(Mutex::new(Lane { capacity, ..Lane::default() }));
    let (there, back) = (lane(), lane());
    (MemoryPipe { incoming: there.clone(), outgoing: back.clone() }, MemoryPipe { incoming: back, outgoing: there })
}

fn lock(lane: &Mutex<Lane>) -> MutexGuard<'_, Lane> {
    // A lane is consistent after each statement that changes it, so a poisoned one is still usable.
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryPipe {
    /// Ready when there are bytes or the peer is done.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut lane = lock(&self.incoming);
        if lane.bytes.is_empty() && !lane.finished {
            lane.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Ready when there is room or the peer is gone.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut lane = lock(&self.outgoing);
        if lane.bytes.len() >= lane.capacity && !lane.finished {
            lane.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// As [`super::Pipe::try_read`].
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut lane = lock(&self.incoming);
        if lane.bytes.is_empty() {
            return if lane.finished { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let taken = io::Read::read(&mut lane.bytes, buffer)?;
        if lane.bytes.is_empty() {
            // As a socket does: whoever is idle holds no buffer.
            lane.bytes = VecDeque::new();
        }
        if let Some(writer) = lane.writer.take() {
            writer.wake();
        }
        Ok(taken)
    }

    /// As [`super::Pipe::try_write`].
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut lane = lock(&self.outgoing);
        if lane.finished {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let room = lane.capacity.saturating_sub(lane.bytes.len()).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        lane.bytes.extend(bytes.iter().take(room));
        if let Some(reader) = lane.reader.take() {
            reader.wake();
        }
        Ok(room)
    }

    /// Ends our direction: the peer reads what is left, then `Ok(0)`.
    pub fn finish(&self) {
        finish(&self.outgoing);
    }
}

fn finish(lane: &Mutex<Lane>) {
    let mut lane = lock(lane);
    lane.finished = true;
    for waker in [lane.reader.take(), lane.writer.take()].into_iter().flatten() {
        waker.wake();
    }
}

impl Drop for MemoryPipe {
    fn drop(&mut self) {
        finish(&self.outgoing);
        finish(&self.incoming);
    }
}
