use parterre_xmpp::Element;
use proptest::prelude::*;

use super::super::*;

/// A page found the plain way, in an archive that is wholly at hand.
fn plain_page(archive: &[LogId], request: &PageRequest) -> (Vec<LogId>, PageBounds) {
    let window: Vec<LogId> = archive
        .iter()
        .copied()
        .filter(|id| request.after.is_none_or(|after| *id > after) && request.before.is_none_or(|before| *id < before))
        .collect();
    let max = request.max as usize;
    let page: Vec<LogId> = if request.last {
        window[window.len().saturating_sub(max)..].to_vec()
    } else {
        window.iter().copied().skip(request.index.unwrap_or(0) as usize).take(max).collect()
    };
    let complete = if request.last {
        page.len() == window.len()
    } else {
        request.index.unwrap_or(0) as usize + page.len() >= window.len()
    };
    let ends = page.first().copied().zip(page.last().copied());
    let first_index = ends.and_then(|(first, _)| archive.iter().position(|id| *id == first)).unwrap_or(0) as u64;
    (page, PageBounds { ends, first_index, count: archive.len() as u64, complete })
}

proptest! {
    /// Where the newest messages suffice, they give the page that the whole archive gives.
    #[test]
    fn the_newest_messages_answer_as_the_archive_would(
        length in 0_u64..12,
        held in 0_usize..12,
        (after, before) in (proptest::option::of(0_u64..13), proptest::option::of(0_u64..13)),
        (last, index, max) in (any::<bool>(), proptest::option::of(0_u64..13), 0_u64..13),
    ) {
        let archive: Vec<LogId> = (0..length).map(LogId).collect();
        let newest = &archive[archive.len().saturating_sub(held)..];
        let index = index.filter(|_| !last && after.is_none() && before.is_none());
        let last = last || before.is_some();
        let request = PageRequest {
            after: after.map(LogId), before: before.map(LogId), last, index, max, ..PageRequest::default()
        };
        match Span::of_newest(&request, newest, length) {
            Some(span) => {
                let (page, bounds) = plain_page(&archive, &request);
                prop_assert_eq!(&newest[span.range], &page[..]);
                prop_assert_eq!(span.bounds, bounds);
            }
            // The case that must not go to the store: the newest page, held.
            None => prop_assert!(after.is_some() || before.is_some() || !last || max > newest.len() as u64),
        }
    }

    /// No query is more than an error.
    #[test]
    fn any_query_is_read_or_refused(
        var in proptest::sample::select(vec!["start", "end", "with", "after-id", "before-id", "ids", "else"]),
        values in proptest::collection::vec("[ -~é]{0,24}", 0..3),
        (before, after) in ("[ -~]{0,20}", "[0-9a-f]{15,17}"),
    ) {
        use parterre_xmpp::forms::{Field, Form, FormType};
        let field = Field { var: var.into(), values, ..Field::default() };
        let form = Form::new(FormType::Submit, parterre_xmpp::ns::MAM).field(field);
        let set = Element::new("set", parterre_xmpp::ns::RSM).field("before", before).field("after", after);
        let query = Element::new("query", parterre_xmpp::ns::MAM).child(form.to_element()).child(set);
        if let Ok(request) = PageRequest::parse(&query, 50) {
            prop_assert!(request.max <= 50);
        }
    }
}
