//! The site as a browser, a monitor and a client meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod pages;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use parterre_room::{Action, Affiliation};
use parterre_store::StoredAffiliation;
use parterre_xmpp::{BareJid, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Answer, Caller, Done, Fields, Rooms, Site, Summary, router};
use crate::config::{Config, Secret};
use crate::metrics::Metrics;

/// Two rooms, and a note of everything that they were told.
#[derive(Default)]
struct Told {
    actions: Mutex<Vec<(String, Action)>>,
    created: Mutex<Vec<(String, Fields)>>,
    trouble: Option<String>,
    disconnected: Mutex<Vec<(BareJid, Option<String>)>>,
}

impl Rooms for Told {
    fn list(&self) -> Vec<Summary> {
        let room = |name: &str, title: &str, public, occupants| Summary {
            name: name.into(),
            title: title.into(),
            public,
            occupants,
        };
        vec![room("garden", "The <greenhouse>", true, 1_284), room("crew", "Crew", false, 3)]
    }

    fn find(&self, room: &str) -> Option<Summary> {
        self.list().into_iter().find(|summary| summary.name == room)
    }

    fn create(&self, room: &str, configuration: Fields) -> Answer<Done> {
        let is_new = self.find(room).is_none();
        self.created.lock().unwrap().push((room.to_owned(), configuration));
        Box::pin(async move { if is_new { Done::Yes } else { Done::No } })
    }

    fn operate(&self, room: &str, action: Action) -> Answer<Done> {
        let exists = self.find(room).is_some();
        self.actions.lock().unwrap().push((room.to_owned(), action));
        Box::pin(async move { if exists { Done::Yes } else { Done::No } })
    }

    fn affiliations(&self, room: &str) -> Answer<Option<Vec<StoredAffiliation>>> {
        let lists = self.find(room).map(|_| {
            vec![StoredAffiliation {
                jid: jid("ann@example.org"),
                affiliation: Affiliation::Owner,
                nick: None,
                reason: None,
            }]
        });
        Box::pin(async move { lists })
    }

    fn last_activity(&self, room: &str) -> Answer<Option<Timestamp>> {
        let at = (room == "garden").then(|| Timestamp::from_secs(1_700_000_000));
        Box::pin(async move { at })
    }

    fn disconnect(&self, account: &BareJid, reason: Option<&str>) -> usize {
        self.disconnected.lock().unwrap().push((account.clone(), reason.map(str::to_owned)));
        2
    }

    fn sessions(&self) -> usize {
        1_290
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn config() -> Config {
    let mut config = Config::default();
    config.top.domain = "chat.example".into();
    config.api.token = Secret::new(TOKEN);
    config
}

struct Asked {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn site(config: &Config, rooms: Told) -> (Router, Arc<Told>) {
    let rooms = Arc::new(rooms);
    (router(Site::new(config, Arc::new(Metrics::default()), rooms.clone())), rooms)
}

async fn ask(router: &Router, request: Request<Body>) -> Asked {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    Asked { status: parts.status, headers: parts.headers, body }
}

/// Asks as somebody far away would, directly.
async fn get(path: &str, headers: &[(&str, &str)]) -> Asked {
    let mut request = Request::get(path).header("host", "chat.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask(&site(&config(), Told::default()).0, request.body(Body::empty()).unwrap()).await
}

/// Asks the API with its token, and says what the rooms were told. Its description has to name the answer.
async fn call(method: &str, path: &str, body: &str) -> (Asked, Vec<(String, Action)>) {
    let (router, rooms) = site(&config(), Told::default());
    let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {TOKEN}"));
    let asked = ask(&router, request.body(Body::from(body.to_owned())).unwrap()).await;
    if let Some(statuses) = api::described(method, path) {
        assert!(
            statuses.contains(&asked.status.as_str().to_owned()),
            "{method} {path}: {} is not described",
            asked.status
        );
    }
    let actions = rooms.actions.lock().unwrap().clone();
    (asked, actions)
}

#[tokio::test]
async fn the_landing_page_tells_where_to_point_a_client_and_who_is_where() {
    let page = get("/", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for text in
        ["ws://chat.example/xmpp-websocket", "http://chat.example/http-bind", "anon.chat.example", "1,284</b> here"]
    {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(page.body.contains("The &lt;greenhouse&gt;"));
    assert!(!page.body.contains("Crew"), "a room that is not public is shown");
    assert!(!page.body.contains("{{"), "a value is missing");
    let mut accounts_only = config();
    accounts_only.auth.anonymous = false;
    let page_of_members =
        ask(&site(&accounts_only, Told::default()).0, Request::get("/").body(Body::empty()).unwrap()).await;
    assert!(!page_of_members.body.contains("anon.chat.example"));
    for path in ["/style.css", "/icon.svg"] {
        assert!(page.body.contains(path.trim_start_matches('/')));
        assert_eq!(get(path, &[]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_answer_is_sealed_against_browsers_liberties() {
    for path in ["/", "/healthz", "/nowhere", "/.well-known/host-meta", "/api/v1/rooms"] {
        let asked = get(path, &[]).await;
        assert_eq!(asked.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(asked.header("referrer-policy"), "no-referrer", "{path}");
        assert!(asked.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn host_meta_leads_any_page_of_the_web_to_both_transports() {
    let xrd = get("/.well-known/host-meta", &[]).await;
    assert_eq!(xrd.header("access-control-allow-origin"), "*");
    assert_eq!(xrd.header("content-type"), "application/xrd+xml; charset=utf-8");
    assert!(
        xrd.body
            .contains("<Link rel=\"urn:xmpp:alt-connections:websocket\" href=\"ws://chat.example/xmpp-websocket\"/>")
    );
    let jrd = get("/.well-known/host-meta.json", &[]).await;
    assert_eq!(jrd.header("access-control-allow-origin"), "*");
    assert_eq!(
        jrd.json(),
        json!({
            "properties": {
                "urn:parterre:domain:0": "chat.example",
                "urn:parterre:anonymous:0": "anon.chat.example",
                "urn:parterre:rooms:0": "room.chat.example",
            },
            "links": [
                { "rel": "urn:xmpp:alt-connections:websocket", "href": "ws://chat.example/xmpp-websocket" },
                { "rel": "urn:xmpp:alt-connections:xbosh", "href": "http://chat.example/http-bind" },
            ],
        })
    );
}

#[tokio::test]
async fn the_word_for_who_has_not_chosen_a_name_is_told_where_it_is_another() {
    let mut config = config();
    for (word, anonymous, told) in
        [("Gast", true, json!("Gast")), ("Gast", false, Value::Null), ("Anonymous", true, Value::Null)]
    {
        config.rooms.anonymous_nick = word.into();
        config.auth.anonymous = anonymous;
        let request = Request::get("/.well-known/host-meta.json").body(Body::empty()).unwrap();
        let properties = ask(&site(&config, Told::default()).0, request).await.json()["properties"].take();
        assert_eq!(properties["urn:parterre:room:0#anonymous-nick"], told, "{properties}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_addresses_are_the_proxy_s() {
    let (router, _) = site(&config(), Told::default());
    for (trusted, expected) in [(true, "wss://live.example/"), (false, "ws://inner/")] {
        let request = Request::get("/.well-known/host-meta")
            .header("host", "inner")
            .header("x-forwarded-host", "live.example")
            .header("x-forwarded-proto", "https")
            .extension(Caller { address: None, trusted });
        let asked = ask(&router, request.body(Body::empty()).unwrap()).await;
        assert!(asked.body.contains(expected), "{}", asked.body);
    }
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_the_token() {
    let (router, _) = site(&config(), Told::default());
    let from = |address: Option<&str>, trusted| {
        let address = address.map(|address| address.parse::<IpAddr>().unwrap());
        Request::get("/metrics").extension(Caller { address, trusted })
    };
    for (request, status) in [
        (from(Some("127.0.0.1"), true), 200),
        (from(Some("::1"), false), 200),
        (from(Some("203.0.113.7"), true), 403),
        (from(None, true), 200),
        (from(None, false), 403),
        (from(Some("203.0.113.7"), false).header("authorization", format!("Bearer {TOKEN}")), 200),
    ] {
        let asked = ask(&router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(asked.status.as_u16(), status);
        assert_eq!(asked.body.contains("parterre_connections"), status == 200);
    }
}

#[tokio::test]
async fn health_is_told_with_what_is_wrong() {
    let well = get("/healthz", &[]).await;
    assert_eq!(well.status, StatusCode::OK);
    assert_eq!(well.json()["software"], "parterre");
    assert_eq!(well.json()["domain"], "chat.example");
    let (router, _) = site(&config(), Told { trouble: Some("the disk is full".into()), ..Told::default() });
    let ill = ask(&router, Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(ill.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ill.json()["status"], "the disk is full");
}

#[tokio::test]
async fn what_is_not_there_is_told_in_the_form_that_was_asked_for() {
    let line = get("/nowhere", &[]).await;
    assert_eq!((line.status, line.header("content-type")), (StatusCode::NOT_FOUND, "text/plain; charset=utf-8"));
    let page = get("/nowhere", &[("accept", "text/html,*/*")]).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"));
    let problem = get("/api/v1/nowhere", &[]).await;
    assert_eq!((problem.status, problem.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    let (router, _) = site(&config(), Told::default());
    let wrong = ask(&router, Request::post("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    assert!(wrong.body.contains("POST"));
}
