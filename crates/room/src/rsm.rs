//! Reading which part of a result is asked for (XEP-0059 result set management).

use parterre_xmpp::{Condition, Element, StanzaError, ns};

/// A `<set/>` as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetRequest {
    /// At most so many items; 0 asks for the count alone (§2.7).
    pub max: Option<u64>,
    /// The page starts after this item (§2.2).
    pub after: Option<String>,
    /// The page ends before this item (§2.3).
    pub before: Option<String>,
    /// `<before/>` was there, with or without an item: the page is the last of what is left (§2.5).
    pub last: bool,
    /// The page starts at this position, counted from 0 (§2.6).
    pub index: Option<u64>,
}

impl SetRequest {
    /// Reads the `<set/>` among the children of a query; without one, nothing is asked.
    ///
    /// Errors: `bad-request` for a `max` or `index` that is no number, and for an index beside an item, where
    /// the two could name different pages.
    pub fn find(query: &Element) -> Result<Self, StanzaError> {
        let Some(set) = query.find("set", ns::RSM) else {
            return Ok(SetRequest::default());
        };
        let item = |name| set.field_text(name).filter(|id| !id.is_empty()).map(std::borrow::Cow::into_owned);
        let request = SetRequest {
            max: number(set, "max")?,
            after: item("after"),
            before: item("before"),
            last: set.find_own("before").is_some(),
            index: number(set, "index")?,
        };
        if request.index.is_some() && (request.after.is_some() || request.last) {
            return Err(StanzaError::new(Condition::BadRequest)
                .text("A page is asked for by <index/>, or by <before/> and <after/>, not by both."));
        }
        Ok(request)
    }
}

fn number(set: &Element, name: &str) -> Result<Option<u64>, StanzaError> {
    let Some(text) = set.field_text(name) else {
        return Ok(None);
    };
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(StanzaError::new(Condition::BadRequest)
            .text(format!("<{name}/> of a result set must be a whole number, 0 or more.")));
    }
    // Digits only, so what fails to parse is greater than any archive is long.
    Ok(Some(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(set: &str) -> Result<SetRequest, StanzaError> {
        SetRequest::find(&format!("<query xmlns='q'>{set}</query>").parse().unwrap())
    }

    fn set(inner: &str) -> Result<SetRequest, StanzaError> {
        find(&format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>"))
    }

    /// The requests of XEP-0059 §2.
    #[test]
    fn reads_the_requests_of_the_standard() {
        let none = SetRequest::default();
        assert_eq!(find(""), Ok(none.clone()));
        assert_eq!(set("<max>10</max>"), Ok(SetRequest { max: Some(10), ..none.clone() }));
        let after = SetRequest { max: Some(10), after: Some("peterpan@neverland.lit".into()), ..none.clone() };
        assert_eq!(set("<max>10</max><after>peterpan@neverland.lit</after>"), Ok(after));
        let before = SetRequest { before: Some("peter@pixyland.org".into()), last: true, ..none.clone() };
        assert_eq!(set("<before>peter@pixyland.org</before>"), Ok(before));
        assert_eq!(set("<max>10</max><before/>"), Ok(SetRequest { max: Some(10), last: true, ..none.clone() }));
        assert_eq!(set("<index>371</index>"), Ok(SetRequest { index: Some(371), ..none.clone() }));
        assert_eq!(set("<max>0</max>"), Ok(SetRequest { max: Some(0), ..none.clone() }));
        assert_eq!(set("<after/>"), Ok(none));
    }

    #[test]
    fn refuses_what_is_no_number_and_two_ways_at_once() {
        for inner in ["<max/>", "<max>-1</max>", "<max>ten</max>", "<index>1.5</index>", "<index>1</index><before/>"] {
            assert_eq!(set(inner).unwrap_err().condition, Condition::BadRequest, "{inner}");
        }
        assert_eq!(set("<max>99999999999999999999999</max>").unwrap().max, Some(u64::MAX));
    }

    proptest! {
        /// What a client writes is what is read.
        #[test]
        fn reads_what_was_written(
            max in proptest::option::of(any::<u64>()),
            after in proptest::option::of("[!-~é]{1,20}"),
            before in proptest::option::of("[!-~é]{0,20}"),
        ) {
            let mut element = Element::new("set", ns::RSM);
            if let Some(max) = max {
                element = element.field("max", max.to_string());
            }
            if let Some(after) = &after {
                element = element.field("after", after.as_str());
            }
            if let Some(before) = &before {
                element = element.field("before", before.as_str());
            }
            let query: Element = Element::new("query", ns::MAM).child(element).to_xml().parse().unwrap();
            let last = before.is_some();
            let before = before.filter(|id| !id.is_empty());
            prop_assert_eq!(SetRequest::find(&query), Ok(SetRequest { max, after, before, last, index: None }));
        }

        /// Nothing in a set is more than an error.
        #[test]
        fn any_text_is_read_or_refused(max in "[ -~]{0,24}", index in "[ -~]{0,24}") {
            let set = Element::new("set", ns::RSM).field("max", max).field("index", index);
            let _ = SetRequest::find(&Element::new("query", ns::MAM).child(set));
        }
    }
}
