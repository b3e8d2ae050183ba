//! The web client in the binary: its files, and which of them an entry of it needs.
//!
//! Enters: the table that `build.rs` made of `web/dist`. Leaves: `/assets/…`, immutable and in the form that the client
//! takes, and `/parterre-chat.js`, the one name that does not change. Any page of the web may load them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::negotiate::{self, Coding};
use super::{Site, page};

/// A file and its precompressed forms, by its path from `web/dist`.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) plain: &'static [u8],
    pub(super) brotli: Option<&'static [u8]>,
    pub(super) gzip: Option<&'static [u8]>,
}

mod embedded {
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/web.rs"));
}

/// An entry of the client, from `manifest.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Entry {
    /// The module, or the style sheet.
    pub(super) file: String,
    /// The modules that it always needs.
    #[serde(default)]
    pub(super) imports: Vec<String>,
    /// The style sheets that it always needs.
    #[serde(default)]
    pub(super) css: Vec<String>,
}

/// What is in the binary. Without a client, nothing.
#[derive(Debug, Default)]
pub(super) struct Assets {
    entries: BTreeMap<String, Entry>,
    files: BTreeMap<&'static str, File>,
}

/// What the pages say that need the client where there is none.
pub(super) const NO_CLIENT: &str = "This server was built without its web client (`make web`, then `make build` adds it), but any XMPP client can join.";

impl Assets {
    /// The client that this binary was built with.
    pub(super) fn embedded() -> Self {
        embedded::MANIFEST.map(|manifest| Assets::of(manifest, embedded::FILES)).unwrap_or_default()
    }

    /// A client of these files. A manifest that is none is as good as no client.
    pub(super) fn of(manifest: &str, files: &[File]) -> Self {
        let entries = serde_json::from_str(manifest).unwrap_or_else(|error| {
            tracing::error!(%error, "the manifest of the web client cannot be read; there is none");
            BTreeMap::new()
        });
        Assets { entries, files: files.iter().map(|file| (file.name, *file)).collect() }
    }

    /// An entry by its name: `chat` or `overlay`.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// What an entry needs in the head of a page whose way to the root is `root`: all its modules are asked for at
    /// once, rather than each when the one before it has come.
    pub(super) fn head(&self, name: &str, root: &str) -> Option<String> {
        let entry = self.entry(name)?;
        let mut head = String::new();
        let address = |file: &str| format!("{root}{}", page::escape(file));
        // Writing to a String cannot fail.
        for file in &entry.css {
            let _ = writeln!(head, "<link rel=\"stylesheet\" href=\"{}\">", address(file));
        }
        for file in &entry.imports {
            let _ = writeln!(head, "<link rel=\"modulepreload\" href=\"{}\">", address(file));
        }
        let _ = write!(head, "<script type=\"module\" src=\"{}\"></script>", address(&entry.file));
        Some(head)
    }
}

/// The entity tag of a text.
pub(super) fn tag_of(text: &str) -> String {
    let mut tag = String::from("\"");
    for byte in Sha256::digest(text).iter().take(8) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}

/// Modules are fetched with CORS, and a page that isolates itself wants to be told that it may have them.
const FOR_ALL: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

/// A file below `/assets/`. Its name changes with its content: it is never asked for again, so it has no entity tag.
pub(super) async fn asset(State(site): State<Arc<Site>>, uri: Uri, request: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches('/').to_owned();
    let Some(file) = site.assets.files.get(name.as_str()) else {
        return page::not_found(uri, request).await;
    };
    let form = |coding| match coding {
        Coding::Brotli => file.brotli,
        Coding::Gzip => file.gzip,
        Coding::Identity => Some(file.plain),
    };
    let coding = Coding::choose(&request, |coding| form(coding).is_some());
    let bytes = form(coding).unwrap_or(file.plain);
    let kept = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    let headers = [kept, (header::VARY, "accept-encoding"), (header::CONTENT_TYPE, media_type(&name))];
    let mut response = (FOR_ALL, headers, Body::from(bytes)).into_response();
    if coding != Coding::Identity {
        response.headers_mut().insert(header::CONTENT_ENCODING, axum::http::HeaderValue::from_static(coding.name()));
    }
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        // A module is UTF-8, whatever is said of it.
        "js" | "mjs" => "text/javascript",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `/parterre-chat.js`: leads to the module of today, from below whatever prefix a proxy puts before it.
pub(super) async fn stable_name(State(site): State<Arc<Site>>, request: HeaderMap) -> Response {
    let Some(entry) = site.assets.entry("chat") else {
        return (StatusCode::SERVICE_UNAVAILABLE, FOR_ALL, format!("{NO_CLIENT}\n")).into_response();
    };
    let module = format!("import {};\n", serde_json::Value::from(format!("./{}", entry.file)));
    let tag = tag_of(&module);
    let headers = (FOR_ALL, [(header::CACHE_CONTROL, "no-cache"), (header::ETAG, tag.as_str())]);
    if negotiate::has(&request, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, media_type("parterre-chat.js"))], module).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_embedded_manifest_names_is_embedded() {
        let client = Assets::embedded();
        assert_eq!(client.entries.is_empty(), client.files.is_empty());
        for entry in client.entries.values() {
            for name in entry.imports.iter().chain(&entry.css).chain([&entry.file]) {
                assert!(client.files.contains_key(name.as_str()), "{name} is not embedded");
            }
        }
    }

    #[test]
    fn a_manifest_that_is_none_is_no_client() {
        assert!(Assets::of("[]", &[]).entry("chat").is_none());
    }
}
