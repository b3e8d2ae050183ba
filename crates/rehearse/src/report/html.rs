//! Text that came from elsewhere, made safe to stand in a page.

/// Escapes a text for HTML, both between tags and in a quoted attribute. Control characters become spaces, and characters
/// that turn the direction of the text around them are left out.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_leaves_its_place(text in any::<String>()) {
            let safe = escape(&text);
            let unsafe_here = ['<', '>', '"', '\'', '\u{202e}', '\0', '\n'];
            prop_assert!(!safe.contains(unsafe_here), "{:?}", safe);
            prop_assert_eq!(safe.matches('&').count(), text.matches(['&', '<', '>', '"', '\'']).count());
        }
    }
}
