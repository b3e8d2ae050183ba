//! Reading an owner's submitted form (XEP-0045 §10.1.3, §10.2).
//!
//! A form may be partial: what it leaves out stays. Fields that Parterre does not know are passed over, since
//! clients submit what other servers understand. A value that makes no sense refuses the whole form with
//! `not-acceptable` and a text that names the field, so that nothing is half changed.

use parterre_xmpp::forms::{Field, Form, FormType};
use parterre_xmpp::{BareJid, Condition, StanzaError, ns};

use super::{
    AllowPm, MAX_DESCRIPTION_BYTES, MAX_HISTORY, MAX_NAME_BYTES, MAX_PASSWORD_BYTES, MAX_SLOW_MODE, PresenceBroadcast,
    Roles, RoomConfig, Whois, fields, xml_text,
};

/// What a submitted form asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The configuration to be.
    pub config: RoomConfig,
    /// The standard names of the fields whose value changes, in the order of the form.
    pub changed: Vec<&'static str>,
    /// Everybody who shall be owner, if the form says. The room must refuse to be left without any.
    pub owners: Option<Vec<BareJid>>,
    /// Everybody who shall be admin, if the form says.
    pub admins: Option<Vec<BareJid>>,
}

impl RoomConfig {
    /// What the configuration becomes by a submitted form. One without fields accepts everything as it stands
    /// (an instant room, §10.1.2).
    ///
    /// Errors: `bad-request` for a form of another kind; `not-acceptable`, naming the field, for a value that
    /// makes no sense and for a password that is required and missing; `jid-malformed` for owners and admins.
    pub fn submit(&self, form: &Form) -> Result<Submission, StanzaError> {
        if form.kind != FormType::Submit || form.form_type().is_some_and(|kind| kind != ns::MUC_ROOMCONFIG) {
            return Err(StanzaError::new(Condition::BadRequest)
                .text(format!("Expected a submitted form of the type {}.", ns::MUC_ROOMCONFIG)));
        }
        let mut config = self.clone();
        for field in &form.fields {
            config.take(field)?;
        }
        config.password = self.password_by(form)?;
        config.presence = self.presence_by(form)?;
        if let Some(allowed) = switch(form, &[fields::ALLOW_INVITES, fields::ALLOW_MEMBER_INVITES])?
            && allowed != config.invites_allowed()
        {
            config.allow_invites = Some(allowed);
        }
        let [archiving, mam, short] = fields::LOGGING_ALIASES;
        if let Some(on) = switch(form, &[archiving, mam, short, fields::LOGGING])? {
            config.archiving = on;
        }
        if let Some(field) = form.get(fields::HISTORY_MAX).or_else(|| form.get(fields::HISTORY_LENGTH)) {
            config.history_max = number(field)?.min(MAX_HISTORY);
        }
        config.history_default = config.history_default.min(config.history_max);
        let jids = |var| form.get(var).map(Field::as_jids).transpose();
        let (owners, admins) = (jids(fields::OWNERS)?, jids(fields::ADMINS)?);
        if owners.as_ref().is_some_and(Vec::is_empty) {
            return Err(StanzaError::new(Condition::NotAcceptable)
                .text(format!("The field {} must name an owner at least.", fields::OWNERS)));
        }
        Ok(Submission { changed: self.changes_to(&config), config, owners, admins })
    }

    /// What the configuration becomes by fields that come by their names, without a form.
    ///
    /// Errors: as [`RoomConfig::submit`].
    pub fn submit_fields(&self, values: &[(String, Vec<String>)]) -> Result<Submission, StanzaError> {
        let fields = values.iter().map(|(var, values)| Field {
            var: var.clone().into(),
            values: values.iter().map(|value| xml_text(value)).collect(),
            ..Field::default()
        });
        self.submit(&Form::new(FormType::Submit, ns::MUC_ROOMCONFIG).fields_from(fields))
    }

    /// Takes a field that stands for itself.
    fn take(&mut self, field: &Field) -> Result<(), StanzaError> {
        match field.var.as_ref() {
            fields::NAME => self.name = line(field, MAX_NAME_BYTES)?,
            fields::DESCRIPTION => self.description = text(field, MAX_DESCRIPTION_BYTES)?,
            fields::LANG => self.lang = language(field)?,
            fields::PERSISTENT => self.persistent = field.as_bool()?,
            fields::PUBLIC => self.public = field.as_bool()?,
            fields::MEMBERS_ONLY => self.members_only = field.as_bool()?,
            fields::MODERATED => self.moderated = field.as_bool()?,
            fields::CHANGE_SUBJECT => self.change_subject = field.as_bool()?,
            fields::MUTE_ANONYMOUS | fields::MUTE_ANONYMOUS_ALIAS => self.mute_anonymous = field.as_bool()?,
            fields::SLOW_MODE => {
                self.slow_mode = number(field)?;
                if self.slow_mode > MAX_SLOW_MODE {
                    return Err(field.refused(&format!("must be {MAX_SLOW_MODE} at most")));
                }
            }
            fields::EMOJI_ONLY => self.emoji_only = field.as_bool()?,
            fields::SAMPLING => self.sampling = field.as_bool()?,
            fields::WHOIS => {
                self.whois = match choice(field)? {
                    "moderators" => Whois::Moderators,
                    "anyone" => Whois::Anyone,
                    _ => return Err(field.refused("must be moderators or anyone")),
                }
            }
            fields::ALLOW_PM => {
                // The singular names are Prosody's.
                self.allow_pm = match choice(field)? {
                    "anyone" | "visitor" => AllowPm::Anyone,
                    "participants" | "participant" => AllowPm::Participants,
                    "moderators" | "moderator" => AllowPm::Moderators,
                    "none" => AllowPm::None,
                    _ => return Err(field.refused("must be anyone, participants, moderators or none")),
                }
            }
            fields::MAX_USERS => {
                self.max_users = match choice(field)? {
                    "none" | "" => None,
                    _ => Some(number(field)?).filter(|limit| *limit > 0),
                }
            }
            fields::PRESENCE_BROADCAST => {
                self.show_absent = field.values.iter().any(|value| value.trim() == "none");
            }
            fields::MEMBER_LIST => self.member_list = roles(field)?,
            fields::HISTORY_DEFAULT => self.history_default = number(field)?,
            _ => {}
        }
        Ok(())
    }

    /// Many clients send the password alone, as servers without the switch have it: then it is the switch.
    fn password_by(&self, form: &Form) -> Result<Option<String>, StanzaError> {
        let protected = switch(form, &[fields::PASSWORD_PROTECTED])?;
        let secret = form.get(fields::SECRET).map(|field| text(field, MAX_PASSWORD_BYTES)).transpose()?;
        match (protected, secret) {
            (Some(false), _) => Ok(None),
            (None, None) => Ok(self.password.clone()),
            (None, Some(secret)) => Ok(Some(secret).filter(|secret| !secret.is_empty())),
            (Some(true), secret) => match secret.or_else(|| self.password.clone()) {
                Some(secret) if !secret.is_empty() => Ok(Some(secret)),
                _ => Err(StanzaError::new(Condition::NotAcceptable).text(format!(
                    "The field {} asks for a password; the field {} must hold one.",
                    fields::PASSWORD_PROTECTED,
                    fields::SECRET
                ))),
            },
        }
    }

    fn presence_by(&self, form: &Form) -> Result<PresenceBroadcast, StanzaError> {
        let submitted = form.get(fields::PRESENCE_BROADCAST).map(roles).transpose()?;
        let shown = match self.presence {
            PresenceBroadcast::Auto => Roles::ALL,
            PresenceBroadcast::Fixed(roles) => roles,
        };
        let Some(mode) = form.get(fields::PRESENCE_MODE) else {
            return Ok(submitted.map_or(self.presence, PresenceBroadcast::Fixed));
        };
        match (choice(mode)?, submitted) {
            // The mode was sent back as it was shown, the roles were changed.
            ("auto", Some(roles)) if self.presence == PresenceBroadcast::Auto && roles != shown => {
                Ok(PresenceBroadcast::Fixed(roles))
            }
            ("auto", _) => Ok(PresenceBroadcast::Auto),
            ("fixed", roles) => Ok(PresenceBroadcast::Fixed(roles.unwrap_or(shown))),
            _ => Err(mode.refused("must be auto or fixed")),
        }
    }

    fn changes_to(&self, next: &RoomConfig) -> Vec<&'static str> {
        let (was, is) = (self, next);
        [
            (fields::NAME, was.name != is.name),
            (fields::DESCRIPTION, was.description != is.description),
            (fields::LANG, was.lang != is.lang),
            (fields::PERSISTENT, was.persistent != is.persistent),
            (fields::PUBLIC, was.public != is.public),
            (fields::MEMBERS_ONLY, was.members_only != is.members_only),
            (fields::PASSWORD_PROTECTED, was.password.is_some() != is.password.is_some()),
            (fields::SECRET, was.password != is.password),
            (fields::MAX_USERS, was.max_users != is.max_users),
            (fields::ALLOW_INVITES, was.invites_allowed() != is.invites_allowed()),
            (fields::MODERATED, was.moderated != is.moderated),
            (fields::MUTE_ANONYMOUS, was.mute_anonymous != is.mute_anonymous),
            (fields::SLOW_MODE, was.slow_mode != is.slow_mode),
            (fields::EMOJI_ONLY, was.emoji_only != is.emoji_only),
            (fields::SAMPLING, was.sampling != is.sampling),
            (fields::WHOIS, was.whois != is.whois),
            (fields::CHANGE_SUBJECT, was.change_subject != is.change_subject),
            (fields::ALLOW_PM, was.allow_pm != is.allow_pm),
            (fields::LOGGING, was.archiving != is.archiving),
            (fields::PRESENCE_BROADCAST, was.presence != is.presence || was.show_absent != is.show_absent),
            (fields::MEMBER_LIST, was.member_list != is.member_list),
            (fields::HISTORY_MAX, was.history_max != is.history_max),
            (fields::HISTORY_DEFAULT, was.history_default != is.history_default),
        ]
        .into_iter()
        .filter_map(|(var, changed)| changed.then_some(var))
        .collect()
    }
}

/// The first of these fields that the form has, as a switch.
fn switch(form: &Form, vars: &[&str]) -> Result<Option<bool>, StanzaError> {
    vars.iter().find_map(|var| form.get(var)).map(Field::as_bool).transpose()
}

fn text(field: &Field, max_bytes: usize) -> Result<String, StanzaError> {
    let text = field.as_text().unwrap_or_default().into_owned();
    if text.len() > max_bytes {
        return Err(field.refused(&format!("is longer than {max_bytes} bytes")));
    }
    Ok(text)
}

fn line(field: &Field, max_bytes: usize) -> Result<String, StanzaError> {
    Ok(text(field, max_bytes)?.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A language tag by its alphabet and length (RFC 5646 §2.1, §4.4.1); which ones exist is not Parterre's to say.
pub(crate) fn is_language_tag(tag: &str) -> bool {
    tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn language(field: &Field) -> Result<String, StanzaError> {
    let tag = choice(field)?;
    if is_language_tag(tag) { Ok(tag.to_owned()) } else { Err(field.refused("must be a language tag such as en")) }
}

/// The field's single value, without the spaces around it; empty if there is none.
fn choice(field: &Field) -> Result<&str, StanzaError> {
    match field.values.as_slice() {
        [] => Ok(""),
        [only] => Ok(only.trim()),
        _ => Err(field.refused("takes one value")),
    }
}

fn number(field: &Field) -> Result<u32, StanzaError> {
    choice(field)?.parse().map_err(|_| field.refused("must be a whole number, 0 or more"))
}

fn roles(field: &Field) -> Result<Roles, StanzaError> {
    let mut roles = Roles::NONE;
    for value in &field.values {
        match value.trim() {
            "moderator" => roles.moderator = true,
            "participant" => roles.participant = true,
            "visitor" => roles.visitor = true,
            "none" | "" => {}
            _ => return Err(field.refused("takes moderator, participant and visitor")),
        }
    }
    Ok(roles)
}
