//! Axes: from a value to a place, and the values worth a label.
//!
//! Enters: the greatest value, and what it is a value of. Leaves: an [`Axis`] whose places go from 0 to 1. Any figure may come
//! in, even one that makes no sense; a place is always a number.

use crate::words::{bytes, number, rough, span, trimmed};

/// One axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    /// Where labels stand, 0 to 1, and what they say.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Where a value stands, 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = if self.log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let place = (value - self.low) / (self.high - self.low);
        if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The value at a place.
    pub(super) fn value(&self, place: f64) -> f64 {
        let value = self.low + place * (self.high - self.low);
        if self.log { 10f64.powf(value) } else { value }
    }

    /// From 0 to the greatest value or a little above, in round steps.
    pub(super) fn up_to(most: f64, label: fn(f64) -> String) -> Axis {
        // Beyond these, steps between labels would be no numbers.
        let most = if most.is_finite() && most > 0.0 { most.clamp(1e-300, 1e300) } else { 1.0 };
        let step = round_step(most / 4.0);
        let high = (most / step).ceil() * step;
        let count = (high / step).round() as usize;
        let ticks = (0..=count).map(|n| (n as f64 / count as f64, label(n as f64 * step))).collect();
        Axis { low: 0.0, high, log: false, ticks }
    }

    /// Moments, in milliseconds, from the start to the end of a rehearsal.
    pub(super) fn time(end_ms: f64) -> Axis {
        const STEPS: [f64; 14] = [1., 2., 5., 10., 15., 30., 60., 120., 300., 600., 900., 1_800., 3_600., 7_200.];
        let end = (if end_ms.is_finite() { end_ms / 1e3 } else { 0.0 }).clamp(1.0, 1e7);
        let step = STEPS.into_iter().find(|step| end / step <= 8.0).unwrap_or_else(|| round_step(end / 6.0));
        let count = (end / step).floor() as usize;
        let ticks = (0..=count).map(|n| (n as f64 * step / end, clock(n as f64 * step * 1e3))).collect();
        Axis { low: 0.0, high: end * 1e3, log: false, ticks }
    }

    /// Spans of time in microseconds between two values, each decade as wide as the next.
    pub(super) fn spans(least: u64, most: u64) -> Axis {
        let low = (least.max(1) as f64).log10().floor();
        let high = (most.max(1) as f64 * 1.001).log10().ceil().max(low + 1.0);
        let parts: &[u32] = if high - low > 2.5 { &[1] } else { &[1, 2, 5] };
        let mut ticks = Vec::new();
        for decade in low as i32..=high as i32 {
            for part in parts {
                let value = f64::from(*part) * 10f64.powi(decade);
                let place = (value.log10() - low) / (high - low);
                if place <= 1.0 {
                    ticks.push((place, span(value as u64)));
                }
            }
        }
        Axis { low, high, log: true, ticks }
    }
}

/// 1, 2 or 5 times a power of ten: the next one up.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|part| part * power).find(|round| *round >= step).unwrap_or(step)
}

/// Minutes and seconds, from milliseconds.
pub(super) fn clock(ms: f64) -> String {
    let seconds = (ms.max(0.0) / 1e3 + 1e-6).floor() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A count, short enough for an axis.
pub(super) fn count(value: f64) -> String {
    let value = value.max(0.0);
    match value {
        v if v >= 1e6 => format!("{}\u{a0}M", trimmed(2, v / 1e6)),
        v if v >= 1e4 => format!("{}\u{a0}k", trimmed(2, v / 1e3)),
        v => number(v.round() as u64),
    }
}

/// Cores.
pub(super) fn cores(value: f64) -> String {
    match value {
        v if v <= 0.0 => "0".to_owned(),
        v if v < 0.1 => trimmed(3, v),
        v => trimmed(2, v),
    }
}

/// A share, as percent.
pub(super) fn share(value: f64) -> String {
    format!("{}\u{a0}%", rough(value * 100.0))
}

/// Bytes.
pub(super) fn memory(value: f64) -> String {
    if value <= 0.0 { "0".to_owned() } else { bytes(value as u64) }
}

/// Microseconds.
pub(super) fn time(value: f64) -> String {
    span(value.max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|(_, label)| label.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn labels_are_round() {
        assert_eq!(labels(&Axis::up_to(5_000.0, count)), ["0", "2,000", "4,000", "6,000"]);
        assert_eq!(labels(&Axis::up_to(1_100_000.0, count)), ["0", "500 k", "1 M", "1.5 M"]);
        assert_eq!(labels(&Axis::up_to(1.9, cores)), ["0", "0.5", "1", "1.5", "2"]);
        assert_eq!(labels(&Axis::up_to(0.004, cores)), ["0", "0.001", "0.002", "0.003", "0.004"]);
        assert_eq!(labels(&Axis::up_to(0.0, count)).first().map(String::as_str), Some("0"));
        assert_eq!(labels(&Axis::time(30_000.0)), ["0:00", "0:05", "0:10", "0:15", "0:20", "0:25", "0:30"]);
        assert_eq!(labels(&Axis::time(200_000.0)).last().map(String::as_str), Some("3:00"));
        assert_eq!(labels(&Axis::spans(800, 70_000)), ["0.1 ms", "1 ms", "10 ms", "100 ms"]);
        assert_eq!(labels(&Axis::spans(12_000, 70_000)), ["10 ms", "20 ms", "50 ms", "100 ms"]);
        assert_eq!(labels(&Axis::spans(0, 0)), ["1 µs", "2 µs", "5 µs", "0.01 ms"]);
    }

    #[test]
    fn places_and_values_agree() {
        for axis in [Axis::up_to(300.0, count), Axis::time(90_000.0), Axis::spans(100, 1_000_000)] {
            for place in [0.0, 0.25, 1.0] {
                assert!((axis.place(axis.value(place)) - place).abs() < 1e-9);
            }
        }
    }

    proptest! {
        #[test]
        fn any_figure_has_a_place(most in any::<f64>(), value in any::<f64>(), least in any::<u64>(), high in any::<u64>()) {
            for axis in [Axis::up_to(most, count), Axis::time(most), Axis::spans(least, high)] {
                prop_assert!((0.0..=1.0).contains(&axis.place(value)));
                prop_assert!(axis.ticks.len() < 70, "{} labels", axis.ticks.len());
            }
        }
    }
}
