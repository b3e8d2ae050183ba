//! The landing page: the chat itself to try, what is going on, and where a client is pointed to.
//!
//! Enters: a request, and what the rooms say. Leaves: the page, also where there is no client or nobody may make its room.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};

use super::origin::{Caller, Origin};
use super::page::{escape, fill, html, percent_encode};
use super::{Site, Summary, assets, chat, policy};
use crate::config::Create;

const LANDING: &str = include_str!("site/landing.html");
/// The line for those who have no account.
const ANONYMOUS: &str = "<div><dt>Without an account</dt><dd><code>anon.{{domain}}</code></dd></div>";
/// The chat beside a few words.
const DEMO: &str = include_str!("site/demo.html");
/// How to have it on another page.
const EMBED: &str = include_str!("site/embed.html");
const STYLE: &str = include_str!("site/style.css");
const ICON: &str = include_str!("site/icon.svg");

/// The room to try the chat in.
const LOBBY: &str = "lobby";

/// How many rooms the page shows.
const ROOMS_SHOWN: usize = 50;

pub(super) async fn page(State(site): State<Arc<Site>>, caller: Caller, request: HeaderMap) -> Response {
    let origin = Origin::of(&request, caller, &site.domain);
    let anonymous = if site.anonymous { fill(ANONYMOUS, &[("domain", &escape(&site.domain))]) } else { String::new() };
    let demo = demo(&site);
    let values = [
        ("domain", escape(&site.domain)),
        ("websocket", escape(&origin.websocket())),
        ("bosh", escape(&origin.bosh())),
        ("rooms_domain", escape(&site.rooms_domain)),
        ("demo", demo.clone().unwrap_or_default()),
        ("embed", embed(&site, &origin)),
        ("rooms", rooms(site.rooms.list(), &site.rooms_domain, site.assets.entry("chat").is_some())),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("anonymous", anonymous),
    ];
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let client = demo.and_then(|_| site.assets.head("chat", "./")).unwrap_or_default();
    let page = html("./", &site.domain, &client, &fill(LANDING, &values));
    chat::fresh(page, &policy::with_client(&origin, None, "'none'"), &request)
}

/// The chat itself, where this binary has a client, people without an account may come in, since this page can sign nobody
/// in, and the room is there or made by whoever comes.
fn demo(site: &Site) -> Option<String> {
    site.assets.entry("chat")?;
    let by_whoever_comes = site.create == Create::Anyone;
    if !site.anonymous || !by_whoever_comes && site.rooms.find(LOBBY).is_none() {
        return None;
    }
    Some(fill(DEMO, &[("where", &chat::place(site, LOBBY, "./")), ("lobby", LOBBY)]))
}

/// What to write into a page of one's own to have the chat in it.
fn embed(site: &Site, origin: &Origin) -> String {
    if site.assets.entry("chat").is_none() {
        return format!("<p class=\"quiet\">{}</p>", escape(assets::NO_CLIENT));
    }
    let anonymous = if site.anonymous { format!(" domain=\"anon.{}\"", site.domain) } else { String::new() };
    let lines = format!(
        "<script type=\"module\" src=\"{}/parterre-chat.js\"></script>\n\
         <parterre-chat room=\"{LOBBY}@{}\"{anonymous} server=\"{}\"></parterre-chat>",
        origin.http(),
        site.rooms_domain,
        origin.websocket()
    );
    fill(EMBED, &[("lines", &escape(&lines)), ("lobby", LOBBY)])
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], STYLE)
}

pub(super) async fn icon() -> impl IntoResponse {
    // Said to be for all, it is spared the headers of pages: it is part of every first visit.
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "max-age=86400"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, ICON)
}

/// The public rooms, the fullest first; with a client each has a page.
fn rooms(mut rooms: Vec<Summary>, domain: &str, has_pages: bool) -> String {
    rooms.retain(|room| room.public);
    rooms.sort_by(|one, other| other.occupants.cmp(&one.occupants).then_with(|| one.title.cmp(&other.title)));
    if rooms.is_empty() {
        return "<p class=\"quiet\">No room is open to the public right now.</p>".into();
    }
    let domain = escape(domain);
    let mut list = String::from("<ul class=\"rooms\">");
    for room in rooms.iter().take(ROOMS_SHOWN) {
        let (name, encoded) = (escape(&room.name), percent_encode(&room.name));
        let (xmpp, title) = (format!("xmpp:{encoded}@{domain}?join"), escape(&room.title));
        let first = if has_pages { format!("room/{encoded}") } else { xmpp.clone() };
        // Writing to a String cannot fail.
        let _ = write!(
            list,
            "<li><a class=\"enter\" href=\"{first}\"><bdi>{title}</bdi> <span class=\"here\"><b>{}</b> here</span></a>\
             <a class=\"address\" href=\"{xmpp}\">{name}@{domain}</a></li>",
            grouped(room.occupants),
        );
    }
    list.push_str("</ul>");
    if let Some(more) = rooms.len().checked_sub(ROOMS_SHOWN).filter(|more| *more > 0) {
        let _ = write!(list, "<p class=\"quiet\">And {} more.</p>", grouped(more));
    }
    list
}

/// A number with its thousands apart: `1,284`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 12, 999, 1_284, 1_000_000].map(grouped), ["0", "12", "999", "1,284", "1,000,000"]);
    }

    #[test]
    fn the_fullest_public_rooms_come_first_and_names_stay_text() {
        let room = |name: &str, title: &str, public, occupants| Summary {
            name: name.into(),
            title: title.into(),
            public,
            occupants,
        };
        let list = rooms(
            vec![
                room("few", "Few", true, 2),
                room("many&co", "<i>Many</i>", true, 1_284),
                room("secret", "Secret", false, 9_999),
            ],
            "room.example",
            true,
        );
        assert!(!list.contains("ecret"));
        assert!(list.contains("&lt;i&gt;Many&lt;/i&gt;") && !list.contains("<i>"));
        assert!(list.contains("\"room/many%26co\"") && list.contains("\"xmpp:many%26co@room.example?join\""));
        let without_pages = rooms(vec![room("few", "Few", true, 2)], "room.example", false);
        assert!(!without_pages.contains("\"room/") && without_pages.contains("xmpp:few@room.example?join"));
        assert!(list.find("1,284").unwrap() < list.find("few@room.example").unwrap());
    }
}
