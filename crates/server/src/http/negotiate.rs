//! What a client accepts and what it has already (RFC 9110 §12.5.3, §13.1.2).
//!
//! Enters: headers of a request. Leaves: which form of a file to send, and whether to send any.

use axum::http::{HeaderMap, header};

/// A form of a file, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    const ALL: [Coding; 3] = [Coding::Brotli, Coding::Gzip, Coding::Identity];

    /// Its name in `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
            Coding::Identity => "identity",
        }
    }

    /// The form to send, of those that there are. Identity always is, and is sent also where it is refused: a page
    /// that shows helps more than a 406.
    pub(super) fn choose(request: &HeaderMap, there: impl Fn(Coding) -> bool) -> Coding {
        let accepted = accepted(request);
        let mut best = (Coding::Identity, 0);
        for coding in Self::ALL.into_iter().filter(|coding| there(*coding)) {
            let weight = weight(&accepted, coding);
            if weight > best.1 {
                best = (coding, weight);
            }
        }
        best.0
    }
}

/// The members of `Accept-Encoding` with their weights in thousandths.
fn accepted(request: &HeaderMap) -> Vec<(String, u16)> {
    let values = request.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    let members = values.flat_map(|value| value.split(','));
    members
        .filter_map(|member| {
            let mut parts = member.split(';').map(str::trim);
            let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok()).unwrap_or(0.0);
            Some((name, (weight.clamp(0.0, 1.0) * 1000.0) as u16))
        })
        .collect()
}

/// How much a form is wanted; 0: not at all. Identity that is not named comes last, but is welcome.
fn weight(accepted: &[(String, u16)], coding: Coding) -> u16 {
    let of = |name: &str| accepted.iter().find(|(known, _)| known == name).map(|(_, weight)| *weight);
    let alias = if coding == Coding::Gzip { of("x-gzip") } else { None };
    of(coding.name()).or(alias).or_else(|| of("*")).unwrap_or(u16::from(coding == Coding::Identity))
}

/// Whether the client has what that entity tag names. The comparison is the weak one: a proxy that compresses on its
/// way makes tags weak.
pub(super) fn has(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn chosen(accept: &str) -> &'static str {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(accept).unwrap())]);
        Coding::choose(&headers, |_| true).name()
    }

    #[test]
    fn the_smallest_form_that_is_wanted_most() {
        for (accept, form) in [
            ("gzip, deflate, br, zstd", "br"),
            ("GZIP", "gzip"),
            ("x-gzip", "gzip"),
            ("br;q=0.5, gzip;q=0.9", "gzip"),
            ("br;q=0, gzip;q=0", "identity"),
            ("*", "br"),
            ("*;q=0.1, gzip", "gzip"),
            ("br;q=0, *", "gzip"),
            ("identity, br;q=0.2", "identity"),
            ("br; q=0.2 , identity;q=0.1", "br"),
            ("br;q=nonsense", "identity"),
            ("identity;q=0", "identity"),
            ("", "identity"),
        ] {
            assert_eq!(chosen(accept), form, "{accept}");
        }
        assert_eq!(Coding::choose(&HeaderMap::new(), |_| true), Coding::Identity);
    }

    #[test]
    fn a_form_that_is_not_there_is_not_chosen() {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip"))]);
        assert_eq!(Coding::choose(&headers, |coding| coding != Coding::Brotli), Coding::Gzip);
        assert_eq!(Coding::choose(&headers, |coding| coding == Coding::Identity), Coding::Identity);
    }

    #[test]
    fn tags_match_also_when_a_proxy_made_them_weak() {
        let known = |text: &'static str| {
            has(&HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(text))]), "\"a-br\"")
        };
        assert!(known("\"a-br\"") && known("\"x\", W/\"a-br\"") && known("*"));
        assert!(!known("\"a\"") && !known("a-br") && !has(&HeaderMap::new(), "\"a-br\""));
    }
}
