//! Counts over time as rates that can be read.
//!
//! Enters: samples, which may lie so close that a rate of five messages a second looks like a comb. Leaves: for each sample, what
//! went on within half a second before and after it.

use crate::Sample;

/// How far a rate looks back, and ahead.
const REACH_MS: u64 = 500;

/// What went on around a sample.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Rates {
    /// Messages received a second.
    pub(crate) received: f64,
    /// Cores that the crowd used.
    pub(crate) crowd: f64,
    /// Cores that the server used.
    pub(crate) server: Option<f64>,
}

impl Rates {
    /// Cores that both used.
    pub(crate) fn both(&self) -> Option<f64> {
        self.server.map(|server| server + self.crowd)
    }
}

/// The rates around each sample.
pub(crate) fn rates(samples: &[Sample]) -> Vec<Rates> {
    let begins = |at: usize| at.checked_sub(1).and_then(|before| samples.get(before)).map_or(0, |before| before.at_ms);
    let (mut from, mut to) = (0, 0);
    let mut all = Vec::with_capacity(samples.len());
    for sample in samples {
        while samples.get(from).is_some_and(|early| early.at_ms + REACH_MS < sample.at_ms) {
            from += 1;
        }
        while samples.get(to).is_some_and(|late| late.at_ms <= sample.at_ms + REACH_MS) {
            to += 1;
        }
        let mut sums = Sums::default();
        for (place, near) in samples.iter().enumerate().take(to).skip(from) {
            sums.add(near, near.at_ms.saturating_sub(begins(place)) as f64);
        }
        all.push(sums.rates());
    }
    all
}

/// The most cores that the server used.
pub(crate) fn busiest(samples: &[Sample]) -> Option<f64> {
    rates(samples).iter().filter_map(|rates| rates.server).reduce(f64::max)
}

/// The most cores that server and crowd used together.
pub(crate) fn most_of_both(samples: &[Sample]) -> Option<f64> {
    rates(samples).iter().filter_map(Rates::both).reduce(f64::max)
}

/// Sums, weighted with the milliseconds that each sample stands for.
#[derive(Default)]
struct Sums {
    elapsed: f64,
    delivered: f64,
    crowd: f64,
    seen: f64,
    server: f64,
}

impl Sums {
    fn add(&mut self, sample: &Sample, elapsed: f64) {
        self.elapsed += elapsed;
        self.delivered += sample.delivered as f64;
        self.crowd += sample.crowd_cpu * elapsed;
        if let Some(server) = sample.server_cpu {
            self.seen += elapsed;
            self.server += server * elapsed;
        }
    }

    fn rates(&self) -> Rates {
        let over = |sum: f64, whole: f64| if whole > 0.0 { sum / whole } else { 0.0 };
        Rates {
            received: over(self.delivered * 1e3, self.elapsed),
            crowd: over(self.crowd, self.elapsed),
            server: (self.seen > 0.0).then(|| over(self.server, self.seen)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comb_becomes_a_line() {
        let comb: Vec<Sample> = (1..=40)
            .map(|n| Sample {
                at_ms: n * 250,
                delivered: if n % 2 == 0 { 1_000 } else { 0 },
                crowd_cpu: 0.5,
                server_cpu: (n != 20).then_some(if n % 4 < 2 { 0.2 } else { 0.4 }),
                ..Sample::default()
            })
            .collect();
        let rates = rates(&comb);
        assert_eq!(rates.len(), comb.len());
        for rate in rates.iter().skip(2).take(36) {
            assert!((1_600.0..=2_400.0).contains(&rate.received), "{rate:?}");
            assert!((rate.crowd - 0.5).abs() < 1e-9);
            assert!((0.2..=0.36).contains(&rate.server.unwrap()), "{rate:?}");
        }
        assert!(busiest(&comb).unwrap() < 0.37);
    }

    #[test]
    fn samples_far_apart_stand_alone() {
        let far: Vec<Sample> = (1..=3)
            .map(|n| Sample { at_ms: n * 5_000, delivered: n * 5_000, server_cpu: None, ..Sample::default() })
            .collect();
        let received: Vec<f64> = rates(&far).iter().map(|rate| rate.received.round()).collect();
        assert_eq!(received, [1_000.0, 2_000.0, 3_000.0]);
        assert_eq!(busiest(&far), None);
        // Two samples of one moment, as a clock that stood still gives them.
        assert_eq!(rates(&[Sample::default(), Sample::default()]), [Rates::default(); 2]);
    }
}
