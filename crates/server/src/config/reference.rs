//! The page `docs/configuration.md`, from the declarations of the keys.

use std::fmt::Write as _;

use super::load::sections;

const HEAD: &str = "\
# Configuration

Parterre reads one TOML file, named by `--config FILE` (`-` is the standard input). Without a file every key has its
default: domain `localhost`, data in `./parterre-data`, HTTP on `127.0.0.1:5280`.

Every key is also an environment variable, `PARTERRE__SECTION__KEY` in capitals (`PARTERRE__DOMAIN`,
`PARTERRE__HTTP__LISTEN`); a variable wins over the file. Lists in variables are separated by commas.

A key or variable that does not exist is refused with the nearest one that does, and so is a value of the wrong kind:
the server then does not start, and exits with 2. `parterre check` shows all mistakes at once.

Times are a whole number and a unit: `ms`, `s`, `min`, `h`, `d` or `w`. Sizes are bytes.

This page is generated from the declarations in `crates/server/src/config/`; `UPDATE_DOCS=1 cargo test -p parterre`
writes it anew.
";

/// The page, in Markdown.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for (section, about, keys) in sections() {
        let title = if section.is_empty() { "Top of the file".to_owned() } else { format!("`[{section}]`") };
        // Writing to a String cannot fail.
        let _ = write!(page, "\n## {title}\n\n{}\n", paragraph(about));
        for key in keys {
            let _ = write!(
                page,
                "\n### `{}`\n\n{}\n\nTakes {}.\nDefault: `{} = {}`\n",
                if section.is_empty() { key.name.to_owned() } else { format!("{section}.{}", key.name) },
                paragraph(key.about),
                key.takes,
                key.name,
                key.default
            );
        }
    }
    page
}

/// Documentation comments as one paragraph, a line a line.
fn paragraph(about: &str) -> String {
    about.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}
