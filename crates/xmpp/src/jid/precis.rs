//! PRECIS (RFC 8264): which strings may be resources and nicks, and the one form that each has.
//!
//! Enters: text. Leaves: the text as `OpaqueString` (RFC 8265 §4.2) or `Nickname` (RFC 8266 §2) has it, or a no. The
//! classes are derived from the properties of today's Unicode (RFC 8264 §8), so that new letters and emoji are known
//! when the tables are.
//!
//! One step is not PRECIS's: what keyboards put behind and between emoji and nobody sees (variation selectors, joiners
//! where no script needs them) is left out, as RFC 3454 B.1 has it and the servers of RFC 6122 do, rather than refused.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory as Category, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The text holds a character that is not allowed where it stands, or nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disallowed;

/// `OpaqueString` (RFC 8265 §4.2): case and width stay, every space becomes U+0020, then NFC. What there is no room for
/// in the `FreeformClass` is refused.
pub fn opaque_string(text: &str) -> Result<Cow<'_, str>, Disallowed> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return if text.is_empty() { Err(Disallowed) } else { Ok(Cow::Borrowed(text)) };
    }
    let kept = freeform(text)?;
    match ComposingNormalizerBorrowed::new_nfc().normalize(&kept) {
        Cow::Borrowed("") => Err(Disallowed),
        Cow::Borrowed(same) if same == text => Ok(Cow::Borrowed(text)),
        other => Ok(Cow::Owned(other.into_owned())),
    }
}

/// `Nickname` (RFC 8266 §2.3): no spaces around, one between words, and NFKC, so that no two nicks differ only in the
/// width of a letter. Case stays.
pub fn nickname(text: &str) -> Result<String, Disallowed> {
    let mut nick = opaque_string(text)?.into_owned();
    // NFKC makes spaces of some signs, and of spaces others again: RFC 8266 §2.3 applies the rules until nothing changes.
    for _ in 0..4 {
        let words: Vec<&str> = nick.split(' ').filter(|word| !word.is_empty()).collect();
        let next = ComposingNormalizerBorrowed::new_nfkc().normalize(&words.join(" ")).into_owned();
        if next == nick {
            break;
        }
        nick = opaque_string(&next)?.into_owned();
    }
    // A pattern of no dots: it cannot be told from a space.
    if nick.contains('\u{2800}') { Err(Disallowed) } else { Ok(nick) }
}

/// The text of the `FreeformClass` (RFC 8264 §4.3) with its spaces mapped.
fn freeform(text: &str) -> Result<String, Disallowed> {
    let mut kept = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if is_joiner(c)
            && joins(text.get(..at).unwrap_or_default(), c, text.get(at + c.len_utf8()..).unwrap_or_default())
        {
            kept.push(c);
        } else if is_left_out(c) {
        } else if category(c) == Category::SpaceSeparator {
            kept.push(' ');
        } else if is_allowed(c) {
            kept.push(c);
        } else {
            return Err(Disallowed);
        }
    }
    Ok(kept)
}

/// RFC 3454 B.1, as far as it is about what nobody sees.
fn is_left_out(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// RFC 8264 §8, in its order, for what is neither a space nor a joiner.
fn is_allowed(c: char) -> bool {
    match c {
        // §9.6 Exceptions: contextual for identifiers, plain here.
        '\u{b7}' | '\u{375}' | '\u{5f3}' | '\u{5f4}' | '\u{30fb}' => return true,
        // §9.6 Exceptions: letters that only stretch or repeat others. §9.9 OldHangulJamo: three ranges.
        '\u{640}'
        | '\u{7fa}'
        | '\u{302e}'
        | '\u{302f}'
        | '\u{3031}'..='\u{3035}'
        | '\u{303b}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{d7b0}'..='\u{d7ff}' => return false,
        _ => {}
    }
    // §9.13 PrecisIgnorableProperties.
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
        return false;
    }
    !matches!(
        category(c),
        Category::Unassigned
            | Category::Control
            | Category::Format
            | Category::PrivateUse
            | Category::Surrogate
            | Category::LineSeparator
            | Category::ParagraphSeparator
    )
}

fn category(c: char) -> Category {
    CodePointMapData::<Category>::new().get(c)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a script needs a joiner there (RFC 5892 A.1 and A.2): behind a virama, or, for the non-joiner, between
/// letters that would join.
fn joins(before: &str, c: char, after: &str) -> bool {
    let virama = |c| CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama;
    if before.chars().next_back().is_some_and(virama) {
        return true;
    }
    let joining = |c: char| CodePointMapData::<JoiningType>::new().get(c);
    let shown = |c: &char| joining(*c) != JoiningType::Transparent;
    let (left, right) = (before.chars().rev().find(shown), after.chars().find(shown));
    c == '\u{200c}'
        && left.is_some_and(|c| matches!(joining(c), JoiningType::LeftJoining | JoiningType::DualJoining))
        && right.is_some_and(|c| matches!(joining(c), JoiningType::RightJoining | JoiningType::DualJoining))
}
