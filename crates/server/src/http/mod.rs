//! Everything on the HTTP port but WebSocket and BOSH: the web client and its pages, host-meta, figures, health and the API.
//!
//! Enters: requests, with a [`Caller`] in their extensions. Leaves: answers. It reads and commands rooms through
//! [`Rooms`] only, and believes what a proxy says of its client only where the listener says that it may.

pub mod api;
mod assets;
mod chat;
mod host_meta;
mod landing;
mod negotiate;
pub mod origin;
mod page;
mod policy;
mod rooms;
pub mod serve;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::config::{Config, Create, Secret};
use crate::metrics::{self, Metrics};

use assets::Assets;
pub use origin::Caller;
pub use rooms::{Answer, Done, Fields, Rooms, Summary};

/// What the answers are made from.
pub struct Site {
    domain: String,
    rooms_domain: String,
    anonymous: bool,
    /// `rooms.anonymous_nick`, where it is not the one that clients know.
    anonymous_nick: Option<String>,
    create: Create,
    /// Who may put the chat into a frame, as its policy says it.
    frame_ancestors: String,
    assets: Assets,
    api_token: Secret,
    metrics_from: Vec<crate::config::Cidr>,
    body_bytes: usize,
    metrics: Arc<Metrics>,
    rooms: Arc<dyn Rooms>,
}

impl Site {
    /// A site of that configuration.
    pub fn new(config: &Config, metrics: Arc<Metrics>, rooms: Arc<dyn Rooms>) -> Arc<Self> {
        Self::with_client(config, metrics, rooms, Assets::embedded())
    }

    fn with_client(config: &Config, metrics: Arc<Metrics>, rooms: Arc<dyn Rooms>, assets: Assets) -> Arc<Self> {
        Arc::new(Site {
            domain: config.domain().to_owned(),
            rooms_domain: config.rooms_domain(),
            anonymous: config.auth.anonymous,
            anonymous_nick: Some(config.rooms.anonymous_nick.clone())
                .filter(|word| *word != Config::default().rooms.anonymous_nick),
            create: config.rooms.create,
            frame_ancestors: config.http.frame_ancestors.to_string(),
            assets,
            api_token: config.api.token.clone(),
            metrics_from: config.http.metrics_from.clone(),
            body_bytes: config.limits.http_body_bytes,
            metrics,
            rooms,
        })
    }
}

/// The routes of the site. WebSocket and BOSH are not among them: the listener takes those first.
pub fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(landing::page))
        .route("/room/{name}", get(chat::room))
        .route("/embed/{name}", get(chat::embed))
        .route("/overlay/{name}", get(chat::overlay))
        .route("/parterre-chat.js", get(assets::stable_name))
        .route("/assets/{*path}", get(assets::asset))
        .route("/style.css", get(landing::style))
        .route("/overlay.css", get(chat::overlay_style))
        .route("/icon.svg", get(landing::icon))
        .route("/.well-known/host-meta", get(host_meta::xrd))
        .route("/.well-known/host-meta.json", get(host_meta::jrd))
        .route("/metrics", get(figures))
        .route("/healthz", get(health))
        .merge(api::routes(&site))
        .fallback(page::not_found)
        .method_not_allowed_fallback(page::method_not_allowed)
        .layer(DefaultBodyLimit::max(site.body_bytes))
        .layer(middleware::from_fn_with_state(site.clone(), around))
        .with_state(site)
}

/// What all answers have in common: they are counted, and they tell browsers to take no liberties with them.
async fn around(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    site.metrics.http_requests.inc();
    if response.status().is_server_error() {
        site.metrics.http_errors.inc();
    }
    policy::seal(&mut response);
    response
}

async fn figures(State(site): State<Arc<Site>>, caller: Caller, headers: HeaderMap) -> Response {
    let near = match caller.address {
        Some(address) => site.metrics_from.iter().any(|network| network.contains(address)),
        // A Unix socket whose proxy names no client: whoever can open it is on this machine.
        None => caller.trusted,
    };
    if near || api::authorized(&site, &headers) {
        let no_store = (header::CACHE_CONTROL, "no-store");
        ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE), no_store], site.metrics.scrape()).into_response()
    } else {
        let text = "The figures are for the addresses of http.metrics_from, and for who has the token of the API.\n";
        (StatusCode::FORBIDDEN, text).into_response()
    }
}

/// 200 while all is well, 503 with what is wrong otherwise.
async fn health(State(site): State<Arc<Site>>) -> Response {
    let trouble = site.rooms.trouble();
    let status = if trouble.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let body = serde_json::json!({
        "software": "parterre",
        "version": env!("CARGO_PKG_VERSION"),
        "domain": site.domain,
        "status": trouble.as_deref().unwrap_or("ok"),
    });
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}
