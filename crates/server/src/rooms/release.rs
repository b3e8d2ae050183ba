//! Carries effects out: steps to the shards whose sessions they are for, the rest to accounts and the store.

use std::sync::Arc;

use parterre_room::mam::PageRequest;
use parterre_room::{Action, Effect, SessionId};
use parterre_xmpp::{Element, Wire};

use super::{Order, RoomHandle};
use crate::server::Server;
use crate::shard::backlog::Owed;
use crate::shard::{Parcel, Step, home};

/// How many members a room has on each shard: which shards a broadcast concerns.
pub(super) struct Presence(Vec<usize>);

impl Presence {
    pub(super) fn new(shards: usize) -> Self {
        Presence(vec![0; shards])
    }

    /// Whether any member lives on that shard.
    pub(super) fn is_on(&self, shard: usize) -> bool {
        self.0.get(shard).is_some_and(|members| *members > 0)
    }
}

/// Hands over effects in their order, and what they count for until they are written. Shards work in parallel; within one,
/// order is kept.
pub(super) async fn release(
    server: &Arc<Server>,
    room: &RoomHandle,
    presence: &mut Presence,
    effects: impl IntoIterator<Item = Effect>,
    owed: Option<Arc<Owed>>,
) {
    let mut steps: Vec<Vec<Step>> = vec![Vec::new(); server.shards.len()];
    let mut add = |at: usize, step: Step| {
        if let Some(steps) = steps.get_mut(at) {
            steps.push(step);
        }
    };
    for effect in effects {
        match effect {
            Effect::Enter(session, role) => {
                if let Some(members) = presence.0.get_mut(home(session)) {
                    *members += 1;
                }
                server.metrics.room_joins.inc();
                add(home(session), Step::Enter(session, role));
            }
            Effect::Role(session, role) => add(home(session), Step::Role(session, role)),
            Effect::Leave(session) => {
                if let Some(members) = presence.0.get_mut(home(session)) {
                    *members = members.saturating_sub(1);
                }
                add(home(session), Step::Leave(session));
            }
            Effect::Send(session, wire) => add(home(session), Step::Send(session, wire)),
            Effect::Broadcast(audience, wire) => {
                let mut reached = 0;
                for (shard, members) in presence.0.iter().enumerate() {
                    if *members > 0 {
                        reached += members;
                        add(shard, Step::Broadcast(audience, wire.clone()));
                    }
                }
                server.metrics.deliveries.inc_by(reached as u64);
            }
            Effect::BroadcastExcept(audience, except, wire) => {
                let members: usize = presence.0.iter().sum();
                server.metrics.deliveries.inc_by(members.saturating_sub(except.len()) as u64);
                for (shard, members) in presence.0.iter().enumerate() {
                    if *members > 0 {
                        add(shard, Step::BroadcastExcept(audience, except.clone(), wire.clone()));
                    }
                }
            }
            Effect::Pass { account, sessions, stanza, refusal } => {
                if let Some(blocks) = server.services.is_known_to_block(&account, &stanza) {
                    for (session, wire) in letters(blocks, sessions, &stanza, refusal) {
                        add(home(session), Step::Send(session, wire));
                    }
                } else {
                    // The room waits for nobody's account.
                    let server = server.clone();
                    tokio::task::spawn_local(async move {
                        // Whose list cannot be read might have blocked the sender.
                        let blocks = server.services.has_blocked_sender(&account, &stanza).await.unwrap_or(true);
                        for (session, wire) in letters(blocks, sessions, &stanza, refusal) {
                            deliver(&server, session, wire).await;
                        }
                    });
                }
            }
            Effect::Route(stanza) => {
                let services = server.services.clone();
                tokio::task::spawn_local(async move { services.route(stanza).await });
            }
            Effect::VCardOf { account, session, iq } => {
                let server = server.clone();
                tokio::task::spawn_local(async move {
                    let answer = server.services.vcard_for_room(&account, &iq).await;
                    deliver(&server, session, Arc::new(Wire::stanza(&answer))).await;
                });
            }
            Effect::Query(query) => {
                let (server, room) = (server.clone(), room.clone());
                tokio::task::spawn_local(async move {
                    let page = server.store.page(room.name(), query.page.clone()).await;
                    let page = page.map_err(|error| {
                        tracing::error!(room = room.name(), %error, "a page of the archive could not be read");
                    });
                    // A room that has ended meanwhile has nobody left who waits.
                    let _ = room.send(Order::Answer(query, page)).await;
                });
            }
            Effect::Recall(recall) => {
                let (server, room) = (server.clone(), room.clone());
                tokio::task::spawn_local(async move {
                    let request = PageRequest { ids: Some(vec![recall.id]), max: 1, ..PageRequest::default() };
                    let original = match server.store.page(room.name(), request).await {
                        Ok(page) => Ok(page.messages.into_iter().next().map(|(_, stanza)| stanza)),
                        Err(error) => {
                            tracing::error!(room = room.name(), %error, "a message of the archive could not be read");
                            Err(())
                        }
                    };
                    // A room that has ended meanwhile has nobody left who waits.
                    let _ = room.send(Order::Command(Action::Recalled(recall, original))).await;
                });
            }
            Effect::Sanctioned { what, account, by, until, by_origin } => {
                let until = until.map(|until| until.to_string());
                let (room, by, until) = (room.name(), by.as_deref(), until.as_deref());
                // By address it may be for many: a school, a company, the customers of a mobile network.
                tracing::info!(room, what, account, by, until, by_origin, "somebody was sanctioned");
            }
            // Kept before the release; the actor sees to the end of the room.
            Effect::Store(_) | Effect::Destroyed => {}
        }
    }
    send(server, room, steps, owed).await;
}

/// What comes of something that one occupant sends to another: it arrives, or the sender is told that it does not.
fn letters(
    blocked: bool,
    sessions: Vec<SessionId>,
    stanza: &Element,
    refusal: Option<(SessionId, Arc<Wire>)>,
) -> Vec<(SessionId, Arc<Wire>)> {
    if blocked {
        return refusal.into_iter().collect();
    }
    let wire = Arc::new(Wire::stanza(stanza));
    sessions.into_iter().map(|session| (session, wire.clone())).collect()
}

/// Sends a stanza to one session, outside the room's order.
async fn deliver(server: &Server, session: SessionId, wire: Arc<Wire>) {
    if let Some(shard) = server.shards.get(home(session)) {
        shard.send(Parcel::Deliver(session, wire)).await;
    }
}

async fn send(server: &Server, room: &RoomHandle, steps: Vec<Vec<Step>>, owed: Option<Arc<Owed>>) {
    for (shard, steps) in server.shards.iter().zip(steps) {
        if !steps.is_empty() {
            shard.send(Parcel::Room(room.clone(), steps, owed.clone())).await;
        }
    }
}
