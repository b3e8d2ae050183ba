//! Reading one value, from TOML or from the text of an environment variable, and saying what is wrong with it.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use parterre_xmpp::BareJid;
use parterre_xmpp::sasl::Mechanism;
use toml::Value as Toml;

use super::types::{Bound, Cidr, Create, Listen, Retention, Secret, read_duration, show_duration};

/// What the operator wrote for a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// A value in the file.
    Toml(&'a Toml),
    /// The text of an environment variable.
    Text(&'a str),
}

impl<'a> Given<'a> {
    fn text(self) -> Option<&'a str> {
        match self {
            Given::Toml(value) => value.as_str(),
            Given::Text(text) => Some(text),
        }
    }

    fn integer(self) -> Option<u64> {
        match self {
            Given::Toml(value) => u64::try_from(value.as_integer()?).ok(),
            Given::Text(text) => text.trim().parse().ok(),
        }
    }

    fn boolean(self) -> Option<bool> {
        match self {
            Given::Toml(value) => value.as_bool(),
            Given::Text(text) => text.trim().parse().ok(),
        }
    }

    /// The members of a list. In a variable they are separated by commas, and an empty text is the empty list.
    fn list(self) -> Option<Vec<Given<'a>>> {
        match self {
            Given::Toml(value) => Some(value.as_array()?.iter().map(Given::Toml).collect()),
            Given::Text(text) => {
                Some(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Given::Text).collect())
            }
        }
    }

    fn show(self) -> String {
        match self {
            Given::Toml(value) => value.to_string(),
            Given::Text(text) => show_text(text),
        }
    }
}

/// The range that a whole number must lie in.
pub(super) type Range = Option<RangeInclusive<u64>>;

/// The type of a key.
pub(super) trait Value: Sized {
    /// Whether an error must not repeat what was given.
    const SECRET: bool = false;
    /// What it takes, as a noun phrase.
    fn takes() -> String;
    /// Reads it. An error is a hint to add to the sentence, or empty.
    fn read(given: Given<'_>) -> Result<Self, String>;
    /// Writes it as TOML.
    fn show(&self) -> String;
    /// The number that a range applies to.
    fn number(&self) -> Option<u64> {
        None
    }
}

/// What a key of this type and range takes.
pub(super) fn takes<T: Value>(range: Range) -> String {
    match range {
        Some(range) => format!("{} from {} to {}", T::takes(), range.start(), range.end()),
        None => T::takes(),
    }
}

/// Reads the value of a key, or says in one sentence which key, what it had and what it takes.
pub(super) fn read<T: Value>(path: &str, given: &Given<'_>, range: Range) -> Result<T, String> {
    let hint = match T::read(*given) {
        Ok(value) => match (&range, value.number()) {
            (Some(range), Some(number)) if !range.contains(&number) => String::new(),
            _ => return Ok(value),
        },
        Err(hint) => hint,
    };
    let had = if T::SECRET { "(not shown)".to_owned() } else { given.show() };
    let mut sentence = format!("{path} is {had}, but takes {}", takes::<T>(range));
    if !hint.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&hint);
    }
    Err(sentence)
}

fn show_text(text: &str) -> String {
    Toml::String(text.to_owned()).to_string()
}

fn refused() -> String {
    String::new()
}

impl Value for bool {
    fn takes() -> String {
        "true or false".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.boolean().ok_or_else(refused)
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for usize {
    fn takes() -> String {
        "a whole number".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.integer().and_then(|number| number.try_into().ok()).ok_or_else(refused)
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn number(&self) -> Option<u64> {
        Some(*self as u64)
    }
}

impl Value for Bound {
    fn takes() -> String {
        "a whole number, 0 for no limit".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        let number = given.integer().and_then(|number| usize::try_from(number).ok());
        number.map(Bound::from_number).ok_or_else(refused)
    }
    fn show(&self) -> String {
        self.get().unwrap_or(0).to_string()
    }
}

impl Value for String {
    fn takes() -> String {
        "a text".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.text().map(str::to_owned).ok_or_else(refused)
    }
    fn show(&self) -> String {
        show_text(self)
    }
}

impl Value for Secret {
    const SECRET: bool = true;
    fn takes() -> String {
        "a text".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.text().map(Secret::new).ok_or_else(refused)
    }
    fn show(&self) -> String {
        show_text(self.reveal())
    }
}

impl Value for PathBuf {
    fn takes() -> String {
        "a path".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.text().filter(|text| !text.is_empty()).map(PathBuf::from).ok_or_else(refused)
    }
    fn show(&self) -> String {
        show_text(&self.to_string_lossy())
    }
}

impl Value for Option<PathBuf> {
    fn takes() -> String {
        "a path, or \"\" for none".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        let text = given.text().ok_or_else(refused)?;
        Ok((!text.is_empty()).then(|| text.into()))
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| show_text(""), Value::show)
    }
}

impl Value for Option<SocketAddr> {
    fn takes() -> String {
        "an address with a port such as \"127.0.0.1:5222\" or \"[::]:5222\", or \"\" for none".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        match given.text() {
            Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| refused()),
            None => Err(refused()),
        }
    }
    fn show(&self) -> String {
        show_text(&self.map(|address| address.to_string()).unwrap_or_default())
    }
}

impl Value for Listen {
    fn takes() -> String {
        "an address with a port such as \"127.0.0.1:5280\" or \"[::]:5280\", or \"unix:/path\"".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.text().and_then(Listen::parse).ok_or_else(refused)
    }
    fn show(&self) -> String {
        show_text(&self.to_string())
    }
}

impl Value for Option<Uri> {
    fn takes() -> String {
        "an address that starts with http://, or \"\" for none".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        let text = given.text().ok_or_else(refused)?;
        if text.is_empty() {
            return Ok(None);
        }
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let known =
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
        known.then_some(Some(uri)).ok_or_else(refused)
    }
    fn show(&self) -> String {
        show_text(&self.as_ref().map(ToString::to_string).unwrap_or_default())
    }
}

impl Value for Duration {
    fn takes() -> String {
        "a time such as \"45s\", \"10min\", \"12h\", \"30d\" or \"1w\"".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        match (given.text(), given.integer()) {
            (Some(text), _) => read_duration(text),
            (None, Some(number)) => Err(format!("say the unit, as in \"{number}s\"")),
            (None, None) => Err(refused()),
        }
    }
    fn show(&self) -> String {
        show_text(&show_duration(*self))
    }
}

impl Value for Option<Duration> {
    fn takes() -> String {
        "a time such as \"45s\", \"10min\" or \"12h\", or 0 or \"forever\" for no limit".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        match (given.text(), given.integer()) {
            (Some("forever" | "0s"), _) | (_, Some(0)) => Ok(None),
            _ => Duration::read(given).map(Some),
        }
    }
    fn show(&self) -> String {
        self.map_or_else(|| "0".to_owned(), |duration| duration.show())
    }
}

impl Value for Retention {
    fn takes() -> String {
        "a time such as \"12h\", \"30d\" or \"1w\", or \"forever\"".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        match given.text() {
            Some("forever") => Ok(Retention(None)),
            _ => Duration::read(given).map(|duration| Retention(Some(duration))),
        }
    }
    fn show(&self) -> String {
        show_text(&self.0.map_or_else(|| "forever".to_owned(), show_duration))
    }
}

impl Value for Create {
    fn takes() -> String {
        "\"anyone\", \"accounts\", \"admins\" or \"defaults-url\"".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        given.text().and_then(Create::parse).ok_or_else(refused)
    }
    fn show(&self) -> String {
        show_text(self.as_str())
    }
}

pub(super) fn read_list<T>(given: Given<'_>, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let members = given.list().ok_or_else(refused)?;
    members
        .into_iter()
        .map(|member| member.text().and_then(&read).ok_or_else(|| format!("not {}", member.show())))
        .collect()
}

pub(super) fn show_list(members: impl Iterator<Item = String>) -> String {
    format!("[{}]", members.map(|member| show_text(&member)).collect::<Vec<_>>().join(", "))
}

impl Value for Vec<String> {
    fn takes() -> String {
        "a list of texts".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        read_list(given, |text| Some(text.to_owned()))
    }
    fn show(&self) -> String {
        show_list(self.iter().cloned())
    }
}

impl Value for Vec<Mechanism> {
    fn takes() -> String {
        "a list of SASL mechanisms such as [\"OAUTHBEARER\", \"PLAIN\"]".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        read_list(given, Mechanism::named)
    }
    fn show(&self) -> String {
        show_list(self.iter().map(|mechanism| mechanism.name().to_owned()))
    }
}

impl Value for Vec<Cidr> {
    fn takes() -> String {
        "a list of addresses or networks such as [\"127.0.0.0/8\", \"::1\"]".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        read_list(given, Cidr::parse)
    }
    fn show(&self) -> String {
        show_list(self.iter().map(ToString::to_string))
    }
}

impl Value for Vec<BareJid> {
    fn takes() -> String {
        "a list of account addresses such as [\"admin@example.org\"]".into()
    }
    fn read(given: Given<'_>) -> Result<Self, String> {
        read_list(given, |text| BareJid::new(text).ok().filter(|jid| jid.node().is_some()))
    }
    fn show(&self) -> String {
        show_list(self.iter().map(ToString::to_string))
    }
}
