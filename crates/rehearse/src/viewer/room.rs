//! In the room, and on the way in: what a stanza means to somebody who watches, and when a join is whole.

use super::negotiation::{condition, element};
use super::pipe::Ended;
use super::{Moment, Said, Stage, Turn, Viewer, Want, scan, stanzas};
use crate::plan::new_nick;
use crate::scenario::History;
use crate::tally::count;
use parterre_xmpp::ns;

impl Viewer {
    /// Asks to be let in.
    pub(super) fn ask_in(&mut self, turn: &mut Turn<'_>) {
        let nick = if self.is_host(turn.script) {
            format!("Rehearsal {}", turn.script.plan.run % 10_000)
        } else if self.renamed {
            new_nick(self.index)
        } else {
            turn.script.plan.nick(self.index, self.nicks_tried.into())
        };
        let join = stanzas::join(&turn.script.plan, &nick);
        self.send(&join, turn);
    }

    /// A stanza, or another element, of a stream that is bound.
    pub(super) fn in_room(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        let name = scan::name(stanza);
        let is_stanza = matches!(name, b"message" | b"presence" | b"iq");
        if let Some(managed) = self.management.as_mut().filter(|managed| is_stanza && managed.enabled) {
            managed.handled = managed.handled.wrapping_add(1);
        }
        match name {
            b"message" => self.message(stanza, turn),
            b"presence" => self.presence(stanza, turn),
            b"iq" => self.iq(stanza, turn),
            _ => {
                let element = element(stanza)?;
                if let Some(ended) = self.told_to_go(&element) {
                    return Err(ended);
                }
                if element.ns() == ns::SM {
                    self.managed(&element, turn);
                }
                Ok(())
            }
        }
    }

    fn message(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        if scan::attribute(stanza, b"type") == Some(b"error") {
            if self.stage == Stage::In {
                let condition = condition(&element(stanza)?);
                // Only what is said has an id (`stanzas::message`).
                if scan::attribute(stanza, b"id").is_some_and(|id| id.starts_with(b"m")) {
                    count(&mut turn.tally.refused, &condition);
                } else {
                    count(&mut turn.tally.requests_refused, &format!("a typing notice: {condition}"));
                }
            }
            return Ok(());
        }
        if let Some(mark) = turn.script.marks.find(stanza) {
            if !self.deaf && !self.is_host(turn.script) {
                self.hear(mark, stanza, turn);
            }
        } else if self.stage == Stage::Joining
            && scan::contains(stanza, "<subject")
            && !scan::contains(stanza, "<body")
            && !scan::contains(stanza, "<result")
        {
            self.subject = true;
            self.is_whole(turn);
        }
        Ok(())
    }

    /// A message of the crowd.
    fn hear(&mut self, mark: super::Mark, stanza: &[u8], turn: &mut Turn<'_>) {
        // What carries a delay (XEP-0203) was said before: it is history, unless it was said while this stream was
        // broken, and comes now that it is resumed.
        let delayed = scan::contains(stanza, "urn:xmpp:delay");
        if delayed && (self.since.is_none_or(|since| mark.sent < since) || self.heard.has(mark.message)) {
            return;
        }
        let is_new = self.heard.take(mark.message, mark.sent);
        turn.tally.delivered += 1;
        if !is_new {
            turn.tally.duplicated += 1;
            return;
        }
        if turn.script.next_of_same(mark.message).is_some_and(|next| self.heard.has(next)) {
            turn.tally.reordered += 1;
        }
        turn.tally.latency.take(turn.now.saturating_sub(mark.sent));
        if turn.script.speaker(mark.message) == Some(self.index) {
            turn.tally.reflected += 1;
            turn.said.push(Said { message: mark.message, sent: mark.sent, reflected: turn.now });
        }
    }

    fn presence(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        let kind = scan::attribute(stanza, b"type");
        match kind {
            Some(b"error") => return self.not_let_in(stanza, turn),
            Some(b"unavailable") => {
                // 303: somebody has another name (XEP-0045 §7.6).
                let gone = scan::has_status(stanza, "110") && !scan::has_status(stanza, "303");
                return if gone { Err(Ended::of("put out of the room")) } else { Ok(()) };
            }
            None => {}
            Some(_) => return Ok(()),
        }
        let own = scan::has_status(stanza, "110");
        if own && self.stage == Stage::Joining {
            self.own_presence = true;
            let is_new = scan::has_status(stanza, "201");
            if is_new || self.is_host(turn.script) && turn.script.plan.quiet_presence {
                // A room that was just made is closed until its owner has set it up (XEP-0045 §10.1.2).
                self.configured = false;
                self.send(&stanzas::configure(&turn.script.plan.room, turn.script.plan.quiet_presence), turn);
            }
            self.is_whole(turn);
        }
        if !own && turn.script.plan.scenario.client.vcards && !self.is_host(turn.script) {
            self.ask_for_card(stanza, turn);
        }
        Ok(())
    }

    fn ask_for_card(&mut self, stanza: &[u8], turn: &mut Turn<'_>) {
        let occupant = scan::attribute(stanza, b"from").and_then(|from| std::str::from_utf8(from).ok());
        let Some(occupant) = occupant.filter(|occupant| occupant.contains('/')) else { return };
        // FNV-1a: short, and good enough to know whom one has asked for.
        let hash =
            occupant.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        if let Err(at) = self.cards.binary_search(&hash) {
            self.cards.insert(at, hash);
            self.send(&stanzas::vcard(occupant), turn);
        }
    }

    /// The room refuses to let the viewer in, or to give it another name.
    fn not_let_in(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        let condition = condition(&element(stanza)?);
        if self.stage == Stage::In {
            self.renamed = false;
            count(&mut turn.tally.requests_refused, &format!("another name: {condition}"));
            return Ok(());
        }
        match condition.as_str() {
            "conflict" if self.nicks_tried < 5 => {
                self.nicks_tried += 1;
                self.renamed = false;
                self.ask_in(turn);
                Ok(())
            }
            // A room that another one has just made and not opened yet.
            "item-not-found" if turn.now < self.began + super::PATIENCE / 4 && !self.is_host(turn.script) => {
                let wait = 200_000 + turn.script.plan.jitter(self.index, turn.now, 300_000);
                turn.wants.push(Want::Moment(turn.now + wait, Moment::Join));
                Ok(())
            }
            _ => Err(Ended(format!("not let into the room: {condition}"))),
        }
    }

    fn iq(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        let id = scan::attribute(stanza, b"id").unwrap_or_default();
        match scan::attribute(stanza, b"type") {
            Some(b"result" | b"error") => {}
            _ => return self.request(stanza, turn),
        }
        match id {
            b"configure" => self.configured = true,
            b"page" => self.page = true,
            b"version" => {
                let element = element(stanza)?;
                let query = element.find("query", ns::VERSION);
                let field = |name| query.and_then(|query| query.field_text(name)).unwrap_or_default().trim().to_owned();
                let software = format!("{} {}", field("name"), field("version"));
                if !software.trim().is_empty() {
                    turn.wants.push(Want::Software(software.trim().to_owned()));
                }
            }
            _ => return Ok(()),
        }
        self.is_whole(turn);
        Ok(())
    }

    /// A question of the server's: an answer has to be given (RFC 6120 §8.2.3).
    fn request(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        let element = element(stanza)?;
        let answer = stanzas::answer(
            element.get("id").unwrap_or_default(),
            element.get("from"),
            element.get("type") == Some("get") && element.has("ping", ns::PING),
        );
        self.send(&answer, turn);
        Ok(())
    }

    /// Looks whether the join is whole: in the room, with history and subject (XEP-0045 §7.1).
    fn is_whole(&mut self, turn: &mut Turn<'_>) {
        if self.stage != Stage::Joining || !self.own_presence || !self.subject || !self.configured {
            return;
        }
        let wants_page = turn.script.plan.scenario.client.history == History::Archive && !self.is_host(turn.script);
        if wants_page && !self.page {
            if !self.asked {
                self.asked = true;
                self.send(&stanzas::newest_page(&turn.script.plan), turn);
            }
            return;
        }
        if self.is_host(turn.script) {
            self.stage = Stage::In;
            turn.wants.push(Want::Host(Ok(())));
            let domain = turn.script.plan.anonymous_domain.clone();
            self.send(&stanzas::version(&domain), turn);
            return;
        }
        self.is_back(turn);
        self.was_in = true;
        self.since = Some(turn.now);
        turn.tally.joins_done += 1;
        turn.tally.join_times.take(turn.now.saturating_sub(self.began));
        turn.tally.bytes_in_of_joins += u64::from(self.bytes);
        if turn.script.plan.scenario.client.rename && !self.renamed {
            let wait = 1_000_000 + turn.script.plan.jitter(self.index, 1, 9_000_000);
            turn.wants.push(Want::Moment(turn.now + wait, Moment::Rename));
        }
    }
}
