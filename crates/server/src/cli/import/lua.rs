//! Lua tables as Prosody's file store writes them.
//!
//! Enters: the bytes of a file, from whoever wrote it. Leaves: its values, or where it breaks. Nothing is run: what is not
//! a plain value is a fault. Never: a panic, or more depth than [`MAX_DEPTH`].

use std::collections::BTreeMap;

/// How deep tables may lie in one another; Prosody's own limit for a stanza is far below.
const MAX_DEPTH: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Nil,
    Bool(bool),
    Number(f64),
    /// Bytes that are not UTF-8 are replaced.
    Text(String),
    Table(Table),
}

/// A table: what stands in order, and what has a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) list: Vec<Value>,
    pub(super) named: BTreeMap<String, Value>,
}

impl Table {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.named.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.named.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn truth(&self, name: &str) -> Option<bool> {
        match self.named.get(name) {
            Some(Value::Bool(truth)) => Some(*truth),
            _ => None,
        }
    }

    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        match self.named.get(name) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        }
    }
}

/// Where a file is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// After how many bytes.
    pub(super) at: usize,
    what: &'static str,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} after {} bytes", self.what, self.at)
    }
}

/// A file of one table: `return {…};`.
pub(super) fn table(bytes: &[u8]) -> Result<Table, Fault> {
    let mut reader = Reader { bytes, at: 0 };
    reader.word(b"return", "it does not begin with `return`")?;
    let table = reader.table(0)?;
    reader.take(b';');
    reader.space();
    if reader.at == bytes.len() { Ok(table) } else { Err(reader.fault("there is more than one table")) }
}

/// A file of entries, `item({…});` one after the other. A broken one does not take those after it along.
pub(super) fn items(bytes: &[u8]) -> impl Iterator<Item = Result<Table, Fault>> {
    let mut reader = Reader { bytes, at: 0 };
    std::iter::from_fn(move || {
        reader.space();
        if reader.at >= bytes.len() {
            return None;
        }
        let start = reader.at;
        let item = reader.item();
        if item.is_err() {
            reader.at = next_item(bytes, start + 1);
        }
        Some(item)
    })
}

/// Where the next entry begins. No string holds a line's end, so an entry alone begins a line so.
fn next_item(bytes: &[u8], from: usize) -> usize {
    const START: &[u8] = b"\nitem(";
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(START.len()).position(|window| window == START).map_or(bytes.len(), |found| from + found)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn fault(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over space and comments to the end of a line.
    fn space(&mut self) {
        loop {
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
            if !self.rest().starts_with(b"--") {
                return;
            }
            while self.peek().is_some_and(|byte| byte != b'\n') {
                self.at += 1;
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Passes over `byte`, if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, byte: u8, what: &'static str) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(self.fault(what)) }
    }

    fn word(&mut self, word: &[u8], what: &'static str) -> Result<(), Fault> {
        self.space();
        if !self.rest().starts_with(word) {
            return Err(self.fault(what));
        }
        self.at += word.len();
        Ok(())
    }

    fn item(&mut self) -> Result<Table, Fault> {
        self.word(b"item", "an entry does not begin with `item`")?;
        self.need(b'(', "an entry has no table")?;
        let table = self.table(0)?;
        self.need(b')', "an entry does not end")?;
        self.take(b';');
        Ok(table)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        self.space();
        match self.peek() {
            Some(b'{') => self.table(depth).map(Value::Table),
            Some(b'"' | b'\'') => self.string().map(Value::Text),
            Some(b'(') => self.infinity(),
            Some(b'-' | b'.' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => match self.name() {
                b"true" => Ok(Value::Bool(true)),
                b"false" => Ok(Value::Bool(false)),
                b"nil" => Ok(Value::Nil),
                _ => Err(self.fault("a value is missing")),
            },
        }
    }

    fn name(&mut self) -> &[u8] {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    fn table(&mut self, depth: usize) -> Result<Table, Fault> {
        if depth >= MAX_DEPTH {
            return Err(self.fault("tables lie too deep in one another"));
        }
        self.need(b'{', "a table is missing")?;
        let mut table = Table::default();
        let mut numbered = BTreeMap::new();
        while !self.take(b'}') {
            match self.key(depth)? {
                None => table.list.push(self.value(depth + 1)?),
                Some(key) => {
                    self.need(b'=', "a key has no value")?;
                    let value = self.value(depth + 1)?;
                    match key {
                        Value::Text(name) => drop(table.named.insert(name, value)),
                        Value::Number(number) if number >= 1.0 => drop(numbered.insert(number as u64, value)),
                        _ => {}
                    }
                }
            }
            if !self.take(b';') && !self.take(b',') {
                self.need(b'}', "a table does not end")?;
                break;
            }
        }
        // Older versions number what stands in order.
        table.list.extend(numbered.into_values());
        Ok(table)
    }

    /// `["key"] =` or `key =`; `None` before a value that has no key.
    fn key(&mut self, depth: usize) -> Result<Option<Value>, Fault> {
        self.space();
        if self.take(b'[') {
            let key = self.value(depth + 1)?;
            self.need(b']', "a key does not end")?;
            return Ok(Some(key));
        }
        let start = self.at;
        let name = String::from_utf8_lossy(self.name()).into_owned();
        if !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && self.take(b'=') {
            self.at -= 1;
            return Ok(Some(Value::Text(name)));
        }
        self.at = start;
        Ok(None)
    }

    fn number(&mut self) -> Result<f64, Fault> {
        let start = self.at;
        let hexadecimal = self.rest().starts_with(b"0x") || self.rest().starts_with(b"0X");
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')) {
            self.at += 1;
        }
        let text = self.bytes.get(start..self.at).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default();
        let number = if hexadecimal {
            text.get(2..).and_then(|digits| u64::from_str_radix(digits, 16).ok()).map(|number| number as f64)
        } else {
            text.parse().ok()
        };
        number.ok_or(Fault { at: start, what: "a number is not one" })
    }

    /// `(1/0)`, `(-1/0)` and `(0/0)`: how what is no number is written.
    fn infinity(&mut self) -> Result<Value, Fault> {
        for (text, number) in [("(1/0)", f64::INFINITY), ("(-1/0)", f64::NEG_INFINITY), ("(0/0)", f64::NAN)] {
            if self.rest().starts_with(text.as_bytes()) {
                self.at += text.len();
                return Ok(Value::Number(number));
            }
        }
        Err(self.fault("a value is missing"))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let quote = self.peek();
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.peek().filter(|byte| Some(*byte) == quote || *byte != b'\n') else {
                return Err(self.fault("a text does not end"));
            };
            self.at += 1;
            match byte {
                _ if Some(byte) == quote => return Ok(text_of(text)),
                b'\\' => self.escape(&mut text)?,
                byte => text.push(byte),
            }
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(byte) = self.peek() else { return Err(self.fault("a text does not end")) };
        if byte.is_ascii_digit() {
            let digits = self.rest().iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
            let code = self.rest().iter().take(digits).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            text.push(u8::try_from(code).map_err(|_| self.fault("a text has an unknown escape"))?);
            self.at += digits;
            return Ok(());
        }
        let plain = match byte {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'"' | b'\'' | b'\n' => byte,
            b'x' => {
                let digits = self.bytes.get(self.at + 1..self.at + 3).and_then(|digits| str::from_utf8(digits).ok());
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                self.at += 2;
                code.ok_or(self.fault("a text has an unknown escape"))?
            }
            _ => return Err(self.fault("a text has an unknown escape")),
        };
        self.at += 1;
        text.push(plain);
        Ok(())
    }
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn what_prosody_writes_is_read() {
        let file =
            b"return {\n\t[\"_jid\"] = \"agora@room.example.org\";\n\t[\"_data\"] = {\n\t\t[\"hidden\"] = true;\n\t\t\
            [\"history_length\"] = 20;\n\t\tname = \"caf\\195\\169 \\\"\\n\";\n\t};\n\t[\"a@b\"] = \"owner\";\n};\n";
        let read = table(file).unwrap();
        assert_eq!(read.text("_jid"), Some("agora@room.example.org"));
        let data = read.table("_data").unwrap();
        assert_eq!((data.truth("hidden"), data.number("history_length")), (Some(true), Some(20.0)));
        assert_eq!(data.text("name"), Some("café \"\n"));
    }

    #[test]
    fn entries_are_read_with_what_stands_in_order() {
        let file =
            b"item({\n\t{ \"hi\", { name = 'b' } };\n\t[\"when\"] = 1700000000.25;\n});\nitem({[2]='b';[1]='a';});\n";
        let read: Vec<_> = items(file).collect::<Result<_, _>>().unwrap();
        assert_eq!(read[0].number("when"), Some(1_700_000_000.25));
        let Value::Table(first) = &read[0].list[0] else { panic!("{read:?}") };
        assert_eq!(first.list[0], text("hi"));
        assert_eq!(read[1].list, [text("a"), text("b")]);
    }

    #[test]
    fn a_broken_entry_does_not_take_those_after_it_along() {
        let file = b"item({ 1 });\nitem({ \"broken });\nitem({ 3 });\nitem({ os.exit() });\nitem({ 5";
        let read: Vec<_> = items(file).map(|item| item.ok().map(|item| item.list)).collect();
        let number = |number| Some(vec![Value::Number(number)]);
        assert_eq!(read, [number(1.0), None, number(3.0), None, None]);
    }

    #[test]
    fn what_is_no_plain_value_is_refused_and_where_is_said() {
        for file in ["", "{}", "return", "return {", "return os.exit()", "return { f() }", "return {} x", "return {'a"]
        {
            assert!(table(file.as_bytes()).is_err(), "{file}");
        }
        assert_eq!(table(b"return { a = }").unwrap_err().to_string(), "a value is missing after 13 bytes");
        let deep = [b"return ".to_vec(), vec![b'{'; 100_000]].concat();
        assert!(table(&deep).is_err());
    }

    #[test]
    fn numbers_of_every_kind() {
        let read = table(b"return { -3, 1e3, 0x10, (1/0), (-1/0), .5 }").unwrap();
        let numbers = [-3.0, 1000.0, 16.0, f64::INFINITY, f64::NEG_INFINITY, 0.5];
        assert_eq!(read.list, numbers.map(Value::Number));
    }

    fn written(value: &Value) -> String {
        match value {
            Value::Nil => "nil".into(),
            Value::Bool(truth) => truth.to_string(),
            Value::Number(number) => format!("{number:?}"),
            Value::Text(text) => quoted(text),
            Value::Table(table) => {
                let named = table.named.iter().map(|(name, value)| format!("[{}] = {};", quoted(name), written(value)));
                let list = table.list.iter().map(|value| written(value) + ";");
                format!("{{\n{}\n}}", named.chain(list).collect::<String>())
            }
        }
    }

    fn quoted(text: &str) -> String {
        let byte = |byte: u8| match byte {
            b'"' | b'\\' | b'\'' | 0..=31 | 127..=255 => format!("\\{byte:03}"),
            plain => char::from(plain).to_string(),
        };
        format!("\"{}\"", text.bytes().map(byte).collect::<String>())
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            (-1e15..1e15).prop_map(Value::Number),
            any::<String>().prop_map(Value::Text),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4);
            let named = prop::collection::btree_map(any::<String>(), inner, 0..4);
            (list, named).prop_map(|(list, named)| Value::Table(Table { list, named }))
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_value()) {
            let file = format!("return {{ {} }};", written(&value));
            prop_assert_eq!(table(file.as_bytes()).unwrap().list, vec![value]);
        }

        #[test]
        fn nothing_panics_and_everything_ends(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = table(&bytes);
            prop_assert!(items(&bytes).count() <= bytes.len());
        }

        #[test]
        fn what_looks_like_it_does_not_panic(text in "(return |item\\()?[\\[\\]{}();=\"'\\\\x0-9a-z.\n-]{0,60}") {
            let _ = table(text.as_bytes());
            prop_assert!(items(text.as_bytes()).count() <= text.len());
        }
    }
}
