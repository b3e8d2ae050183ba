//! Finds where an element ends, without reading it: how a stream over TCP, and the body of a BOSH response, fall into stanzas.

use memchr::{memchr, memchr3, memmem};

/// Where the tag that begins at `at` ends; `None` if it has not come whole.
pub(super) fn tag(input: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        let found = at + memchr3(b'>', b'\'', b'"', input.get(at..)?)?;
        match *input.get(found)? {
            b'>' => return Some(found + 1),
            quote => at = found + 1 + memchr(quote, input.get(found + 1..)?)? + 1,
        }
    }
}

/// Where the element that begins at `at` ends; `None` if it has not come whole.
pub(super) fn element(input: &[u8], at: usize) -> Option<usize> {
    let (mut at, mut depth) = (at, 0_usize);
    loop {
        let rest = input.get(at..)?;
        if rest.starts_with(b"<![CDATA[") {
            at += memmem::find(rest, b"]]>")? + 3;
        } else {
            let end = tag(input, at)?;
            if input.get(at + 1) == Some(&b'/') {
                depth = depth.saturating_sub(1);
            } else if input.get(end - 2) != Some(&b'/') {
                depth += 1;
            }
            at = end;
        }
        if depth == 0 {
            return Some(at);
        }
        at += memchr(b'<', input.get(at..)?)?;
    }
}

/// The elements that stand one behind the other from there on, up to the end of what holds them.
pub(super) fn elements(input: &[u8], mut at: usize) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        at += space(input.get(at..)?);
        let rest = input.get(at..).filter(|rest| !rest.starts_with(b"</"))?;
        let end = element(rest, 0)?;
        at += end;
        rest.get(..end)
    })
}

/// How much white space stands there.
pub(super) fn space(input: &[u8]) -> usize {
    input.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_ends_where_it_ends() {
        for whole in [
            "<a/>",
            "<a b='>'/>",
            "<a b=\"/>'\"></a>",
            "<a><b/>text &lt; <c d='/'><e/></c></a>",
            "<a><![CDATA[</a>]]></a>",
        ] {
            let input = format!("{whole}<next/>");
            assert_eq!(element(input.as_bytes(), 0), Some(whole.len()), "{whole}");
            for cut in 0..whole.len() {
                assert_eq!(element(&whole.as_bytes()[..cut], 0), None, "{whole} at {cut}");
            }
        }
    }
}
