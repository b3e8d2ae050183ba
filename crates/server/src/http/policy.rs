//! What browsers are told not to do with an answer: Content Security Policy (CSP 3), framing, permissions.

use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::origin::Origin;

/// Pages without scripts have a style and an icon of their own, and nothing of anybody else's.
const QUIET: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The chat needs none of these, so nothing that ever got into its page can have them.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), \
     gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), \
     screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Marks an answer that may stand in a frame: its own policy says in whose.
#[derive(Clone, Copy)]
pub(super) struct Embeddable;

/// The policy of a page with the chat in it. Older Safari does not count a WebSocket as `'self'`, so that its origin is
/// named. Avatars and pictures may come from anywhere, by https. `style` is the one sheet that may stand in the page.
pub(super) fn with_client(origin: &Origin, style: Option<&str>, frame_ancestors: &str) -> String {
    let style = style.map_or_else(String::new, |text| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text))));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' https: data:; \
         connect-src 'self' {}; base-uri 'none'; form-action 'none'; frame-ancestors {frame_ancestors}",
        origin.websocket_origin()
    )
}

/// What all answers have in common, where the answer itself does not say otherwise.
pub(super) fn seal(response: &mut Response) {
    let embeddable = response.extensions().get::<Embeddable>().is_some();
    let headers = response.headers_mut();
    let shared = headers.contains_key("cross-origin-resource-policy");
    let mut set = |name, value| {
        headers.entry::<HeaderName>(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if shared {
        // A script or a sheet is no page: the rest would be bytes that nobody heeds.
        return;
    }
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CONTENT_SECURITY_POLICY, QUIET);
    set(PERMISSIONS_POLICY, PERMISSIONS);
    if !embeddable {
        // X-Frame-Options knows nobody or the same origin only.
        set(header::X_FRAME_OPTIONS, "DENY");
        set(COOP, "same-origin");
    }
}
