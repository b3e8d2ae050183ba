//! Which messages a viewer has heard, and when it was there to hear them: a bit for each message.
//!
//! Enters: numbers of messages, moments of coming and going. Leaves: whether one was heard before, and in the end how many should
//! have been and were not. One bit a message is what it costs: 19 bytes for the thirty seconds of `steady`.

/// What one viewer has heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The number of the first word of bits, in words.
    first: u32,
    bits: Vec<u64>,
    /// When the latest of them was sent.
    latest: u64,
    /// When it was in the room before: from when, and when the last message that it heard there was sent.
    stays: Vec<(u64, u64)>,
}

/// A message that its sender saw reflected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// Its number.
    pub(crate) message: u32,
    /// When it was sent.
    pub(crate) sent: u64,
    /// When its sender saw it.
    pub(crate) reflected: u64,
}

impl Heard {
    /// Notes a message that was sent then, and whether it is new.
    pub(crate) fn take(&mut self, message: u32, sent: u64) -> bool {
        self.latest = self.latest.max(sent);
        let word = message / 64;
        if self.bits.is_empty() {
            self.first = word;
        } else if word < self.first {
            let missing = (self.first - word) as usize;
            self.bits.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = word;
        }
        let at = (word - self.first) as usize;
        if at >= self.bits.len() {
            // Exactly as many as it takes, a few ahead: a vector that doubles would waste half.
            self.bits.reserve_exact((at + 1 - self.bits.len()).max(4));
            self.bits.resize(at + 1, 0);
        }
        let bit = 1 << (message % 64);
        let Some(word) = self.bits.get_mut(at) else { return false };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether a message was heard.
    pub(crate) fn has(&self, message: u32) -> bool {
        let word = (message / 64).checked_sub(self.first).and_then(|at| self.bits.get(at as usize));
        word.is_some_and(|word| word >> (message % 64) & 1 == 1)
    }

    /// Notes that it was in the room from then until now.
    pub(crate) fn stayed(&mut self, from: u64) {
        if self.latest >= from {
            self.stays.push((from, self.latest));
        }
    }

    /// How many of these it should have heard, and how many of those it has not. It should have heard what was sent
    /// after it was in: all of it if it is still there (`now` is since when); else what its sender saw before the last
    /// message was sent that it did hear, since a room has one order. What came later was under way when it left.
    pub(crate) fn reckon(&self, said: &[Said], now: Option<u64>) -> (u64, u64) {
        let (mut expected, mut lost) = (0, 0);
        let stays = self.stays.iter().copied().chain(now.map(|from| (from, u64::MAX)));
        for (from, last) in stays {
            for said in said.iter().filter(|said| (from..=last).contains(&said.sent)) {
                let heard = self.has(said.message);
                if heard || said.reflected < last {
                    expected += 1;
                    lost += u64::from(!heard);
                }
            }
        }
        (expected, lost)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_remembers_what_a_set_remembers(messages in proptest::collection::vec(0_u32..2000, 0..300)) {
            let (mut heard, mut set) = (Heard::default(), std::collections::HashSet::new());
            for message in messages {
                prop_assert_eq!(heard.take(message, 0), set.insert(message));
            }
            for message in 0..2100 {
                prop_assert_eq!(heard.has(message), set.contains(&message));
            }
        }
    }

    #[test]
    fn only_what_was_said_while_it_was_there_is_expected() {
        let mut heard = Heard::default();
        let said: Vec<Said> = (0..10)
            .map(|n| Said { message: n, sent: u64::from(n) * 100, reflected: u64::from(n) * 100 + 50 })
            .collect();
        assert_eq!(heard.reckon(&said, None), (0, 0));
        assert_eq!(heard.reckon(&said, Some(0)), (10, 10));
        heard.stayed(0);
        assert_eq!(heard.reckon(&said, None), (0, 0), "it left before it heard anything");
        heard.take(3, 300);
        heard.take(5, 500);
        heard.stayed(250);
        assert_eq!(heard.reckon(&said, None), (3, 1), "the fourth is lost; the sixth may have been under way");
        heard.take(8, 800);
        assert_eq!(heard.reckon(&said, Some(700)), (6, 3), "and so are the seventh and the ninth");
    }
}
