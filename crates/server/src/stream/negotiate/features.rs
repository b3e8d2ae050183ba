//! What a stream announces (RFC 6120 §4.3.2), before and after the login.
//!
//! Each feature costs a client a round trip if it takes it up, and a crowd of anonymous people takes up what it is
//! offered: so they are offered nothing that they have no use for.

use parterre_xmpp::sasl::Mechanism;
use parterre_xmpp::{Element, ns};

use super::{Negotiation, StartTls};
use crate::auth::Host;

impl Negotiation {
    /// The mechanisms on offer.
    pub(super) fn mechanisms(&self) -> Vec<Mechanism> {
        if self.connection.starttls == StartTls::Required {
            return Vec::new();
        }
        self.auth.mechanisms(self.host, self.connection.secure, &self.connection.bindings)
    }

    /// STARTTLS, then the ways to log in: SASL2 (XEP-0388) where nobody can listen, SASL as RFC 6120 has it always.
    pub(super) fn features_before_login(&self) -> Element {
        let mut features = Element::new("features", ns::STREAMS);
        if self.connection.starttls != StartTls::Absent {
            let mut starttls = Element::new("starttls", ns::TLS);
            if self.connection.starttls == StartTls::Required {
                starttls.push(Element::new("required", ns::TLS));
            }
            features.push(starttls);
        }
        let mechanisms = self.mechanisms();
        if mechanisms.is_empty() {
            return features;
        }
        if mechanisms.iter().any(|mechanism| mechanism.binds_channel()) {
            let types = self.connection.bindings.types();
            features.push(
                Element::new("sasl-channel-binding", ns::SASL_CB)
                    .children_from(types.map(|kind| Element::new("channel-binding", ns::SASL_CB).with("type", kind))),
            );
        }
        let list = |ns: &'static str| {
            mechanisms.iter().map(move |mechanism| Element::new("mechanism", ns).text(mechanism.name()))
        };
        features.push(Element::new("mechanisms", ns::SASL).children_from(list(ns::SASL)));
        // XEP-0388 §4: only after TLS.
        if self.connection.secure {
            features.push(
                Element::new("authentication", ns::SASL2).children_from(list(ns::SASL2)).child(self.inline_features()),
            );
        }
        features
    }

    /// What SASL2 does along with the login: resume (XEP-0198 §9.2) or bind (XEP-0386 §3).
    fn inline_features(&self) -> Element {
        let with_bind = [ns::SM, ns::CSI].into_iter().chain((self.host == Host::Accounts).then_some(ns::CARBONS));
        let bind = Element::new("bind", ns::BIND2).child(
            Element::new("inline", ns::BIND2)
                .children_from(with_bind.map(|var| Element::new("feature", ns::BIND2).with("var", var))),
        );
        Element::new("inline", ns::SASL2).child(bind).child(Element::new("sm", ns::SM))
    }

    /// Binding, stream management, client state. The session request of RFC 3921 does nothing; it is announced, as
    /// optional, on TCP alone, where old clients insist on it. In browsers it would cost each of them a round trip.
    pub(super) fn features_after_login(&self, bound: bool, managed: bool) -> Element {
        let mut features = Element::new("features", ns::STREAMS);
        if !bound {
            features.push(Element::new("bind", ns::BIND).child(Element::new("required", ns::BIND)));
            if self.connection.tcp {
                features.push(Element::new("session", ns::SESSION).child(Element::new("optional", ns::SESSION)));
            }
        }
        if !managed {
            features.push(Element::new("sm", ns::SM));
        }
        features.push(Element::new("csi", ns::CSI));
        let offers = self.offers.iter().filter(|_| self.host == Host::Accounts);
        features.children_from(offers.cloned())
    }
}
