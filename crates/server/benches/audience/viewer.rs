//! A viewer of few bytes: joins as a browser does, one step at a time, then only looks for marks in what it is sent.

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Instant;

use parterre::transport::memory::MemoryPipe;
use tokio::sync::Notify;

/// What a message of the measurement begins with; sixteen hexadecimal digits follow: when it was sent.
pub(crate) const MARK: &[u8] = b"@@";
const DIGITS: usize = 16;

/// The steps of a join: what is sent, and what the answer to it holds.
const STEPS: [(&str, &[u8]); 6] = [
    (UPGRADE, b"\r\n\r\n"),
    (OPEN, b"features>"),
    ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>", b"<success"),
    (OPEN, b"features>"),
    ("<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", b"</iq>"),
    (JOIN, b"<subject"),
];
const UPGRADE: &str = "GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n";
const OPEN: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='anon.localhost' version='1.0'/>";
/// `NICK` is put in place.
const JOIN: &str = "<presence xmlns='jabber:client' to='hall@room.localhost/NICK'>\
    <x xmlns='http://jabber.org/protocol/muc'/></presence>";

/// The viewers for whom something has come since the last look.
#[derive(Default)]
pub(crate) struct Ready {
    list: Mutex<Vec<u32>>,
    /// Rings when the list ceases to be empty.
    pub(crate) bell: Notify,
}

impl Ready {
    /// Takes the list, and leaves `emptied` in its place.
    pub(crate) fn swap(&self, emptied: &mut Vec<u32>) {
        std::mem::swap(&mut *self.list.lock().unwrap(), emptied);
    }

    fn add(&self, viewer: u32) {
        let mut list = self.list.lock().unwrap();
        list.push(viewer);
        if list.len() == 1 {
            self.bell.notify_one();
        }
    }
}

struct Ring {
    viewer: u32,
    ready: Arc<Ready>,
}

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        self.ready.add(self.viewer);
    }
}

/// What became of a viewer in one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// Nothing new.
    Same,
    /// It is in the room, with history and subject.
    Inside,
    /// The server has closed the connection.
    Gone,
}

/// One viewer.
pub(crate) struct Viewer {
    pipe: MemoryPipe,
    waker: Waker,
    /// The step that waits for its answer; beyond the last one the viewer is inside.
    step: u8,
    /// What has come of the answer.
    answer: Vec<u8>,
    pub(crate) began: Instant,
    number: u32,
    speaks: bool,
    /// Marks seen.
    pub(crate) heard: u32,
}

impl Viewer {
    /// A viewer behind that connection, which begins to join.
    pub(crate) fn new(pipe: MemoryPipe, number: u32, speaks: bool, ready: &Arc<Ready>) -> Self {
        let waker = Waker::from(Arc::new(Ring { viewer: number, ready: ready.clone() }));
        let viewer =
            Viewer { pipe, waker, step: 0, answer: Vec::new(), began: Instant::now(), number, speaks, heard: 0 };
        // First, so that an answer that comes at once is not missed.
        viewer.rest();
        viewer.write(UPGRADE.as_bytes());
        viewer
    }

    pub(crate) fn is_inside(&self) -> bool {
        usize::from(self.step) == STEPS.len()
    }

    /// Says something in the room.
    pub(crate) fn say(&self, text: &str) {
        self.send(&format!(
            "<message xmlns='jabber:client' type='groupchat' id='m' to='hall@room.localhost'><body>{text}</body></message>"
        ));
    }

    /// Reads all that has come. Gives each mark's time to `heard`.
    pub(crate) fn look(&mut self, buffer: &mut [u8], mut heard: impl FnMut(u64)) -> Became {
        let mut became = Became::Same;
        loop {
            match self.pipe.try_read(buffer) {
                Ok(0) => return Became::Gone,
                Ok(read) if self.is_inside() => self.listen(&buffer[..read], &mut heard),
                Ok(read) => {
                    self.answer.extend_from_slice(&buffer[..read]);
                    if self.go_on() {
                        became = Became::Inside;
                    }
                }
                Err(_) if self.rest() => return became,
                Err(_) => {}
            }
        }
    }

    /// Waits for more; false if there is more already.
    fn rest(&self) -> bool {
        self.pipe.poll_readable(&mut Context::from_waker(&self.waker)).is_pending()
    }

    fn listen(&mut self, bytes: &[u8], heard: &mut impl FnMut(u64)) {
        // A whole message is in one read: the server writes it at once, and the pipe holds less than the buffer.
        for at in memchr::memmem::find_iter(bytes, MARK) {
            let digits = bytes.get(at + MARK.len()..at + MARK.len() + DIGITS);
            if let Some(sent) =
                digits.and_then(|digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
            {
                self.heard += 1;
                heard(sent);
            }
        }
    }

    /// Takes the next step if the answer is whole; says whether it was the last one.
    fn go_on(&mut self) -> bool {
        let (_, awaited) = STEPS[usize::from(self.step)];
        if memchr::memmem::find(&self.answer, awaited).is_none() {
            return false;
        }
        self.answer = Vec::new();
        self.step += 1;
        match STEPS.get(usize::from(self.step)) {
            Some((JOIN, _)) => self.send(&JOIN.replace("NICK", &self.nick())),
            Some((text, _)) => self.send(text),
            None => return true,
        }
        false
    }

    fn nick(&self) -> String {
        if self.speaks { format!("Speaker {}", self.number) } else { format!("Anonymous {:06}", self.number) }
    }

    /// Sends a text frame, masked by zeros.
    fn send(&self, text: &str) {
        let mut frame = vec![0x81];
        match text.len() {
            short @ 0..=125 => frame.push(0x80 | short as u8),
            long => {
                frame.push(0x80 | 0x7e);
                frame.extend_from_slice(&(long as u16).to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.write(&frame);
    }

    fn write(&self, bytes: &[u8]) {
        // What a client sends here is small, and the server reads it.
        assert_eq!(self.pipe.try_write(bytes).ok(), Some(bytes.len()), "the server does not read");
    }
}
