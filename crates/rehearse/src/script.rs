//! A plan, ready to be played: with what every message received needs worked out once.

use crate::plan::{Plan, Talk};
use crate::viewer::Marks;

/// What a thread of the crowd plays by.
#[derive(Debug)]
pub(crate) struct Script {
    /// The plan.
    pub(crate) plan: Plan,
    /// The marks of its messages.
    pub(crate) marks: Marks,
    /// The talk of each act.
    pub(crate) talks: Vec<Option<Talk>>,
}

impl Script {
    /// Works out what the plan leaves to be.
    pub(crate) fn of(plan: Plan) -> Self {
        let talks = (0..plan.acts().len()).map(|act| plan.talk(act)).collect();
        Script { marks: Marks::of(plan.run), talks, plan }
    }

    fn talk_of(&self, message: u32) -> Option<&Talk> {
        self.talks.iter().flatten().find(|talk| (talk.first..talk.first + talk.count).contains(&message))
    }

    /// The message that the same speaker says after this one.
    pub(crate) fn next_of_same(&self, message: u32) -> Option<u32> {
        let talk = self.talk_of(message)?;
        let next = message.checked_add(talk.speakers)?;
        (next < talk.first + talk.count).then_some(next)
    }

    /// The viewer that says a message.
    pub(crate) fn speaker(&self, message: u32) -> Option<u32> {
        self.talk_of(message).map(|talk| self.plan.speaker(talk, message - talk.first))
    }
}
