//! Slow mode: how soon somebody may say something again.
//!
//! Enters: who speaks, when, and how many seconds lie between two messages. Leaves: whether they may, or how long they
//! wait. It knows nobody for longer than that time, so it is never larger than what was said within it.

use std::collections::{HashMap, VecDeque};

use parterre_xmpp::{Condition, Element, ErrorType, StanzaError, ns};

use crate::Role;
use crate::command::{LogId, Sender, SessionId};
use crate::occupants::bare;
use crate::room::Room;

/// Longest id of a message that can be corrected without waiting.
const MAX_ID_BYTES: usize = 128;

/// Whom the wait is for: an account with all its clients, or one session of somebody without an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Speaker {
    Account(Box<str>),
    Session(SessionId),
}

/// What somebody said last.
#[derive(Clone, Debug)]
struct Last {
    at: LogId,
    /// The message's id, until it has been corrected.
    correctable: Option<Box<str>>,
}

/// Who has spoken within the time that lies between two messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlowMode {
    last: HashMap<Speaker, Last>,
    order: VecDeque<(LogId, Speaker)>,
}

impl SlowMode {
    /// Forgets what is older than so many seconds.
    fn clean(&mut self, now: LogId, seconds: u32) {
        while let Some((at, _)) = self.order.front()
            && seconds_left(*at, now, seconds) == 0
        {
            if let Some((at, speaker)) = self.order.pop_front()
                && self.last.get(&speaker).is_some_and(|last| last.at == at)
            {
                self.last.remove(&speaker);
            }
        }
    }

    /// Takes a message of somebody's, or says how many seconds are left.
    ///
    /// A correction of one's last message need not wait and begins no new wait, but a second one does: it would be
    /// a way to go on talking.
    fn take(
        &mut self,
        speaker: Speaker,
        now: LogId,
        seconds: u32,
        id: &str,
        corrects: Option<&str>,
    ) -> Result<(), u32> {
        self.clean(now, seconds);
        if let Some(last) = self.last.get_mut(&speaker) {
            if corrects.is_some() && last.correctable.as_deref() == corrects {
                last.correctable = None;
                return Ok(());
            }
            return Err(seconds_left(last.at, now, seconds));
        }
        let correctable = (!id.is_empty() && id.len() <= MAX_ID_BYTES).then(|| id.into());
        self.order.push_back((now, speaker.clone()));
        self.last.insert(speaker, Last { at: now, correctable });
        Ok(())
    }

    /// A message was not kept after all: whoever said it need not wait.
    pub(crate) fn forget(&mut self, id: LogId) {
        self.order.retain(|(at, _)| *at != id);
        self.last.retain(|_, last| last.at != id);
    }

    /// How many people it knows.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

/// How many seconds are left of a wait, rounded up.
fn seconds_left(at: LogId, now: LogId, seconds: u32) -> u32 {
    let end = at.0.saturating_add(u64::from(seconds) * 1_000_000);
    u32::try_from(end.saturating_sub(now.0).div_ceil(1_000_000)).unwrap_or(seconds)
}

impl Room {
    /// Whether somebody may say this now, where the room is in slow mode. Only messages with something in their body
    /// count, and moderators need not wait.
    pub(crate) fn check_pace(&mut self, sender: &Sender, role: Role, stanza: &Element) -> Result<(), StanzaError> {
        let seconds = self.config.slow_mode;
        if seconds == 0 {
            // Nobody waits, so nobody need be known.
            self.slow = SlowMode::default();
            return Ok(());
        }
        if role >= Role::Moderator || !has_words(stanza) {
            return Ok(());
        }
        let speaker = if sender.anonymous {
            Speaker::Session(sender.session)
        } else {
            Speaker::Account(bare(&sender.jid).into())
        };
        let corrects = stanza.find("replace", ns::CORRECT).and_then(|replace| replace.get("id"));
        let id = stanza.get("id").unwrap_or_default();
        self.slow.take(speaker, self.now, seconds, id, corrects).map_err(|wait| {
            let unit = if wait == 1 { "second" } else { "seconds" };
            StanzaError::new(Condition::PolicyViolation)
                .of_type(ErrorType::Wait)
                .text(format!("Slow mode is on. You can write again in {wait} {unit}."))
                .extra(Element::new("slow-mode", ns::ROOM).with("wait", wait.to_string()))
        })
    }

    /// Of how many people slow mode knows when they last spoke.
    pub fn paced(&self) -> usize {
        self.slow.len()
    }
}

/// Whether there is something in a body of the message, in whichever language.
pub(crate) fn has_words(stanza: &Element) -> bool {
    bodies(stanza).any(|body| !body.is_empty())
}

/// The texts of a message, one for each language.
pub(crate) fn bodies(stanza: &Element) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    stanza.children().filter(|child| child.is("body", ns::CLIENT)).map(Element::content)
}
