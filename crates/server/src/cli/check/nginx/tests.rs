//! The snippets of the documentation, whole and with a line taken away.

use super::Finding::{Note, Wrong};
use super::*;

const INSTALL: &str = include_str!("../../../../../../docs/install.md");
const PLUGIN: &str = include_str!("../../../../../../docs/peertube.md");
const SOCKET: &str = "unix:/var/www/peertube/storage/plugins/data/peertube-plugin-parterre/parterre.sock";

/// The first block of nginx in a page.
fn snippet(page: &str) -> String {
    let from = page.find("```nginx\n").unwrap();
    page[from..].trim_start_matches("```nginx\n").split("```").next().unwrap().to_owned()
}

fn expected(listen: &str) -> Expected {
    Expected { listen: Some(listen.into()), ..super::expected(None) }
}

fn judged(text: &str, expected: &Expected) -> Found {
    judge("nginx.conf", &source::of_text(text).unwrap(), expected)
}

/// What is wrong, and nothing else.
fn wrong(text: &str, expected: &Expected) -> Vec<(&'static str, String, String)> {
    judged(text, expected)
        .into_iter()
        .filter_map(|(check, finding)| match finding {
            Wrong(detail, remedy) => Some((check, detail, remedy)),
            _ => None,
        })
        .collect()
}

#[test]
fn the_snippets_of_the_documentation_are_right() {
    for (page, listen) in [(INSTALL, "127.0.0.1:5280"), (PLUGIN, SOCKET)] {
        let found = judged(&snippet(page), &expected(listen));
        assert!(found.iter().all(|(_, finding)| matches!(finding, Fine(_))), "{found:#?}");
        let checks: Vec<_> = found.iter().map(|(check, _)| *check).collect();
        for check in ["nginx.location", "nginx.upgrade", "nginx.address", "nginx.host", "nginx.timeout"] {
            assert!(checks.contains(&check), "{check} {checks:?}");
        }
    }
}

#[test]
fn each_line_of_a_snippet_is_missed() {
    for (page, listen) in [(INSTALL, "127.0.0.1:5280"), (PLUGIN, SOCKET)] {
        let (text, expected) = (snippet(page), expected(listen));
        for (line, check) in [
            ("proxy_http_version", "nginx.upgrade"),
            ("proxy_set_header Upgrade", "nginx.upgrade"),
            ("proxy_set_header Connection", "nginx.upgrade"),
            ("proxy_set_header X-Forwarded-For", "nginx.address"),
            ("proxy_set_header Host", "nginx.host"),
            ("proxy_set_header X-Forwarded-Proto", "nginx.host"),
        ] {
            let without: Vec<_> = text.lines().filter(|other| !other.trim().starts_with(line)).collect();
            let wrong = wrong(&without.join("\n"), &expected);
            assert!(
                matches!(&wrong[..], [(found, _, remedy)] if *found == check && remedy.contains(line)),
                "{line}: {wrong:?}"
            );
        }
    }
}

#[test]
fn a_location_behind_one_that_takes_its_addresses_never_sees_them() {
    let template = "location ~ ^/plugins/[^/]+(/[^/]+)?/ws/ { try_files /dev/null @api; }";
    let before = format!("server {{ {template} {} }}", snippet(PLUGIN));
    let wrong_before = wrong(&before, &expected(SOCKET));
    assert!(
        wrong_before
            .iter()
            .all(|(check, detail, _)| *check == "nginx.location" && detail.contains("passes it to @api"))
    );
    assert_eq!(wrong_before.len(), 2, "{wrong_before:?}");
    let behind = format!("server {{ {} {template} }}", snippet(PLUGIN));
    assert_eq!(wrong(&behind, &expected(SOCKET)), []);
}

#[test]
fn the_path_that_is_asked_for_is_the_server_s() {
    let text = snippet(PLUGIN);
    let without: Vec<_> = text.lines().filter(|line| !line.contains("rewrite")).collect();
    let wrong_path = wrong(&without.join("\n"), &expected(SOCKET));
    assert!(
        matches!(&wrong_path[0], (_, detail, remedy) if detail.contains("/plugins/parterre/ws") && remedy.contains("rewrite ^ /xmpp-websocket break;"))
    );
    let with_path = text.replace("parterre.sock;", "parterre.sock:/xmpp-websocket;");
    let refused = wrong(&with_path, &expected(SOCKET));
    assert!(matches!(&refused[0], (_, detail, _) if detail.contains("nginx allows no path")), "{refused:?}");
}

#[test]
fn another_server_than_the_configured_one_is_noticed() {
    let found = wrong(&snippet(INSTALL), &expected("127.0.0.1:9999"));
    assert!(
        matches!(&found[0], ("nginx.location", detail, remedy) if detail.contains("http.listen is 127.0.0.1:9999") && remedy.contains("proxy_pass http://127.0.0.1:9999;"))
    );
    let upstream = snippet(INSTALL).replace("http://127.0.0.1:5280", "http://chat");
    let upstream = format!("upstream chat {{ server localhost:5280; }} {upstream}");
    assert_eq!(wrong(&upstream, &expected("127.0.0.1:5280")), []);
}

#[test]
fn a_chat_below_a_path_is_found_there() {
    let below = snippet(INSTALL).replace("location /", "location /chat/").replace(":5280;", ":5280/;");
    assert_eq!(wrong(&below, &super::expected(None)), []);
}

#[test]
fn what_is_not_parterre_s_is_left_alone() {
    let found =
        judged("server { listen 80; location / { proxy_pass http://127.0.0.1:9000; } }", &super::expected(None));
    assert!(matches!(&found[..], [_, ("nginx.location", Wrong(_, remedy))] if remedy.contains("docs/install.md")));
    let found = judged("include gone.conf;", &super::expected(None));
    assert!(matches!(&found[1], ("nginx", Note(text, _)) if text.contains("gone.conf")), "{found:?}");
}
