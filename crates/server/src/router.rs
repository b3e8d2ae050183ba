//! Decides where a stanza goes: to a room, to another session, to a service of the server, or back as an error.
//!
//! Enters: stanzas of bound sessions, and stanzas that rooms address to accounts. Nothing else decides destinations.

use std::rc::Rc;
use std::sync::Arc;

use parterre_room::{Action, Sender};
use parterre_xmpp::{Condition, Element, Jid, StanzaError, StreamCondition, StreamError, Wire, ns, reply};
use tokio::sync::oneshot;

use crate::rooms::Order;
use crate::shard::Shard;
use crate::shard::session::{Bound, Session};

/// Routes a stanza that a session has sent. An error ends the stream; what is wrong with the stanza alone is
/// answered with a stanza error.
pub async fn from_client(shard: &Rc<Shard>, session: &Rc<Session>, mut stanza: Element) -> Result<(), StreamError> {
    let Some(bound) = session.bound.get() else {
        return Err(StreamError::new(StreamCondition::NotAuthorized, "bind a resource first"));
    };
    check_sender(bound, &stanza)?;
    stanza.set("from", bound.asker.jid.as_str());
    if stanza.name() != "iq"
        && stanza.lang().is_none()
        && let Some(lang) = session.lang.get()
    {
        // RFC 6120 §8.1.5: whoever gets it does not know the stream that it came by.
        stanza.set_lang(&**lang);
    }
    shard.server.metrics.stanza_in(stanza.name());
    if let Err(error) = check_form(&stanza) {
        answer_error(shard, session, &stanza, &error);
        return Ok(());
    }
    let to = match stanza.get("to").map(Jid::new) {
        None => None,
        Some(Ok(to)) => Some(to),
        Some(Err(error)) => {
            let error = StanzaError::new(Condition::JidMalformed).text(format!("the address in 'to' is none: {error}"));
            answer_error(shard, session, &stanza, &error);
            return Ok(());
        }
    };
    match to {
        Some(to) if to.domain() == shard.server.room_domain && to.node().is_some() => {
            // The room compares and repeats addresses in their prepared form.
            stanza.set("to", to.as_str());
            to_room(shard, session, bound, &to, stanza).await;
        }
        // On the heap, as all that is seldom and large: what waits for a room, thousands at once when a video begins,
        // would have to be as large.
        to => Box::pin(to_services(shard, session, bound, to.as_ref(), stanza)).await,
    }
    Ok(())
}

/// RFC 6120 §8.1.2.1: a client speaks for itself only.
fn check_sender(bound: &Bound, stanza: &Element) -> Result<(), StreamError> {
    let Some(from) = stanza.get("from") else { return Ok(()) };
    if from == bound.asker.jid.as_str() {
        return Ok(());
    }
    match Jid::new(from) {
        Ok(from) if from == bound.asker.jid || from == bound.asker.bare => Ok(()),
        _ => Err(StreamError::new(StreamCondition::InvalidFrom, "'from' is not the address of this stream")),
    }
}

/// RFC 6120 §8.2.3 and §8.1.4: what a stanza has to have whatever it says.
fn check_form(stanza: &Element) -> Result<(), StanzaError> {
    let wrong = |text: &str| Err(StanzaError::new(Condition::BadRequest).text(text));
    match (stanza.name(), stanza.get("type")) {
        ("iq", Some("get" | "set")) => {
            if stanza.get("id").is_none() {
                return wrong("an iq needs an id");
            }
            if stanza.children().count() != 1 {
                return wrong("an iq of type get or set has exactly one child element");
            }
            Ok(())
        }
        ("iq", Some("result" | "error")) => Ok(()),
        ("iq", _) => wrong("an iq is of type get, set, result or error"),
        ("presence", Some(kind)) => match kind {
            "unavailable" | "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed" | "probe" | "error" => Ok(()),
            _ => wrong("presence of an unknown type"),
        },
        _ => Ok(()),
    }
}

async fn to_room(shard: &Rc<Shard>, session: &Rc<Session>, bound: &Bound, to: &Jid, stanza: Element) {
    let server = &shard.server;
    let Some(name) = to.node() else { return };
    let joined = session.room(name);
    // Without a nick it is a join, too: the room may know one from the token. And so it is from somebody who seems to be
    // in: they may have just left.
    let asks_in = stanza.name() == "presence"
        && stanza.get("type").is_none()
        && (stanza.has("x", ns::MUC) || joined.is_none() && to.resource().is_some());
    let is_new = asks_in && joined.is_none();
    if is_new && session.room_count() >= server.config.limits.rooms_per_connection.or_max() {
        let error = StanzaError::new(Condition::ResourceConstraint)
            .text("you are in as many rooms as one connection may be; leave one first");
        answer_error(shard, session, &stanza, &error);
        return;
    }
    if let Err(refusal) = Box::pin(server.services.refuses(&bound.asker, to, &stanza)).await {
        if let Some(answer) = refusal {
            send(shard, session, &answer);
        }
        return;
    }
    if stanza.name() == "message" && to.resource().is_some() && !bound.asker.anonymous {
        server.services.sent_elsewhere(&bound.asker, &stanza);
    }
    let sender = Box::new(Sender {
        session: session.id,
        jid: bound.asker.jid.clone(),
        anonymous: bound.asker.anonymous,
        admin: server.is_admin(&bound.asker.bare),
        vouched: bound.vouched.iter().find(|(room, _)| room == name).map(|(_, affiliation)| *affiliation),
        nick: bound.asker.person.as_ref().and_then(|person| person.nick.clone()),
        avatar: bound.asker.person.as_ref().and_then(|person| person.avatar.clone()),
        origin: bound.origin,
    });
    let action = Action::Stanza(sender, stanza);
    if asks_in {
        join(shard, session, name, action).await;
        return;
    }
    let order = Order::Command(action);
    let refused = match joined {
        Some(room) => room.send(order).await.err(),
        None => Some(order),
    };
    if let Some(order) = refused {
        Box::pin(server.directory.send(server, name, order)).await;
    }
}

/// Waits until the room has decided, so that what follows knows whether this session is in.
async fn join(shard: &Rc<Shard>, session: &Rc<Session>, name: &str, action: Action) {
    let (answer, decided) = oneshot::channel();
    let server = &shard.server;
    let sent = Box::pin(server.directory.send(server, name, Order::Join(action, answer))).await;
    let Some(room) = sent else { return };
    if let Ok(Some(key)) = decided.await {
        // Another opening of the room may have decided than the one that was asked.
        let room = if room.key() == key { Some(room) } else { Box::pin(server.directory.room(server, name)).await };
        // The shard notes it as well, later. Whoever asks for one room after the other is counted in each from here on,
        // and who is over by now is not in: the shard sees to it.
        if let Some(room) = room.filter(|_| !session.is_over()) {
            session.enter_room(&room);
        }
    }
}

/// What is for accounts, for the server, or for nobody in particular.
async fn to_services(shard: &Rc<Shard>, session: &Rc<Session>, bound: &Bound, to: Option<&Jid>, stanza: Element) {
    if asks_for_address(shard, to, &stanza) {
        // The session alone knows.
        let address = session.address.get().map(|address| Element::new("ip", ns::SIC).text(address.to_string()));
        let answer = Element::new("address", ns::SIC).child_opt(address);
        return send(shard, session, &reply(&stanza, "result").child(answer));
    }
    let leaves = to.is_none() && stanza.name() == "presence" && stanza.get("type") == Some("unavailable");
    let status = stanza.field_text("status").map(std::borrow::Cow::into_owned);
    for answer in shard.server.services.stanza(&bound.asker, to, stanza).await {
        shard.post(session, Rc::new(answer));
    }
    if leaves {
        // Presence in rooms is directed presence, which ends with the broadcast one (RFC 6121 §4.6.3).
        for room in session.take_rooms() {
            let ended = Order::Ended { session: session.id, status: status.clone(), clean: true };
            // A room that has ended meanwhile has told its occupants so.
            let _ = room.send(ended).await;
        }
    }
}

/// Whether a client asks one of the server's own domains where it seems to come from (XEP-0279).
fn asks_for_address(shard: &Shard, to: Option<&Jid>, stanza: &Element) -> bool {
    let server = &shard.server;
    let ours =
        |to: &Jid| to.node().is_none() && [server.config.domain(), &server.anonymous_domain].contains(&to.domain());
    stanza.name() == "iq" && stanza.get("type") == Some("get") && stanza.has("address", ns::SIC) && to.is_none_or(ours)
}

/// Answers a stanza with an error, unless it is itself an answer (RFC 6120 §8.3.1).
pub fn answer_error(shard: &Shard, session: &Rc<Session>, stanza: &Element, error: &StanzaError) {
    let is_answer =
        matches!(stanza.get("type"), Some("error")) || (stanza.name() == "iq" && stanza.get("type") == Some("result"));
    if !is_answer {
        send(shard, session, &error.reply_to(stanza));
    }
}

/// Sends a stanza to a session of this shard.
pub fn send(shard: &Shard, session: &Rc<Session>, stanza: &Element) {
    debug_assert_eq!(stanza.ns(), ns::CLIENT);
    shard.post(session, Rc::new(Arc::new(Wire::stanza(stanza))));
}
