//! What was found out, and how it is told: a line for a person, or one JSON document for a program.

use std::io::{self, Write};

use serde_json::{Value, json};

/// What was found out about one thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It works: what was seen.
    Ok(String),
    /// It works, but there is something to know: what was seen, and what could be done (empty: nothing need be).
    Note(String, String),
    /// It does not work: what is wrong, and what to do.
    Wrong(String, String),
}

use Finding::{Note, Ok as Fine, Wrong};

impl Finding {
    /// It works, but know this; there is nothing to do about it.
    pub(super) fn note(detail: impl Into<String>) -> Self {
        Note(detail.into(), String::new())
    }

    /// It does not work.
    pub(super) fn wrong(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Wrong(detail.into(), remedy.into())
    }

    fn parts(&self) -> (&'static str, &'static str, &str, &str) {
        match self {
            Fine(detail) => ("OK   ", "ok", detail, ""),
            Note(detail, remedy) => ("NOTE ", "warning", detail, remedy),
            Wrong(detail, remedy) => ("WRONG", "wrong", detail, remedy),
        }
    }
}

/// All findings, each with the name of the check, which stays the same from version to version.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(&'static str, Finding)>);

impl Findings {
    pub(super) fn add(&mut self, check: &'static str, finding: Finding) {
        self.0.push((check, finding));
    }

    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = (&'static str, Finding)>) {
        self.0.extend(findings);
    }

    /// How many are wrong.
    pub(super) fn wrong(&self) -> usize {
        self.0.iter().filter(|(_, finding)| matches!(finding, Wrong(..))).count()
    }

    /// Writes them for a person, or as JSON.
    pub(super) fn print(&self, json: bool, mut out: impl Write) -> io::Result<()> {
        if json {
            return writeln!(out, "{}", self.to_json());
        }
        for (check, finding) in &self.0 {
            let (mark, _, detail, remedy) = finding.parts();
            let colon = if remedy.is_empty() { "" } else { "; " };
            writeln!(out, "{mark} {check}: {detail}{colon}{remedy}")?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let checks = self.0.iter().map(|(check, finding)| {
            let (_, verdict, detail, remedy) = finding.parts();
            match remedy {
                "" => json!({"name": check, "verdict": verdict, "detail": detail}),
                remedy => json!({"name": check, "verdict": verdict, "detail": detail, "remedy": remedy}),
            }
        });
        json!({"v": 1, "version": env!("CARGO_PKG_VERSION"), "wrong": self.wrong(), "checks": checks.collect::<Vec<_>>()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(json: bool) -> String {
        let mut findings = Findings::default();
        findings.add("disk", Fine("1 MiB".into()));
        findings.add("clock", Finding::note("slow"));
        findings.add("data_dir", Finding::wrong("it is \"gone\"", "make it"));
        assert_eq!(findings.wrong(), 1);
        let mut out = Vec::new();
        findings.print(json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_person_reads_lines() {
        let lines = "OK    disk: 1 MiB\nNOTE  clock: slow\nWRONG data_dir: it is \"gone\"; make it\n";
        assert_eq!(printed(false), lines);
    }

    #[test]
    fn a_program_reads_one_document() {
        let read: Value = serde_json::from_str(&printed(true)).unwrap();
        let checks = json!([
            {"name": "disk", "verdict": "ok", "detail": "1 MiB"},
            {"name": "clock", "verdict": "warning", "detail": "slow"},
            {"name": "data_dir", "verdict": "wrong", "detail": "it is \"gone\"", "remedy": "make it"},
        ]);
        assert_eq!((&read["v"], &read["wrong"], &read["checks"]), (&json!(1), &json!(1), &checks));
    }
}
