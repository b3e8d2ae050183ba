//! Who takes whose address over, and what is forgotten with whom.

use super::*;

#[derive(Default)]
struct Session(Mutex<Option<StreamError>>);

impl Deliver for Session {
    fn deliver(&self, _: Arc<Wire>) {}
    fn close(&self, error: StreamError) {
        *self.0.lock().unwrap() = Some(error);
    }
}

fn jid(text: &str) -> FullJid {
    FullJid::new(text).unwrap()
}

#[test]
fn the_newer_session_takes_an_address_over() {
    let registry = Registry::new(10);
    let (old, new) = (Arc::new(Session::default()), Arc::new(Session::default()));
    let (first, none) = registry.bind(&jid("romeo@d/orchard"), old.clone(), None, None).unwrap();
    assert!(none.is_none());
    let (second, replaced) = registry.bind(&jid("romeo@d/orchard"), new.clone(), None, None).unwrap();
    assert_eq!(replaced.unwrap().binding, first);
    assert_eq!(old.0.lock().unwrap().as_ref().unwrap().condition, StreamCondition::Conflict);
    assert!(new.0.lock().unwrap().is_none());
    assert!(registry.unbind("romeo@d/orchard", first).is_none(), "the old session's end must not end the new one");
    assert!(registry.available("romeo@d/orchard", first, 5, None).is_none());
    assert_eq!(registry.session("romeo@d/orchard").unwrap().binding, second);
    assert!(registry.unbind("romeo@d/orchard", second).is_some());
    assert!(registry.is_empty());
}

#[test]
fn an_account_has_a_bounded_number_of_sessions() {
    let registry = Registry::new(2);
    let session = || -> Arc<dyn Deliver> { Arc::new(Session::default()) };
    registry.bind(&jid("romeo@d/1"), session(), None, None).unwrap();
    registry.bind(&jid("romeo@d/2"), session(), None, None).unwrap();
    assert_eq!(registry.bind(&jid("romeo@d/3"), session(), None, None).err(), Some(TooManyResources(2)));
    assert!(registry.bind(&jid("romeo@d/2"), session(), None, None).is_ok());
    assert!(registry.bind(&jid("juliet@d/3"), session(), None, None).is_ok());
    assert_eq!((registry.sessions("romeo@d").len(), registry.len()), (2, 3));
}

#[test]
fn a_resource_may_hold_slashes() {
    let registry = Registry::new(2);
    registry.bind(&jid("romeo@d/a/b"), Arc::new(Session::default()), None, None).unwrap();
    assert_eq!(registry.session("romeo@d/a/b").unwrap().jid, "romeo@d/a/b");
    assert!(registry.session("romeo@d/a").is_none());
}

#[test]
fn unavailability_forgets_presence_and_wishes() {
    let registry = Registry::new(2);
    let (binding, _) = registry.bind(&jid("romeo@d/a"), Arc::new(Session::default()), None, None).unwrap();
    let presence = (Arc::new(Element::presence()), Timestamp(1));
    assert_eq!(registry.available("romeo@d/a", binding, 1, Some(presence)), Some(false));
    registry.want("romeo@d/a", binding, Some(Arc::from(["node".into()])));
    registry.flag("romeo@d/a", binding, Flag::Carbons, true);
    let room = Jid::new("room@room.d/nick").unwrap();
    assert!(registry.directed("romeo@d/a", binding, &room, true, 1));
    assert!(!registry.directed("romeo@d/a", binding, &Jid::new("x@d").unwrap(), true, 1), "beyond the bound");
    assert_eq!(registry.unavailable("romeo@d/a", binding), Some((vec![room], true)));
    let session = registry.session("romeo@d/a").unwrap();
    assert!(session.presence.is_none() && session.wanted.is_none() && session.priority.is_none());
    assert!(session.is(Flag::Carbons), "carbons do not hang on presence");
}

#[test]
fn a_client_that_begins_another_session_ends_its_earlier_one() {
    let registry = Registry::new(10);
    let sessions: Vec<_> = (0..4).map(|_| Arc::new(Session::default())).collect();
    let people = ["romeo@d/1", "romeo@d/2", "juliet@d/3", "romeo@d/4"];
    for ((session, person), client) in sessions.iter().zip(people).zip(["one", "other", "one", "one"]) {
        registry.bind(&jid(person), session.clone(), None, Some(client)).unwrap();
    }
    let ended: Vec<_> = sessions.iter().map(|session| session.0.lock().unwrap().is_some()).collect();
    assert_eq!(ended, [true, false, false, false], "of the same account and the same client alone");
}

#[test]
fn a_session_that_its_client_has_forgotten_does_not_count() {
    let registry = Registry::new(2);
    let sessions: Vec<_> = (0..3).map(|_| Arc::new(Session::default())).collect();
    let bind = |at: usize, client| {
        registry.bind(&jid(&format!("romeo@d/{at}")), sessions[at].clone(), None, client).map(|_| ())
    };
    bind(0, Some("one")).unwrap();
    bind(1, None).unwrap();
    assert_eq!(bind(2, Some("other")), Err(TooManyResources(2)));
    assert_eq!(bind(2, None), Err(TooManyResources(2)), "sessions of nobody knows which client are not the same one's");
    bind(2, Some("one")).unwrap();
    let ended: Vec<_> = sessions.iter().map(|session| session.0.lock().unwrap().is_some()).collect();
    assert_eq!(ended, [true, false, false]);
}
