//! Personal eventing over the wire: what clients ask of their own account's nodes and of others' (XEP-0060 §6 to §8).

use parterre_xmpp::forms::{Form, FormType};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};

use super::super::account::{failed, kind, owner};
use super::super::iq::{Answer, Handled, Request};
use super::super::offline::unique;
use super::super::out::Out;
use super::super::{Services, refuse};
use super::{Item, NodeConfig, no_such_node, pubsub_error};

fn node(element: &Element) -> Result<&str, StanzaError> {
    element
        .get("node")
        .filter(|node| !node.is_empty())
        .ok_or_else(|| pubsub_error(Condition::BadRequest, "nodeid-required", "Name the node."))
}

fn pubsub(payload: Element) -> Answer {
    let ns = payload.ns().to_owned();
    Answer::With(Element::new("pubsub", ns).child(payload))
}

fn unsupported(feature: &'static str) -> StanzaError {
    let detail = Element::new("unsupported", ns::PUBSUB_ERRORS).with("feature", feature);
    refuse(Condition::FeatureNotImplemented, "Personal eventing here cannot do that.").extra(detail)
}

impl Services {
    /// A question to, or a change of, the asker's own nodes.
    pub(crate) async fn pubsub_own(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let Some(action) = request.payload.children().next() else {
            return Err(refuse(Condition::BadRequest, "Say what to do."));
        };
        let own = &request.who.bare;
        match (request.payload.ns(), action.name(), request.is_set) {
            (ns::PUBSUB, "items", false) => self.pubsub_items(own, own, action).await,
            (ns::PUBSUB, "publish", true) => self.pubsub_publish(request, action, out).await,
            (ns::PUBSUB, "retract", true) => self.pubsub_retract(request, action, out).await,
            (ns::PUBSUB, "create", true) => self.pubsub_create(request, action).await,
            (ns::PUBSUB_OWNER, "configure", _) => self.pubsub_configure(request, action).await,
            (ns::PUBSUB_OWNER, "default", false) => {
                let form = NodeConfig::default().to_form(FormType::Form).to_element();
                Ok(pubsub(Element::new("default", ns::PUBSUB_OWNER).child(form)))
            }
            (ns::PUBSUB_OWNER, "purge" | "delete", true) => self.pubsub_empty(request, action, out).await,
            (_, "subscribe" | "unsubscribe", _) => Err(unsupported("subscribe")),
            (_, "subscriptions", _) => Err(unsupported("retrieve-subscriptions")),
            (_, "affiliations", _) => Err(unsupported("retrieve-affiliations")),
            _ => Err(Condition::FeatureNotImplemented.into()),
        }
    }

    /// A question to somebody else's nodes.
    pub(crate) async fn pubsub_other(&self, request: &Request<'_>, account: &BareJid) -> Handled {
        match request.payload.children().next() {
            Some(items) if items.is("items", ns::PUBSUB) => self.pubsub_items(account, &request.who.bare, items).await,
            _ => Err(Condition::FeatureNotImplemented.into()),
        }
    }

    async fn pubsub_items(&self, account: &BareJid, reader: &BareJid, asked: &Element) -> Handled {
        let node = node(asked)?;
        self.readable(account, reader, node).await?;
        let max = match asked.get("max_items") {
            Some(max) => max.parse().map_err(|_| refuse(Condition::BadRequest, "max_items is a number."))?,
            None => usize::MAX,
        };
        let wanted: Vec<_> =
            asked.children().filter(|child| child.is("item", ns::PUBSUB)).filter_map(|item| item.get("id")).collect();
        let mut items = self.items(account, node).await?;
        if wanted.is_empty() {
            items.drain(..items.len().saturating_sub(max));
        } else {
            items.retain(|item| wanted.contains(&item.id.as_str()));
            if items.is_empty() {
                return Err(refuse(Condition::ItemNotFound, "There is no such item."));
            }
        }
        Ok(pubsub(
            Element::new("items", ns::PUBSUB)
                .with("node", node)
                .children_from(items.iter().map(|item| item.to_element(ns::PUBSUB))),
        ))
    }

    async fn pubsub_publish(&self, request: &Request<'_>, action: &Element, out: &mut Out) -> Handled {
        let own = &request.who.bare;
        let node = node(action)?;
        let mut given = action.children().filter(|child| child.is("item", ns::PUBSUB));
        let (item, None) = (given.next(), given.next()) else {
            return Err(pubsub_error(Condition::BadRequest, "max-items-exceeded", "Publish one item at a time."));
        };
        let item = item.ok_or_else(|| pubsub_error(Condition::BadRequest, "item-required", "Publish an item."))?;
        if item.children().count() > 1 {
            return Err(pubsub_error(Condition::BadRequest, "invalid-payload", "An item has one payload."));
        }
        let mut item = Item::from_element(item, unique).ok_or(Condition::InternalServerError)?;
        // Whatever the client claims: only the owner publishes here.
        item.publisher = Some(own.as_str().to_owned());
        let config = self.publish_options(request, node).await?;
        let id = item.id.clone();
        self.publish(own, node, item.clone(), &config, out).await?;
        self.avatar_published(own, node, &item, out).await?;
        let item = Element::new("item", ns::PUBSUB).with("id", id);
        Ok(pubsub(Element::new("publish", ns::PUBSUB).with("node", node).child(item)))
    }

    /// What a node is made with, should it be made now; an error if there is one already and it is not as the
    /// client needs it (XEP-0060 §7.1.5).
    async fn publish_options(&self, request: &Request<'_>, node: &str) -> Result<NodeConfig, StanzaError> {
        let limits = &self.settings.limits;
        let options = request.payload.find_own("publish-options").map(Form::find).transpose()?.flatten();
        let account = self.account(&request.who.bare).await?;
        let before = account.nodes.get(node);
        let base = before.cloned().unwrap_or_else(|| NodeConfig::for_node(node, limits));
        let Some(options) = options else { return Ok(base) };
        let wished = base.apply(&options, limits)?;
        if before.is_some_and(|before| *before != wished) {
            let text = "The node is not configured as the publish options say. Configure it first.";
            return Err(pubsub_error(Condition::Conflict, "precondition-not-met", text));
        }
        Ok(wished)
    }

    async fn pubsub_retract(&self, request: &Request<'_>, action: &Element, out: &mut Out) -> Handled {
        let node = node(action)?;
        let notify = matches!(action.get("notify"), Some("1" | "true"));
        let ids: Vec<_> =
            action.children().filter(|child| child.is("item", ns::PUBSUB)).filter_map(|item| item.get("id")).collect();
        if ids.is_empty() {
            return Err(pubsub_error(Condition::BadRequest, "item-required", "Name the item."));
        }
        for id in ids {
            self.retract(&request.who.bare, node, id, notify, out).await?;
        }
        self.avatar_emptied(&request.who.bare, node, out).await?;
        Ok(Answer::Done)
    }

    async fn pubsub_create(&self, request: &Request<'_>, action: &Element) -> Handled {
        let limits = &self.settings.limits;
        let node = node(action)?;
        let form = request.payload.find_own("configure").map(Form::find).transpose()?.flatten();
        let mut config = NodeConfig::for_node(node, limits);
        if let Some(form) = form {
            config = config.apply(&form, limits)?;
        }
        let mut account = self.account(&request.who.bare).await?;
        if account.nodes.contains_key(node) {
            return Err(refuse(Condition::Conflict, "There is such a node already."));
        }
        self.configure(&mut account, node, &config).await?;
        Ok(Answer::Done)
    }

    async fn pubsub_configure(&self, request: &Request<'_>, action: &Element) -> Handled {
        let node = node(action)?;
        let mut account = self.account(&request.who.bare).await?;
        let before = account.nodes.get(node).cloned().ok_or_else(no_such_node)?;
        if !request.is_set {
            let form = before.to_form(FormType::Form).to_element();
            return Ok(pubsub(Element::new("configure", ns::PUBSUB_OWNER).with("node", node).child(form)));
        }
        match Form::find(action)? {
            Some(form) if form.kind == FormType::Submit => {
                let config = before.apply(&form, &self.settings.limits)?;
                self.configure(&mut account, node, &config).await?;
                Ok(Answer::Done)
            }
            Some(form) if form.kind == FormType::Cancel => Ok(Answer::Done),
            _ => Err(refuse(Condition::BadRequest, "Configure a node with the form that it gives.")),
        }
    }

    /// Removes all items of a node, or the node with them.
    async fn pubsub_empty(&self, request: &Request<'_>, action: &Element, out: &mut Out) -> Handled {
        let own = &request.who.bare;
        let node = node(action)?;
        let deletes = action.name() == "delete";
        self.readable(own, own, node).await?;
        self.store.remove_documents(owner(own), &kind::items(node)).await.map_err(|error| failed(&error))?;
        let what = if deletes { "delete" } else { "purge" };
        // Told before the node is gone, while it still says who may know of it.
        self.notify(own, node, Element::new(what, ns::PUBSUB_EVENT).with("node", node), out).await?;
        if deletes {
            let mut account = self.account(own).await?;
            self.remove(owner(own), kind::NODES, node).await?;
            account.nodes.remove(node);
        }
        self.avatar_emptied(own, node, out).await?;
        Ok(Answer::Done)
    }
}
