//! What tests of several modules share.

use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::target::Address;

/// A built-in scenario with its parts given out.
pub(crate) fn plan(scenario: &str) -> Plan {
    let scenario = Scenario::built_in(scenario).unwrap().unwrap();
    Plan {
        viewers: scenario.viewers,
        scenario,
        seed: 1,
        run: 0xa1,
        began_us: crate::clock::wall_us(),
        address: Address::read("ws://127.0.0.1:5280").unwrap(),
        anonymous_domain: "anon.localhost".into(),
        room: "rehearsal@room.localhost".into(),
        quiet_presence: false,
        any_certificate: false,
    }
}
