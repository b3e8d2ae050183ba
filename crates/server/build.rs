//! Puts the web client into the binary: writes a table of the files that Vite left in `web/dist`, which
//! `src/http/assets.rs` includes. Where they are missing, has npm make them, so that `cargo build` gives the whole
//! product; where that cannot be, the server is built without a client, and says so on its pages.
//!
//! `PARTERRE_WEB_DIST` names another directory; set to nothing, it means that none is wanted.
#![allow(clippy::print_stdout)] // This is how a build script speaks to cargo.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const DIST: &str = "PARTERRE_WEB_DIST";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={DIST}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = match dist(&root)? {
        Some(dist) => {
            println!("cargo:rerun-if-changed={}", dist.display());
            table(&dist)?
        }
        None => "pub(super) const MANIFEST: Option<&str> = None;\npub(super) const FILES: &[File] = &[];\n".to_owned(),
    };
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| io::Error::other("cargo gives no OUT_DIR"))?;
    fs::write(out.join("web.rs"), table)
}

/// Where the built client is; `None`: there is none.
fn dist(root: &Path) -> io::Result<Option<PathBuf>> {
    match env::var_os(DIST) {
        Some(named) if named.is_empty() => return Ok(None),
        Some(named) => {
            let dist = root.join(named);
            if !dist.join("manifest.json").is_file() {
                let text = format!("{DIST} is {}, where there is no manifest.json", dist.display());
                return Err(io::Error::other(text));
            }
            return dist.canonicalize().map(Some);
        }
        None => {}
    }
    let web = root.join("web");
    let dist = web.join("dist");
    if !dist.join("manifest.json").is_file()
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

/// The table, as Rust: every file with its precompressed forms.
fn table(dist: &Path) -> io::Result<String> {
    let mut files = BTreeMap::new();
    walk(dist, &dist.join("assets"), &mut files)?;
    let mut rust = format!(
        "pub(super) const MANIFEST: Option<&str> = Some(include_str!({:?}));\npub(super) const FILES: &[File] = &[\n",
        dist.join("manifest.json").to_string_lossy()
    );
    for (name, path) in &files {
        let form = |ending: &str| {
            files
                .get(&format!("{name}{ending}"))
                .map_or("None".into(), |path| format!("Some(include_bytes!({path:?}))"))
        };
        let is_form = [".br", ".gz"].iter().any(|end| name.strip_suffix(end).is_some_and(|of| files.contains_key(of)));
        if !is_form {
            // Writing to a String cannot fail.
            let _ = writeln!(
                rust,
                "    File {{ name: {name:?}, plain: include_bytes!({path:?}), brotli: {}, gzip: {} }},",
                form(".br"),
                form(".gz")
            );
        }
    }
    rust.push_str("];\n");
    Ok(rust)
}

/// All files below `folder`, by their path from `dist`: `assets/…`.
fn walk(dist: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(dist, &path, files)?;
        } else {
            let utf8 = |path: &Path| path.to_str().map(str::to_owned);
            let name = path.strip_prefix(dist).ok().and_then(utf8);
            let Some((name, path)) = name.zip(utf8(&path)) else {
                return Err(io::Error::other(format!("{} is no name in UTF-8", path.display())));
            };
            files.insert(name, path);
        }
    }
    Ok(())
}
