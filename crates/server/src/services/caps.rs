//! Entity capabilities (XEP-0115): the hash of what an entity can do, and of which events a client wants to hear.
//!
//! Enters: the `<c/>` of accounts' presences and the answers of clients that were asked once per hash. Leaves: the
//! nodes of which a client wants events (XEP-0163 §4.2). Anonymous people are never asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parterre_xmpp::{Element, ns};
use sha1::{Digest, Sha1};

use super::out::Out;
use super::{Asker, Services};
use crate::registry::Wanted;

/// What was learnt about clients, by the hash that they bear.
pub(crate) struct Caps {
    known: Mutex<HashMap<String, Wanted>>,
    bound: usize,
}

impl Caps {
    pub(crate) fn new(bound: usize) -> Self {
        Caps { known: Mutex::default(), bound }
    }

    fn get(&self, ver: &str) -> Option<Wanted> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(ver).cloned()
    }

    fn learn(&self, ver: &str, wanted: Wanted) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.bound {
            // Some hundreds of clients exist; whoever fills this invents them, and asking again costs little.
            known.clear();
        }
        known.insert(ver.to_owned(), wanted);
    }
}

/// The verification string's hash (XEP-0115 §5.1) of a disco#info result; `None` where §5.4 calls it ill-formed.
pub(crate) fn hash(query: &Element) -> Option<String> {
    let mut identities = Vec::new();
    let mut features = Vec::new();
    let mut forms = BTreeMap::new();
    for child in query.children() {
        match (child.ns(), child.name()) {
            (ns::DISCO_INFO, "identity") => identities.push(format!(
                "{}/{}/{}/{}",
                child.get("category").unwrap_or_default(),
                child.get("type").unwrap_or_default(),
                child.lang().unwrap_or_default(),
                child.get("name").unwrap_or_default()
            )),
            (ns::DISCO_INFO, "feature") => features.push(child.get("var").unwrap_or_default().to_owned()),
            (ns::DATA, "x") => {
                let (form_type, fields) = form(child)?;
                if forms.insert(form_type, fields).is_some() {
                    return None;
                }
            }
            _ => {}
        }
    }
    let mut text = String::new();
    for list in [&mut identities, &mut features] {
        list.sort();
        if list.windows(2).any(|pair| pair.first() == pair.last()) {
            return None;
        }
        for entry in list.iter() {
            push(&mut text, entry);
        }
    }
    for (form_type, fields) in forms {
        push(&mut text, &form_type);
        for (var, values) in fields {
            push(&mut text, &var);
            for value in &values {
                push(&mut text, value);
            }
        }
    }
    Some(STANDARD.encode(Sha1::digest(text.as_bytes())))
}

fn push(text: &mut String, part: &str) {
    text.push_str(part);
    text.push('<');
}

type Fields = BTreeMap<String, Vec<String>>;

fn form(form: &Element) -> Option<(String, Fields)> {
    let mut fields = Fields::new();
    let mut form_type = None;
    for field in form.children().filter(|child| child.is("field", ns::DATA)) {
        let mut values: Vec<_> = field
            .children()
            .filter(|child| child.is("value", ns::DATA))
            .map(|value| value.content().into_owned())
            .collect();
        values.sort();
        match field.get("var") {
            Some("FORM_TYPE") => form_type = values.into_iter().next(),
            Some(var) => drop(fields.insert(var.to_owned(), values)),
            None => {}
        }
    }
    Some((form_type?, fields))
}

fn wanted(query: &Element) -> Wanted {
    let mut nodes: Vec<Box<str>> = query
        .children()
        .filter(|child| child.is("feature", ns::DISCO_INFO))
        .filter_map(|feature| feature.get("var")?.strip_suffix("+notify").map(Into::into))
        .collect();
    nodes.sort();
    nodes.dedup();
    nodes.into()
}

/// The `node#ver` by which a presence says what its client can do.
fn announced(presence: &Element) -> Option<(String, &str)> {
    let caps = presence.find("c", ns::CAPS)?;
    let (node, ver) = (caps.get("node")?, caps.get("ver")?);
    Some((format!("{node}#{ver}"), ver))
}

impl Services {
    /// Learns from a presence of which nodes its session wants events, or asks. Says whether that changed.
    pub(crate) fn caps_announced(&self, who: &Asker, presence: &Element, out: &mut Out) -> bool {
        let Some((node, ver)) = announced(presence) else {
            return self.registry.want(who.jid.as_str(), who.binding, None);
        };
        if let Some(wanted) = self.caps.get(ver) {
            return self.registry.want(who.jid.as_str(), who.binding, Some(wanted));
        }
        let query = Element::new("query", ns::DISCO_INFO).with("node", node);
        out.answer(&Element::iq("get", "disco").with("from", who.bare.as_str()).child(query));
        false
    }

    /// Takes a client's answer to that question. Anything else is an answer that nobody waits for.
    pub(crate) async fn caps_answer(&self, who: &Asker, stanza: &Element, out: &mut Out) {
        let Some(query) = stanza.find("query", ns::DISCO_INFO).filter(|_| stanza.get("id") == Some("disco")) else {
            return;
        };
        let Some((presence, _)) = self.registry.session(who.jid.as_str()).and_then(|session| session.presence) else {
            return;
        };
        // The client may have changed since it was asked; then another answer is on its way.
        let Some((node, ver)) = announced(&presence) else {
            return;
        };
        if query.get("node") != Some(&node) {
            return;
        }
        let wanted: Wanted = wanted(query);
        if hash(query).as_deref() == Some(ver) {
            self.caps.learn(ver, wanted.clone());
        }
        if self.registry.want(who.jid.as_str(), who.binding, Some(wanted)) {
            self.send_last_items(who, out).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_hash_as_they_should() {
        let simple: Element = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity category='client' name='Exodus 0.9.1' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/>\
            <feature var='http://jabber.org/protocol/muc'/></query>"
            .parse()
            .unwrap();
        assert_eq!(hash(&simple).as_deref(), Some("QgayPKawpkPSDYmwT/WM94uAlu0="));
        let complex: Element = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
            <identity xml:lang='el' category='client' name='\u{3a8} 0.11' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/>\
            <feature var='http://jabber.org/protocol/muc'/>\
            <x xmlns='jabber:x:data' type='result'>\
            <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
            <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>\
            <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
            <field var='software'><value>Psi</value></field>\
            <field var='software_version'><value>0.11</value></field></x></query>"
            .parse()
            .unwrap();
        assert_eq!(hash(&complex).as_deref(), Some("q07IKJEyjvHSyhy//CH0CxmKi8w="));
    }

    #[test]
    fn the_same_feature_twice_is_ill_formed() {
        let query: Element = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <feature var='a'/><feature var='a'/></query>"
            .parse()
            .unwrap();
        assert_eq!(hash(&query), None);
    }
}
