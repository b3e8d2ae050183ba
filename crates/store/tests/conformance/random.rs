//! Whatever is said, retracted, pruned and asked for: SQLite gives what filtering the whole archive gives.

use parterre_room::mam::PageRequest;
use parterre_room::{Change, LogId};
use parterre_xmpp::Timestamp;
use proptest::prelude::*;

use crate::scratch::{Scratch, message};
use crate::{memory, sqlite};

const NICKS: [&str; 3] = ["ada", "bob", "eve"];

#[derive(Clone, Debug)]
enum Step {
    /// So many messages, each so much later than the one before, by one of the nicks; the third has no address.
    Say(Vec<(u64, usize)>),
    Replace(u64),
    Prune(i64, usize),
    Destroy,
}

fn step() -> impl Strategy<Value = Step> {
    let said = prop::collection::vec((1..4_u64, 0..NICKS.len()), 1..12);
    prop_oneof![
        8 => said.prop_map(Step::Say),
        2 => (0..80_u64).prop_map(Step::Replace),
        2 => (0..60_i64, 0..10_usize).prop_map(|(time, most)| Step::Prune(time, most)),
        1 => Just(Step::Destroy),
    ]
}

/// Ids around those that exist, so that most are known and some are not.
fn id() -> impl Strategy<Value = LogId> {
    prop_oneof![20 => (0..80_u64).prop_map(LogId), 1 => Just(LogId(u64::MAX))]
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![20 => (-2..80_i64).prop_map(Timestamp), 1 => Just(Timestamp(i64::MIN)), 1 => Just(Timestamp(i64::MAX))]
}

fn rarely<T: std::fmt::Debug + 'static>(what: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    prop::option::weighted(0.2, what).boxed()
}

fn request() -> impl Strategy<Value = PageRequest> {
    let with = prop::sample::select(vec![
        "stage@room.localhost",
        "stage@room.localhost/ada",
        "stage@room.localhost/eve",
        "bob@localhost",
        "nobody@localhost",
    ]);
    let filters = (rarely(time()), rarely(time()), rarely(with.prop_map(str::to_owned)), rarely(id()), rarely(id()));
    let ids = rarely(prop::collection::vec(id(), 0..4));
    let max = prop_oneof![10 => 0..12_u64, 1 => Just(u64::MAX)];
    let index = rarely(prop_oneof![10 => 0..40_u64, 1 => Just(u64::MAX)]);
    let place = (rarely(id()), rarely(id()), any::<bool>(), index, max);
    (filters, ids, place).prop_map(
        |((start, end, with, after_id, before_id), ids, (after, before, last, index, max))| PageRequest {
            start,
            end,
            with,
            after_id,
            before_id,
            ids,
            after,
            before,
            last,
            index,
            max,
            flip: false,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_pages_as_the_plain_reading_does(
        steps in prop::collection::vec(step(), 1..12),
        requests in prop::collection::vec(request(), 60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let scratch = Scratch::new();
        let stores = [memory(), sqlite(&scratch)];
        let mut now = 0;
        for step in steps {
            let mut changes = Vec::new();
            match &step {
                Step::Say(messages) => for (later, who) in messages {
                    now += later;
                    let author = NICKS.get(*who).filter(|nick| **nick != "eve").map(|nick| format!("{nick}@localhost"));
                    changes.push(Change::Message(message(now, NICKS[*who], author.as_deref(), "said")));
                },
                Step::Replace(id) => changes.push(Change::Replace { id: LogId(*id), stanza: format!("<gone n='{id}'/>") }),
                Step::Destroy => changes.push(Change::Destroy),
                Step::Prune(..) => {}
            }
            for store in &stores {
                runtime.block_on(store.commit("stage", changes.clone())).unwrap();
            }
            if let Step::Prune(time, most) = step {
                let [plain, tested] = &stores;
                let plain = runtime.block_on(plain.prune(Timestamp(time), most));
                prop_assert_eq!(runtime.block_on(tested.prune(Timestamp(time), most)), plain);
            }
        }
        let [plain, tested] = &stores;
        for request in requests {
            let expected = runtime.block_on(plain.page("stage", request.clone())).unwrap();
            let found = runtime.block_on(tested.page("stage", request.clone())).unwrap();
            prop_assert_eq!(found, expected, "{:?}", request);
        }
        prop_assert_eq!(runtime.block_on(tested.metadata("stage")), runtime.block_on(plain.metadata("stage")));
        let loaded = runtime.block_on(tested.load_room("stage", 7)).unwrap();
        prop_assert_eq!(loaded, runtime.block_on(plain.load_room("stage", 7)).unwrap());
    }
}
