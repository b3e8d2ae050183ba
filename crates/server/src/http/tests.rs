//! The site and the API as a client meets them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use parterre_room::{Action, Affiliation};
use parterre_store::StoredAffiliation;
use parterre_xmpp::BareJid;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Answer, Caller, Fields, Rooms, Site, Summary, api, router};
use crate::config::{Config, Secret};
use crate::metrics::Metrics;

/// Two rooms, and a note of everything that they were told.
#[derive(Default)]
struct Told {
    actions: Mutex<Vec<(String, Action)>>,
    created: Mutex<Vec<(String, Fields)>>,
    trouble: Option<String>,
}

impl Rooms for Told {
    fn list(&self) -> Vec<Summary> {
        let room = |name: &str, title: &str, public, occupants| Summary {
            name: name.into(),
            title: title.into(),
            public,
            occupants,
        };
        vec![
            room("garden", "The <greenhouse>", true, 1_284),
            room("crew", "Crew", false, 3),
        ]
    }

    fn find(&self, room: &str) -> Option<Summary> {
        self.list().into_iter().find(|summary| summary.name == room)
    }

    fn create(&self, room: &str, configuration: Fields) -> Answer<bool> {
        let is_new = self.find(room).is_none();
        self.created.lock().unwrap().push((room.to_owned(), configuration));
        Box::pin(async move { is_new })
    }

    fn operate(&self, room: &str, action: Action) -> Answer<bool> {
        let exists = self.find(room).is_some();
        self.actions.lock().unwrap().push((room.to_owned(), action));
        Box::pin(async move { exists })
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
    (
        router(Site::new(config, Arc::new(Metrics::default()), rooms.clone())),
        rooms,
    )
}

async fn ask(router: &Router, request: Request<Body>) -> Asked {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    Asked {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Asks as somebody far away would, directly.
async fn get(path: &str, headers: &[(&str, &str)]) -> Asked {
    let mut request = Request::get(path).header("host", "chat.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask(
        &site(&config(), Told::default()).0,
        request.body(Body::empty()).unwrap(),
    )
    .await
}

/// Asks the API with its token, and says what the rooms were told.
async fn call(method: &str, path: &str, body: &str) -> (Asked, Vec<(String, Action)>) {
    let (router, rooms) = site(&config(), Told::default());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {TOKEN}"));
    let asked = ask(&router, request.body(Body::from(body.to_owned())).unwrap()).await;
    let actions = rooms.actions.lock().unwrap().clone();
    (asked, actions)
}

#[tokio::test]
async fn the_landing_page_tells_where_to_point_a_client_and_who_is_where() {
    let page = get("/", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for text in [
        "ws://chat.example/xmpp-websocket",
        "http://chat.example/http-bind",
        "anon.chat.example",
        "1,284</b> here",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(page.body.contains("The &lt;greenhouse&gt;"));
    assert!(!page.body.contains("Crew"), "a room that is not public is shown");
    assert!(!page.body.contains("{{"), "a value is missing");
    let mut accounts_only = config();
    accounts_only.auth.anonymous = false;
    let page_of_members = ask(
        &site(&accounts_only, Told::default()).0,
        Request::get("/").body(Body::empty()).unwrap(),
    )
    .await;
    assert!(!page_of_members.body.contains("anon.chat.example"));
    for path in ["/style.css", "/icon.svg"] {
        assert!(page.body.contains(path));
        assert_eq!(get(path, &[]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_answer_is_sealed_against_browsers_liberties() {
    for path in ["/", "/healthz", "/nowhere", "/.well-known/host-meta", "/api/v1/rooms"] {
        let asked = get(path, &[]).await;
        assert_eq!(asked.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(asked.header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            asked
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
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
        json!({ "links": [
            { "rel": "urn:xmpp:alt-connections:websocket", "href": "ws://chat.example/xmpp-websocket" },
            { "rel": "urn:xmpp:alt-connections:xbosh", "href": "http://chat.example/http-bind" },
        ] })
    );
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
        (
            from(Some("203.0.113.7"), false).header("authorization", format!("Bearer {TOKEN}")),
            200,
        ),
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
    let (router, _) = site(
        &config(),
        Told {
            trouble: Some("the disk is full".into()),
            ..Told::default()
        },
    );
    let ill = ask(&router, Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(ill.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ill.json()["status"], "the disk is full");
}

#[tokio::test]
async fn what_is_not_there_is_told_in_the_form_that_was_asked_for() {
    let line = get("/nowhere", &[]).await;
    assert_eq!(
        (line.status, line.header("content-type")),
        (StatusCode::NOT_FOUND, "text/plain; charset=utf-8")
    );
    let page = get("/nowhere", &[("accept", "text/html,*/*")]).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (StatusCode::NOT_FOUND, "text/html; charset=utf-8")
    );
    let problem = get("/api/v1/nowhere", &[]).await;
    assert_eq!(
        (problem.status, problem.header("content-type")),
        (StatusCode::NOT_FOUND, "application/problem+json")
    );
    let (router, _) = site(&config(), Told::default());
    let wrong = ask(&router, Request::post("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    assert!(wrong.body.contains("POST"));
}

#[tokio::test]
async fn the_api_is_closed_without_its_token_and_absent_without_one_in_the_configuration() {
    for headers in [
        &[][..],
        &[("authorization", "Bearer wrong")],
        &[("authorization", "Bearer ")],
        &[("authorization", TOKEN)],
    ] {
        let asked = get("/api/v1/rooms", headers).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
        assert!(asked.header("www-authenticate").starts_with("Bearer"));
    }
    let mut config = config();
    config.api.token = Secret::new("");
    let (router, _) = site(&config, Told::default());
    for path in ["/api/v1/rooms", "/api/v1/openapi.json"] {
        let request = Request::get(path).header("authorization", "Bearer ");
        assert_eq!(
            ask(&router, request.body(Body::empty()).unwrap()).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn rooms_are_listed_a_page_at_a_time() {
    let (all, _) = call("GET", "/api/v1/rooms", "").await;
    assert_eq!(all.json()["total"], 2);
    assert_eq!(all.json()["next"], Value::Null);
    let (first, _) = call("GET", "/api/v1/rooms?limit=1", "").await;
    assert_eq!(first.json()["rooms"][0]["jid"], "crew@room.chat.example");
    assert_eq!(first.json()["next"], "crew");
    let (second, _) = call("GET", "/api/v1/rooms?limit=1&after=crew", "").await;
    assert_eq!(second.json()["rooms"][0]["occupants"], 1_284);
    assert_eq!(second.json()["next"], Value::Null);
    let (wrong, _) = call("GET", "/api/v1/rooms?limit=many", "").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_room_is_asked_for_by_any_spelling_of_its_name() {
    for path in ["/api/v1/rooms/garden", "/api/v1/rooms/GARDEN", "/api/v1/rooms/g%61rden"] {
        let (asked, _) = call("GET", path, "").await;
        assert_eq!(asked.json()["name"], "garden", "{path}");
    }
    assert_eq!(
        call("GET", "/api/v1/rooms/none", "").await.0.status,
        StatusCode::NOT_FOUND
    );
    for path in [
        "/api/v1/rooms/a%40b",
        "/api/v1/rooms/a%2Fb",
        "/api/v1/rooms/%20",
        "/api/v1/rooms/%ff",
    ] {
        assert_eq!(call("GET", path, "").await.0.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_room_is_created_once() {
    let (router, rooms) = site(&config(), Told::default());
    let body =
        r#"{"configuration":{"muc#roomconfig_roomname":"Tonight","muc#roomconfig_publicroom":true,"x":[1,"b"]}}"#;
    for (room, status) in [("tonight", StatusCode::CREATED), ("garden", StatusCode::CONFLICT)] {
        let request = Request::put(format!("/api/v1/rooms/{room}")).header("authorization", format!("Bearer {TOKEN}"));
        assert_eq!(
            ask(&router, request.body(Body::from(body)).unwrap()).await.status,
            status
        );
    }
    let created = rooms.created.lock().unwrap();
    let mut fields = created[0].1.clone();
    fields.sort();
    assert_eq!(
        fields,
        [
            ("muc#roomconfig_publicroom".to_owned(), vec!["1".to_owned()]),
            ("muc#roomconfig_roomname".to_owned(), vec!["Tonight".to_owned()]),
            ("x".to_owned(), vec!["1".to_owned(), "b".to_owned()]),
        ]
    );
}

#[tokio::test]
async fn calls_become_actions_of_the_room() {
    let garden = |action| vec![("garden".to_owned(), action)];
    let why = || Some("why".to_owned());
    for (method, path, body, expected) in [
        (
            "PATCH",
            "",
            r#"{"configuration":{"muc#roomconfig_moderatedroom":false}}"#,
            Action::Configure(vec![("muc#roomconfig_moderatedroom".into(), vec!["0".into()])]),
        ),
        (
            "DELETE",
            "",
            r#"{"reason":"why","alternate":"other@room.chat.example"}"#,
            Action::Destroy {
                alternate: Some(jid("other@room.chat.example")),
                reason: why(),
            },
        ),
        (
            "DELETE",
            "",
            "",
            Action::Destroy {
                alternate: None,
                reason: None,
            },
        ),
        (
            "PUT",
            "/affiliations/bob@example.org",
            r#"{"affiliation":"outcast","reason":"why"}"#,
            Action::SetAffiliation(jid("bob@example.org"), Affiliation::Outcast, why()),
        ),
        (
            "DELETE",
            "/affiliations/bob@example.org",
            "",
            Action::SetAffiliation(jid("bob@example.org"), Affiliation::None, None),
        ),
        (
            "POST",
            "/expulsions",
            r#"{"jid":"bob@example.org","reason":"why"}"#,
            Action::Expel(jid("bob@example.org"), why()),
        ),
    ] {
        let (asked, actions) = call(method, &format!("/api/v1/rooms/garden{path}"), body).await;
        assert_eq!(asked.status, StatusCode::NO_CONTENT, "{method} {path}: {}", asked.body);
        assert_eq!(actions, garden(expected));
        let (asked, _) = call(method, &format!("/api/v1/rooms/none{path}"), body).await;
        assert_eq!(asked.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_reaches_no_room() {
    for (method, path, body, status) in [
        ("PATCH", "", "{", 400),
        ("PATCH", "", r#"{"config":{}}"#, 422),
        ("PATCH", "", r#"{"configuration":{"x":{}}}"#, 422),
        ("PUT", "/affiliations/bob@example.org", r#"{"affiliation":"king"}"#, 422),
        ("PUT", "/affiliations/bob@example.org", "", 422),
        ("PUT", "/affiliations/example.org", r#"{"affiliation":"member"}"#, 400),
        ("POST", "/expulsions", r#"{"jid":"@"}"#, 400),
        ("DELETE", "", r#"{"alternate":"nowhere"}"#, 400),
    ] {
        let (asked, actions) = call(method, &format!("/api/v1/rooms/garden{path}"), body).await;
        assert_eq!(asked.status.as_u16(), status, "{method} {path} {body}: {}", asked.body);
        assert_eq!(asked.json()["status"], status);
        assert!(actions.is_empty());
    }
}

#[tokio::test]
async fn a_body_is_bounded() {
    let reason = "x".repeat(config().limits.http_body_bytes);
    let (asked, actions) = call("DELETE", "/api/v1/rooms/garden", &format!(r#"{{"reason":"{reason}"}}"#)).await;
    assert_eq!(asked.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(actions.is_empty());
}

#[tokio::test]
async fn lists_and_figures_are_read() {
    let (lists, _) = call("GET", "/api/v1/rooms/garden/affiliations", "").await;
    assert_eq!(
        lists.json(),
        json!({ "affiliations": [{ "jid": "ann@example.org", "affiliation": "owner", "nick": null, "reason": null }] })
    );
    let (status, _) = call("GET", "/api/v1/status", "").await;
    assert_eq!(status.json()["sessions"], 1_290);
    assert_eq!(status.json()["occupants"], 1_287);
}

#[tokio::test]
async fn the_description_names_every_route_and_no_other() {
    let description: Value = serde_json::from_str(api::OPENAPI).unwrap();
    assert_eq!(get("/api/v1/openapi.json", &[]).await.json(), description);
    let methods = ["get", "put", "post", "patch", "delete"];
    for (path, item) in description["paths"].as_object().unwrap() {
        let described: BTreeSet<String> = methods
            .iter()
            .filter(|method| item.get(*method).is_some())
            .map(|method| method.to_uppercase())
            .collect();
        // The router itself says which methods a path takes.
        let path = path.replace("{room}", "garden").replace("{jid}", "bob@example.org");
        let (asked, _) = call("TRACE", &path, "").await;
        assert_eq!(asked.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let routed: BTreeSet<String> = asked
            .header("allow")
            .split(',')
            .filter(|method| *method != "HEAD")
            .map(str::to_owned)
            .collect();
        assert_eq!(routed, described, "{path}");
    }
    let described: BTreeSet<&str> = description["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(described, api::paths().collect());
    assert_references(&description, &description);
}

/// Every `$ref` leads somewhere.
fn assert_references(root: &Value, at: &Value) {
    match at {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                assert!(root.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
            }
            members.values().for_each(|member| assert_references(root, member));
        }
        Value::Array(members) => members.iter().for_each(|member| assert_references(root, member)),
        _ => {}
    }
}
