//! The process that started this one, and how its end is noticed: by a signal of the system, by who the parent is now,
//! and by the standard input, whose other end the parent holds.

use std::io;
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::sync::oneshot;

/// How often it is asked who the parent is.
const ROUNDS: Duration = Duration::from_millis(250);

/// The parent that this process must not outlive.
pub struct Parent {
    id: u32,
    life_line: Option<oneshot::Receiver<()>>,
}

impl Parent {
    /// Asks the system to tell when the parent ends. `holds_input`: it keeps the standard input open as long as it lives.
    pub fn watch(holds_input: bool) -> Self {
        let id = std::os::unix::process::parent_id();
        // SIGTERM stops the server properly. Where it cannot be asked for, the rounds do.
        if let Err(error) = set_parent_process_death_signal(Some(Signal::TERM)) {
            tracing::debug!(%error, "the system does not tell when the parent ends");
        }
        Parent { id, life_line: holds_input.then(life_line).flatten() }
    }

    /// Waits for its end.
    pub async fn gone(&mut self) {
        let mut rounds = tokio::time::interval(ROUNDS);
        loop {
            let cut = async {
                match &mut self.life_line {
                    // A reader that is gone without a word read nothing more either.
                    Some(line) => drop(line.await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = cut => return,
                _ = rounds.tick() => {
                    if std::os::unix::process::parent_id() != self.id {
                        return;
                    }
                }
            }
        }
    }
}

/// Reads the standard input to its end, in a thread that ends with it, and tells.
fn life_line() -> Option<oneshot::Receiver<()>> {
    let (cut, line) = oneshot::channel();
    let reader = std::thread::Builder::new().name("life-line".into());
    let reading = reader.spawn(move || {
        // An input that cannot be read has nobody at its other end.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = cut.send(());
    });
    reading.inspect_err(|error| tracing::error!(%error, "the standard input is not watched")).ok().map(|_| line)
}
