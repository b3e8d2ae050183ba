//! A session over a network that reorders, repeats and loses.

use super::*;
use proptest::prelude::*;

proptest! {
    /// What the client sends arrives once and in order, and so
    /// does what the server sends, if the client repeats what was not answered.
    #[test]
    fn nothing_is_lost_or_repeated(steps in prop::collection::vec((0..6_u8, 0..3_u64), 1..80)) {
        let mut trial = open("");
        let (mut first_open, mut made, mut now, mut number) = (101, 101, 0, 0_u64);
        let mut answers: std::collections::BTreeMap<u64, String> = std::collections::BTreeMap::new();
        let mut rids = std::collections::BTreeMap::new();
        let (mut delivered, mut sent) = (Vec::new(), 0);
        for (step, which) in steps {
            now += 1_000;
            match step {
                0 => {
                    sent += 1;
                    trial.session.send(format!("<m{sent} xmlns='urn:x'/>").as_bytes()).unwrap();
                    trial.session.flush(now, &mut trial.actions);
                }
                1 => trial.session.forget(number.saturating_sub(which), now),
                _ => {
                    // The next one or an old one, within what the client may have open.
                    let rid = first_open + which;
                    if rid > made || rid - first_open > 1 {
                        continue;
                    }
                    made = made.max(rid + 1);
                    number += 1;
                    rids.insert(number, rid);
                    let body = body(&format!("sid='SID' rid='{rid}'"), &format!("<r{rid} xmlns='urn:x'/>"));
                    trial.session.request(number, body, now, &mut trial.actions);
                    trial.session.flush(now, &mut trial.actions);
                }
            }
            for entry in trial.log() {
                match entry.split_once(':') {
                    None => {
                        prop_assert!(entry.starts_with('>'), "{}", entry);
                        delivered.push(entry);
                    }
                    Some((_, "error")) => {}
                    Some((request, content)) => {
                        let rid = rids[&request.parse().unwrap()];
                        let before = answers.insert(rid, content.to_owned());
                        prop_assert!(before.is_none_or(|before| before == content));
                    }
                }
            }
            while answers.contains_key(&first_open) {
                first_open += 1;
            }
        }
        let expected: Vec<String> = (101..).map(|rid| format!(">r{rid}")).take(delivered.len()).collect();
        prop_assert_eq!(delivered, expected);
        let received: String = answers.range(..first_open).map(|(_, content)| content.as_str()).collect();
        let all: String = (1..=sent).map(|n| format!("<m{n}>")).collect::<Vec<_>>().concat();
        prop_assert!(all.starts_with(&received), "{} {}", all, received);
    }
}
