//! What the room says of the authors of stanzas: what held when they were said, then and whenever they are given again, and
//! never what anybody else said in its name.

use std::collections::BTreeMap;

use parterre_xmpp::Element;

use crate::house::House;

const ROOM: &str = "urn:parterre:room:0";

/// The stamp of each message that was said, by its stanza id.
#[derive(Default)]
pub(crate) struct Stamps(BTreeMap<String, Option<Element>>);

impl Stamps {
    /// Somebody has received a stanza, as the last thing that happened in the house.
    pub(crate) fn check(&mut self, house: &House, stanza: &Element) {
        assert!(!stanza.to_xml().contains("forged"), "{stanza:?}");
        let stanza = forwarded(stanza).unwrap_or(stanza);
        let stamp = stanza.find("author", ROOM);
        let id = stanza.find("stanza-id", "urn:xmpp:sid:0").and_then(|id| id.get("id"));
        if let Some(then) = id.and_then(|id| self.0.get(id)) {
            let is_buried = stanza.has("retracted", "urn:xmpp:message-retract:1");
            assert_eq!(stamp, then.as_ref().filter(|_| !is_buried), "{stanza:?}");
            return;
        }
        // One order may do several things: somebody is told of, and then thrown out.
        let nick = stanza.get("from").and_then(|from| from.split_once('/')).map(|(_, nick)| nick);
        if stanza.name() == "presence" && nick.is_some_and(|nick| house.room.roster().all(|one| one.nick != nick)) {
            return;
        }
        // Newcomers are told of the subject without.
        let has_none = id.is_none() && stanza.find_own("subject").is_some();
        let expected = expected(house, stanza).filter(|_| !has_none);
        assert_eq!(stamp, expected.as_ref(), "{stanza:?}");
        if let Some(id) = id {
            self.0.insert(id.to_owned(), expected);
        }
    }
}

/// The message that a result of the archive holds.
fn forwarded(stanza: &Element) -> Option<&Element> {
    stanza.find("result", "urn:xmpp:mam:2")?.find("forwarded", "urn:xmpp:forward:0")?.find("message", "jabber:client")
}

/// Not so a message that is empty, or says that somebody is typing.
fn says_something(child: &Element) -> bool {
    !matches!(child.name(), "occupant-id" | "author" | "composing")
}

fn expected(house: &House, stanza: &Element) -> Option<Element> {
    let (_, nick) = stanza.get("from")?.split_once('/')?;
    let author = house.room.roster().find(|present| present.nick == nick)?;
    let avatar = house.people[author.sessions.first()?].sender.avatar.as_deref();
    let stamp = Element::new("author", ROOM);
    match (stanza.name(), stanza.get("type")) {
        ("presence", None) => avatar.map(|avatar| stamp.with("avatar", avatar)),
        ("message", Some("groupchat")) if stanza.children().any(says_something) => {
            let affiliation = Some(author.affiliation.as_str()).filter(|own| *own != "none");
            let role = Some(author.role.as_str()).filter(|own| *own != "participant");
            let stamp = stamp.with_opt("affiliation", affiliation).with_opt("role", role).with_opt("avatar", avatar);
            affiliation.or(role).or(avatar).map(|_| stamp)
        }
        _ => None,
    }
}
