//! Puts the web client into the binary: copies the files that Vite left in `web/dist`, and writes a table of the copies,
//! which `src/http/assets.rs` includes. Whatever becomes of `web/dist` while the compiler is at work, a build is of what was
//! there when it began. Where the files are missing, has npm make them, so that `cargo build` gives the whole
//! product; where that cannot be, the server is built without a client, and says so on its pages.
//!
//! `PARTERRE_WEB_DIST` names another directory; set to nothing, it means that none is wanted.
#![allow(clippy::print_stdout)] // This is how a build script speaks to cargo.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;
use std::{env, fs};

const DIST: &str = "PARTERRE_WEB_DIST";
const MANIFEST: &str = "manifest.json";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={DIST}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| io::Error::other("cargo gives no OUT_DIR"))?;
    let files = match dist(&root)? {
        Some(dist) => {
            println!("cargo:rerun-if-changed={}", dist.display());
            settled(&dist)?
        }
        None => Files::new(),
    };
    let copies = out.join("web");
    for (name, bytes) in &files {
        put(&copies.join(name), bytes)?;
    }
    let before = fs::read_to_string(out.join("web.rs")).unwrap_or_default();
    put(&out.join("web.rs"), table(&files).as_bytes())?;
    tidy(&copies, &|name| files.contains_key(name) || before.contains(&format!("{name:?}")))
}

/// What is embedded: bytes by path from `dist`, `manifest.json` and `assets/…`.
type Files = BTreeMap<String, Vec<u8>>;

/// Where the built client is; `None`: there is none.
fn dist(root: &Path) -> io::Result<Option<PathBuf>> {
    match env::var_os(DIST) {
        Some(named) if named.is_empty() => return Ok(None),
        Some(named) => {
            let dist = root.join(named);
            if !dist.join(MANIFEST).is_file() {
                let text = format!("{DIST} is {}, where there is no manifest.json", dist.display());
                return Err(io::Error::other(text));
            }
            return dist.canonicalize().map(Some);
        }
        None => {}
    }
    let web = root.join("web");
    let dist = web.join("dist");
    if !dist.join(MANIFEST).is_file()
        && let Err(why) = make(&web)
    {
        println!("cargo:warning=the server is built without its web client: {why}");
        println!("cargo:warning=with Node 20 or later, `make web` builds the client; then build the server again");
        if web.is_dir() {
            // Looked at again as soon as somebody has built it.
            fs::create_dir_all(&dist)?;
            println!("cargo:rerun-if-changed={}", dist.display());
        }
        return Ok(None);
    }
    dist.canonicalize().map(Some)
}

/// Has npm build the client. An error says in a line why that cannot be.
fn make(web: &Path) -> Result<(), String> {
    if !web.join("package.json").is_file() {
        return Err("there are no sources of it in web/".into());
    }
    if !web.join("node_modules").is_dir() {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
    }
    npm(web, &["run", "build"])?;
    if web.join("dist/manifest.json").is_file() { Ok(()) } else { Err("`npm run build` left no manifest.json".into()) }
}

fn npm(web: &Path, arguments: &[&str]) -> Result<(), String> {
    let command = format!("`npm {}` in web/", arguments.join(" "));
    let done = Command::new("npm").args(arguments).current_dir(web).output();
    let done = done.map_err(|error| format!("{command} cannot be run: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Err(format!("{command} failed: {last}"))
}

/// The files of a build that is whole. While another one is being made, files come and go: that is waited for.
fn settled(dist: &Path) -> io::Result<Files> {
    let mut tries = 0;
    loop {
        match read(dist) {
            Ok(files) if fs::read(dist.join(MANIFEST)).is_ok_and(|now| files.get(MANIFEST) == Some(&now)) => {
                return Ok(files);
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) if tries < 100 => {
                tries += 1;
                sleep(Duration::from_millis(100));
            }
            Ok(_) => return Err(io::Error::other(format!("{} is changed again and again", dist.display()))),
            Err(error) => return Err(io::Error::other(format!("{}: {error}", dist.display()))),
        }
    }
}

fn read(dist: &Path) -> io::Result<Files> {
    let manifest = fs::read(dist.join(MANIFEST))?;
    let mut files = Files::from([(MANIFEST.to_owned(), manifest)]);
    for path in walk(&dist.join("assets"))? {
        files.insert(name(dist, &path)?, fs::read(&path)?);
    }
    Ok(files)
}

/// The path from `folder` as text.
fn name(folder: &Path, path: &Path) -> io::Result<String> {
    let name = path.strip_prefix(folder).ok().and_then(Path::to_str).map(str::to_owned);
    name.ok_or_else(|| io::Error::other(format!("{} is no name in UTF-8", path.display())))
}

/// All files below `folder`.
fn walk(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(walk(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

/// Writes a file in one step, so that whoever reads it meanwhile has the old one or the new one.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_added_extension("new");
    fs::write(&new, bytes)?;
    fs::rename(new, path)
}

/// Removes the copies that are not used. Those of the last table still are: rustdoc may be at work with it.
fn tidy(copies: &Path, is_used: &dyn Fn(&str) -> bool) -> io::Result<()> {
    if !copies.is_dir() {
        return Ok(());
    }
    for path in walk(copies)? {
        if !is_used(&name(copies, &path)?) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The table, as Rust: every file with its precompressed forms.
fn table(files: &Files) -> String {
    let manifest =
        if files.contains_key(MANIFEST) { format!("Some(include_str!(web!({MANIFEST:?})))") } else { "None".into() };
    // Each name stands alone, as `tidy` looks for it.
    let mut rust = format!(
        "macro_rules! web {{\n    ($name:literal) => {{ concat!(env!(\"OUT_DIR\"), \"/web/\", $name) }};\n}}\n\
         pub(super) const MANIFEST: Option<&str> = {manifest};\npub(super) const FILES: &[File] = &[\n"
    );
    for name in files.keys().filter(|name| *name != MANIFEST) {
        let form = |ending: &str| {
            let form = format!("{name}{ending}");
            if files.contains_key(&form) { format!("Some(include_bytes!(web!({form:?})))") } else { "None".into() }
        };
        let is_form = [".br", ".gz"].iter().any(|end| name.strip_suffix(end).is_some_and(|of| files.contains_key(of)));
        if !is_form {
            // Writing to a String cannot fail.
            let _ = writeln!(
                rust,
                "    File {{ name: {name:?}, plain: include_bytes!(web!({name:?})), brotli: {}, gzip: {} }},",
                form(".br"),
                form(".gz")
            );
        }
    }
    rust.push_str("];\n");
    rust
}
