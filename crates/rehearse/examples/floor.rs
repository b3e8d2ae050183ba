//! The floor under all figures: one thread that copies ready-made bytes to every socket, and is no server.
//!
//! Enters: an address to listen on. It answers a crowd's WebSocket connections with what a server would say, without
//! reading what was meant, and sends each message to everybody as soon as it comes, framed once. What a real server costs
//! above this is the price of being one. Never use it for anything else: it checks nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // It only measures.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use memchr::memmem::find;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use parterre_xmpp::websocket::{Opcode, accept_key, append_frame, append_frame_header};

const LISTENER: Token = Token(usize::MAX);
/// Messages that everybody gets on joining.
const HISTORY: usize = 20;
/// A real room adds ids and addresses: as many bytes as these go along with each message.
const IDS: usize = 300;
const OPEN: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='floor' from='anon.localhost' version='1.0'/>";
const MECHANISMS: &str = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'><mechanisms \
    xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>ANONYMOUS</mechanism></mechanisms></stream:features>";
const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
const BIND: &str = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'><bind \
    xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";

struct Connection {
    socket: TcpStream,
    rest: Vec<u8>,
    upgraded: bool,
    authenticated: bool,
    occupant: Option<String>,
}

struct Floor {
    /// By token, which is never given twice.
    connections: Vec<Option<Connection>>,
    members: Vec<usize>,
    history: VecDeque<Vec<u8>>,
    frame: Vec<u8>,
}

fn main() {
    let address: SocketAddr = std::env::args().nth(1).expect("usage: floor ADDRESS").parse().expect("no address");
    let mut poll = Poll::new().unwrap();
    let mut events = Events::with_capacity(1024);
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(4096).unwrap();
    let mut listener = TcpListener::from_std(socket.into());
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).unwrap();
    let mut floor = Floor { connections: Vec::new(), members: Vec::new(), history: VecDeque::new(), frame: Vec::new() };
    let mut buffer = vec![0; 64 * 1024];
    loop {
        poll.poll(&mut events, None).unwrap();
        for event in &events {
            if event.token() != LISTENER {
                floor.read(event.token().0, &mut buffer);
                continue;
            }
            while let Ok((mut socket, _)) = listener.accept() {
                let _ = socket.set_nodelay(true);
                poll.registry().register(&mut socket, Token(floor.connections.len()), Interest::READABLE).unwrap();
                let (rest, upgraded, authenticated, occupant) = (Vec::new(), false, false, None);
                floor.connections.push(Some(Connection { socket, rest, upgraded, authenticated, occupant }));
            }
        }
    }
}

impl Floor {
    /// Readiness is told once for each edge, so it reads until there is nothing left.
    fn read(&mut self, who: usize, buffer: &mut [u8]) {
        loop {
            let Some(connection) = &mut self.connections[who] else { return };
            match connection.socket.read(buffer) {
                Ok(read) if read > 0 => {
                    connection.rest.extend_from_slice(&buffer[..read]);
                    let mut bytes = std::mem::take(&mut connection.rest);
                    let used = self.take(who, &mut bytes);
                    if used < bytes.len()
                        && let Some(connection) = &mut self.connections[who]
                    {
                        connection.rest = bytes.split_off(used);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {
                    self.connections[who] = None;
                    self.members.retain(|member| *member != who);
                    return;
                }
            }
        }
    }

    /// Takes what is whole, and gives how much that was.
    fn take(&mut self, who: usize, bytes: &mut [u8]) -> usize {
        if self.connections[who].as_ref().is_some_and(|connection| !connection.upgraded) {
            return self.upgrade(who, bytes);
        }
        let mut at = 0;
        while bytes.len() - at >= 6 {
            let (length, header) = match bytes[at + 1] & 0x7f {
                126 if bytes.len() - at < 8 => break,
                126 => (usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]])), 8),
                length => (usize::from(length), 6),
            };
            let end = at + header + length;
            if bytes.len() < end {
                break;
            }
            let (head, payload) = bytes[at..end].split_at_mut(header);
            let mask = &head[header - 4..];
            payload.iter_mut().enumerate().for_each(|(place, byte)| *byte ^= mask[place & 3]);
            if head[0] & 0x0f == 1 {
                self.answer(who, payload);
            }
            at = end;
        }
        at
    }

    fn upgrade(&mut self, who: usize, bytes: &[u8]) -> usize {
        let Some(end) = find(bytes, b"\r\n\r\n") else { return 0 };
        let head = String::from_utf8_lossy(&bytes[..end]);
        let Some(connection) = &mut self.connections[who] else { return 0 };
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| accept_key(value.trim()))?
        });
        let answer = match key {
            Some(key) => format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {key}\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n"
            ),
            None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        };
        let _ = connection.socket.write(answer.as_bytes());
        connection.upgraded = true;
        end + 4
    }

    fn answer(&mut self, who: usize, stanza: &[u8]) {
        let Some(connection) = &mut self.connections[who] else { return };
        let id = attribute(stanza, b"id=");
        self.frame.clear();
        let mut say = |text: &str| append_frame(Opcode::Text, text.as_bytes(), &mut self.frame);
        if stanza.starts_with(b"<open") {
            say(OPEN);
            say(if connection.authenticated { BIND } else { MECHANISMS });
        } else if stanza.starts_with(b"<auth") {
            connection.authenticated = true;
            say(SUCCESS);
        } else if find(stanza, b"xmpp-bind").is_some() {
            say(&format!(
                "<iq xmlns='jabber:client' type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                 <jid>viewer{who}@anon.localhost/floor</jid></bind></iq>"
            ));
        } else if stanza.starts_with(b"<iq") {
            let to = attribute(stanza, b"to=");
            say(&format!(
                "<iq xmlns='jabber:client' type='error' id='{id}' from='{to}'><error type='cancel'>\
                 <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            ));
        } else if stanza.starts_with(b"<presence") && connection.occupant.is_none() {
            let occupant = attribute(stanza, b"to=");
            let room = occupant.split('/').next().unwrap_or_default();
            say(&format!(
                "<presence xmlns='jabber:client' from='{occupant}'><x xmlns='http://jabber.org/protocol/muc#user'>\
                 <item affiliation='none' role='participant'/><status code='110'/></x></presence>"
            ));
            self.history.iter().for_each(|said| self.frame.extend_from_slice(said));
            let subject = format!("<message xmlns='jabber:client' type='groupchat' from='{room}'><subject/></message>");
            append_frame(Opcode::Text, subject.as_bytes(), &mut self.frame);
            connection.occupant = Some(occupant);
            self.members.push(who);
        } else if stanza.starts_with(b"<message")
            && let Some(occupant) = &connection.occupant
        {
            let from = format!("<message from='{occupant}'{:IDS$}", "");
            let rest = &stanza["<message".len()..];
            append_frame_header(Opcode::Text, from.len() + rest.len(), &mut self.frame);
            self.frame.extend_from_slice(from.as_bytes());
            self.frame.extend_from_slice(rest);
            return self.broadcast();
        }
        let _ = connection.socket.write(&self.frame);
    }

    fn broadcast(&mut self) {
        for member in &self.members {
            // Whoever does not read misses it: there is no queue here.
            if let Some(connection) = &mut self.connections[*member] {
                let _ = connection.socket.write(&self.frame);
            }
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(self.frame.clone());
    }
}

/// The value of an attribute, by where it stands.
fn attribute(stanza: &[u8], name: &[u8]) -> String {
    let value = find(stanza, name).map(|at| &stanza[at + name.len()..]).unwrap_or_default();
    let Some((quote, value)) = value.split_first() else { return String::new() };
    let end = value.iter().position(|byte| byte == quote).unwrap_or(0);
    String::from_utf8_lossy(&value[..end]).into_owned()
}
