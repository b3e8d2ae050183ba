//! The pages that hold the chat: `/room/NAME`, `/embed/NAME` and `/overlay/NAME`.
//!
//! Enters: the name of a room as the address has it. Leaves: a page around `<parterre-chat>` or `<parterre-overlay>`. All
//! addresses in it are relative, so that it works below whatever prefix a proxy puts before it and takes away again.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use parterre_xmpp::jid::NodePart;

use super::origin::{Caller, Origin};
use super::page::{self, escape, fill, percent_encode};
use super::policy::{self, Embeddable};
use super::{Site, assets, negotiate};

const CHAT: &str = include_str!("site/chat.html");
/// The styles of a page that holds nothing but the chat, in the page: a file of their own would be more headers than rules.
const CHAT_STYLE: &str = include_str!("site/chat.css");
const OVERLAY: &str = include_str!("site/overlay.html");
const OVERLAY_STYLE: &str = include_str!("site/overlay.css");

/// From these pages to where everything else is.
const ROOT: &str = "../";

/// A room as the address of a page names it.
type Named = Result<Path<String>, PathRejection>;

/// The kinds of pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Room,
    Embed,
    Overlay,
}

pub(super) async fn room(
    State(site): State<Arc<Site>>,
    caller: Caller,
    named: Named,
    uri: Uri,
    head: HeaderMap,
) -> Response {
    serve(&site, Kind::Room, caller, named, &uri, &head)
}

pub(super) async fn embed(
    State(site): State<Arc<Site>>,
    caller: Caller,
    named: Named,
    uri: Uri,
    head: HeaderMap,
) -> Response {
    serve(&site, Kind::Embed, caller, named, &uri, &head)
}

pub(super) async fn overlay(
    State(site): State<Arc<Site>>,
    caller: Caller,
    named: Named,
    uri: Uri,
    head: HeaderMap,
) -> Response {
    serve(&site, Kind::Overlay, caller, named, &uri, &head)
}

fn serve(site: &Site, kind: Kind, caller: Caller, named: Named, uri: &Uri, request: &HeaderMap) -> Response {
    let Ok(Path(written)) = named else { return no_room(uri, request) };
    let Ok(name) = NodePart::new(&written) else { return no_room(uri, request) };
    let name = name.as_str();
    if name != written {
        return canonical(name, uri);
    }
    let Some(page) = html(site, kind, name) else {
        return page::say(uri, request, StatusCode::SERVICE_UNAVAILABLE, "No web client", assets::NO_CLIENT);
    };
    let ancestors = if kind == Kind::Room { "'none'" } else { &site.frame_ancestors };
    let style = (kind != Kind::Overlay).then(|| CHAT_STYLE.trim());
    let policy = policy::with_client(&Origin::of(request, caller, &site.domain), style, ancestors);
    let mut response = fresh(page, &policy, request);
    if kind != Kind::Room {
        response.extensions_mut().insert(Embeddable);
    }
    response
}

/// A page that is asked for again each time, but sent only when it has changed. What says that it has not, brings its
/// policy as well: browsers put it in the place of the one that they keep.
pub(super) fn fresh(page: String, policy: &str, request: &HeaderMap) -> Response {
    let tag = assets::tag_of(&page);
    let headers =
        [(header::CACHE_CONTROL, "no-cache"), (header::ETAG, tag.as_str()), (header::CONTENT_SECURITY_POLICY, policy)];
    if negotiate::has(request, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, axum::response::Html(page)).into_response()
}

fn no_room(uri: &Uri, request: &HeaderMap) -> Response {
    let text = "This cannot be the name of a room: a name is 1 to 1023 bytes without spaces and without any of \" & ' / : < > @.";
    page::say(uri, request, StatusCode::NOT_FOUND, "No such room", text)
}

/// Leads to the same page under the name in its prepared form: `Hall` and `hall` are one room.
fn canonical(name: &str, uri: &Uri) -> Response {
    let mut place = percent_encode(name);
    if let Some(query) = uri.query() {
        place.push('?');
        place.push_str(query);
    }
    match HeaderValue::from_str(&place) {
        Ok(place) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The page; `None` without a client.
fn html(site: &Site, kind: Kind, name: &str) -> Option<String> {
    let (template, entry, mode) = match kind {
        Kind::Room => (CHAT, "chat", "page"),
        Kind::Embed => (CHAT, "chat", "embed"),
        Kind::Overlay => (OVERLAY, "overlay", ""),
    };
    let client = site.assets.head(entry, ROOT)?;
    let title = site.rooms.find(name).map_or_else(|| name.to_owned(), |room| room.title);
    let values = [
        ("title", escape(&title)),
        ("root", ROOT.to_owned()),
        ("style", CHAT_STYLE.trim().to_owned()),
        ("client", client),
        ("where", place(site, name, ROOT)),
        ("mode", mode.to_owned()),
        ("room", format!("{}@{}", escape(name), escape(&site.rooms_domain))),
        ("join", format!("xmpp:{}@{}?join", percent_encode(name), escape(&site.rooms_domain))),
    ];
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(fill(template, &values))
}

/// The attributes that lead the element to a room of this server: `domain` is where people come without an account, under
/// nicks of the word of `anonymous-nick`.
pub(super) fn place(site: &Site, name: &str, root: &str) -> String {
    let domain = escape(&site.domain);
    let anonymous = if site.anonymous { format!(" domain=\"anon.{domain}\"") } else { String::new() };
    let word =
        site.anonymous_nick.as_ref().map(|word| format!(" anonymous-nick=\"{}\"", escape(word))).unwrap_or_default();
    format!(
        "room=\"{}@{}\"{anonymous}{word} accounts=\"{domain}\" server=\"{root}xmpp-websocket\"",
        escape(name),
        escape(&site.rooms_domain)
    )
}

pub(super) async fn overlay_style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], OVERLAY_STYLE)
}
