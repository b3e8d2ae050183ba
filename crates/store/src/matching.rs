//! What both stores must read alike in a request.

use parterre_room::LogId;
use parterre_room::mam::PageRequest;

/// Every id that a request names; each must be in the archive (XEP-0313 §4.1.4, §4.3).
pub(crate) fn named_ids(request: &PageRequest) -> impl Iterator<Item = LogId> {
    let single = [request.after_id, request.before_id, request.after, request.before];
    single.into_iter().flatten().chain(request.ids.iter().flatten().copied())
}

/// An address without its resource.
pub(crate) fn bare(address: &str) -> &str {
    address.split_once('/').map_or(address, |(bare, _)| bare)
}
