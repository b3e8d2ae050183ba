//! One small HTTP request, for the diagnostic alone: no redirects, a bounded answer; HTTP/1.0, so that it comes in one piece.

use std::io::{Read, Write};

/// How much of an answer is read.
const BYTES: u64 = 64 * 1024;

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Asks for a path over an open connection, whose read timeout the caller has set.
pub(super) fn get(mut stream: impl Read + Write, host: &str, target: &str) -> Result<Answer, String> {
    let request = format!(
        "GET {target} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\nAccept: application/json\r\n\
         User-Agent: parterre-check\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    let read = stream.take(BYTES).read_to_end(&mut answer);
    // A server that keeps the connection open has said everything before the timeout ended the reading.
    if answer.is_empty() {
        return Err(read.err().map_or("it closed the connection without an answer".into(), |error| error.to_string()));
    }
    parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| "what it answers is not HTTP".into())
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut words = head.lines().next()?.split(' ');
    let status = words.next()?.starts_with("HTTP/1.").then(|| words.next()?.parse().ok()).flatten()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_anything_else_refused() {
        let answer = parse("HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\n\r\nnothing\r\n\r\nhere").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "nothing\r\n\r\nhere"));
        for wrong in ["", "\r\n\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 yes\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
