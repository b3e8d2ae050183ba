//! Addresses as RFC 7622 has them, and the examples of RFC 8265 and RFC 8266.
#![allow(clippy::unwrap_used)]

use super::precis::{nickname, opaque_string};
use super::*;

fn full(text: &str) -> Result<String, Error> {
    Jid::new(text).map(|jid| jid.to_string())
}

#[test]
fn examples_of_rfc_7622() {
    for jid in [
        "juliet@example.com",
        "juliet@example.com/foo",
        "juliet@example.com/foo bar",
        "juliet@example.com/foo@bar",
        r"foo\20bar@example.com",
        "fussball@example.com",
        "fu\u{df}ball@example.com/x",
        "\u{3c0}@example.com",
        "king@example.com/\u{265a}",
        "example.com",
        "example.com/foobar",
        "a.example.com/b@example.net",
    ] {
        // Nodeprep folds the sharp s; RFC 7622 would keep it.
        assert_eq!(full(jid).unwrap(), jid.replace('\u{df}', "ss"), "{jid}");
    }
    assert_eq!(full("\u{3a3}@example.com/foo").unwrap(), "\u{3c3}@example.com/foo");
    for jid in [
        "\"juliet\"@example.com",
        "foo bar@example.com",
        "juliet@example.com/",
        "@example.com/foobar",
        "@example.com",
        "juliet@",
        "/foobar",
        "",
        "juliet@exa mple.com",
    ] {
        assert!(full(jid).is_err(), "{jid}");
    }
}

#[test]
fn parts_are_found_whatever_the_resource_holds() {
    let jid = Jid::new("Juliet@Example.COM./b@c/d").unwrap();
    assert_eq!((jid.node(), jid.domain(), jid.resource()), (Some("juliet"), "example.com", Some("b@c/d")));
    assert_eq!(jid.to_bare(), BareJid::new("juliet@example.com").unwrap());
    let jid = Jid::new("example.com/b@c").unwrap();
    assert_eq!((jid.node(), jid.domain(), jid.resource()), (None, "example.com", Some("b@c")));
    for domain in ["127.0.0.1", "[::1]", "localhost"] {
        assert_eq!(BareJid::new(&format!("a@{domain}")).unwrap().domain(), domain);
    }
    assert_eq!(BareJid::new("a@b/c"), Err(Error::HasResource));
    assert_eq!(FullJid::new("a@b"), Err(Error::NoResource));
    let long = "a".repeat(1024);
    for jid in [format!("{long}@b"), format!("a@{long}"), format!("a@b/{long}")] {
        assert!(Jid::new(&jid).is_err());
    }
}

/// RFC 8265 §4.3, tables 5 and 6.
#[test]
fn examples_of_opaque_strings() {
    for text in
        ["correct horse battery staple", "Correct Horse Battery Staple", "\u{3c0}\u{df}\u{e5}", "Jack of \u{2666}s"]
    {
        assert_eq!(opaque_string(text).unwrap(), text);
    }
    assert_eq!(opaque_string("foo\u{1680}bar").unwrap(), "foo bar");
    for text in ["", "my cat is a \tby"] {
        assert!(opaque_string(text).is_err(), "{text:?}");
    }
}

/// RFC 8266 §2.3 and §3, table 1, as far as it is about enforcement: comparison there folds case as well.
#[test]
fn examples_of_nicknames() {
    for (text, nick) in [
        ("Foo", "Foo"),
        ("foo", "foo"),
        ("Foo Bar", "Foo Bar"),
        (" Foo  Bar ", "Foo Bar"),
        ("\u{3a3}", "\u{3a3}"),
        ("\u{3c3}", "\u{3c3}"),
        ("\u{3c2}", "\u{3c2}"),
        ("\u{265a}", "\u{265a}"),
        ("Richard \u{2163}", "Richard IV"),
        ("\u{ff21}dmin", "Admin"),
        ("\u{fb01}ne", "fine"),
        ("e\u{301}", "\u{e9}"),
    ] {
        assert_eq!(nickname(text).as_deref(), Ok(nick), "{text:?}");
        assert_eq!(nickname(nick).as_deref(), Ok(nick), "{nick:?} is as it stays");
    }
    for text in ["", " ", "\u{3000}", "\u{2800}", "a\u{2800}", "\u{200b}"] {
        assert!(nickname(text).is_err(), "{text:?}");
    }
}

#[test]
fn emoji_of_today_are_allowed_and_what_nobody_sees_of_them_is_left_out() {
    for (text, nick) in [
        ("Ann 🦊", "Ann 🦊"),
        // Unicode 14 and 15.
        ("🫠", "🫠"),
        ("🩷", "🩷"),
        ("👍🏽", "👍🏽"),
        ("🇫🇷", "🇫🇷"),
        ("❤\u{fe0f}", "❤"),
        ("👩\u{200d}💻", "👩💻"),
        ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
        // Scripts that need a joiner keep it.
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("क्\u{200d}ष", "क्\u{200d}ष"),
        ("a\u{200c}b", "ab"),
    ] {
        assert_eq!(nickname(text).as_deref(), Ok(nick), "{text:?}");
    }
    assert_eq!(full("stage@room.example/Ann 🦊").unwrap(), "stage@room.example/Ann 🦊");
}

#[test]
fn what_deceives_is_refused() {
    for text in [
        "a\u{7}",
        "a\u{85}b",
        "\u{202e}nimda",
        "a\u{2066}b",
        "a\u{200e}b",
        "a\u{2028}b",
        "a\u{e0061}b",
        "a\u{e000}b",
        "a\u{fffe}b",
        "a\u{378}b",
        "\u{1100}\u{1161}",
        "\u{3164}",
        "a\u{ffa0}b",
        "a\u{34f}b",
    ] {
        assert!(nickname(text).is_err(), "{text:?}");
        assert!(full(&format!("a@b/{text}")).is_err(), "{text:?}");
    }
}
