//! Who plays for a director: threads of this process, or other processes where one may not open enough files.
//!
//! A process of the crowd gets orders as lines of JSON on its standard input and answers on its standard output. It ends with its
//! input, so that none is left behind when the director dies.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use rustls::ClientConfig;

use crate::plan::{Part, Plan};
use crate::rehearsal::{Failure, interrupted};
use crate::script::Script;
use crate::target::Carrier;
use crate::troupe::{Note, Order, Orders, Troupe, tls};

/// Plays one or several parts.
#[derive(Debug)]
pub(super) enum Hand {
    /// A thread.
    Thread(Orders),
    /// A process.
    Process(Child, ChildStdin),
}

impl Hand {
    /// Gives an order. One that has ended does not mind: it has told so.
    pub(super) fn give(&mut self, order: &Order) {
        match self {
            Hand::Thread(orders) => orders.give(order.clone()),
            Hand::Process(_, input) => {
                let _ = write_line(input, order);
            }
        }
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        if let Hand::Process(child, _) = self {
            // It has left by now, or it would not.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn write_line<T: serde::Serialize>(mut out: impl io::Write, what: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// How viewers use TLS, if they may have to.
fn security(plan: &Plan) -> Result<Option<Arc<ClientConfig>>, String> {
    let address = &plan.address;
    match tls::config(plan.any_certificate) {
        Ok(config) => Ok(Some(config)),
        Err(why) if address.tls => Err(why),
        // A plain TCP stream may still be asked to start TLS, and then fails with that.
        Err(_) if address.carrier == Carrier::Tcp => Ok(None),
        Err(_) => Ok(None),
    }
}

/// Starts a thread for each of these parts.
pub(super) fn threads(
    script: &Arc<Script>,
    parts: &[Part],
    target: SocketAddr,
    notes: &Sender<Note>,
) -> io::Result<Vec<Hand>> {
    let tls = security(&script.plan).map_err(io::Error::other)?;
    let mut hands = Vec::new();
    for part in parts {
        let (troupe, orders) = Troupe::new(Arc::clone(script), *part, target, tls.clone(), notes.clone())?;
        std::thread::Builder::new().name(format!("troupe-{}", part.index)).spawn(move || troupe.play())?;
        hands.push(Hand::Thread(orders));
    }
    Ok(hands)
}

/// Starts a process for these parts.
pub(super) fn process(plan: &Plan, parts: &[Part], target: SocketAddr, notes: &Sender<Note>) -> io::Result<Hand> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["rehearse", "--worker"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("a process of the crowd has no pipes"));
    };
    write_line(&mut input, &Order::Prepare(Box::new(plan.clone()), parts.to_vec(), target))?;
    let (notes, parts) = (notes.clone(), parts.len());
    std::thread::Builder::new().name("notes".into()).spawn(move || {
        let mut left = 0;
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let Ok(note) = serde_json::from_str::<Note>(&line) else { break };
            left += usize::from(matches!(note, Note::Left(_)));
            if notes.send(note).is_err() {
                return;
            }
        }
        for _ in left..parts {
            let _ = notes.send(Note::Left(Some("its process died".into())));
        }
    })?;
    Ok(Hand::Process(child, input))
}

/// What a process of the crowd does: plays what the lines on its standard input say. Returns when all has been played, or the
/// input ends.
pub fn worker() -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Failed(format!("a process of the crowd: {error}"));
    // Ctrl-C in a terminal reaches all processes; it is the director's to say what follows.
    let _ignored = interrupted();
    // Raises the limit on open files, as the director did for itself.
    let _limits = crate::machine::Limits::of_this_machine();
    let mut lines = io::stdin().lock().lines();
    let mut next = || lines.next().and_then(Result::ok).and_then(|line| serde_json::from_str::<Order>(&line).ok());
    let Some(Order::Prepare(plan, parts, target)) = next() else {
        return Err(Failure::Wrong("--worker is for the crowd's own use".into()));
    };
    let (sender, notes) = channel();
    let mut hands = threads(&Arc::new(Script::of(*plan)), &parts, target, &sender).map_err(failed)?;
    drop(sender);
    let out = std::thread::spawn(move || {
        for note in notes {
            if write_line(io::stdout().lock(), &note).is_err() {
                return;
            }
        }
    });
    let leads = parts.first().is_some_and(|part| part.index == 0);
    while let Some(order) = next() {
        // The host is the first part's.
        let for_all = !matches!(order, Order::Host);
        for hand in hands.iter_mut().take(if for_all { usize::MAX } else { usize::from(leads) }) {
            hand.give(&order);
        }
    }
    for hand in &mut hands {
        hand.give(&Order::Leave);
    }
    // All that was told has been written when this ends.
    let _ = out.join();
    Ok(())
}
