//! The connections of a troupe's viewers: opened, written to, ended.

use mio::{Interest, Token};

use super::line::{self, Line};
use super::{Troupe, tls};
use crate::viewer::Ended;

impl Troupe {
    pub(super) fn open(&mut self, place: usize, which: usize) {
        let Some(viewer) = self.viewers.get(place) else { return };
        let small = (0..self.script.plan.acts().len()).any(|act| self.script.plan.stops_reading(act, viewer.index));
        let opened = Line::open(self.target, viewer.index, small).and_then(|mut line| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut line.socket, Token(place * self.each + which), interest)?;
            Ok(line)
        });
        match opened {
            Ok(line) => {
                if let Some(slot) = self.lines.get_mut(place * self.each + which) {
                    *slot = Some(line);
                }
            }
            Err(error) => self.end(place, &line::why(&error)),
        }
    }

    pub(super) fn line(&mut self, place: usize, which: usize) -> Option<&mut Line> {
        self.lines.get_mut(place * self.each + which).and_then(Option::as_mut)
    }

    pub(super) fn writable(&mut self, place: usize, which: usize) {
        let Some(line) = self.line(place, which) else { return };
        if line.connected {
            if let Err(ended) = line.writable() {
                self.end(place, &ended);
            }
            return;
        }
        match line.socket.take_error() {
            Ok(None) if line.socket.peer_addr().is_ok() => {
                line.connected = true;
                let host = self.script.plan.address.host.clone();
                let ready = if self.script.plan.address.tls { self.encrypt(place, which, &host) } else { Ok(()) };
                let ready = ready.and_then(|()| self.line(place, which).map_or(Ok(()), Line::writable));
                match ready {
                    Err(ended) => self.end(place, &ended),
                    Ok(()) if which == 0 => self.with(place, |viewer, turn| {
                        viewer.connected(turn);
                        Ok(())
                    }),
                    Ok(()) => {}
                }
            }
            // Not yet.
            Ok(None) => {}
            Ok(Some(error)) | Err(error) => self.end(place, &line::why(&error)),
        }
    }

    pub(super) fn encrypt(&mut self, place: usize, which: usize, host: &str) -> Result<(), Ended> {
        let config = self.tls.as_ref().ok_or_else(|| Ended::of("TLS is not prepared"))?;
        let tls = tls::connection(config, host).map_err(|error| Ended(format!("TLS: {error}")))?;
        self.line(place, which).map_or(Ok(()), |line| line.encrypt(tls))
    }

    /// Sends what a viewer has to send.
    pub(super) fn send(&mut self, place: usize) -> Result<(), Ended> {
        let mut done = Ok(());
        for which in 0..2 {
            let mut out = std::mem::take(if which == 0 { &mut self.out } else { &mut self.more });
            if !out.is_empty() {
                self.tally.bytes_out += out.len() as u64;
                // A connection of BOSH that the server closed when nothing was under way is opened again.
                if self.each == 2 && self.line(place, which).is_none() {
                    self.open(place, which);
                }
                done = done.and(self.line(place, which).map_or(Ok(()), |line| line.write(&out)));
                out.clear();
            }
            *(if which == 0 { &mut self.out } else { &mut self.more }) = out;
        }
        done
    }

    /// The other side has closed a connection.
    pub(super) fn closed(&mut self, place: usize, which: usize, why: &Ended) {
        if self.viewers.get(place).is_some_and(|viewer| viewer.needs(which)) {
            self.end(place, why);
        } else {
            self.drop_line(place, which);
        }
    }

    /// A stream has ended.
    pub(super) fn end(&mut self, place: usize, why: &Ended) {
        self.cut(place);
        self.with(place, |viewer, turn| {
            viewer.ended(why, turn);
            Ok(())
        });
    }

    /// Drops a viewer's connections without a word.
    pub(super) fn cut(&mut self, place: usize) {
        (0..self.each).for_each(|which| self.drop_line(place, which));
    }

    pub(super) fn drop_line(&mut self, place: usize, which: usize) {
        if let Some(mut line) = self.lines.get_mut(place * self.each + which).and_then(Option::take) {
            let _ = self.poll.registry().deregister(&mut line.socket);
        }
    }
}
