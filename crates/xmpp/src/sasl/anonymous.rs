//! ANONYMOUS (RFC 4505): no name, no proof; at most a line about where the client comes from.

use super::Failure;

/// The longest trace information (RFC 4505 §2), in characters.
const TRACE_CHARS: usize = 255;

/// Reads the client's message. The trace is checked and then forgotten: nothing here needs it, and it may say who
/// somebody is who asked to be nobody.
pub(super) fn read(message: &[u8]) -> Result<(), Failure> {
    let trace = std::str::from_utf8(message).map_err(|_| Failure::malformed("The trace information is not UTF-8."))?;
    if trace.chars().count() > TRACE_CHARS {
        return Err(Failure::malformed("The trace information is longer than 255 characters."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4505_are_read() {
        assert!(read(b"sirhc").is_ok());
        assert!(read(b"").is_ok());
    }

    #[test]
    fn long_or_broken_traces_are_refused() {
        assert!(read("é".repeat(255).as_bytes()).is_ok());
        assert!(read("é".repeat(256).as_bytes()).is_err());
        assert!(read(b"\xff").is_err());
    }
}
