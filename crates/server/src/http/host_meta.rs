//! Where clients find WebSocket and BOSH (XEP-0156 §3, RFC 6415), for any page of the web. In its JSON form also whom to
//! log in with, for a client that knows nothing but the address of this server, and the word for who has chosen no name.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde_json::json;

use super::origin::{Caller, Origin};
use super::{Site, page};

/// The relations of XEP-0156 and what they lead to.
fn links(origin: &Origin) -> [(&'static str, String); 2] {
    [("urn:xmpp:alt-connections:websocket", origin.websocket()), ("urn:xmpp:alt-connections:xbosh", origin.bosh())]
}

/// Every page may read it. A cache must not mix up the names by which this server is reached.
fn headers(content_type: &'static str) -> [(header::HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, "max-age=300"),
        (header::VARY, "host, x-forwarded-host, x-forwarded-proto"),
    ]
}

pub(super) async fn xrd(State(site): State<Arc<Site>>, caller: Caller, request: HeaderMap) -> impl IntoResponse {
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n",
    );
    for (relation, href) in links(&Origin::of(&request, caller, &site.domain)) {
        body.extend(["  <Link rel=\"", relation, "\" href=\"", &page::escape(&href), "\"/>\n"]);
    }
    body.push_str("</XRD>\n");
    (headers("application/xrd+xml; charset=utf-8"), body)
}

pub(super) async fn jrd(State(site): State<Arc<Site>>, caller: Caller, request: HeaderMap) -> impl IntoResponse {
    let links = links(&Origin::of(&request, caller, &site.domain));
    let links: Vec<_> = links.into_iter().map(|(rel, href)| json!({ "rel": rel, "href": href })).collect();
    let mut properties = json!({ "urn:parterre:domain:0": site.domain, "urn:parterre:rooms:0": site.rooms_domain });
    if site.anonymous {
        properties["urn:parterre:anonymous:0"] = format!("anon.{}", site.domain).into();
        if let Some(word) = &site.anonymous_nick {
            properties["urn:parterre:room:0#anonymous-nick"] = word.as_str().into();
        }
    }
    (headers("application/json"), json!({ "properties": properties, "links": links }).to_string())
}
