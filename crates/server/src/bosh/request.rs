//! BOSH over HTTP: one request in, one answer out, and what browsers ask beforehand (CORS).

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::{HeaderValue, Method, Request as HttpRequest, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use parterre_xmpp::bosh::{Body, Terminal};
use parterre_xmpp::parse::Limits;
use tokio::sync::oneshot;

use super::home;
use crate::server::Server;
use crate::shard::Parcel;
use crate::stream::Origin;

/// Where BOSH clients send their requests.
pub const PATH: &str = "/http-bind";

/// Whether a path is [`PATH`], written as many clients are configured: with a slash after it or without.
pub fn is_path(path: &str) -> bool {
    path.strip_suffix('/').unwrap_or(path) == PATH
}

/// A request on its way to the shard of its session.
pub struct Request {
    /// What it says.
    pub body: Body,
    /// How many bytes it has.
    pub bytes: usize,
    /// Whether a stanza in it is longer than stanzas may be.
    pub oversized: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// Where its answer is waited for.
    pub reply: oneshot::Sender<Reply>,
}

/// The answer to a request.
pub struct Reply {
    /// The `<body/>`.
    pub body: Vec<u8>,
    /// What type the client wants it to have.
    pub content_type: String,
}

impl Request {
    /// Answers that there is no such session, or no longer.
    pub fn refuse(self, why: Terminal) {
        let content_type = parterre_xmpp::bosh::CONTENT_TYPE.to_owned();
        let _ = self.reply.send(Reply { body: why.response(), content_type });
    }
}

/// Answers an HTTP request to [`PATH`].
pub async fn answer<B>(server: Arc<Server>, shard: usize, origin: Origin, request: HttpRequest<B>) -> Response<HttpBody>
where
    B: http_body::Body + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let response = match *request.method() {
        Method::POST => post(server, shard, origin, request).await,
        Method::OPTIONS => plain(StatusCode::NO_CONTENT, ""),
        Method::GET => plain(
            StatusCode::OK,
            "This is an address for XMPP clients that speak BOSH (XEP-0124); they send POST requests here.\n",
        ),
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "BOSH takes POST requests.\n"),
    };
    sealed(response)
}

async fn post<B>(server: Arc<Server>, shard: usize, origin: Origin, request: HttpRequest<B>) -> Response<HttpBody>
where
    B: http_body::Body + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    server.metrics.bosh_requests.inc();
    let limits = &server.config.limits;
    let content = Limited::new(request.into_body(), limits.bosh_body_bytes);
    let content = match tokio::time::timeout(limits.http_request_time, content.collect()).await {
        Ok(Ok(content)) => content.to_bytes(),
        Ok(Err(_)) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "The body is longer than limits.bosh_body_bytes.\n"),
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "The body did not come in time.\n"),
    };
    // What a body may hold is what its stanzas may, one level further down.
    let whole = Limits {
        element_bytes: limits.bosh_body_bytes,
        depth: limits.stanza_depth + 1,
        attributes: limits.stanza_attributes,
        namespaces: limits.stanza_namespaces,
        elements: limits.stanza_elements,
    };
    let text = std::str::from_utf8(&content).map_err(|_| Terminal::BadRequest);
    let body = match text.and_then(|text| Body::parse(text, &whole)) {
        Ok(body) => body,
        Err(why) => return xml(why.response(), parterre_xmpp::bosh::CONTENT_TYPE),
    };
    let at = body.sid.as_deref().map_or(Some(shard), home).and_then(|at| server.shards.get(at));
    let Some(at) = at else {
        return xml(Terminal::ItemNotFound.response(), parterre_xmpp::bosh::CONTENT_TYPE);
    };
    if body.sid.is_none()
        && let Err(wait) = server.let_in()
    {
        let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, "Too many are coming at this moment; try again.\n");
        answer.headers_mut().insert(header::RETRY_AFTER, wait.into());
        return answer;
    }
    let (reply, replied) = oneshot::channel();
    let oversized = content.len() > limits.stanza_bytes && body.exceeds(limits.stanza_bytes);
    at.send(Parcel::Bosh(Box::new(Request { body, bytes: content.len(), oversized, origin, reply }))).await;
    match replied.await {
        Ok(reply) => xml(reply.body, &reply.content_type),
        Err(_) => xml(Terminal::ItemNotFound.response(), parterre_xmpp::bosh::CONTENT_TYPE),
    }
}

fn xml(body: Vec<u8>, content_type: &str) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::from(body));
    let content_type =
        HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static(parterre_xmpp::bosh::CONTENT_TYPE));
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Pages of any site may speak BOSH here: a session is protected by its id, not by who embeds it. But an answer is no
/// page: it bears what people said, and should a form on another site lead a browser to open it, nothing in it may run.
fn sealed(mut response: Response<HttpBody>) -> Response<HttpBody> {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
