//! Looks at a stanza without reading it: enough to tell the usual ones apart.
//!
//! What it says of a stanza that is well-formed is right. It is asked only about stanzas of a room, and where what it says would have
//! consequences, the stanza is parsed.

use memchr::memmem;

/// The name of the element, without a prefix.
pub(super) fn name(stanza: &[u8]) -> &[u8] {
    let inner = stanza.get(1..).unwrap_or_default();
    let end = inner.iter().position(|byte| matches!(byte, b' ' | b'>' | b'/' | b'\n' | b'\r' | b'\t'));
    inner.get(..end.unwrap_or(inner.len())).unwrap_or_default()
}

/// The value of an attribute of the outermost element, as it stands there.
pub(super) fn attribute<'a>(stanza: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut at = 1 + name(stanza).len();
    loop {
        at += stanza.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
        if matches!(stanza.get(at)?, b'>' | b'/') {
            return None;
        }
        let equals = at + memchr::memchr(b'=', stanza.get(at..)?)?;
        let open = equals + 1 + stanza.get(equals + 1..)?.iter().position(|byte| matches!(byte, b'\'' | b'"'))?;
        let close = open + 1 + memchr::memchr(*stanza.get(open)?, stanza.get(open + 1..)?)?;
        if stanza.get(at..equals)?.trim_ascii_end() == wanted {
            return stanza.get(open + 1..close);
        }
        at = close + 1;
    }
}

/// Whether the bytes occur anywhere in it.
pub(super) fn contains(stanza: &[u8], wanted: &str) -> bool {
    memmem::find(stanza, wanted.as_bytes()).is_some()
}

/// Whether a presence says that it is about the viewer itself (XEP-0045 §7.2.2).
pub(super) fn has_status(stanza: &[u8], code: &str) -> bool {
    memmem::find_iter(stanza, code.as_bytes()).any(|at| {
        let before = stanza.get(at.saturating_sub(6)..at).unwrap_or_default();
        matches!(before, b"code='" | b"code=\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESENCE: &[u8] =
        b"<presence xmlns=\"jabber:client\" from = 'a@b/it\"s' type='un' ><x a='c'><status code='110'/></x></presence>";

    #[test]
    fn attributes_of_the_outermost_element_are_found() {
        assert_eq!(name(PRESENCE), b"presence");
        assert_eq!(attribute(PRESENCE, b"from"), Some(&b"a@b/it\"s"[..]));
        assert_eq!(attribute(PRESENCE, b"type"), Some(&b"un"[..]));
        assert_eq!(attribute(PRESENCE, b"code"), None);
        assert_eq!(attribute(PRESENCE, b"a"), None);
        assert_eq!((name(b"<r/>"), name(b"<a h='1'/>"), name(b"")), (&b"r"[..], &b"a"[..], &b""[..]));
        for cut in 0..PRESENCE.len() {
            let _ = (name(&PRESENCE[..cut]), attribute(&PRESENCE[..cut], b"zz"));
        }
    }

    #[test]
    fn a_status_is_no_number_elsewhere() {
        assert!(has_status(PRESENCE, "110"));
        assert!(!has_status(b"<presence from='r/Anonymous 110'/>", "110"));
    }
}
