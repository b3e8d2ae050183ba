//! Who is there, as moderators read it: by role, a page at a time, searched by nick (XEP-0045 §8.5, §8.9; XEP-0059).
//!
//! What is asked costs a look at everybody who is there, and no more than a page is answered. Pages are in the order of
//! the nicks, so that one follows the other though people come and go.

use parterre_xmpp::{Condition, Element, StanzaError, Timestamp, ns};

use crate::Role;
use crate::occupants::{Occupant, OccupantId};
use crate::room::Room;
use crate::rsm::SetRequest;

/// An occupant's place in the answer: whether the nick only contains what is searched for, and the nick.
type Place<'a> = (bool, &'a str);

impl Room {
    /// The items of those with a role, and the `<set/>` that says which part of all it is.
    pub(crate) fn list_role(&self, wanted: Role, query: &Element) -> Result<Vec<Element>, StanzaError> {
        let request = SetRequest::find(query)?;
        if request.index.is_some() {
            return Err(StanzaError::new(Condition::FeatureNotImplemented)
                .text("Ask for a page by <after/> or <before/>, not by its index."));
        }
        let search = query.find("search", ns::MODERATION).map(|search| search.content().trim().to_lowercase());
        let search = search.as_deref().unwrap_or_default();
        let mut found: Vec<(Place<'_>, OccupantId)> = self
            .occupants
            .iter()
            .filter(|(_, occupant)| occupant.role == wanted)
            .filter_map(|(id, occupant)| Some(((rank(&occupant.nick, search)?, &*occupant.nick), id)))
            .collect();
        let count = found.len();
        let most = request.max.map_or(self.policy.max_listed, |max| {
            usize::try_from(max).unwrap_or(usize::MAX).min(self.policy.max_listed)
        });
        // A nick is a place even when nobody bears it any more.
        let after = request.after.as_deref().map(|nick| (rank(nick, search).unwrap_or(true), nick));
        let before = request.before.as_deref().map(|nick| (rank(nick, search).unwrap_or(true), nick));
        let ahead = after.map_or(0, |after| found.iter().filter(|(place, _)| *place <= after).count());
        found.retain(|(place, _)| after.is_none_or(|after| *place > after) && before.is_none_or(|b| *place < b));
        let skipped = cut(&mut found, most, request.last);
        let whole = request == SetRequest::default() && search.is_empty() && found.len() == count;
        let set = (!whole).then(|| set(&found, ahead + skipped, count));
        let items = found.into_iter().filter_map(|(_, id)| Some(self.listed_item(id, self.occupants.get(id)?)));
        Ok(items.chain(set).collect())
    }

    fn listed_item(&self, id: OccupantId, occupant: &Occupant) -> Element {
        let affiliation = self.affiliation_of_occupant(id);
        let arrived = Timestamp::from_secs(occupant.arrived.into()).to_string();
        let seen =
            Element::new("seen", ns::MODERATION).with("arrived", arrived).with("said", occupant.said.to_string());
        let item = Element::new("item", ns::MUC_ADMIN)
            .with("affiliation", affiliation.as_str())
            .with("role", occupant.role.as_str())
            .with("nick", &*occupant.nick)
            .with_opt("jid", self.occupants.primary(id).map(|session| session.jid.as_str()));
        item.child(seen).child_opt(self.expiry_of(id, true))
    }
}

/// Whether a nick is found: `Some(false)` if it begins with what is searched for, `Some(true)` if it contains it.
fn rank(nick: &str, search: &str) -> Option<bool> {
    if search.is_empty() {
        return Some(false);
    }
    let nick = nick.to_lowercase();
    nick.contains(search).then(|| !nick.starts_with(search))
}

/// Leaves the first so many, or the last, in their order; says how many before them were left out.
fn cut(found: &mut Vec<(Place<'_>, OccupantId)>, most: usize, last: bool) -> usize {
    let surplus = found.len().saturating_sub(most);
    if surplus > 0 && last {
        found.select_nth_unstable(surplus);
        found.drain(..surplus);
    } else if surplus > 0 {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
    found.sort_unstable();
    if last { surplus } else { 0 }
}

fn set(found: &[(Place<'_>, OccupantId)], index: usize, count: usize) -> Element {
    let mut set = Element::new("set", ns::RSM);
    if let (Some(((_, first), _)), Some(((_, last), _))) = (found.first(), found.last()) {
        set.push(Element::new("first", ns::RSM).with("index", index.to_string()).text(*first));
        set = set.field("last", *last);
    }
    set.field("count", count.to_string())
}
