//! The `<query/>` of an archive, read strictly: a filter that is not understood must not be ignored, or the
//! answer would hold what the client asked to leave out.

use parterre_xmpp::forms::{Field, Form, FormType};
use parterre_xmpp::{Condition, Element, Jid, StanzaError, Timestamp, ns};

use super::PageRequest;
use crate::command::LogId;
use crate::rsm::SetRequest;

/// Longest `queryid`, in bytes: every result repeats it.
pub const MAX_QUERYID_BYTES: usize = 256;
/// Most messages that one query may name by `ids`.
pub const MAX_IDS: usize = 500;

impl PageRequest {
    /// Reads `<query xmlns='urn:xmpp:mam:2'/>` (XEP-0313 §4). `limit` is the most messages that a page holds; who
    /// asks for more, or says nothing, gets that many.
    ///
    /// Errors: `feature-not-implemented` for a filter that is not known, naming it; `item-not-found` for an id
    /// that no archive of this server ever gave, and for a pubsub node; `bad-request` for anything malformed.
    pub fn parse(query: &Element, limit: u64) -> Result<Self, StanzaError> {
        if query.get("node").is_some_and(|node| !node.is_empty()) {
            return Err(StanzaError::new(Condition::ItemNotFound).text("A room’s archive has no nodes."));
        }
        if query.get("queryid").is_some_and(|id| id.len() > MAX_QUERYID_BYTES) {
            return Err(bad(format!("The queryid is longer than {MAX_QUERYID_BYTES} bytes.")));
        }
        let mut request = PageRequest { flip: query.has("flip-page", ns::MAM), ..PageRequest::default() };
        if let Some(form) = Form::find(query)? {
            request.filter(&form)?;
        }
        let set = SetRequest::find(query)?;
        request.max = set.max.unwrap_or(limit).min(limit);
        request.index = set.index;
        request.last = set.last;
        request.after = set.after.as_deref().map(id).transpose()?;
        request.before = set.before.as_deref().map(id).transpose()?;
        Ok(request)
    }

    fn filter(&mut self, form: &Form) -> Result<(), StanzaError> {
        if form.kind != FormType::Submit || form.form_type() != Some(ns::MAM) {
            return Err(bad(format!("Expected a submitted form of the type {}.", ns::MAM)));
        }
        for field in &form.fields {
            match field.var.as_ref() {
                "FORM_TYPE" => {}
                "start" => self.start = single(field)?.map(|text| time(field, text)).transpose()?,
                "end" => self.end = single(field)?.map(|text| time(field, text)).transpose()?,
                "with" => self.with = single(field)?.map(address).transpose()?,
                "after-id" => self.after_id = single(field)?.map(id).transpose()?,
                "before-id" => self.before_id = single(field)?.map(id).transpose()?,
                "ids" => {
                    if field.values.len() > MAX_IDS {
                        return Err(bad(format!("The field ids names more than {MAX_IDS} messages.")));
                    }
                    self.ids = Some(field.values.iter().map(|value| id(value.trim())).collect::<Result<_, _>>()?);
                }
                unknown => {
                    return Err(StanzaError::new(Condition::FeatureNotImplemented)
                        .text(format!("The archive cannot be searched by the field {unknown}.")));
                }
            }
        }
        Ok(())
    }

    /// Whether nothing is filtered: the pages are those of the whole archive.
    pub fn is_unfiltered(&self) -> bool {
        self.start.is_none()
            && self.end.is_none()
            && self.with.is_none()
            && self.after_id.is_none()
            && self.before_id.is_none()
            && self.ids.is_none()
    }
}

fn bad(text: impl Into<String>) -> StanzaError {
    StanzaError::new(Condition::BadRequest).text(text)
}

/// The field's value without the spaces around it; `None` where a person left it empty.
fn single(field: &Field) -> Result<Option<&str>, StanzaError> {
    match field.values.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.trim()).filter(|value| !value.is_empty())),
        _ => Err(bad(format!("The field {} takes one value.", field.var))),
    }
}

fn time(field: &Field, text: &str) -> Result<Timestamp, StanzaError> {
    Timestamp::parse(text)
        .ok_or_else(|| bad(format!("The field {} must be a time such as 2026-06-07T00:00:00Z (XEP-0082).", field.var)))
}

fn address(text: &str) -> Result<String, StanzaError> {
    Jid::new(text).map(|jid| jid.to_string()).map_err(|_| bad("The field with must be an address."))
}

/// Other strings than those that the archive makes name nothing in it (XEP-0313 §4.1.4, §4.3.2).
fn id(text: &str) -> Result<LogId, StanzaError> {
    LogId::parse(text)
        .ok_or_else(|| StanzaError::new(Condition::ItemNotFound).text(format!("The archive has no message “{text}”.")))
}
