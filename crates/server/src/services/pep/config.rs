//! How a node behaves (XEP-0060 §16.4.4): the options that this service honours, read from and written as a form.

use parterre_xmpp::forms::{Field, Form, FormType};
use parterre_xmpp::{Condition, Element, StanzaError, ns};

use super::super::limits::Limits;
use super::super::refuse;

const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";

/// Who may read a node (XEP-0060 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Open,
    /// Those who see the owner's presence.
    Presence,
    /// The owner.
    Whitelist,
}

/// When the newest item is sent to somebody unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendLast {
    Never,
    OnSubscription,
    OnPresence,
}

/// A node's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeConfig {
    pub(crate) access: Access,
    pub(crate) persist: bool,
    pub(crate) max_items: usize,
    pub(crate) send_last: SendLast,
    pub(crate) notify_retract: bool,
    /// Whether events say who published (`pubsub#itemreply`).
    pub(crate) names_publisher: bool,
}

impl Default for NodeConfig {
    /// The defaults of personal eventing (XEP-0163 §3).
    fn default() -> Self {
        NodeConfig {
            access: Access::Presence,
            persist: true,
            max_items: 1,
            send_last: SendLast::OnPresence,
            notify_retract: false,
            names_publisher: false,
        }
    }
}

const ACCESS: &[(Access, &str)] =
    &[(Access::Open, "open"), (Access::Presence, "presence"), (Access::Whitelist, "whitelist")];
const SEND_LAST: &[(SendLast, &str)] =
    &[(SendLast::Never, "never"), (SendLast::OnSubscription, "on_sub"), (SendLast::OnPresence, "on_sub_and_presence")];

fn name_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table.iter().find(|(known, _)| known == value).map_or("", |(_, name)| name)
}

fn value_of<T: Copy>(table: &[(T, &'static str)], field: &Field) -> Result<T, StanzaError> {
    let text = field.as_text().unwrap_or_default();
    table.iter().find(|(_, name)| *name == text.trim()).map(|(value, _)| *value).ok_or_else(|| {
        let names: Vec<_> = table.iter().map(|(_, name)| *name).collect();
        refuse(Condition::NotAcceptable, &format!("The field {} takes {}.", field.var, names.join(", ")))
    })
}

impl NodeConfig {
    /// What a node starts as that nobody configures: as [`NodeConfig::default`], save that bookmarks are private.
    pub(crate) fn for_node(node: &str, limits: &Limits) -> Self {
        if node == ns::BOOKMARKS { NodeConfig::for_bookmarks(limits) } else { NodeConfig::default() }
    }

    /// The configuration that XEP-0402 §4 asks for.
    pub(crate) fn for_bookmarks(limits: &Limits) -> Self {
        NodeConfig {
            access: Access::Whitelist,
            max_items: limits.pep_items,
            send_last: SendLast::Never,
            ..NodeConfig::default()
        }
    }

    /// That of an avatar that came by vCard, which everybody may read anyway.
    pub(crate) fn for_avatar() -> Self {
        NodeConfig { access: Access::Open, ..NodeConfig::default() }
    }

    /// The configuration changed by a form. Options that this service does not know are let be.
    pub(crate) fn apply(&self, form: &Form, limits: &Limits) -> Result<Self, StanzaError> {
        let mut config = self.clone();
        for field in &form.fields {
            match field.var.as_ref() {
                "pubsub#access_model" => config.access = value_of(ACCESS, field)?,
                "pubsub#persist_items" => config.persist = field.as_bool()?,
                "pubsub#max_items" => {
                    let text = field.as_text().unwrap_or_default();
                    let asked = match text.trim() {
                        "max" | "" => usize::MAX,
                        number => number.parse().map_err(|_| field.refused("is a number or 'max'"))?,
                    };
                    // Asking for more than there can be gives as many as there can be.
                    config.max_items = asked.clamp(1, limits.pep_items.max(1));
                }
                "pubsub#send_last_published_item" => config.send_last = value_of(SEND_LAST, field)?,
                "pubsub#notify_retract" => config.notify_retract = field.as_bool()?,
                "pubsub#itemreply" => config.names_publisher = field.as_text().as_deref() == Some("publisher"),
                _ => {}
            }
        }
        Ok(config)
    }

    /// The form that says how the node is configured.
    pub(crate) fn to_form(&self, kind: FormType) -> Form {
        let labels = |table: &[(&'static str, &'static str)]| table.to_vec();
        let access = labels(&[("open", "everybody"), ("presence", "who sees your presence"), ("whitelist", "you")]);
        let last = labels(&[
            ("never", "never"),
            ("on_sub", "when they subscribe"),
            ("on_sub_and_presence", "when they come online"),
        ]);
        let replies = labels(&[("owner", "the owner"), ("publisher", "the publisher")]);
        let reply = if self.names_publisher { "publisher" } else { "owner" };
        Form::new(kind, NODE_CONFIG)
            .field(Field::one_of("pubsub#access_model", name_of(ACCESS, &self.access), &access).label("Who may read"))
            .field(Field::boolean("pubsub#persist_items", self.persist).label("Keep items"))
            .field(Field::text("pubsub#max_items", self.max_items.to_string()).label("How many items are kept"))
            .field(
                Field::one_of("pubsub#send_last_published_item", name_of(SEND_LAST, &self.send_last), &last)
                    .label("When others get the newest item unasked"),
            )
            .field(Field::boolean("pubsub#notify_retract", self.notify_retract).label("Tell when items are removed"))
            .field(Field::one_of("pubsub#itemreply", reply, &replies).label("Whom events name"))
    }

    /// The configuration as it is kept.
    pub(crate) fn to_element(&self) -> Element {
        self.to_form(FormType::Submit).to_element()
    }

    /// Reads what [`NodeConfig::to_element`] wrote; what cannot be read is as by default.
    pub(crate) fn from_element(element: &Element) -> Self {
        let unbounded = Limits { pep_items: usize::MAX, ..Limits::default() };
        Form::parse(element).and_then(|form| NodeConfig::default().apply(&form, &unbounded)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_reads_back() {
        let config = NodeConfig {
            access: Access::Whitelist,
            persist: false,
            max_items: 255,
            send_last: SendLast::Never,
            notify_retract: true,
            names_publisher: true,
        };
        let kept: Element = config.to_element().to_xml().parse().unwrap();
        assert_eq!(NodeConfig::from_element(&kept), config);
        assert_eq!(NodeConfig::from_element(&Element::new("x", "y")), NodeConfig::default());
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_is_too_much_is_cut() {
        let form =
            |var: &'static str, value: &str| Form::new(FormType::Submit, NODE_CONFIG).field(Field::text(var, value));
        let limits = Limits { pep_items: 200, ..Limits::default() };
        let apply = |form| NodeConfig::default().apply(&form, &limits);
        assert!(apply(form("pubsub#access_model", "roster")).is_err());
        assert!(apply(form("pubsub#max_items", "many")).is_err());
        assert_eq!(apply(form("pubsub#max_items", "255")).unwrap().max_items, 200);
        assert_eq!(apply(form("pubsub#max_items", "max")).unwrap().max_items, 200);
        assert_eq!(apply(form("pubsub#title", "x")).unwrap(), NodeConfig::default());
    }
}
