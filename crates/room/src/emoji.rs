//! What counts as emoji, and the refusal of everything else, where a room takes emoji only and in reactions.
//!
//! A text is read as Unicode's emoji sequences are written (UTS #51 §1.4.9): flags, keycaps, and elements with skin
//! tones, presentation selectors and tags, joined by zero-width joiners. Which characters may be an element is said in
//! ranges of whole blocks rather than in a table for each version: what lies between the emoji there are symbols, with
//! which nobody talks. Letters are left out, also those in squares and circles that have no emoji of their own.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use parterre_xmpp::{Condition, Element, StanzaError, ns};

use crate::Role;
use crate::room::Room;
use crate::slow::bodies;

/// Longest name of a custom emoji, between its colons.
const MAX_SHORTNAME: usize = 64;
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

impl Room {
    /// Whether somebody may say this, where the room takes emoji only. The whole body counts, quotations in it, too. A
    /// reaction is an emoji everywhere (XEP-0444): with words in it, it would be a message that no slow mode holds up.
    pub(crate) fn check_emoji(&self, role: Role, stanza: &Element) -> Result<(), StanzaError> {
        if !reactions(stanza).all(|reaction| is_emoji_only(&reaction)) {
            return Err(StanzaError::new(Condition::NotAcceptable).text("A reaction is an emoji and nothing else."));
        }
        let exempt = !self.config.emoji_only || role >= Role::Moderator;
        if exempt || bodies(stanza).all(|body| is_emoji_only(&body)) {
            return Ok(());
        }
        Err(StanzaError::new(Condition::PolicyViolation)
            .text("This room takes emoji only at the moment. Send emoji and nothing else."))
    }
}

/// What a message reacts with to another one.
fn reactions(stanza: &Element) -> impl Iterator<Item = Cow<'_, str>> {
    let all = stanza.children().filter(|child| child.is("reactions", ns::REACTIONS));
    all.flat_map(Element::children).filter(|child| child.is("reaction", ns::REACTIONS)).map(Element::content)
}

/// Whether a text holds emoji, names of custom emoji (`:name:`) and white space, and nothing else.
fn is_emoji_only(text: &str) -> bool {
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        let fits = match first {
            ':' => takes_shortname(&mut rest),
            '0'..='9' | '#' | '*' => {
                skip(&mut rest, is_selector);
                rest.next() == Some(KEYCAP)
            }
            flag if is_regional(flag) => rest.next().is_some_and(is_regional),
            other => other.is_whitespace() || is_pictograph(other) && takes_sequence(&mut rest),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// What follows the first element of a sequence.
fn takes_sequence(rest: &mut Peekable<Chars<'_>>) -> bool {
    loop {
        skip(rest, |c| is_selector(c) || is_tone(c) || is_tag(c));
        if rest.next_if_eq(&JOINER).is_none() {
            return true;
        }
        if !rest.next().is_some_and(is_pictograph) {
            return false;
        }
    }
}

fn takes_shortname(rest: &mut Peekable<Chars<'_>>) -> bool {
    let mut length = 0;
    while rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+')).is_some() {
        length += 1;
    }
    (1..=MAX_SHORTNAME).contains(&length) && rest.next() == Some(':')
}

fn skip(rest: &mut Peekable<Chars<'_>>, wanted: impl Fn(char) -> bool) {
    while rest.next_if(|c| wanted(*c)).is_some() {}
}

/// Text or emoji presentation.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

fn is_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The tags of the flags of regions, which end with their own last character.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Whether a character may be an element of an emoji sequence.
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}'
        | '\u{231a}'..='\u{23ff}' | '\u{24c2}' | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{2775}'
        | '\u{2794}'..='\u{27bf}' | '\u{2934}'..='\u{2935}' | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}'
        | '\u{3297}' | '\u{3299}' | '\u{1f004}' | '\u{1f0cf}' | '\u{1f170}' | '\u{1f171}' | '\u{1f17e}' | '\u{1f17f}'
        | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}'..='\u{1f265}' | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}' | '\u{1f7e0}'..='\u{1f7f0}' | '\u{1f90c}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::is_emoji_only;

    #[test]
    fn emoji_of_every_kind_pass() {
        for text in [
            "😀",
            "❤️",
            "❤",
            "👍🏽",
            "👩‍💻",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "❤️‍🔥",
            "🇫🇷🇩🇪",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "1️⃣#️⃣*⃣",
            "🫠🩷 🪿\n✨",
            "©️™️㊗️",
            ":party_parrot::+1:",
            "  ",
            "",
            "⏳⌚☎️✌🏿",
            "🆗🅰️🈂️",
        ] {
            assert!(is_emoji_only(text), "{text}");
        }
    }

    #[test]
    fn words_do_not_whatever_they_are_written_with() {
        for text in [
            "a",
            "😀 ok",
            "1",
            "12",
            "#",
            "🇫",
            "🇫🇷🇩",
            ":two words:",
            ":name",
            "::",
            ":",
            "👩‍",
            "👩‍a",
            "🅷🅸",
            "ⓗⓘ",
            "❶",
            "\u{200d}",
            "\u{fe0f}",
            "你好",
            "é",
            "🏽\u{e0061}x",
            "😀!",
        ] {
            assert!(!is_emoji_only(text), "{text}");
        }
        assert!(!is_emoji_only(&format!(":{}:", "x".repeat(65))));
    }

    proptest::proptest! {
        /// Whatever the text, it is answered, and letters never pass outside the name of a custom emoji.
        #[test]
        fn letters_never_pass(text in "\\PC{0,12}", letter in "[a-zA-Zа-яé一-龠]") {
            let _ = is_emoji_only(&text);
            let text = format!("{}{letter}", text.replace(':', ""));
            proptest::prop_assert!(!is_emoji_only(&text));
        }
    }
}
