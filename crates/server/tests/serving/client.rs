//! An XMPP client of few words.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::time::Duration;

use parterre::app::Running;
use parterre::listen::Door;
use parterre::transport::memory::MemoryPipe;
use parterre_xmpp::framing::StreamEvent;
use parterre_xmpp::framing::stream::StreamDecoder;
use parterre_xmpp::parse::Limits;
use parterre_xmpp::{Element, framing};

/// How XMPP is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    WebSocket,
    Stream,
}

pub const BOTH: [Framing; 2] = [Framing::WebSocket, Framing::Stream];

/// What a client waits for comes, or the test fails.
pub async fn in_time<T>(what: &str, waits: impl Future<Output = T>) -> T {
    let Ok(came) = tokio::time::timeout(Duration::from_secs(20), waits).await else { panic!("waited for {what}") };
    came
}

/// What opens a WebSocket.
pub const UPGRADE: &str = "GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: xmpp\r\n\r\n";

/// The client.
pub struct Client {
    pub pipe: MemoryPipe,
    framing: Framing,
    bytes: Vec<u8>,
    decoder: StreamDecoder,
    /// Its address, once bound.
    pub jid: String,
    /// Stanzas since stream management was enabled.
    pub handled: u32,
    /// The code with which the server closed the WebSocket.
    pub close_code: Option<u16>,
    /// What came in pongs.
    pub pongs: Vec<Vec<u8>>,
}

pub async fn read_some(pipe: &MemoryPipe, bytes: &mut Vec<u8>) -> usize {
    let mut buffer = vec![0; 1 << 16];
    loop {
        in_time("bytes", poll_fn(|cx| pipe.poll_readable(cx))).await.unwrap();
        match pipe.try_read(&mut buffer) {
            Ok(read) => {
                bytes.extend_from_slice(&buffer[..read]);
                return read;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
    }
}

pub async fn write_all(pipe: &MemoryPipe, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        in_time("room to write", poll_fn(|cx| pipe.poll_writable(cx))).await.unwrap();
        match pipe.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // The server has hung up; what it said before can still be read.
            Err(_) => return,
        }
    }
}

/// A client's text frame.
fn frame(text: &str) -> Vec<u8> {
    let (mask, mut out) = ([7, 11, 13, 17], vec![0x81]);
    match text.len() {
        len @ 0..=125 => out.push(0x80 | len as u8),
        len @ 65_536.. => {
            out.push(0x80 | 0x7F);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
        len => {
            out.push(0x80 | 0x7E);
            out.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    out.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

impl Client {
    /// Connects to a shard, behind buffers of `capacity` bytes.
    pub async fn connect(running: &Running, shard: usize, framing: Framing, capacity: usize) -> Client {
        let door = if framing == Framing::WebSocket { Door::Http } else { Door::Xmpp };
        let mut client = Client::new(running.connect_at(shard, door, capacity).await, framing);
        if framing == Framing::WebSocket {
            write_all(&client.pipe, UPGRADE.as_bytes()).await;
            client.until_switched().await;
        }
        client
    }

    /// A client on a connection that is there.
    pub fn new(pipe: MemoryPipe, framing: Framing) -> Client {
        Client {
            pipe,
            framing,
            bytes: Vec::new(),
            decoder: StreamDecoder::new(),
            jid: String::new(),
            handled: 0,
            close_code: None,
            pongs: Vec::new(),
        }
    }

    /// Waits for the answer that opens the WebSocket.
    pub async fn until_switched(&mut self) {
        loop {
            if let Some(end) = self.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head: Vec<u8> = self.bytes.drain(..end + 4).collect();
                return assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
            }
            assert_ne!(read_some(&self.pipe, &mut self.bytes).await, 0);
        }
    }

    pub async fn send(&self, xml: &str) {
        match self.framing {
            Framing::WebSocket => write_all(&self.pipe, &frame(xml)).await,
            Framing::Stream => write_all(&self.pipe, xml.as_bytes()).await,
        }
    }

    /// The next element; a stream's opening and closing are `open` and `close`. `None`: the connection is over.
    pub async fn next(&mut self) -> Option<Element> {
        loop {
            if let Some(event) = self.decode() {
                let element = match event {
                    StreamEvent::Open(_) => Element::new("open", parterre_xmpp::ns::FRAMING),
                    StreamEvent::Close => Element::new("close", parterre_xmpp::ns::FRAMING),
                    StreamEvent::Element(element) => element,
                };
                self.handled += u32::from(matches!(element.name(), "message" | "presence" | "iq"));
                return Some(element);
            }
            if read_some(&self.pipe, &mut self.bytes).await == 0 {
                return None;
            }
        }
    }

    fn decode(&mut self) -> Option<StreamEvent> {
        if self.framing == Framing::Stream {
            let mut input: &[u8] = &self.bytes;
            let event = self.decoder.next(&mut input, &Limits::default()).unwrap();
            let used = self.bytes.len() - input.len();
            self.bytes.drain(..used);
            return event;
        }
        loop {
            let [opcode, short, rest @ ..] = &self.bytes[..] else { return None };
            let (len, head) = match short {
                126 => (usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().unwrap())), 4),
                127 => (u64::from_be_bytes(rest.get(..8)?.try_into().unwrap()) as usize, 10),
                short => (usize::from(*short), 2),
            };
            let (opcode, payload) = (opcode & 0xF, self.bytes.get(head..head + len)?.to_vec());
            self.bytes.drain(..head + len);
            match opcode {
                1 => {
                    return Some(
                        framing::ws::read(std::str::from_utf8(&payload).unwrap(), &Limits::default()).unwrap(),
                    );
                }
                10 => self.pongs.push(payload),
                8 => self.close_code = Some(u16::from_be_bytes([payload[0], payload[1]])),
                _ => {}
            }
        }
    }

    /// The next element that is so; those before it are dropped.
    pub async fn until(&mut self, is_so: impl Fn(&Element) -> bool) -> Element {
        loop {
            let element = self.next().await.expect("the connection is over");
            assert!(element.name() != "error" || is_so(&element), "{element:?}");
            if is_so(&element) {
                return element;
            }
        }
    }

    /// The next element of that name.
    pub async fn named(&mut self, name: &str) -> Element {
        self.until(|element| element.name() == name).await
    }

    pub async fn open(&mut self) {
        self.decoder.restart();
        match self.framing {
            Framing::WebSocket => {
                let open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='anon.localhost' version='1.0'/>";
                self.send(open).await;
            }
            Framing::Stream => {
                let header = "<stream:stream to='anon.localhost' version='1.0' xmlns='jabber:client' \
                    xmlns:stream='http://etherx.jabber.org/streams'>";
                self.send(header).await;
            }
        }
    }

    /// Expects another stream from the server, as after SASL.
    pub fn restart(&mut self) {
        self.decoder.restart();
    }

    pub async fn log_in(&mut self) {
        self.open().await;
        self.named("features").await;
        self.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>").await;
        self.named("success").await;
        self.open().await;
        self.named("features").await;
    }

    pub async fn bind(&mut self) {
        self.send(
            "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        )
        .await;
        let iq = self.named("iq").await;
        let bind = iq.find("bind", parterre_xmpp::ns::BIND).unwrap();
        self.jid = bind.field_text("jid").unwrap().into_owned();
    }

    /// Begins stream management, and gives what to resume with.
    pub async fn enable(&mut self) -> String {
        self.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>").await;
        let enabled = self.named("enabled").await;
        self.handled = 0;
        enabled.get("id").unwrap().to_owned()
    }

    /// Asks to go on with a session of which so many stanzas were handled, and gives the answer.
    pub async fn resume(&mut self, previd: &str, handled: u32) -> Element {
        self.send(&format!("<resume xmlns='urn:xmpp:sm:3' previd='{previd}' h='{handled}'/>")).await;
        let answer = self.until(|element| matches!(element.name(), "resumed" | "failed")).await;
        self.handled = handled;
        answer
    }

    pub async fn join(&mut self, room: &str, nick: &str) {
        self.send(&format!(
            "<presence xmlns='jabber:client' to='{room}@room.localhost/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        ))
        .await;
        self.until(|element| element.name() == "message" && element.has("subject", parterre_xmpp::ns::CLIENT)).await;
    }

    pub async fn say(&self, room: &str, text: &str) {
        self.send(&format!(
            "<message xmlns='jabber:client' type='groupchat' id='{text}' to='{room}@room.localhost'><body>{text}</body></message>"
        ))
        .await;
    }

    /// The text of the next message that was said in a room.
    pub async fn hears(&mut self) -> String {
        let said =
            self.until(|element| element.get("type") == Some("groupchat") && element.field_text("body").is_some());
        said.await.field_text("body").unwrap().into_owned()
    }

    /// Waits until the stream is over, and gives the condition of its error.
    pub async fn end(&mut self) -> Option<String> {
        let mut condition = None;
        while let Some(element) = self.next().await {
            if element.name() == "error" && element.ns() == parterre_xmpp::ns::STREAMS {
                condition = element.children().next().map(|child| child.name().to_owned());
            }
        }
        condition
    }
}
