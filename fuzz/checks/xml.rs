//! Any text: what the parser accepts, it reads the same after it was written.

use parterre_xmpp::Element;

/// Panics if it does not hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(element) = text.parse::<Element>() else { return };
    // Written, it can be longer than the limit on what is read.
    let limits = parterre_xmpp::parse::Limits { element_bytes: usize::MAX, ..Default::default() };
    let written = element.to_xml();
    let again = parterre_xmpp::parse::parse(&written, &Default::default(), &limits);
    // Prefixed attributes of one tag get a declaration each, which can be more than the limit on those.
    if let Err(error) = &again {
        assert!(error.text.contains("declares more namespaces"), "{error}: {written}");
        return;
    }
    assert_eq!(again.as_ref(), Ok(&element), "{written}");
}
