//! The web client and its pages, with a small client in the place of the real one.

use axum::Router;
use axum::body::Body;
use axum::http::Request;

use super::{Asked, Told, ask, config};
use crate::config::{Config, Create};
use crate::http::assets::{Assets, File};
use crate::http::{Site, router};
use crate::metrics::Metrics;

const MANIFEST: &str = r#"{
    "chat": { "file": "assets/chat-1.js", "imports": ["assets/xmpp-2.js"], "css": [] },
    "overlay": { "file": "assets/overlay-3.js" },
    "page": { "file": "assets/page-4.css" }
}"#;

const FILES: &[File] = &[
    File { name: "assets/chat-1.js", plain: b"plain", brotli: Some(b"br"), gzip: Some(b"gz") },
    File { name: "assets/page-4.css", plain: b"body{}", brotli: None, gzip: None },
];

fn site(config: &Config, assets: Assets) -> Router {
    router(Site::with_client(config, Metrics::default().into(), std::sync::Arc::new(Told::default()), assets))
}

async fn asked_of(router: &Router, path: &str, headers: &[(&str, &str)]) -> Asked {
    let mut request = Request::get(path).header("host", "chat.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask(router, request.body(Body::empty()).unwrap()).await
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Asked {
    asked_of(&site(&config(), Assets::of(MANIFEST, FILES)), path, headers).await
}

#[tokio::test]
async fn assets_are_immutable_and_come_in_the_form_that_is_wanted() {
    for (accept, coding, body) in [
        ("gzip, br", "br", "br"),
        ("gzip", "gzip", "gz"),
        ("br;q=0.1, gzip;q=0.2", "gzip", "gz"),
        ("zstd", "", "plain"),
    ] {
        let asked = get("/assets/chat-1.js", &[("accept-encoding", accept)]).await;
        assert_eq!((asked.header("content-encoding"), asked.body.as_str()), (coding, body), "{accept}");
        assert_eq!(asked.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(asked.header("content-type"), "text/javascript");
        assert_eq!(asked.header("vary"), "accept-encoding");
        assert_eq!(asked.header("access-control-allow-origin"), "*");
        assert_eq!(asked.header("cross-origin-resource-policy"), "cross-origin");
    }
    assert_eq!(get("/assets/page-4.css", &[]).await.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(get("/assets/nothing-5.js", &[]).await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_head_of_an_asset_says_how_long_it_is() {
    let router = site(&config(), Assets::of(MANIFEST, FILES));
    let asked = ask(&router, Request::head("/assets/chat-1.js").body(Body::empty()).unwrap()).await;
    assert_eq!((asked.status.as_u16(), asked.header("content-length"), asked.body.as_str()), (200, "5", ""));
}

#[tokio::test]
async fn the_stable_name_leads_to_the_module_of_today() {
    let asked = get("/parterre-chat.js", &[]).await;
    assert_eq!(asked.body, "import \"./assets/chat-1.js\";\n");
    assert_eq!((asked.header("cache-control"), asked.header("access-control-allow-origin")), ("no-cache", "*"));
    let again = get("/parterre-chat.js", &[("if-none-match", &format!("W/{}", asked.header("etag")))]).await;
    assert_eq!(again.status.as_u16(), 304);
}

#[tokio::test]
async fn a_page_of_a_room_names_everything_from_where_it_is() {
    let page = get("/room/garden", &[]).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-cache"));
    for text in [
        "<title>The &lt;greenhouse&gt; · Parterre</title>",
        "interactive-widget=resizes-content",
        "<style>html,body{height:100%",
        "<link rel=\"modulepreload\" href=\"../assets/xmpp-2.js\">",
        "<script type=\"module\" src=\"../assets/chat-1.js\"></script>",
        "<parterre-chat room=\"garden@room.chat.example\" domain=\"anon.chat.example\" accounts=\"chat.example\" \
         server=\"../xmpp-websocket\" mode=\"page\">",
    ] {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    assert!(!page.body.contains("{{") && !page.body.contains("=\"/"));
    let again = get("/room/garden", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    assert_eq!(again.header("content-security-policy"), page.header("content-security-policy"));
    assert!(get("/embed/garden", &[]).await.body.contains("mode=\"embed\""));
    let overlay = get("/overlay/garden?size=30", &[]).await.body;
    assert!(overlay.contains("<parterre-overlay room=\"garden@") && overlay.contains("../assets/overlay-3.js"));
    assert!(!overlay.contains("color-scheme"), "a frame with a scheme of its own is opaque");
    let mut accounts_only = config();
    accounts_only.auth.anonymous = false;
    let page = asked_of(&site(&accounts_only, Assets::of(MANIFEST, FILES)), "/room/garden", &[]).await;
    assert!(!page.body.contains(" domain=") && page.body.contains(" accounts=\"chat.example\""));
}

#[tokio::test]
async fn a_name_is_prepared_or_refused_and_never_markup() {
    for (path, place) in [
        ("/room/Hall", "hall"),
        ("/embed/%EF%BD%88all?x=1&y=%20", "hall?x=1&y=%20"),
        ("/overlay/%C3%89t%C3%A9", "%C3%A9t%C3%A9"),
    ] {
        let asked = get(path, &[]).await;
        assert_eq!((asked.status.as_u16(), asked.header("location")), (308, place), "{path}");
    }
    for name in ["a%20b", "a%2Fb", "%FF", "%00", "%22onload=%22", "a%40b", "%3Cscript%3E", &"x".repeat(1024)] {
        let asked = get(&format!("/room/{name}"), &[("accept", "text/html")]).await;
        assert_eq!(asked.status.as_u16(), 404, "{name}");
        assert!(asked.body.contains("cannot be the name of a room") && asked.body.contains("href=\"../style.css\""));
    }
    let odd = get("/room/%60%7B%7Broom%7D%7D%60", &[]).await;
    assert!(odd.body.contains("room=\"`{{room}}`@room.chat.example\""), "{}", odd.body);
}

#[tokio::test]
async fn only_what_is_made_for_frames_may_stand_in_one() {
    let mut config = config();
    config.http.frame_ancestors =
        Config::read("p.toml", "[http]\nframe_ancestors = [\"'self'\", \"https://video.example\"]", [])
            .unwrap()
            .http
            .frame_ancestors;
    let router = site(&config, Assets::of(MANIFEST, FILES));
    for (path, ancestors) in [
        ("/", "'none'"),
        ("/room/garden", "'none'"),
        ("/embed/garden", "'self' https://video.example"),
        ("/overlay/garden", "'self' https://video.example"),
    ] {
        let page = asked_of(&router, path, &[]).await;
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with(&format!("frame-ancestors {ancestors}")), "{path}: {policy}");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        assert_eq!(policy.matches("sha256-").count(), page.body.matches("<style>").count(), "{path}: {policy}");
        assert!(policy.contains("connect-src 'self' ws://chat.example;"), "{policy}");
        let framed = ancestors != "'none'";
        assert_eq!(page.header("x-frame-options"), if framed { "" } else { "DENY" }, "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), if framed { "" } else { "same-origin" }, "{path}");
        assert!(page.header("permissions-policy").contains("camera=()"), "{path}");
    }
    assert!(get("/embed/garden", &[]).await.header("content-security-policy").ends_with("frame-ancestors *"));
}

#[tokio::test]
async fn the_landing_page_holds_the_chat_where_its_room_can_be() {
    let of = async |create: Create, anonymous: bool| {
        let mut config = config();
        (config.rooms.create, config.auth.anonymous) = (create, anonymous);
        asked_of(&site(&config, Assets::of(MANIFEST, FILES)), "/", &[]).await.body
    };
    let live = "<parterre-chat room=\"lobby@room.chat.example\" domain=\"anon.chat.example\" accounts=\"chat.example\" \
                server=\"./xmpp-websocket\">";
    let page = of(Create::Anyone, true).await;
    for text in [live, "./assets/chat-1.js", "second tab", "href=\"room/garden\"", "&lt;parterre-chat room="] {
        assert!(page.contains(text), "{text} in {page}");
    }
    // Nobody is there to try it: the page can sign nobody in, or nobody who comes may make the room.
    let nobody =
        [(Create::Anyone, false), (Create::Accounts, true), (Create::Admins, true), (Create::DefaultsUrl, true)];
    for (create, anonymous) in nobody {
        let page = of(create, anonymous).await;
        assert!(!page.contains("<parterre-chat") && page.contains("Open rooms"), "{create:?}");
    }
}

#[tokio::test]
async fn the_pages_say_another_word_for_those_without_a_name() {
    let mut config = config();
    for (word, said) in
        [("Anonymous", None), ("Invit\u{e9} \"x\"", Some("anonymous-nick=\"Invit\u{e9} &quot;x&quot;\""))]
    {
        word.clone_into(&mut config.rooms.anonymous_nick);
        let site = site(&config, Assets::of(MANIFEST, FILES));
        for path in ["/room/garden", "/embed/garden", "/overlay/garden", "/"] {
            let page = asked_of(&site, path, &[]).await.body;
            assert_eq!(page.contains("anonymous-nick"), said.is_some(), "{path}: {word}");
            assert!(said.is_none_or(|said| page.contains(said)), "{path}: {page}");
        }
    }
}

#[tokio::test]
async fn without_a_client_the_pages_say_so() {
    let router = site(&config(), Assets::default());
    for path in ["/room/garden", "/embed/garden", "/overlay/garden", "/parterre-chat.js"] {
        let asked = asked_of(&router, path, &[]).await;
        assert_eq!(asked.status.as_u16(), 503, "{path}");
        assert!(asked.body.contains("without its web client") && asked.body.lines().count() == 1, "{}", asked.body);
    }
    let page = asked_of(&router, "/", &[]).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(!page.body.contains("<parterre-chat") && !page.body.contains("href=\"room/"), "{}", page.body);
}
