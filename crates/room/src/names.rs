//! How affiliations and roles are written (XEP-0045 §5).

use crate::{Affiliation, Role};

impl Affiliation {
    /// The value of the `affiliation` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Affiliation::Outcast => "outcast",
            Affiliation::None => "none",
            Affiliation::Member => "member",
            Affiliation::Admin => "admin",
            Affiliation::Owner => "owner",
        }
    }

    /// Reads what [`Affiliation::as_str`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        use Affiliation as A;
        [A::Outcast, A::None, A::Member, A::Admin, A::Owner].into_iter().find(|known| known.as_str() == text)
    }
}

impl Role {
    /// The value of the `role` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Visitor => "visitor",
            Role::Participant => "participant",
            Role::Moderator => "moderator",
        }
    }

    /// Reads what [`Role::as_str`] wrote; `None` for anything else, `none` among it.
    pub fn parse(text: &str) -> Option<Self> {
        [Role::Visitor, Role::Participant, Role::Moderator].into_iter().find(|known| known.as_str() == text)
    }
}
