//! The site that knows what a new room is to be (`rooms.defaults_url`), asked as Prosody's `mod_muc_http_defaults` asks.

use std::time::Duration;

use axum::http::Uri;
use parterre_room::{RoomConfig, RoomDefaults};

use crate::auth::percent_encode;
use crate::config::Config;
use crate::fetch::{Peer, UrlError};

/// Bytes that the site's answer may have.
const MAX_BODY: usize = 256 * 1024;

/// Why the site cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// It is no address.
    #[error("rooms.defaults_url: {0} is no address: {1}")]
    NoAddress(String, axum::http::uri::InvalidUri),
    /// It is not the address of something that can be asked.
    #[error("rooms.defaults_url: {0}")]
    Url(#[from] UrlError),
}

/// The site.
#[derive(Debug)]
pub struct Site {
    peer: Peer,
    /// Path and query, with the places of the room's name and address.
    target: String,
    timeout: Duration,
}

impl Site {
    /// The site that the configuration names, if it names one.
    pub fn new(config: &Config) -> Result<Option<Self>, SiteError> {
        let template = &config.rooms.defaults_url;
        if template.is_empty() {
            return Ok(None);
        }
        // The places are no part of an address; what stands before the path has none.
        let plain = fill(template, "room", "room%40host");
        let url: Uri = plain.parse().map_err(|error| SiteError::NoAddress(template.clone(), error))?;
        let peer = Peer::of(&url)?;
        let after_scheme = template.find("://").map_or(0, |at| at + 3);
        let path = template.get(after_scheme..).and_then(|rest| rest.find('/')).map(|at| at + after_scheme);
        let target = path.and_then(|at| template.get(at..)).unwrap_or("/").to_owned();
        Ok(Some(Site { peer, target, timeout: config.rooms.defaults_timeout }))
    }

    /// What the site says that a room is to be. `None`: it knows no such room (it answered with a status of 400 to 499).
    pub async fn room_defaults(
        &self,
        name: &str,
        domain: &str,
        base: &RoomConfig,
    ) -> Result<Option<RoomDefaults>, String> {
        let encoded = |text: &str| {
            let mut out = String::new();
            percent_encode(text, &mut out);
            out
        };
        let target = fill(&self.target, &encoded(name), &encoded(&format!("{name}@{domain}")));
        let (status, body) = self.peer.get(&target, MAX_BODY, self.timeout).await.map_err(|error| error.to_string())?;
        match status.as_u16() {
            200 => {
                let text = std::str::from_utf8(&body).map_err(|error| error.to_string())?;
                RoomDefaults::from_json(text, base).map(Some).map_err(|error| error.to_string())
            }
            400..=499 => Ok(None),
            status => Err(format!("it answered with status {status}")),
        }
    }
}

/// The template with the room's name and address in their places.
fn fill(template: &str, name: &str, address: &str) -> String {
    template.replace("{room.jid|jid_node}", name).replace("{room.jid}", address)
}
