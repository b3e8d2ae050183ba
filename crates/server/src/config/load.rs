//! From text and variables to a configuration, or to every mistake in them.

use std::fmt;
use std::io::BufRead;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::section::{Key, Section};
use super::value::Given;
use super::{Api, Auth, C2s, Config, Contacts, History, Http, Limits, Rooms, Top, validate};

/// What every variable starts with.
const PREFIX: &str = "PARTERRE__";

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where: a line of the file (`parterre.toml:12`), a variable, or empty where several keys disagree.
    pub place: String,
    /// What is wrong and what would be right.
    pub text: String,
}

/// Why a configuration was refused: all its mistakes, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            let line_end = if number == 0 { "" } else { "\n" };
            let colon = if mistake.place.is_empty() { "" } else { ": " };
            write!(f, "{line_end}{}{colon}{}", mistake.place, mistake.text)?;
        }
        Ok(())
    }
}

/// The line that ends a configuration on the standard input, where the input stays open behind it.
const END: &str = "# end";

/// The text of a configuration file, `-` being the standard input; and whether the input goes on behind it.
fn read_file(path: &Path) -> Result<(String, bool), ConfigError> {
    let read = if path == Path::new("-") {
        read_input(std::io::stdin().lock())
    } else {
        std::fs::read_to_string(path).map(|text| (text, false))
    };
    read.map_err(|error| {
        let text = format!("the configuration cannot be read: {error}");
        ConfigError { mistakes: vec![Mistake { place: path.display().to_string(), text }] }
    })
}

/// Reads up to a line [`END`], or to the end of the input; says which it was.
fn read_input(mut input: impl BufRead) -> std::io::Result<(String, bool)> {
    let mut text = String::new();
    loop {
        let start = text.len();
        if input.read_line(&mut text)? == 0 {
            return Ok((text, false));
        }
        if text.get(start..).is_some_and(|line| line.trim_end_matches(['\n', '\r']) == END) {
            return Ok((text, true));
        }
    }
}

impl Config {
    /// The configuration of a process: its file, if it has one, and above it the variables of its environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_at_start(file).map(|(config, _)| config)
    }

    /// The same, with whether it came on a standard input that goes on behind a line `# end`: whoever wrote it holds the
    /// other end.
    pub fn load_at_start(file: Option<&Path>) -> Result<(Self, bool), ConfigError> {
        let (text, goes_on) = file.map(read_file).transpose()?.unwrap_or_default();
        let place = file.map(|path| path.display().to_string()).unwrap_or_default();
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
        Ok((Self::read(&place, &text, variables)?, goes_on))
    }

    /// Reads a configuration from a text, which mistakes call by that name, and from variables, which win.
    pub fn read(
        name: &str,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut reading = Reading { config: Config::default(), mistakes: Vec::new() };
        reading.file(name, text);
        let mut variables: Vec<_> = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        variables.sort();
        for (variable, value) in &variables {
            reading.variable(variable, value);
        }
        // Keys are compared with one another only once each is right by itself: a default that stands in for a
        // refused value would be blamed for what nobody wrote.
        if reading.mistakes.is_empty() {
            reading.mistakes.extend(validate::validate(&reading.config));
        }
        if reading.mistakes.is_empty() { Ok(reading.config) } else { Err(ConfigError { mistakes: reading.mistakes }) }
    }

    /// Sets `section.key`. `None`: no such key.
    fn set(&mut self, section: &str, key: &str, given: &Given<'_>) -> Option<Result<(), String>> {
        match section {
            Top::NAME => self.top.set(key, given),
            Http::NAME => self.http.set(key, given),
            C2s::NAME => self.c2s.get_or_insert_default().set(key, given),
            Auth::NAME => self.auth.set(key, given),
            Rooms::NAME => self.rooms.set(key, given),
            History::NAME => self.history.set(key, given),
            Api::NAME => self.api.set(key, given),
            Contacts::NAME => self.contacts.set(key, given),
            Limits::NAME => self.limits.set(key, given),
            _ => None,
        }
    }
}

/// Every section with what it is for and its keys, in the order of the reference.
pub(super) fn sections() -> Vec<(&'static str, &'static str, Vec<Key>)> {
    fn one<S: Section>() -> (&'static str, &'static str, Vec<Key>) {
        (S::NAME, S::ABOUT, S::keys())
    }
    vec![
        one::<Top>(),
        one::<Http>(),
        one::<C2s>(),
        one::<Auth>(),
        one::<Rooms>(),
        one::<History>(),
        one::<Api>(),
        one::<Contacts>(),
        one::<Limits>(),
    ]
}

/// The paths of all keys: `domain`, `http.listen`, …
fn paths() -> impl Iterator<Item = String> {
    sections().into_iter().flat_map(|(section, _, keys)| keys.into_iter().map(move |key| path(section, key.name)))
}

fn path(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn variable_name(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

/// The one of `names` that was probably meant, if any looks like it. What stands after the last separator counts
/// alone as well: the right key in the wrong section is found.
fn nearest(wrong: &str, names: impl Iterator<Item = String>, separator: &str) -> Option<String> {
    let last = |name: &str| name.rsplit(separator).next().unwrap_or_default().to_owned();
    names
        .map(|name| {
            let likeness =
                strsim::jaro_winkler(wrong, &name).max(strsim::jaro_winkler(&last(wrong), &last(&name)) - 0.05);
            (likeness, name)
        })
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

fn unknown(kind: &str, wrong: &str, nearest: Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("there is no {kind} {wrong}; the nearest is {nearest}"),
        None => format!("there is no {kind} {wrong}; docs/configuration.md lists all that there are"),
    }
}

struct Reading {
    config: Config,
    mistakes: Vec<Mistake>,
}

impl Reading {
    fn mistake(&mut self, place: String, text: String) {
        self.mistakes.push(Mistake { place, text });
    }

    fn file(&mut self, name: &str, text: &str) {
        let line = |span: Range<usize>| {
            let before = text.get(..span.start).unwrap_or(text);
            format!("{name}:{}", before.matches('\n').count() + 1)
        };
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let place = line(error.span().unwrap_or_default());
                return self.mistake(place, format!("this is not TOML: {}", error.message()));
            }
        };
        for (key, value) in entries(&table) {
            let at = || line(key.span());
            let name = key.get_ref().as_ref();
            let is_section = !name.is_empty() && sections().iter().any(|(section, ..)| *section == name);
            match (value.get_ref(), is_section) {
                (DeValue::Table(section), true) => {
                    if name == C2s::NAME {
                        self.config.c2s.get_or_insert_default();
                    }
                    for (key, value) in entries(section) {
                        self.key(line(key.span()), name, key.get_ref(), value.get_ref());
                    }
                }
                (_, true) => {
                    self.mistake(at(), format!("{name} is a section: write [{name}] on a line and its keys below it"));
                }
                (DeValue::Table(_), false) => {
                    let names =
                        sections().into_iter().map(|(name, ..)| name.to_owned()).filter(|name| !name.is_empty());
                    self.mistake(at(), unknown("section", name, nearest(name, names, ".")));
                }
                (value, false) => self.key(at(), "", name, value),
            }
        }
    }

    fn key(&mut self, place: String, section: &str, key: &str, value: &DeValue<'_>) {
        let value = plain(value);
        match self.config.set(section, key, &Given::Toml(&value)) {
            Some(Ok(())) => {}
            Some(Err(text)) => self.mistake(place, text),
            None => {
                let wrong = path(section, key);
                let nearest = nearest(&wrong, paths(), ".");
                self.mistake(place, unknown("key", &wrong, nearest));
            }
        }
    }

    fn variable(&mut self, variable: &str, value: &str) {
        let known = sections().into_iter().flat_map(|(section, _, keys)| {
            keys.into_iter().map(move |key| (section, key.name, variable_name(&path(section, key.name))))
        });
        let found = known.clone().find(|(.., name)| name == variable);
        let Some((section, key, _)) = found else {
            let nearest = nearest(variable, known.map(|(.., name)| name), "__");
            return self.mistake("environment".into(), unknown("variable", variable, nearest));
        };
        if let Some(Err(text)) = self.config.set(section, key, &Given::Text(value)) {
            self.mistake(variable.to_owned(), text);
        }
    }
}

type Entry<'t, 'i> = (&'t Spanned<toml::de::DeString<'i>>, &'t Spanned<DeValue<'i>>);

/// The entries of a table in the order of the file.
fn entries<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A value without the places of its parts.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            number.to_string().parse().map_or_else(|_| toml::Value::String(number.to_string()), toml::Value::Integer)
        }
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| toml::Value::String(number.as_str().into()), toml::Value::Float)
        }
        DeValue::Boolean(truth) => toml::Value::Boolean(*truth),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(members) => toml::Value::Array(members.iter().map(|member| plain(member.get_ref())).collect()),
        DeValue::Table(table) => toml::Value::Table(
            table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::read_input;

    #[test]
    fn a_configuration_on_the_input_ends_with_its_mark_or_with_the_input() {
        let mut input = &b"domain = \"a\"\n# end of the top\n# end\r\nmore"[..];
        let (text, goes_on) = read_input(&mut input).unwrap();
        assert!(goes_on && text.ends_with("# end\r\n"));
        assert_eq!(input, b"more");
        assert_eq!(read_input(&b"a = 1\n# end"[..]).unwrap(), ("a = 1\n# end".to_owned(), true));
        assert_eq!(read_input(&b"a = 1"[..]).unwrap(), ("a = 1".to_owned(), false));
    }
}
