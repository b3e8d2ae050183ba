//! The API as its callers meet it.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use parterre_room::{Action, Affiliation};
use serde_json::{Value, json};

use super::{TOKEN, Told, ask, call, config, get, jid, site};
use crate::config::Secret;
use crate::http::api;

#[tokio::test]
async fn the_api_is_closed_without_its_token_and_absent_without_one_in_the_configuration() {
    for headers in
        [&[][..], &[("authorization", "Bearer wrong")], &[("authorization", "Bearer ")], &[("authorization", TOKEN)]]
    {
        let asked = get("/api/v1/rooms", headers).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
        assert!(asked.header("www-authenticate").starts_with("Bearer"));
    }
    let mut config = config();
    config.api.token = Secret::new("");
    let (router, _) = site(&config, Told::default());
    for path in ["/api/v1/rooms", "/api/v1/openapi.json"] {
        let request = Request::get(path).header("authorization", "Bearer ");
        assert_eq!(ask(&router, request.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_FOUND);
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
    assert_eq!(second.json()["rooms"][0]["last_activity"], "2023-11-14T22:13:20.000000Z");
    assert_eq!(first.json()["rooms"][0]["last_activity"], Value::Null);
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
    assert_eq!(call("GET", "/api/v1/rooms/none", "").await.0.status, StatusCode::NOT_FOUND);
    for name in ["a%40b", "a%2Fb", "%20", "%ff"] {
        for path in [format!("/api/v1/rooms/{name}"), format!("/api/v1/rooms/{name}/affiliations")] {
            assert_eq!(call("GET", &path, "").await.0.status, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}

#[tokio::test]
async fn a_room_is_created_once() {
    let (router, rooms) = site(&config(), Told::default());
    let body =
        r#"{"configuration":{"muc#roomconfig_roomname":"Tonight","muc#roomconfig_publicroom":true,"x":[1,"b"]}}"#;
    for (room, status) in [("tonight", StatusCode::CREATED), ("garden", StatusCode::CONFLICT)] {
        let request = Request::put(format!("/api/v1/rooms/{room}")).header("authorization", format!("Bearer {TOKEN}"));
        assert_eq!(ask(&router, request.body(Body::from(body)).unwrap()).await.status, status);
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
            Action::Destroy { alternate: Some(jid("other@room.chat.example")), reason: why() },
        ),
        ("DELETE", "", "", Action::Destroy { alternate: None, reason: None }),
        ("PUT", "/subject", r#"{"subject":"Be kind"}"#, Action::SetSubject("Be kind".into())),
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
        ("PUT", "", "{", 400),
        ("PATCH", "", "{", 400),
        ("DELETE", "", "{", 400),
        ("PATCH", "", r#"{"config":{}}"#, 422),
        ("PATCH", "", r#"{"configuration":{"x":{}}}"#, 422),
        ("PATCH", "", r#"{"configuration":{"muc#roomconfig_whois":"nobody"}}"#, 422),
        ("PUT", "", r#"{"configuration":{"muc#roomconfig_passwordprotectedroom":true}}"#, 422),
        ("PUT", "/affiliations/bob@example.org", r#"{"affiliation":"king"}"#, 422),
        ("PUT", "/affiliations/bob@example.org", "", 422),
        ("PUT", "/subject", "", 422),
        ("PUT", "/affiliations/example.org", r#"{"affiliation":"member"}"#, 400),
        ("POST", "/expulsions", r#"{"jid":"@"}"#, 400),
        ("DELETE", "", r#"{"alternate":"nowhere"}"#, 400),
        ("DELETE", "", r#"{"why":"why"}"#, 422),
        ("DELETE", "/affiliations/example.org", "", 400),
    ] {
        let (asked, actions) = call(method, &format!("/api/v1/rooms/garden{path}"), body).await;
        assert_eq!(asked.status.as_u16(), status, "{method} {path} {body}: {}", asked.body);
        assert_eq!(asked.json()["status"], status);
        assert!(actions.is_empty());
    }
}

#[tokio::test]
async fn a_body_is_bounded() {
    let body = format!(r#"{{"reason":"{}"}}"#, "x".repeat(config().limits.http_body_bytes));
    for (method, path) in [
        ("PUT", "rooms/garden"),
        ("PATCH", "rooms/garden"),
        ("DELETE", "rooms/garden"),
        ("PUT", "rooms/garden/subject"),
        ("PUT", "rooms/garden/affiliations/bob@example.org"),
        ("POST", "rooms/garden/expulsions"),
        ("DELETE", "accounts/bob@example.org/sessions"),
    ] {
        let (asked, actions) = call(method, &format!("/api/v1/{path}"), &body).await;
        assert_eq!(asked.status, StatusCode::PAYLOAD_TOO_LARGE, "{method} {path}");
        assert!(actions.is_empty());
    }
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
async fn the_sessions_of_an_account_are_ended() {
    let (router, told) = site(&config(), Told::default());
    let ask = async |path: &str, body: &'static str| {
        let request = Request::delete(path).header("authorization", format!("Bearer {TOKEN}"));
        ask(&router, request.header("content-type", "application/json").body(Body::from(body)).unwrap()).await
    };
    let done = ask("/api/v1/accounts/bob@example.org/sessions", r#"{"reason":"blocked"}"#).await;
    assert_eq!(done.json(), json!({ "ended": 2 }));
    assert_eq!(ask("/api/v1/accounts/bob@example.org/sessions", "").await.status, StatusCode::OK);
    assert_eq!(ask("/api/v1/accounts/example.org/sessions", "").await.status, StatusCode::BAD_REQUEST);
    let bob = jid("bob@example.org");
    assert_eq!(*told.disconnected.lock().unwrap(), [(bob.clone(), Some("blocked".to_owned())), (bob, None)]);
}

#[tokio::test]
async fn the_description_names_every_route_and_no_other() {
    let description: Value = serde_json::from_str(api::OPENAPI).unwrap();
    assert_eq!(get("/api/v1/openapi.json", &[]).await.json(), description);
    let methods = ["get", "put", "post", "patch", "delete"];
    for (path, item) in description["paths"].as_object().unwrap() {
        let described: BTreeSet<String> =
            methods.iter().filter(|method| item.get(*method).is_some()).map(|method| method.to_uppercase()).collect();
        // The router itself says which methods a path takes.
        let path = path.replace("{room}", "garden").replace("{jid}", "bob@example.org");
        let (asked, _) = call("TRACE", &path, "").await;
        assert_eq!(asked.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let routed: BTreeSet<String> =
            asked.header("allow").split(',').filter(|method| *method != "HEAD").map(str::to_owned).collect();
        assert_eq!(routed, described, "{path}");
    }
    let described: BTreeSet<&str> = description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(described, api::paths().collect());
    assert_references(&description, &description);
}

/// The statuses with which a call may be answered by the description, if it describes such a call.
pub(super) fn described(method: &str, path: &str) -> Option<Vec<String>> {
    let description: Value = serde_json::from_str(api::OPENAPI).unwrap();
    let (mut template, mut before) = (Vec::new(), "");
    for part in path.split('?').next().unwrap_or_default().split('/') {
        template.push(match before {
            "rooms" => "{room}",
            "affiliations" | "accounts" => "{jid}",
            _ => part,
        });
        before = part;
    }
    let call = &description["paths"][template.join("/")][method.to_lowercase()];
    Some(call.get("responses")?.as_object()?.keys().cloned().collect())
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
