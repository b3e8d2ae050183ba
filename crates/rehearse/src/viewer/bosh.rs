//! The client's side of BOSH (XEP-0124, XEP-0206): a request is always held by the server, and what the viewer has to say goes in a
//! second one, on a second connection.
//!
//! Enters: HTTP responses. Leaves: HTTP requests, on the connection that is free.

use std::borrow::Cow;

use super::pipe::{Ended, MOST, Piece, refused, retry_after};
use super::{cut, scan};
use crate::plan::Plan;

/// How long the server may hold a request, seconds.
const WAIT: u32 = 60;

/// A session.
#[derive(Debug, Default)]
pub(crate) struct Bosh {
    sid: String,
    rid: u64,
    /// Stanzas that wait for a connection to be free.
    queue: String,
    restart: bool,
    terminate: bool,
    /// Which connections wait for a response.
    busy: [bool; 2],
    /// After how many milliseconds a server that refused asks to be asked again.
    pub(super) asked_back_after: Option<u32>,
}

impl Bosh {
    /// Asks for a session (XEP-0124 §7.1). The first id of a request is the viewer's own.
    pub(super) fn create(&mut self, plan: &Plan, rid: u64, out: &mut Vec<u8>) {
        self.rid = rid;
        self.busy = [true, false];
        let body = format!(
            "<body xmlns='http://jabber.org/protocol/httpbind' rid='{rid}' to='{}' ver='1.6' wait='{WAIT}' hold='1' \
             xml:lang='en' content='text/xml; charset=utf-8' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>",
            plan.anonymous_domain
        );
        post(plan, &body, out);
    }

    pub(super) fn send(&mut self, stanza: &str) {
        self.queue.push_str(stanza);
    }

    pub(super) fn restart(&mut self) {
        self.restart = true;
    }

    pub(super) fn terminate(&mut self) {
        self.terminate = true;
    }

    /// Whether a connection waits for a response.
    pub(super) fn is_busy(&self, which: usize) -> bool {
        self.busy.get(which).copied().unwrap_or(false)
    }

    /// Sends what is to be sent, as long as there is a free connection for it.
    pub(super) fn flush(&mut self, plan: &Plan, out: &mut Vec<u8>, more: &mut Vec<u8>) {
        let says = !self.queue.is_empty() || self.restart || self.terminate;
        if self.sid.is_empty() || !says && self.busy != [false, false] {
            return;
        }
        let out = match self.busy {
            [false, _] => {
                self.busy = [true, self.busy == [false, true]];
                out
            }
            [true, false] => {
                self.busy = [true, true];
                more
            }
            [true, true] => return,
        };
        self.rid += 1;
        let (rid, sid) = (self.rid, &self.sid);
        let what = if self.restart {
            format!("to='{}' xml:lang='en' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'/>", plan.anonymous_domain)
        } else if self.terminate {
            "type='terminate'><presence xmlns='jabber:client' type='unavailable'/></body>".to_owned()
        } else {
            format!(">{}</body>", self.queue)
        };
        let body = format!("<body xmlns='http://jabber.org/protocol/httpbind' rid='{rid}' sid='{sid}' {what}");
        if !self.restart {
            // Its memory goes, too: a viewer seldom speaks.
            self.queue = String::new();
            self.terminate = false;
        }
        self.restart = false;
        post(plan, &body, out);
    }

    /// The next response on one of the connections, and how many bytes it took.
    pub(super) fn next<'a>(&mut self, which: usize, input: &'a [u8]) -> Result<Option<(usize, Piece<'a>)>, Ended> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let head = match response.parse(input) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) if input.len() < 65_536 => return Ok(None),
            _ => return Err(Ended::of("no BOSH: the answer is not HTTP")),
        };
        let value = |name: &str| {
            let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.and_then(|header| std::str::from_utf8(header.value).ok()).map(str::trim)
        };
        let rest = input.get(head..).unwrap_or_default();
        let body = if value("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            chunked(rest)?.map(|(used, body)| (used, Cow::Owned(body)))
        } else {
            let len = value("content-length").and_then(|len| len.parse::<usize>().ok()).unwrap_or(0);
            rest.get(..len).map(|body| (len, Cow::Borrowed(body)))
        };
        let Some((used, body)) = body else {
            let much = input.len() > MOST;
            return if much { Err(Ended::of("the server sent a response of more than 4 MiB")) } else { Ok(None) };
        };
        if response.code != Some(200) {
            self.asked_back_after = retry_after(&response);
            return Err(refused("BOSH", &response));
        }
        if let Some(busy) = self.busy.get_mut(which) {
            *busy = false;
        }
        Ok(Some((head + used, Piece::Body(body))))
    }

    /// Reads the outermost tag of a response. Gives where the first stanza is.
    pub(super) fn body(&mut self, body: &[u8]) -> Result<usize, Ended> {
        let start = cut::space(body);
        let body = body.get(start..).unwrap_or_default();
        let Some(end) = cut::tag(body, 0).filter(|_| scan::name(body) == b"body") else {
            return Err(Ended::of("no BOSH: the answer is no <body/>"));
        };
        if scan::attribute(body, b"type") == Some(b"terminate") {
            let condition = scan::attribute(body, b"condition").unwrap_or(b"no reason given");
            return Err(Ended(format!("session terminated: {}", String::from_utf8_lossy(condition))));
        }
        if let Some(sid) = scan::attribute(body, b"sid").filter(|_| self.sid.is_empty()) {
            self.sid = String::from_utf8_lossy(sid).into_owned();
        }
        Ok(start + end)
    }
}

fn post(plan: &Plan, body: &str, out: &mut Vec<u8>) {
    let (path, authority, len) = (&plan.address.path, plan.address.authority(), body.len());
    out.extend_from_slice(
        format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {len}\r\n\
             User-Agent: parterre-rehearse\r\n\r\n{body}"
        )
        .as_bytes(),
    );
}

/// A body in chunks (RFC 9112 §7.1), with how many bytes it took; `None` if it has not come whole.
fn chunked(input: &[u8]) -> Result<Option<(usize, Vec<u8>)>, Ended> {
    let wrong = || Ended::of("no BOSH: the answer is not HTTP");
    let (mut at, mut body) = (0, Vec::new());
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let (head, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(wrong()),
        };
        let size = usize::try_from(size).ok().filter(|size| *size <= MOST).ok_or_else(wrong)?;
        let Some(chunk) = rest.get(head..head + size).filter(|_| rest.len() >= head + size + 2) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        at += head + size + 2;
        if size == 0 {
            return Ok(Some((at, body)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        crate::tests::plan("steady")
    }

    fn answered(bosh: &mut Bosh, which: usize, body: &str) -> usize {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        for cut in 0..answer.len() {
            assert_eq!(bosh.next(which, &answer.as_bytes()[..cut]).unwrap(), None);
        }
        let (used, piece) = bosh.next(which, answer.as_bytes()).unwrap().unwrap();
        let Piece::Body(read) = piece else { panic!("no body") };
        assert_eq!((used, &*read), (answer.len(), body.as_bytes()));
        bosh.body(body.as_bytes()).unwrap()
    }

    #[test]
    fn one_request_is_always_held_and_what_is_said_goes_in_another() {
        let (plan, mut bosh, mut one, mut two) = (plan(), Bosh::default(), Vec::new(), Vec::new());
        bosh.create(&plan, 7, &mut one);
        assert!(String::from_utf8_lossy(&one).contains("rid='7'"));
        assert_eq!(answered(&mut bosh, 0, "<body sid='s1'><a/></body>"), 15);
        one.clear();
        bosh.flush(&plan, &mut one, &mut two);
        assert!(String::from_utf8_lossy(&one).contains("rid='8' sid='s1' ></body>"), "the server has one to hold");
        one.clear();
        bosh.flush(&plan, &mut one, &mut two);
        assert!(one.is_empty() && two.is_empty(), "and no second one");
        bosh.send("<b/>");
        bosh.flush(&plan, &mut one, &mut two);
        assert!(one.is_empty() && String::from_utf8_lossy(&two).ends_with("rid='9' sid='s1' ><b/></body>"));
        bosh.send("<c/>");
        two.clear();
        bosh.flush(&plan, &mut one, &mut two);
        assert!(one.is_empty() && two.is_empty(), "both are under way");
        answered(&mut bosh, 0, "<body/>");
        bosh.flush(&plan, &mut one, &mut two);
        assert!(String::from_utf8_lossy(&one).ends_with("rid='10' sid='s1' ><c/></body>"));
    }

    #[test]
    fn an_answer_in_chunks_is_put_together() {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<body\r\n2\r\n/>\r\n0\r\n\r\nHTTP";
        let (used, piece) = Bosh::default().next(0, answer).unwrap().unwrap();
        assert_eq!((used, piece), (answer.len() - 4, Piece::Body(Cow::Owned(b"<body/>".to_vec()))));
    }

    #[test]
    fn the_end_of_a_session_is_said() {
        let ended = Bosh::default().body(b"<body type='terminate' condition='policy-violation'/>").unwrap_err();
        assert_eq!(ended.0, "session terminated: policy-violation");
        let ended = Bosh::default().next(0, b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap_err();
        assert!(ended.0.contains("404"));
    }
}
