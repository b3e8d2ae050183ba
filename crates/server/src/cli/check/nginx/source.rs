//! Where nginx's configuration comes from: a file with what it includes, or what `nginx -T` prints. Leaves: all its directives as one
//! tree, and the includes that could not be read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::grammar::{Directive, parse};

/// The most that is read of a file or of the input, in bytes.
const BYTES: u64 = 8 << 20;
/// The most files that are included.
const FILES: usize = 1_000;
/// The deepest chain of includes.
const DEPTH: usize = 16;
/// What `nginx -T` writes above each file.
const MARK: &str = "# configuration file ";

/// The configuration, put together.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) directives: Vec<Directive>,
    /// Includes that could not be read.
    pub(super) missing: Vec<String>,
}

/// Reads a file, or what `nginx -T` prints where it is `-`. An error says where and what.
pub(super) fn read(file: &Path) -> Result<Configuration, String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().lock().take(BYTES).read_to_string(&mut text).map_err(|error| format!("the input: {error}"))?;
        return of_text(&text);
    }
    let mut files = Files::Disk;
    let text = files.text(file).ok_or_else(|| format!("{} cannot be read", file.display()))?;
    put_together(&mut files, file, &text)
}

/// Reads what `nginx -T` prints, or the text of one file.
pub(super) fn of_text(text: &str) -> Result<Configuration, String> {
    let mut dumped: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut current: Option<PathBuf> = None;
    let mut first = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(':')) {
            current = Some(PathBuf::from(path));
            first = first.or_else(|| current.clone());
        } else if let Some(path) = &current {
            let text = dumped.entry(path.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    match first {
        Some(first) => {
            let text = dumped.get(&first).cloned().unwrap_or_default();
            put_together(&mut Files::Dump(dumped), &first, &text)
        }
        None => put_together(&mut Files::Dump(BTreeMap::new()), Path::new("-"), text),
    }
}

enum Files {
    Disk,
    Dump(BTreeMap<PathBuf, String>),
}

impl Files {
    fn text(&mut self, path: &Path) -> Option<String> {
        match self {
            Files::Disk => {
                let mut bytes = Vec::new();
                fs::File::open(path).ok()?.take(BYTES).read_to_end(&mut bytes).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            Files::Dump(files) => files.get(path).cloned(),
        }
    }

    /// The files that a pattern names, in the order of their names, as nginx takes them. Stars are known in the last part of
    /// a path alone.
    fn named(&self, pattern: &Path) -> Vec<PathBuf> {
        let name = pattern.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = pattern.parent().unwrap_or(Path::new("/"));
        if !name.contains(['*', '?']) {
            return vec![pattern.to_owned()];
        }
        let fits = |path: &Path| {
            path.parent() == Some(folder)
                && path.file_name().is_some_and(|file| matches(&name, &file.to_string_lossy()))
        };
        let mut found: Vec<PathBuf> = match self {
            Files::Disk => {
                let entries = fs::read_dir(folder).into_iter().flatten();
                entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| fits(path)).collect()
            }
            Files::Dump(files) => files.keys().filter(|path| fits(path)).cloned().collect(),
        };
        found.sort();
        found
    }
}

/// Whether a name fits a pattern with `*` and `?`; a star takes no leading dot.
fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Where the last star was, and how much of the name it has taken.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(char) if *char == '?' || name.get(n) == Some(char) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|char| *char == '*')
}

fn put_together(files: &mut Files, file: &Path, text: &str) -> Result<Configuration, String> {
    let mut read = Configuration::default();
    let base = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut left = FILES;
    read.directives = expand(files, file, text, &base, 0, &mut left, &mut read.missing)?;
    Ok(read)
}

fn expand(
    files: &mut Files,
    file: &Path,
    text: &str,
    base: &Path,
    depth: usize,
    left: &mut usize,
    missing: &mut Vec<String>,
) -> Result<Vec<Directive>, String> {
    let name = file.display().to_string();
    let directives = parse(&name, text).map_err(|broken| format!("{name}:{}: {}", broken.line, broken.why))?;
    include(files, directives, base, depth, left, missing)
}

/// Puts what is included into the place of the include.
fn include(
    files: &mut Files,
    directives: Vec<Directive>,
    base: &Path,
    depth: usize,
    left: &mut usize,
    missing: &mut Vec<String>,
) -> Result<Vec<Directive>, String> {
    let mut all = Vec::new();
    for mut directive in directives {
        if directive.name != "include" {
            directive.block = include(files, directive.block, base, depth, left, missing)?;
            all.push(directive);
            continue;
        }
        // A path that does not begin with / starts from the folder of the main file.
        let pattern = base.join(directive.argument(0));
        for path in files.named(&pattern) {
            if *left == 0 || depth == DEPTH {
                return Err(format!("{}: too many files are included", directive.at()));
            }
            *left -= 1;
            match files.text(&path) {
                Some(text) => all.extend(expand(files, &path, &text, base, depth + 1, left, missing)?),
                None => missing.push(path.display().to_string()),
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directives: &[Directive]) -> Vec<String> {
        directives.iter().map(|directive| format!("{} {}", directive.name, directive.at())).collect()
    }

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, fits) in [
            ("*.conf", "a.conf", true),
            ("*.conf", ".conf", false),
            ("*", "peertube", true),
            ("a?c*", "abcd", true),
            ("*a*b", "xaybzb", true),
            ("*a*b", "xaybz", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn what_nginx_prints_of_itself_is_put_together() {
        let text = "nginx: a line before\n# configuration file /e/nginx.conf:\na;\nhttp { include sites/*; include mime.types; }\n\
                    # configuration file /e/sites/b:\nb;\n# configuration file /e/sites/a:\n\nc;\n";
        let read = of_text(text).unwrap();
        assert_eq!(names(&read.directives), ["a /e/nginx.conf:1", "http /e/nginx.conf:2"]);
        assert_eq!(names(&read.directives[1].block), ["c /e/sites/a:2", "b /e/sites/b:1"]);
        assert_eq!(read.missing, ["/e/mime.types"]);
        let read = of_text("# configuration file /a:\ninclude /a;\n");
        assert!(read.unwrap_err().contains("too many"));
    }

    #[test]
    fn a_file_is_read_with_what_it_includes() {
        let folder = std::env::temp_dir().join(format!("parterre-nginx-{}", std::process::id()));
        fs::create_dir_all(folder.join("conf.d")).unwrap();
        fs::write(folder.join("main.conf"), "include conf.d/*.conf;\nlast;").unwrap();
        fs::write(folder.join("conf.d/1.conf"), "first;").unwrap();
        fs::write(folder.join("conf.d/2.off"), "never;").unwrap();
        let read = super::read(&folder.join("main.conf")).unwrap();
        assert_eq!(read.directives.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["first", "last"]);
        fs::write(folder.join("conf.d/1.conf"), "\nfirst").unwrap();
        assert!(super::read(&folder.join("main.conf")).unwrap_err().contains("1.conf:2: the directive is not ended"));
        assert!(super::read(&folder.join("nothing")).unwrap_err().contains("cannot be read"));
        fs::remove_dir_all(folder).unwrap();
    }
}
