//! Names that nearly every stanza bears, so that a parsed element need not own copies of them.

/// The shared copy of a name; `None` if it is not a common one.
pub(super) fn known(name: &str) -> Option<&'static str> {
    macro_rules! among {
        ($($known:literal)*) => { match name { $($known => Some($known),)* _ => None } };
    }
    // By length first: the most common answer for a foreign name then costs one or two comparisons.
    match name.len() {
        1 => among!("a" "c" "h" "q" "r" "t" "v" "x"),
        2 => among!("by" "id" "iq" "to" "ts"),
        3 => among!("end" "jid" "max" "rid" "set" "sid" "url" "var" "ver"),
        4 => among!("auth" "bind" "body" "code" "from" "hash" "item" "lang" "last" "name" "nick" "node" "none"
            "open" "ping" "role" "sent" "show" "text" "type"),
        5 => among!("actor" "after" "block" "close" "count" "delay" "error" "field" "first" "index" "items"
            "label" "photo" "query" "reply" "stamp" "start" "store" "title" "vCard" "value" "xmlns"),
        6 => among!("active" "before" "enable" "invite" "option" "paused" "previd" "pubsub" "reason" "result"
            "resume" "stanza" "status" "thread"),
        7 => among!("address" "decline" "destroy" "enabled" "feature" "history" "message" "no-copy" "private"
            "publish" "replace" "retract" "seconds" "session" "storage" "subject" "success" "unblock"),
        8 => among!("apply-to" "autojoin" "category" "fallback" "fastened" "identity" "inactive" "markable"
            "maxchars" "moderate" "no-store" "password" "presence" "priority" "reaction" "received" "required"
            "resource" "response"),
        9 => among!("blocklist" "challenge" "composing" "configure" "displayed" "forwarded" "mechanism"
            "moderated" "origin-id" "reactions" "retracted" "stanza-id"),
        10 => among!("conference" "encryption" "maxstanzas" "resumption"),
        11 => among!("affiliation" "occupant-id"),
        _ => None,
    }
}
