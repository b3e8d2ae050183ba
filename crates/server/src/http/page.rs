//! Pages: the frame that all have, and those for what is not there.

use std::fmt::Write as _;

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::api;

const FRAME: &str = include_str!("site/frame.html");

/// Fills a page: every `{{name}}` by its value. Values are HTML; [`escape`] what is text.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        page.push_str(before);
        page.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Text as HTML or XML, between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Bytes as an address has them in its path (RFC 3986 §2.3), and an `xmpp:` URI in the local part (RFC 5122 §2.2).
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The way from an address up to where everything is: a proxy may have taken away a prefix that the browser sees.
fn root(uri: &Uri) -> String {
    match uri.path().matches('/').count() {
        0 | 1 => "./".to_owned(),
        slashes => "../".repeat((slashes - 1).min(DEEPEST)),
    }
}

/// Beyond this a way up is longer than it is worth.
const DEEPEST: usize = 32;

/// A whole page with that title and content. What stands in the head besides (`client`) and the content are HTML.
pub(super) fn html(root: &str, title: &str, client: &str, content: &str) -> String {
    fill(FRAME, &[("root", root), ("title", &escape(title)), ("client", client), ("content", content)])
}

pub(super) async fn not_found(uri: Uri, headers: HeaderMap) -> Response {
    let text = "There is nothing at this address.";
    say(&uri, &headers, StatusCode::NOT_FOUND, "Not found", text)
}

/// The header `Allow` is added by the router, which knows what the path takes.
pub(super) async fn method_not_allowed(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let text = format!("This address exists, but cannot be asked with {method}.");
    say(&uri, &headers, StatusCode::METHOD_NOT_ALLOWED, "Not like that", &text)
}

/// Says it in the form that was asked for: JSON below `/api`, a page for a browser, a line for everything else.
pub(super) fn say(uri: &Uri, headers: &HeaderMap, status: StatusCode, title: &str, text: &str) -> Response {
    if uri.path().starts_with("/api/") {
        return api::Problem::new(status, text).into_response();
    }
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        let content = format!(
            "<main class=\"notice\"><h1>{}</h1><p>{}</p><p><a href=\"{}\">What is here instead</a></p></main>",
            escape(title),
            escape(text),
            root(uri)
        );
        return (status, Html(html(&root(uri), title, "", &content))).into_response();
    }
    (status, format!("{text}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_once_and_only_where_it_names_a_value() {
        let values = [("a", "{{b}}"), ("b", "<b>")];
        assert_eq!(fill("x {{a}} y {{b}} z {{c}}{{", &values), "x {{b}} y <b> z {{");
        assert_eq!(fill("no names", &values), "no names");
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }
}
