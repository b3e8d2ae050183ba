//! Cuts what comes on the channel into lines. Pure.

/// Collects bytes until there is a line.
#[derive(Debug)]
pub struct Lines {
    waiting: Vec<u8>,
    bound: usize,
}

/// A line is longer than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than limits.control_line_bytes")]
pub struct TooLong;

impl Lines {
    /// Nothing has come yet; a line may have that many bytes.
    pub fn new(bound: usize) -> Self {
        Lines { waiting: Vec::new(), bound }
    }

    /// Takes bytes and gives the lines that are whole now, without their ends.
    ///
    /// # Errors
    /// A line is too long. Nothing that comes behind it can be trusted to be one.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut whole = Vec::new();
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.keep(line)?;
            whole.push(std::mem::take(&mut self.waiting));
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.keep(bytes)?;
        Ok(whole)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.waiting.len() + bytes.len() > self.bound {
            return Err(TooLong);
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn several_lines_of_one_write_come_one_by_one() {
        let mut lines = Lines::new(8);
        assert_eq!(lines.push(b"one\ntwo\n\nth").unwrap(), [b"one".to_vec(), b"two".to_vec(), b"".to_vec()]);
        assert_eq!(lines.push(b"ree\n").unwrap(), [b"three".to_vec()]);
    }

    #[test]
    fn a_line_without_end_is_not_collected() {
        let mut lines = Lines::new(8);
        assert!(lines.push(b"12345678").unwrap().is_empty());
        assert_eq!(lines.push(b"9"), Err(TooLong));
        assert_eq!(Lines::new(8).push(b"123456789\n"), Err(TooLong));
    }

    proptest! {
        /// However the stream is cut into pieces, the lines are the same.
        #[test]
        fn the_cuts_make_no_difference(
            lines in prop::collection::vec("[a-z{}\": ]{0,40}", 0..20),
            sizes in prop::collection::vec(1..200usize, 1..40),
        ) {
            let stream: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
            let (mut cutter, mut rest, mut got) = (Lines::new(64), stream.as_slice(), Vec::new());
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, later) = rest.split_at(rest.len().min(*size));
                got.extend(cutter.push(piece).unwrap());
                rest = later;
            }
            let got: Vec<String> = got.into_iter().map(|line| String::from_utf8(line).unwrap()).collect();
            prop_assert_eq!(got, lines);
        }
    }
}
