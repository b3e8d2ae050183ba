//! The HTTP API: what a site or an operator asks and tells, with a bearer token. Its description is `openapi.json`.

mod rooms;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use serde::de::DeserializeOwned;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::Site;

/// The description of the API (OpenAPI 3.1).
pub const OPENAPI: &str = include_str!("openapi.json");

/// A path of the API and what it takes.
type Route = (&'static str, fn() -> MethodRouter<Arc<Site>>);

/// Every route that asks for the token.
const GUARDED: [Route; 8] = [
    ("/api/v1/status", || get(status)),
    ("/api/v1/accounts/{jid}/sessions", || delete(rooms::disconnect)),
    ("/api/v1/rooms", || get(rooms::list)),
    ("/api/v1/rooms/{room}", || get(rooms::find).put(rooms::create).patch(rooms::configure).delete(rooms::destroy)),
    ("/api/v1/rooms/{room}/subject", || put(rooms::set_subject)),
    ("/api/v1/rooms/{room}/affiliations", || get(rooms::affiliations)),
    ("/api/v1/rooms/{room}/affiliations/{jid}", || put(rooms::affiliate).delete(rooms::unaffiliate)),
    ("/api/v1/rooms/{room}/expulsions", || post(rooms::expel)),
];

/// The one that does not: the description itself.
const OPEN: Route = ("/api/v1/openapi.json", || get(openapi));

/// The routes of the API below `/api/v1`; without a token in the configuration, none.
pub(super) fn routes(site: &Arc<Site>) -> Router<Arc<Site>> {
    if site.api_token.is_empty() {
        return Router::new();
    }
    let guarded = GUARDED.iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods()));
    let guarded = guarded.route_layer(middleware::from_fn_with_state(site.clone(), guard));
    Router::new().route(OPEN.0, OPEN.1()).merge(guarded)
}

/// The paths of all routes.
#[cfg(test)]
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    GUARDED.iter().chain([&OPEN]).map(|(path, _)| *path)
}

/// Whether the request brings the token of the API. Takes the same time for every wrong token.
pub(super) fn authorized(site: &Site, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = given.split_once(' ').unwrap_or_default();
    let equal: bool = token.trim().as_bytes().ct_eq(site.api_token.reveal().as_bytes()).into();
    scheme.eq_ignore_ascii_case("bearer") && equal && !site.api_token.is_empty()
}

async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if authorized(&site, request.headers()) {
        return next.run(request).await;
    }
    let text = "Send the token of the configuration (api.token) as Authorization: Bearer …";
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"parterre\"")];
    (challenge, Problem::new(StatusCode::UNAUTHORIZED, text)).into_response()
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], OPENAPI)
}

async fn status(State(site): State<Arc<Site>>) -> impl IntoResponse {
    let rooms = site.rooms.list();
    axum::Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "domain": site.domain,
        "sessions": site.rooms.sessions(),
        "rooms": rooms.len(),
        "occupants": rooms.iter().map(|room| room.occupants).sum::<usize>(),
    }))
}

/// What went wrong, as RFC 9457 writes it.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem { status, detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}

/// A body of JSON. A body that is not there is `{}`; what is wrong with one is told as a [`Problem`].
struct Body<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let tell = |error: JsonRejection| Problem::new(error.status(), error.body_text());
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|error| Problem::new(error.status(), error.body_text()))?;
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes };
        axum::Json::from_bytes(bytes).map(|axum::Json(body)| Body(body)).map_err(tell)
    }
}
