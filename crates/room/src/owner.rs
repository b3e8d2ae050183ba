//! What owners may do: configure the room and destroy it (XEP-0045 §10).

use parterre_xmpp::forms::{Form, FormType};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns, reply};

use crate::Affiliation;
use crate::affiliation::Listed;
use crate::command::Sender;
use crate::config::{Staff, Submission};
use crate::effect::{Change, Effect};
use crate::presence::{Actor, Notice};
use crate::room::Room;

impl Room {
    /// `<query xmlns='…muc#owner'/>`, get and set.
    pub(crate) fn take_owner_query(&mut self, sender: &Sender, iq: &Element, query: &Element, out: &mut Vec<Effect>) {
        if self.affiliation_of(sender) != Affiliation::Owner {
            let error = StanzaError::new(Condition::Forbidden).text("Only owners may configure or destroy a room.");
            return self.refuse(sender, iq, error, out);
        }
        if iq.get("type") == Some("get") {
            let (owners, admins) = (self.accounts(Affiliation::Owner), self.accounts(Affiliation::Admin));
            let form = self.config.form(&self.address, Staff { owners: &owners, admins: &admins });
            let query = Element::new("query", ns::MUC_OWNER).child(form.to_element());
            return Self::send(sender.session, &reply(iq, "result").child(query), out);
        }
        if let Some(destroy) = query.find_own("destroy") {
            return self.destroy_by_owner(sender, iq, destroy, out);
        }
        match Form::find(query) {
            Ok(Some(form)) if form.kind == FormType::Cancel => self.cancel(sender, iq, out),
            Ok(Some(form)) => self.submit(sender, iq, &form, out),
            Ok(None) => {
                let error = StanzaError::new(Condition::BadRequest).text("Send the configuration form, or destroy.");
                self.refuse(sender, iq, error, out);
            }
            Err(error) => self.refuse(sender, iq, error, out),
        }
    }

    fn destroy_by_owner(&mut self, sender: &Sender, iq: &Element, destroy: &Element, out: &mut Vec<Effect>) {
        let named = destroy.get("jid").filter(|jid| !jid.is_empty());
        let Ok(alternate) = named.map(BareJid::new).transpose() else {
            let error = StanzaError::new(Condition::JidMalformed).text("The alternate venue is not a room's address.");
            return self.refuse(sender, iq, error, out);
        };
        let reason = self.reason_in(destroy);
        let password = destroy.field_text("password").map(std::borrow::Cow::into_owned);
        let goodbye = reply(iq, "result");
        let at = out.len();
        self.destroy(alternate.as_ref().map(|jid| jid.as_str()), reason.as_deref(), password.as_deref(), out);
        // The answer is the last thing that is sent, yet nothing may follow `Destroyed`.
        let end =
            out.iter().skip(at).position(|effect| matches!(effect, Effect::Store(_))).map_or(out.len(), |n| at + n);
        let mut answer = Vec::with_capacity(1);
        Self::send(sender.session, &goodbye, &mut answer);
        out.splice(end..end, answer);
    }

    /// Giving up the first configuration gives up the room (§10.1.3).
    fn cancel(&mut self, sender: &Sender, iq: &Element, out: &mut Vec<Effect>) {
        Self::acknowledge(sender, iq, out);
        if self.locked {
            self.destroy(None, None, None, out);
        }
    }

    fn submit(&mut self, sender: &Sender, iq: &Element, form: &Form, out: &mut Vec<Effect>) {
        let checked = self.config.submit(form).and_then(|submission| {
            self.check_staff(&submission)?;
            Ok(submission)
        });
        match checked {
            Ok(submission) => {
                Self::acknowledge(sender, iq, out);
                self.adopt(submission, &self.actor(sender), out);
            }
            Err(error) => self.refuse(sender, iq, error, out),
        }
    }

    /// The operator or the site configures the room. Fields that make no sense change nothing.
    pub(crate) fn configure_by_operator(&mut self, fields: &[(String, Vec<String>)], out: &mut Vec<Effect>) {
        let Ok(submission) = self.config.submit_fields(fields) else {
            return;
        };
        if self.check_staff(&submission).is_ok() {
            self.adopt(submission, &Actor::default(), out);
        }
    }

    /// The operator or the site has made the room and configures it, before anybody enters: nobody will own it by being
    /// the first.
    pub fn open_by_operator(&mut self, fields: &[(String, Vec<String>)], out: &mut Vec<Effect>) {
        self.fresh = false;
        self.locked = false;
        self.configure_by_operator(fields, out);
        self.store_settings(out);
        self.store_affiliations(out);
    }

    fn accounts(&self, affiliation: Affiliation) -> Vec<BareJid> {
        self.affiliations.with(affiliation).filter_map(|account| BareJid::new(account).ok()).collect()
    }

    fn check_staff(&self, submission: &Submission) -> Result<(), StanzaError> {
        let named = submission.owners.iter().chain(&submission.admins).map(Vec::len).sum::<usize>();
        if named + self.affiliations.len() > self.policy.max_affiliations {
            return Err(
                StanzaError::new(Condition::ResourceConstraint).text("The lists of this room would be too long.")
            );
        }
        Ok(())
    }

    /// Makes a configuration the room's, and does what follows from what changed in it.
    fn adopt(&mut self, submission: Submission, actor: &Actor, out: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.config, submission.config);
        let was_locked = std::mem::replace(&mut self.locked, false);
        self.recent.resize(self.config.history_max as usize);
        self.keep_configuration(before.persistent, was_locked || before != self.config, out);
        self.appoint(submission.owners, Affiliation::Owner, actor, out);
        self.appoint(submission.admins, Affiliation::Admin, actor, out);
        if before.whois != self.config.whois {
            self.forget_views();
        }
        if before.presence != self.config.presence {
            self.thin();
        }
        let codes = self.config.status_codes(&before);
        if !codes.is_empty() {
            self.notify(&codes, out);
        }
        if self.config.mute_anonymous != before.mute_anonymous {
            self.fit_anonymous(out);
        }
        if self.config.members_only && !before.members_only {
            self.remove_strangers(out);
        }
    }

    /// A room that begins to last is kept whole; one that ceases to is kept once more, saying so.
    fn keep_configuration(&mut self, was_persistent: bool, changed: bool, out: &mut Vec<Effect>) {
        if !changed {
            return;
        }
        if was_persistent && !self.config.persistent {
            out.push(Effect::Store(Change::Settings(self.settings())));
        }
        self.store_settings(out);
        if !was_persistent {
            self.store_affiliations(out);
        }
    }

    /// The form names everybody who shall have an affiliation; who had it and is not named becomes a member.
    fn appoint(&mut self, named: Option<Vec<BareJid>>, affiliation: Affiliation, actor: &Actor, out: &mut Vec<Effect>) {
        let Some(named) = named else { return };
        for jid in &named {
            if self.affiliations.of(jid.as_str()) < affiliation {
                self.give(jid.as_str(), affiliation, actor, out);
            }
        }
        let lost: Vec<_> = self.accounts(affiliation).into_iter().filter(|account| !named.contains(account)).collect();
        for jid in lost {
            let is_only = affiliation == Affiliation::Owner && self.affiliations.with(Affiliation::Owner).count() <= 1;
            if !is_only {
                self.give(jid.as_str(), Affiliation::Member, actor, out);
            }
        }
    }

    fn give(&mut self, account: &str, affiliation: Affiliation, actor: &Actor, out: &mut Vec<Effect>) {
        let nick = self.affiliations.get(account).and_then(|listed| listed.nick.clone());
        self.set_affiliation(account, Listed { affiliation, nick, reason: None }, actor, out);
    }

    /// Gives people without an account the role that they have by the configuration; what a moderator gave stays.
    fn fit_anonymous(&mut self, out: &mut Vec<Effect>) {
        let strangers: Vec<_> =
            self.occupants.iter().filter(|(_, occupant)| !occupant.assigned).map(|(id, _)| id).collect();
        for id in strangers {
            let anonymous = self.occupants.primary(id).is_some_and(|session| session.anonymous);
            let is = self.occupants.get(id).map(|occupant| occupant.role);
            if let Some(role) = self.standing_role(id).filter(|role| anonymous && Some(*role) != is) {
                self.give_role(id, role, false, &Notice { matters: true, ..Notice::default() }, out);
            }
        }
    }

    /// §10.2.1: who is no member leaves a room that becomes one for members (322).
    fn remove_strangers(&mut self, out: &mut Vec<Effect>) {
        let strangers: Vec<_> = self
            .occupants
            .iter()
            .map(|(id, _)| id)
            .filter(|id| self.affiliation_of_occupant(*id) <= Affiliation::None)
            .collect();
        for id in strangers {
            self.remove_occupant(id, &Notice { codes: &[322], ..Notice::default() }, out);
        }
    }
}
