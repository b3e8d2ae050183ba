//! The landing page: what this server is, where a client is pointed to, and what is going on.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;

use super::origin::{Caller, Origin};
use super::page::{escape, fill, html};
use super::{Site, Summary};

const LANDING: &str = include_str!("site/landing.html");
/// The line for those who have no account.
const ANONYMOUS: &str = "<div><dt>Without an account</dt><dd><code>anon.{{domain}}</code></dd></div>";
const STYLE: &str = include_str!("site/style.css");
const ICON: &str = include_str!("site/icon.svg");

/// How many rooms the page shows.
const ROOMS_SHOWN: usize = 50;

pub(super) async fn page(State(site): State<Arc<Site>>, caller: Caller, request: HeaderMap) -> impl IntoResponse {
    let origin = Origin::of(&request, caller, &site.domain);
    let anonymous = if site.anonymous { fill(ANONYMOUS, &[("domain", &escape(&site.domain))]) } else { String::new() };
    let values = [
        ("domain", escape(&site.domain)),
        ("websocket", escape(&origin.websocket())),
        ("bosh", escape(&origin.bosh())),
        ("rooms_domain", escape(&site.rooms_domain)),
        ("rooms", rooms(site.rooms.list(), &site.rooms_domain)),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("anonymous", anonymous),
    ];
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Its numbers are of this moment.
    ([(header::CACHE_CONTROL, "no-store")], html(&site.domain, &fill(LANDING, &values)))
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], STYLE)
}

pub(super) async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "max-age=86400")], ICON)
}

/// The public rooms, the fullest first.
fn rooms(mut rooms: Vec<Summary>, domain: &str) -> String {
    rooms.retain(|room| room.public);
    rooms.sort_by(|one, other| other.occupants.cmp(&one.occupants).then_with(|| one.title.cmp(&other.title)));
    if rooms.is_empty() {
        return "<p class=\"quiet\">No room is open to the public right now.</p>".into();
    }
    let mut list = String::from("<ul class=\"rooms\">");
    for room in rooms.iter().take(ROOMS_SHOWN) {
        let name = escape(&room.name);
        // Writing to a String cannot fail.
        let _ = write!(
            list,
            "<li><a href=\"xmpp:{}@{domain}?join\"><span class=\"room\"><bdi>{}</bdi><span class=\"address\">{name}@{domain}</span></span>\
             <span class=\"here\"><b>{}</b> here</span></a></li>",
            percent_encode(&room.name),
            escape(&room.title),
            grouped(room.occupants),
        );
    }
    list.push_str("</ul>");
    if let Some(more) = rooms.len().checked_sub(ROOMS_SHOWN).filter(|more| *more > 0) {
        let _ = write!(list, "<p class=\"quiet\">And {} more.</p>", grouped(more));
    }
    list
}

/// The local part of an address as an `xmpp:` URI writes it (RFC 5122 §2.2).
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
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
        );
        assert!(!list.contains("ecret"));
        assert!(list.contains("&lt;i&gt;Many&lt;/i&gt;") && !list.contains("<i>"));
        assert!(list.contains("xmpp:many%26co@room.example?join"));
        assert!(list.find("1,284").unwrap() < list.find("few@room.example").unwrap());
    }
}
