//! BOSH (XEP-0124, XEP-0206) over in-memory HTTP connections.

use parterre::listen::Door;
use parterre::transport::memory::MemoryPipe;
use parterre_xmpp::Element;

use crate::Server;
use crate::client::{Framing, in_time, read_some, write_all};

/// A client that makes its requests one after the other, each over a connection of its own.
struct Bosh {
    shard: usize,
    sid: String,
    rid: u64,
    handled: u32,
}

async fn answer(pipe: MemoryPipe) -> Element {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == len.parse::<usize>().unwrap() {
                return body.parse().unwrap();
            }
        }
        assert_ne!(read_some(&pipe, &mut bytes).await, 0, "{text}");
    }
}

impl Bosh {
    async fn post(&mut self, server: &Server, attributes: &str, content: &str) -> MemoryPipe {
        self.rid += 1;
        let sid = if self.sid.is_empty() { String::new() } else { format!("sid='{}'", self.sid) };
        let body = format!(
            "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='{}' {sid} {attributes}>{content}</body>",
            self.rid
        );
        let pipe = server.running.connect_at(self.shard, Door::Http, 1 << 20).await;
        let head = format!("POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
        write_all(&pipe, format!("{head}{body}").as_bytes()).await;
        pipe
    }

    async fn ask(&mut self, server: &Server, attributes: &str, content: &str) -> Element {
        let pipe = self.post(server, attributes, content).await;
        let body = in_time("an answer", answer(pipe)).await;
        self.handled +=
            body.children().filter(|child| matches!(child.name(), "message" | "presence" | "iq")).count() as u32;
        body
    }

    /// Asks until a child of an answer is so.
    async fn until(&mut self, server: &Server, content: &str, is_so: impl Fn(&Element) -> bool) -> Element {
        let mut body = self.ask(server, "", content).await;
        loop {
            if let Some(child) = body.children().find(|child| is_so(child)) {
                return child.clone();
            }
            assert_ne!(body.get("type"), Some("terminate"), "{body:?}");
            body = self.ask(server, "", "").await;
        }
    }

    /// Logs in on a shard.
    async fn log_in(server: &Server, shard: usize) -> Bosh {
        let mut bosh = Bosh { shard, sid: String::new(), rid: 1_000, handled: 0 };
        let opening = "to='anon.localhost' wait='5' hold='1' ver='1.6' xmpp:version='1.0'";
        let body = bosh.ask(server, opening, "").await;
        bosh.sid = body.get("sid").unwrap().to_owned();
        let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
        bosh.until(server, auth, |element| element.name() == "success").await;
        let body = bosh.ask(server, "to='anon.localhost' xmpp:restart='true'", "").await;
        assert!(body.children().any(|child| child.name() == "features"), "{body:?}");
        bosh
    }
}

const BIND: &str = "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const JOIN: &str = "<presence xmlns='jabber:client' to='r@room.localhost/bosh'>\
    <x xmlns='http://jabber.org/protocol/muc'/></presence>";

#[tokio::test]
async fn a_session_is_resumed_from_another_shard_though_its_requests_go_where_they_went() {
    for next in [0, 1] {
        let server = Server::start(|_| {}).await;
        let mut speaker = server.client(0, Framing::Stream).await;
        speaker.join("r", "speaker").await;
        let mut before = Bosh::log_in(&server, 0).await;
        before.until(&server, BIND, |element| element.name() == "iq").await;
        let enable = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>";
        let enabled = before.until(&server, enable, |element| element.name() == "enabled").await;
        before.handled = 0;
        before.until(&server, JOIN, |element| element.field_text("subject").is_some()).await;
        let mut after = Bosh::log_in(&server, next).await;
        let resume =
            format!("<resume xmlns='urn:xmpp:sm:3' previd='{}' h='{}'/>", enabled.get("id").unwrap(), before.handled);
        after.until(&server, &resume, |element| element.name() == "resumed").await;
        speaker.say("r", "hello").await;
        let said = |element: &Element| element.field_text("body").as_deref() == Some("hello");
        after.until(&server, "", said).await;
        // The one before is told at its next request.
        let over = before.ask(&server, "", "").await;
        assert_eq!(over.get("type"), Some("terminate"));
        assert_eq!((server.figure("sessions_detached"), server.figure("sessions")), (0, 2));
        assert_eq!(server.figure("occupants"), 2);
    }
}

#[tokio::test]
async fn a_request_that_waits_is_answered_when_the_server_stops() {
    for shard in [0, 1] {
        let server = Server::start(|_| {}).await;
        let mut bosh = Bosh::log_in(&server, shard).await;
        bosh.until(&server, BIND, |element| element.name() == "iq").await;
        // The request comes in on the other shard than the session lives on.
        bosh.shard = 1 - shard;
        let waits = bosh.post(&server, "", "").await;
        server.until_figure("bosh_requests_total", 5).await;
        let stopped = tokio::spawn(server.running.stop());
        let body = in_time("an answer", answer(waits)).await;
        assert_eq!((body.get("type"), body.get("condition")), (Some("terminate"), Some("system-shutdown")));
        assert!(body.children().any(|child| child.name() == "error"), "{body:?}");
        in_time("the stop", stopped).await.unwrap();
    }
}
