//! nginx's grammar: words, blocks, quotes, comments. Pure: a text in, its directives out, or the line at which it breaks.
//!
//! It knows nothing of what a directive means, but that what stands in a block of Lua is not nginx's.

/// The longest text that is read, in bytes.
const BYTES: usize = 8 << 20;
/// How deep blocks may stand in one another; nginx itself seldom has more than six.
const DEPTH: usize = 32;

/// One directive: `proxy_pass http://…;` or `server { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    /// What stands in its braces, if it has some.
    pub(super) block: Vec<Directive>,
    /// Where it stands: the file, and the line.
    pub(super) place: (String, usize),
}

impl Directive {
    pub(super) fn argument(&self, at: usize) -> &str {
        self.arguments.get(at).map_or("", String::as_str)
    }

    /// `file:line`.
    pub(super) fn at(&self) -> String {
        format!("{}:{}", self.place.0, self.place.1)
    }
}

/// A text that is not nginx's: where, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) line: usize,
    pub(super) why: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Semicolon,
    Open,
    Close,
}

/// Takes a text apart. `file` is what its places are called by.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Directive>, Broken> {
    if text.len() > BYTES {
        return Err(Broken { line: 1, why: "it is longer than 8 MiB" });
    }
    let mut reader = Reader { text, at: 0, line: 1 };
    let directives = block(file, &mut reader, 0)?;
    Ok(directives)
}

fn block(file: &str, reader: &mut Reader<'_>, depth: usize) -> Result<Vec<Directive>, Broken> {
    if depth > DEPTH {
        return Err(reader.broken("blocks stand too deep in one another"));
    }
    let mut directives = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut line = reader.line;
    loop {
        match reader.next()? {
            Some(Token::Word(word)) => {
                if words.is_empty() {
                    line = reader.line;
                }
                words.push(word);
            }
            Some(Token::Semicolon) if words.is_empty() => return Err(reader.broken("a ; ends nothing")),
            Some(Token::Open) if words.is_empty() => return Err(reader.broken("a { begins the block of nothing")),
            Some(token @ (Token::Semicolon | Token::Open)) => {
                let mut words = std::mem::take(&mut words).into_iter();
                let name = words.next().unwrap_or_default();
                let block = match token {
                    Token::Open if name.ends_with("_by_lua_block") => reader.skip_block()?,
                    Token::Open => block(file, reader, depth + 1)?,
                    _ => Vec::new(),
                };
                directives.push(Directive { name, arguments: words.collect(), block, place: (file.to_owned(), line) });
            }
            Some(Token::Close) if depth == 0 => return Err(reader.broken("a } closes nothing")),
            Some(Token::Close) | None if !words.is_empty() => {
                return Err(Broken { line, why: "the directive is not ended by ;" });
            }
            None if depth > 0 => return Err(reader.broken("a { is not closed")),
            Some(Token::Close) | None => return Ok(directives),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn broken(&self, why: &'static str) -> Broken {
        Broken { line: self.line, why }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        self.line += usize::from(char == '\n');
        Some(char)
    }

    fn next(&mut self) -> Result<Option<Token>, Broken> {
        loop {
            match self.peek() {
                None => return Ok(None),
                Some(char) if char.is_ascii_whitespace() => drop(self.take()),
                Some('#') => {
                    while self.peek().is_some_and(|char| char != '\n') {
                        self.take();
                    }
                }
                Some(char @ (';' | '{' | '}')) => {
                    self.take();
                    return Ok(Some(match char {
                        ';' => Token::Semicolon,
                        '{' => Token::Open,
                        _ => Token::Close,
                    }));
                }
                Some(quote @ ('"' | '\'')) => return self.quoted(quote).map(|word| Some(Token::Word(word))),
                Some(_) => return Ok(Some(Token::Word(self.word()))),
            }
        }
    }

    /// A word up to white space, `;` or `{`; that of a variable, `${`, does not count.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(char) = self.peek() {
            let variable = char == '{' && word.ends_with('$');
            if char.is_ascii_whitespace() || char == ';' || char == '{' && !variable {
                break;
            }
            self.take();
            self.push(char, &mut word);
        }
        word
    }

    fn quoted(&mut self, quote: char) -> Result<String, Broken> {
        let begun = self.broken("a quote is not closed");
        self.take();
        let mut word = String::new();
        while let Some(char) = self.take() {
            if char == quote {
                let ends = |char: char| char.is_ascii_whitespace() || matches!(char, ';' | '{' | ')');
                return if self.peek().is_none_or(ends) {
                    Ok(word)
                } else {
                    Err(self.broken("something stands right behind a quote"))
                };
            }
            self.push(char, &mut word);
        }
        Err(begun)
    }

    /// Adds a character, or what it stands for with the one behind it. A backslash before anything else stays: it is of a
    /// regular expression.
    fn push(&mut self, char: char, word: &mut String) {
        let meant = match (char, self.peek()) {
            ('\\', Some(next @ ('"' | '\'' | '\\'))) => next,
            ('\\', Some('t')) => '\t',
            ('\\', Some('r')) => '\r',
            ('\\', Some('n')) => '\n',
            _ => return word.push(char),
        };
        self.take();
        word.push(meant);
    }

    /// Passes over a block of another language, by its braces.
    fn skip_block(&mut self) -> Result<Vec<Directive>, Broken> {
        let begun = self.broken("a { is not closed");
        let mut open = 1_usize;
        while let Some(char) = self.take() {
            match char {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok(Vec::new());
            }
        }
        Err(begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes directives in one line, so that they can be compared.
    fn shown(directives: &[Directive]) -> String {
        let one = |directive: &Directive| {
            let words = [std::slice::from_ref(&directive.name), &directive.arguments].concat().join("|");
            if directive.block.is_empty() { words } else { format!("{words}{{{}}}", shown(&directive.block)) }
        };
        directives.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_blocks_quotes_and_comments_are_read() {
        for (text, read) in [
            ("", ""),
            ("a b  c;# d;\ne{f;}", "a|b|c e{f}"),
            ("map $a $b { default upgrade; \"\" \"\"; '' close; }", "map|$a|$b{default|upgrade | |close}"),
            (r#"log_format x '$a "b"; {' "c\"d\\n" e\"f;"#, r#"log_format|x|$a "b"; {|c"d\n|e"f"#),
            ("location ~ ^/a\\.b$ { return 200 ${x}y#z; }", "location|~|^/a\\.b${return|200|${x}y#z}"),
            ("location ~ \"^/[0-9]{4}$\" { a; }", "location|~|^/[0-9]{4}${a}"),
            ("content_by_lua_block { if x then ngx.say({1;2}) end } a;", "content_by_lua_block a"),
            ("s{}", "s"),
        ] {
            assert_eq!(shown(&parse("f", text).unwrap()), read, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "([a-z$]| |\n|;|\\{|\\}|\"|'|#|\\\\|é|_by_lua_block ){0,60}") {
            let _ = parse("f", &text);
        }
    }

    #[test]
    fn a_directive_knows_its_line() {
        let read = parse("f.conf", "a;\n\n# x\nb\n  c;").unwrap();
        assert_eq!((read[0].at(), read[1].at()), ("f.conf:1".into(), "f.conf:4".into()));
    }

    #[test]
    fn what_is_broken_is_said_with_its_line() {
        for (text, line, why) in [
            ("a\nb", 1, "not ended"),
            ("a {\nb c }", 2, "not ended"),
            ("a {\n", 2, "not closed"),
            ("}", 1, "closes nothing"),
            ("\n;", 2, "ends nothing"),
            ("{", 1, "begins the block"),
            ("a 'b\n\n", 1, "quote is not closed"),
            ("a 'b'c;", 1, "right behind a quote"),
            ("x_by_lua_block { {", 1, "not closed"),
            (&"a {".repeat(40), 1, "too deep"),
        ] {
            let broken = parse("f", text).unwrap_err();
            assert!(broken.line == line && broken.why.contains(why), "{text}: {broken:?}");
        }
    }
}
