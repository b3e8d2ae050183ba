//! Figures as people read them: `12,345`, `38 ms`, `1.2 s`, `5.6 kB`.
//!
//! Enters: a number with its unit. Leaves: a text, with a no-break space between number and unit.

use std::fmt::Write as _;

/// Between a number and its unit, so that a line never breaks there.
const SPACE: char = '\u{a0}';

/// A whole number, in groups of three.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 viewer", "5,000 viewers": `one` for one, `many` for every other number.
pub(crate) fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{}{SPACE}{}", number(value), if value == 1 { one } else { many })
}

/// Two figures that matter, and no more: `0.38`, `3.8`, `38`, `380`.
fn short(value: f64) -> String {
    let value = if value.is_finite() { value.max(0.0) } else { 0.0 };
    let text = match value {
        v if v >= 99.5 => return number(v.round() as u64),
        v if v >= 9.95 => format!("{v:.0}"),
        v if v >= 0.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    };
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None if text == "0.00" => "0".to_owned(),
        None => text,
    }
}

/// A span of time, from microseconds: `0.24 ms`, `38 ms`, `1.2 s`, `3 min 20 s`; `µs` only for what no person waits for.
pub(crate) fn span(microseconds: u64) -> String {
    let value = microseconds as f64;
    match microseconds {
        0..10 => format!("{microseconds}{SPACE}µs"),
        10..1_000 => format!("{}{SPACE}ms", trimmed(2, value / 1e3)),
        1_000..999_500 => format!("{}{SPACE}ms", short(value / 1e3)),
        999_500..119_500_000 => format!("{}{SPACE}s", short(value / 1e6)),
        _ => {
            let seconds = (value / 1e6).round() as u64;
            let mut text = format!("{}{SPACE}min", number(seconds / 60));
            if !seconds.is_multiple_of(60) {
                let _ = write!(text, "{SPACE}{}{SPACE}s", seconds % 60);
            }
            text
        }
    }
}

/// So many digits behind the point at most, and no zeros at the end.
pub(crate) fn trimmed(digits: usize, value: f64) -> String {
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A span of time, from milliseconds.
pub(crate) fn span_ms(milliseconds: u64) -> String {
    if milliseconds == 0 { format!("0{SPACE}s") } else { span(milliseconds.saturating_mul(1_000)) }
}

/// An amount of bytes, in powers of a thousand: `512 B`, `5.6 kB`, `1.2 GB`.
pub(crate) fn bytes(value: u64) -> String {
    let mut amount = value as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if amount < 999.5 {
            let text = if unit == "B" { value.to_string() } else { short(amount) };
            return format!("{text}{SPACE}{unit}");
        }
        amount /= 1e3;
    }
    format!("{}{SPACE}TB", short(amount))
}

/// A rate or another figure that need not be whole: `0.5`, `12`, `4,800`.
pub(crate) fn rough(value: f64) -> String {
    short(value)
}

/// A share, 1 for the whole: `38 %`.
pub(crate) fn percent(share: f64) -> String {
    let hundredths = if share.is_finite() { share.max(0.0) * 100.0 } else { 0.0 };
    let text = if hundredths >= 9.95 { number(hundredths.round() as u64) } else { short(hundredths) };
    format!("{text}{SPACE}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        let plain = |text: String| text.replace(SPACE, " ");
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(19_900), "19,900");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(plain(counted(1, "viewer", "viewers")), "1 viewer");
        assert_eq!(plain(counted(0, "viewer", "viewers")), "0 viewers");
        for (value, text) in [
            (0, "0 µs"),
            (9, "9 µs"),
            (10, "0.01 ms"),
            (240, "0.24 ms"),
            (500, "0.5 ms"),
            (999, "1 ms"),
            (1_000, "1 ms"),
            (38_400, "38 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (1_240_000, "1.2 s"),
            (42_000_000, "42 s"),
            (119_499_999, "119 s"),
            (120_000_000, "2 min"),
            (200_000_000, "3 min 20 s"),
        ] {
            assert_eq!(plain(span(value)), text, "{value}");
        }
        assert_eq!(plain(span_ms(0)), "0 s");
        for (value, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (5_600, "5.6 kB"),
            (999_499, "999 kB"),
            (999_500, "1 MB"),
            (960_000_000, "960 MB"),
            (1_390_000_000, "1.4 GB"),
            (u64::MAX, "18,446,744 TB"),
        ] {
            assert_eq!(plain(bytes(value)), text, "{value}");
        }
        assert_eq!(rough(0.001), "0");
        assert_eq!(rough(0.5), "0.50");
        assert_eq!(rough(f64::NAN), "0");
        assert_eq!(rough(4_799.6), "4,800");
        assert_eq!(plain(percent(0.384)), "38 %");
        assert_eq!(plain(percent(0.002)), "0.20 %");
        assert_eq!(plain(percent(2.0)), "200 %");
    }
}
