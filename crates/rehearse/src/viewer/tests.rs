//! A viewer against a server that says what the test says, over TCP framing since that is plain text.

use super::*;
use crate::plan::Plan;
use crate::target::Address;

struct Scene {
    script: Script,
    viewer: Viewer,
    tally: Tally,
    said: Vec<Said>,
    wants: Vec<Want>,
    now: u64,
}

impl Scene {
    fn new(change: impl FnOnce(&mut Plan)) -> Self {
        let mut plan = crate::tests::plan("steady");
        plan.address = Address::read("xmpp://127.0.0.1").unwrap();
        change(&mut plan);
        let script = Script::of(plan);
        let viewer = Viewer::new(0, &script);
        let (tally, said, wants) = (Tally::default(), Vec::new(), Vec::new());
        Scene { script, viewer, tally, said, wants, now: 1_000 }
    }

    /// Lets the viewer act; gives what it sends.
    fn act<T>(&mut self, act: impl FnOnce(&mut Viewer, &mut Turn<'_>) -> T) -> (String, T) {
        let (mut out, mut more) = (Vec::new(), Vec::new());
        self.now += 1_000;
        let mut turn = Turn {
            script: &self.script,
            now: self.now,
            tally: &mut self.tally,
            said: &mut self.said,
            out: &mut out,
            more: &mut more,
            wants: &mut self.wants,
        };
        let done = act(&mut self.viewer, &mut turn);
        (String::from_utf8(out).unwrap(), done)
    }

    fn hears(&mut self, xml: &str) -> String {
        let (sent, done) = self.act(|viewer, turn| viewer.received(0, xml.as_bytes(), turn));
        assert_eq!(done, Ok(xml.len()), "{xml}");
        sent
    }

    fn refuses(&mut self, xml: &str) -> String {
        let (_, done) = self.act(|viewer, turn| viewer.received(0, xml.as_bytes(), turn));
        done.unwrap_err().0
    }

    fn connects(&mut self) {
        self.act(Viewer::connecting);
        let (sent, ()) = self.act(Viewer::connected);
        assert!(sent.contains("to='anon.localhost'"), "{sent}");
    }

    fn logs_in(&mut self) -> String {
        self.connects();
        let sent = self.hears(&format!("{HEADER}<stream:features><mechanisms xmlns='{SASL}'><mechanism>ANONYMOUS</mechanism></mechanisms></stream:features>"));
        assert!(sent.contains("mechanism='ANONYMOUS'"));
        assert!(self.hears(&format!("<success xmlns='{SASL}'/>")).contains("<stream:stream"));
        self.hears(&format!("{HEADER}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>"))
    }

    fn joins(&mut self) {
        assert!(self.logs_in().contains("xmpp-bind"));
        let sent = self.hears("<iq type='result' id='bind'/>");
        assert!(sent.contains("<enable") && sent.contains("rehearsal@room.localhost/Margot 1"), "{sent}");
        self.hears("<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/>");
        self.hears(OWN);
        assert!(!self.viewer.is_in(), "the subject comes last");
        self.hears("<message type='groupchat'><subject/></message>");
        assert!(self.viewer.is_in());
    }

    fn message(&self, number: u32, inside: &str) -> String {
        let mark = self.script.marks.write(Mark { message: number, sent: self.now });
        format!("<message type='groupchat' from='r@m/x'><body>Good evening {mark}</body>{inside}</message>")
    }
}

const HEADER: &str =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const OWN: &str =
    "<presence from='r@m/me'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>";
const DELAY: &str = "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>";

#[test]
fn it_is_small() {
    let size = size_of::<Viewer>();
    assert!(size <= 320, "{size} bytes");
}

#[test]
fn a_join_is_whole_with_presence_history_and_subject() {
    let mut scene = Scene::new(|_| {});
    scene.joins();
    assert_eq!((scene.tally.joins_begun, scene.tally.joins_done), (1, 1));
    let [took, ..] = scene.tally.join_times.three().unwrap();
    assert!(took.abs_diff(8_000) < 10, "{took}");
}

#[test]
fn a_room_that_it_makes_is_opened_before_it_is_in() {
    let mut scene = Scene::new(|_| {});
    scene.logs_in();
    scene.hears("<iq type='result' id='bind'/>");
    let sent = scene.hears(&OWN.replace("<status code='110'/>", "<status code=\"201\"/><status code=\"110\"/>"));
    assert!(sent.contains("muc#owner"), "{sent}");
    scene.hears("<message type='groupchat'><subject></subject></message>");
    assert!(!scene.viewer.is_in());
    scene.hears("<iq type='result' id='configure'/>");
    assert!(scene.viewer.is_in());
}

#[test]
fn it_tells_what_it_hears_for_the_first_time_from_what_it_does_not() {
    let mut scene = Scene::new(|_| {});
    scene.logs_in();
    scene.hears("<iq type='result' id='bind'/>");
    let history = scene.message(1, DELAY);
    scene.hears(&history);
    scene.hears(OWN);
    scene.hears("<message type='groupchat'><subject/></message>");
    assert_eq!(scene.tally.delivered, 0, "history was said before");
    for (number, expected) in [(20, (1, 0, 0)), (20, (2, 1, 0)), (0, (3, 1, 1)), (21, (4, 1, 1))] {
        let message = scene.message(number, "");
        scene.hears(&message);
        let tally = &scene.tally;
        assert_eq!((tally.delivered, tally.duplicated, tally.reordered), expected, "{number}");
    }
    // Viewer 0 says messages 0 and 20.
    assert_eq!((scene.tally.reflected, scene.said.len()), (2, 2));
}

#[test]
fn a_stream_that_broke_is_resumed_and_says_again_what_the_server_did_not_get() {
    let mut scene = Scene::new(|_| {});
    scene.joins();
    let (sent, said) = scene.act(|viewer, turn| viewer.say(0, turn));
    assert!(said && sent.contains("<message"));
    assert!(scene.hears("<r xmlns='urn:xmpp:sm:3'/>").contains("h='2'"), "presence and subject");
    scene.act(|viewer, turn| viewer.ended(&Ended::of("connection reset"), turn));
    assert_eq!(scene.tally.disconnects["connection reset"], 1);
    assert!(scene.wants.iter().any(|want| matches!(want, Want::Moment(_, Moment::Connect))));
    let sent = scene.logs_in();
    assert!(sent.contains("<resume") && sent.contains("previd='s1'") && sent.contains("h='2'"), "{sent}");
    let missed = scene.message(3, DELAY);
    let sent = scene.hears("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='1'/>");
    assert!(sent.contains("id='m0'"), "the server has the presence alone: {sent}");
    scene.hears(&missed);
    assert_eq!((scene.tally.delivered, scene.tally.resumed, scene.tally.joins_begun), (1, 1, 1));
    assert_eq!(scene.tally.returned, 1);
    assert_eq!(scene.viewer.reckon(&[Said { message: 3, sent: scene.now, reflected: scene.now }]), (1, 0));
}

#[test]
fn a_stream_that_cannot_be_resumed_is_a_join() {
    let mut scene = Scene::new(|_| {});
    scene.joins();
    scene.act(|viewer, turn| viewer.ended(&Ended::of("connection reset"), turn));
    assert!(scene.logs_in().contains("<resume"));
    assert!(scene.hears("<failed xmlns='urn:xmpp:sm:3'/>").contains("xmpp-bind"));
    assert_eq!((scene.tally.joins_begun, scene.tally.resumed, scene.tally.returned), (2, 0, 0));
    scene.hears("<iq type='result' id='bind'/>");
    scene.hears(OWN);
    scene.hears("<message type='groupchat'><subject/></message>");
    assert_eq!((scene.tally.joins_done, scene.tally.returned), (2, 1));
}

#[test]
fn what_the_server_refuses_is_counted_by_its_condition() {
    let mut scene = Scene::new(|_| {});
    scene.joins();
    scene.hears("<message type='error' id='m1'><error type='wait'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    scene.hears("<message type='error'><error type='wait'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    scene.hears("<presence type='error'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>");
    assert_eq!(scene.tally.refused, [("policy-violation".to_owned(), 1)].into(), "messages");
    let others = ["a typing notice: policy-violation", "another name: conflict"];
    assert_eq!(scene.tally.requests_refused.keys().collect::<Vec<_>>(), others);
    let ended =
        scene.refuses("<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
    assert_eq!(ended, "stream error: system-shutdown");
    let mut scene = Scene::new(|_| {});
    scene.connects();
    let ended = scene.refuses(&format!("{HEADER}<stream:features/>"));
    assert!(ended.contains("ANONYMOUS"), "{ended}");
}

#[test]
fn a_server_that_stops_says_when_to_come_back() {
    let mut scene = Scene::new(|_| {});
    scene.joins();
    let ended = scene.refuses(
        "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
         <reconnect xmlns='urn:parterre:reconnect:0' after='7250'/></stream:error>",
    );
    assert_eq!(ended, "stream error: system-shutdown");
    scene.act(|viewer, turn| viewer.ended(&Ended(ended), turn));
    let at = scene.now + 7_250_000;
    let comes = |want: &Want| matches!(want, Want::Moment(moment, Moment::Connect) if *moment == at);
    assert!(scene.wants.iter().any(comes));
}

#[test]
fn a_client_of_2022_asks_for_everybodys_card_once() {
    let mut scene = Scene::new(|plan| plan.scenario.client.vcards = true);
    scene.logs_in();
    scene.hears("<iq type='result' id='bind'/>");
    let other = "<presence from=\"r@m/it's\"><x xmlns='http://jabber.org/protocol/muc#user'/></presence>";
    assert!(scene.hears(other).contains("to=\"r@m/it's\""));
    assert_eq!(scene.hears(other), "");
}

#[test]
fn a_ping_is_answered() {
    let mut scene = Scene::new(|_| {});
    scene.joins();
    let sent = scene.hears("<iq type='get' id='p&amp;1' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert!(
        sent.contains("type='result'") && sent.contains("id='p&amp;1'") && sent.contains("to='localhost'"),
        "{sent}"
    );
}

#[test]
fn whatever_a_server_sends_does_no_harm() {
    let whole = format!("{HEADER}<stream:features/><message type='error'/><presence type='error'/><a/><iq/>{OWN}");
    for step in 0..whole.len() {
        let mut scene = Scene::new(|_| {});
        scene.connects();
        let broken = [&whole.as_bytes()[step..], b"\xff<<>'", &whole.as_bytes()[..step]].concat();
        for stage in [Stage::Features, Stage::Auth, Stage::Binding, Stage::Joining, Stage::In, Stage::Resuming] {
            scene.viewer.stage = stage;
            let _ = scene.act(|viewer, turn| viewer.received(0, &broken, turn));
        }
    }
}
