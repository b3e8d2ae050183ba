//! What nginx does with an address: which location takes it, what is in force there, and where it goes. Pure.
//!
//! It follows nginx's documentation of `location`, `proxy_pass`, `rewrite` and `proxy_set_header`. What it cannot know (variables, regular
//! expressions of PCRE's own) it says it does not.

use regex_lite::Regex;

use super::grammar::Directive;

/// A `server`, with what is around it: the levels that it inherits from, the outermost first, itself last.
#[derive(Clone, Debug)]
pub(super) struct Server<'c> {
    levels: Vec<&'c [Directive]>,
}

/// A location that takes an address.
#[derive(Clone, Debug)]
pub(super) struct Taken<'c> {
    pub(super) location: &'c Directive,
    levels: Vec<&'c [Directive]>,
}

/// All servers of a configuration. A part of one, with locations at its top, counts as a server.
pub(super) fn servers(directives: &[Directive]) -> Vec<Server<'_>> {
    let mut found = Vec::new();
    let mut levels = vec![directives];
    collect(directives, &mut levels, &mut found);
    if found.is_empty() {
        found.push(Server { levels: vec![directives] });
    }
    found
}

fn collect<'c>(directives: &'c [Directive], levels: &mut Vec<&'c [Directive]>, found: &mut Vec<Server<'c>>) {
    for directive in directives {
        levels.push(&directive.block);
        match directive.name.as_str() {
            // In an upstream it has no block.
            "server" if directive.arguments.is_empty() => found.push(Server { levels: levels.clone() }),
            "http" => collect(&directive.block, levels, found),
            _ => {}
        }
        levels.pop();
    }
}

impl<'c> Server<'c> {
    /// All locations, with those inside of them.
    pub(super) fn locations(&self) -> Vec<&'c Directive> {
        fn all<'c>(level: &'c [Directive], into: &mut Vec<&'c Directive>) {
            for location in level.iter().filter(|directive| directive.name == "location") {
                into.push(location);
                all(&location.block, into);
            }
        }
        let mut found = Vec::new();
        if let Some(level) = self.levels.last() {
            all(level, &mut found);
        }
        found
    }

    /// The location that takes an address: the exact one, else the first regular expression that fits, else the longest
    /// prefix. An error is a regular expression that cannot be read here.
    pub(super) fn take(&self, uri: &str) -> Result<Option<Taken<'c>>, &'c Directive> {
        let mut levels = self.levels.clone();
        let mut taken = None;
        while let Some(location) = levels.last().map_or(Ok(None), |level| choose(level, uri))? {
            levels.push(&location.block);
            taken = Some(Taken { location, levels: levels.clone() });
        }
        Ok(taken)
    }
}

fn choose<'c>(level: &'c [Directive], uri: &str) -> Result<Option<&'c Directive>, &'c Directive> {
    let locations = || level.iter().filter(|directive| directive.name == "location");
    if let Some(exact) = locations().find(|one| one.argument(0) == "=" && one.argument(1) == uri) {
        return Ok(Some(exact));
    }
    let prefix = locations().filter(|one| prefix(one).is_some_and(|prefix| uri.starts_with(prefix)));
    let longest = prefix.max_by_key(|one| prefix_length(one));
    if longest.is_some_and(|one| one.argument(0) == "^~") {
        return Ok(longest);
    }
    for one in locations() {
        if let Some(pattern) = pattern(one)
            && pattern.map_err(|()| one)?.is_match(uri)
        {
            return Ok(Some(one));
        }
    }
    Ok(longest)
}

/// The prefix that a location is for, if it is for one.
pub(super) fn prefix(location: &Directive) -> Option<&str> {
    match location.arguments.as_slice() {
        [only] if !only.starts_with('@') => Some(only),
        [modifier, prefix] if modifier == "^~" => Some(prefix),
        _ => None,
    }
}

fn prefix_length(location: &Directive) -> usize {
    prefix(location).map_or(0, str::len)
}

/// The regular expression that a location is for, if it is for one.
fn pattern(location: &Directive) -> Option<Result<Regex, ()>> {
    let flags = match location.argument(0) {
        "~" => "",
        "~*" => "(?i)",
        _ => return None,
    };
    Some(Regex::new(&format!("{flags}{}", location.argument(1))).map_err(drop))
}

impl<'c> Taken<'c> {
    /// The directive of that name that is in force: the innermost.
    pub(super) fn get(&self, name: &str) -> Option<&'c Directive> {
        self.levels.iter().rev().find_map(|level| level.iter().rfind(|directive| directive.name == name))
    }

    /// The value of a header that is sent on. One such line in a level hides all of the levels around it.
    pub(super) fn header(&self, name: &str) -> Option<&'c str> {
        let sets = |directive: &&Directive| directive.name == "proxy_set_header";
        let level = self.levels.iter().rev().find(|level| level.iter().any(|directive| sets(&directive)))?;
        let line = level.iter().filter(sets).find(|directive| directive.argument(0).eq_ignore_ascii_case(name))?;
        Some(line.argument(1))
    }

    /// Where it goes: `proxy_pass` of the location itself, since that is not inherited.
    pub(super) fn passes_to(&self) -> Option<&'c Directive> {
        self.location.block.iter().find(|directive| directive.name == "proxy_pass")
    }

    /// The path that is asked for at the other end; an error says why there will be none, and `None` that it cannot be known.
    pub(super) fn path_of(&self, uri: &str) -> Result<Option<String>, &'static str> {
        let Some(pass) = self.passes_to() else { return Ok(None) };
        let (_, path) = split(pass.argument(0));
        let replaces = prefix(self.location);
        if path.is_some() && replaces.is_none() && self.location.argument(0) != "=" {
            return Err("nginx allows no path behind proxy_pass in a location of a regular expression");
        }
        let rewrites = self.location.block.iter().filter(|one| one.name == "rewrite" && one.argument(2) == "break");
        for rewrite in rewrites {
            let Ok(pattern) = Regex::new(rewrite.argument(0)) else { return Ok(None) };
            if let Some(captures) = pattern.captures(uri) {
                let mut rewritten = String::new();
                captures.expand(rewrite.argument(1), &mut rewritten);
                return Ok(Some(rewritten));
            }
        }
        if pass.argument(0).contains('$') {
            return Ok(None);
        }
        Ok(Some(match (path, replaces) {
            (Some(path), Some(prefix)) => format!("{path}{}", uri.strip_prefix(prefix).unwrap_or_default()),
            (Some(path), None) => path.to_owned(),
            (None, _) => uri.to_owned(),
        }))
    }
}

/// The server's part of what `proxy_pass` names (`127.0.0.1:5280`, `unix:/path`, a name), and the path behind it.
pub(super) fn split(target: &str) -> (&str, Option<&str>) {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    if let Some(socket) = rest.strip_prefix("unix:") {
        return match socket.split_once(':') {
            Some((socket, path)) => {
                (rest.get(..5 + socket.len()).unwrap_or(rest), Some(path).filter(|path| !path.is_empty()))
            }
            None => (rest, None),
        };
    }
    match rest.find('/') {
        Some(at) => (rest.get(..at).unwrap_or(rest), rest.get(at..)),
        None => (rest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::grammar::parse;
    use super::*;

    const SITE: &str = "http { proxy_set_header Host outer; proxy_read_timeout 5s; upstream u { server a:1; } server {
        proxy_set_header X-A a;
        location / { proxy_pass http://root; }
        location = /exact { proxy_pass http://exact/x; }
        location /long/ { proxy_pass http://long/other/; proxy_set_header X-B b; }
        location ^~ /long/er { proxy_pass http://first; }
        location ~ ^/re(gex)?$ { rewrite ^/re(.*)$ /new$1 break; proxy_pass http://unix:/s.sock; }
        location ~* \\.JPG$ { proxy_pass http://unix:/s.sock:/no; }
        location /in/ { location /in/ner { return 200; } }
    } }";

    #[test]
    fn the_location_is_that_which_nginx_takes() {
        let read = parse("f", SITE).unwrap();
        let servers = servers(&read);
        assert_eq!(servers.len(), 1);
        for (uri, target, path) in [
            ("/", "http://root", Ok(Some("/"))),
            ("/exact", "http://exact/x", Ok(Some("/x"))),
            ("/exact/", "http://root", Ok(Some("/exact/"))),
            ("/long/a", "http://long/other/", Ok(Some("/other/a"))),
            ("/long/er.jpg", "http://first", Ok(Some("/long/er.jpg"))),
            ("/regex", "http://unix:/s.sock", Ok(Some("/newgex"))),
            ("/a.jpg", "http://unix:/s.sock:/no", Err(())),
            ("/in/ner/x", "", Ok(None)),
        ] {
            let taken = servers[0].take(uri).unwrap().unwrap();
            assert_eq!(taken.passes_to().map_or("", |pass| pass.argument(0)), target, "{uri}");
            assert_eq!(taken.path_of(uri).map_err(drop), path.map(|path| path.map(str::to_owned)), "{uri}");
        }
    }

    #[test]
    fn headers_of_a_level_hide_those_around_it() {
        let read = parse("f", SITE).unwrap();
        let servers = servers(&read);
        let at = |uri: &str| servers[0].take(uri).unwrap().unwrap();
        assert_eq!((at("/").header("x-a"), at("/").header("Host")), (Some("a"), None));
        assert_eq!((at("/long/").header("X-B"), at("/long/").header("X-A")), (Some("b"), None));
        assert_eq!(at("/").get("proxy_read_timeout").map(|one| one.argument(0)), Some("5s"));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let read = parse("f", "location ~ ^/(?!a)b { } location /c { proxy_pass http://$x; }").unwrap();
        let servers = servers(&read);
        assert_eq!(servers[0].take("/b").unwrap_err().place.1, 1);
        let read = parse("f", "location /c { proxy_pass http://$x; }").unwrap();
        let taken = super::servers(&read)[0].take("/c").unwrap().unwrap();
        assert_eq!(taken.path_of("/c"), Ok(None));
    }

    #[test]
    fn targets_fall_into_server_and_path() {
        for (target, server, path) in [
            ("http://127.0.0.1:5280", "127.0.0.1:5280", None),
            ("http://a/b/", "a", Some("/b/")),
            ("http://unix:/run/p.sock", "unix:/run/p.sock", None),
            ("http://unix:/run/p.sock:/x", "unix:/run/p.sock", Some("/x")),
            ("http://unix:/run/p.sock:", "unix:/run/p.sock", None),
            ("name", "name", None),
        ] {
            assert_eq!(split(target), (server, path), "{target}");
        }
    }
}
