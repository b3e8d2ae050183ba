use proptest::prelude::*;
use serde_json::json;

use super::*;

fn upgrade() -> Value {
    json!({
        "v": 1, "id": 7, "url": "/plugins/parterre/ws/xmpp", "key": "dGhlIHNhbXBsZSBub25jZQ==", "protocol": "xmpp",
        "origin": "https://tube.example", "host": "tube.example", "xff": "203.0.113.9", "head": "gYU=",
    })
}

fn handle(message: &Value) -> Value {
    json!({"cmd": "NODE_HANDLE", "type": "net.Socket", "msg": message, "key": "4:0.0.0.0:9000"})
}

fn read_value(value: &Value) -> Message {
    read(value.to_string().as_bytes()).unwrap()
}

#[test]
fn an_upgrade_is_read_with_what_came_behind_it() {
    let Message::Handle(Cargo::Upgrade(upgrade)) = read_value(&handle(&upgrade())) else { panic!("not an upgrade") };
    assert_eq!((upgrade.id, upgrade.protocol.as_str(), upgrade.xff.as_str()), (7, "xmpp", "203.0.113.9"));
    assert_eq!(upgrade.head, [0x81, 0x85]);
}

#[test]
fn what_node_sends_again_is_wrapped_once_more() {
    let again = json!({"cmd": "NODE_HANDLE", "type": "net.Native", "msg": handle(&upgrade())});
    assert_eq!(read_value(&again), read_value(&handle(&upgrade())));
}

#[test]
fn a_bare_message_is_a_socket_that_died() {
    assert_eq!(read_value(&upgrade()), Message::Dead(7));
    assert_eq!(read_value(&json!({"t": "later", "id": 7})), Message::Unknown);
}

#[test]
fn a_socket_whose_purpose_is_unclear_is_still_a_socket() {
    for (key, value) in [("v", json!(2)), ("key", json!(null)), ("head", json!("%")), ("xff", json!(["a"]))] {
        let mut message = upgrade();
        message[key] = value;
        assert_eq!(read_value(&handle(&message)), Message::Handle(Cargo::Unclear(Some(7))), "{key}");
    }
    assert_eq!(read_value(&handle(&json!(5))), Message::Handle(Cargo::Unclear(None)));
    assert_eq!(read_value(&json!({"cmd": "NODE_HANDLE"})), Message::Handle(Cargo::Unclear(None)));
    assert_eq!(read_value(&handle(&json!({"t": "test"}))), Message::Handle(Cargo::Test));
}

#[test]
fn node_s_own_questions_are_answered_for_the_server_that_they_name() {
    let key = json!("4:\"0.0.0.0\":9000");
    let asked = read_value(&json!({"cmd": "NODE_SOCKET_GET_COUNT", "key": key}));
    assert_eq!(asked, Message::Count(key.clone()));
    let said = Said::new().count(&key).all_closed(&key);
    let said: Vec<Value> = said.0.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(said[0], json!({"cmd": "NODE_SOCKET_COUNT", "key": key, "count": 0}));
    assert_eq!(said[1], json!({"cmd": "NODE_SOCKET_ALL_CLOSED", "key": key}));
    let closing = json!({"cmd": "NODE_SOCKET_NOTIFY_CLOSE", "key": key});
    assert_eq!(read_value(&closing), Message::NotifyClose(key));
}

#[test]
fn what_is_not_known_is_let_pass_and_what_is_no_json_is_not() {
    for unknown in ["5", "null", "[]", "{}", r#"{"cmd":5}"#, r#"{"cmd":"NODE_DEBUG_ENABLED"}"#] {
        assert_eq!(read(unknown.as_bytes()), Ok(Message::Unknown), "{unknown}");
    }
    for garbage in ["", "hello", r#"{"t":"#, "{}{}", "\u{0}"] {
        assert_eq!(read(garbage.as_bytes()), Err(Garbage), "{garbage:?}");
    }
}

#[test]
fn a_socket_and_the_word_of_it_go_out_together() {
    let said = Said::new().acknowledge().taken_in(7);
    assert_eq!(said.as_bytes(), b"{\"cmd\":\"NODE_HANDLE_ACK\"}\n{\"t\":\"in\",\"id\":7}\n");
    let said = Said::new().hello(20_000).refused(Some(3), Why::Full).refused(None, Why::Message).refuse_handle();
    let lines: Vec<Value> = said.0.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"t": "hello", "v": 1, "max_fds": 20_000}));
    assert_eq!(lines[1], json!({"t": "refused", "id": 3, "why": "full"}));
    assert_eq!(lines[2], json!({"t": "refused", "why": "message"}));
    assert_eq!(lines[3], json!({"cmd": "NODE_HANDLE_NACK"}));
}

proptest! {
    /// Whatever comes is read or refused.
    #[test]
    fn no_line_is_too_much(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&line);
    }

    /// Whatever stands in an upgrade, a socket that came is one to answer for, once.
    #[test]
    fn a_handle_is_always_a_handle(
        field in "v|id|key|protocol|xff|head|t|cmd|msg",
        value in prop_oneof![Just(json!(null)), Just(json!(-1)), Just(json!({"cmd": "NODE_HANDLE"})), "\\PC{0,20}".prop_map(|t| json!(t))],
    ) {
        let mut message = upgrade();
        message[field.as_str()] = value;
        prop_assert!(matches!(read_value(&handle(&message)), Message::Handle(_)));
    }
}
