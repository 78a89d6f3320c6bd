//! Progress on stderr: a bar for a person, plain lines for a log.

use std::io::IsTerminal as _;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::complain;

/// How much of something is done.
pub struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    total: u64,
    told: u64,
    started: Instant,
}

impl Progress {
    /// Starts at nothing of `total`.
    #[must_use]
    pub fn new(what: &str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {percent} % {eta}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(what.to_owned());
            bar
        });
        Self { bar, what: what.into(), total: total.max(1), told: 0, started: Instant::now() }
    }

    /// So much is done. Without a terminal, every quarter makes a line.
    pub fn at(&mut self, done: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None => {
                let quarter = done * 4 / self.total;
                if quarter > self.told && quarter < 4 {
                    self.told = quarter;
                    complain(&format!("{}: {} %", self.what, quarter * 25));
                }
            }
        }
    }

    /// All is done; gives the seconds it took.
    #[must_use]
    pub fn finish(self) -> f64 {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed().as_secs_f64()
    }
}
