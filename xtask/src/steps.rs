//! A list of checks, run in order, each timed, with a summary at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Runs checks and remembers how each went. A failed check does not stop the others.
#[derive(Default)]
pub struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    error: Option<String>,
}

impl Steps {
    /// Runs one check.
    pub fn run(&mut self, name: &'static str, check: impl FnOnce() -> Result<()>) {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        let error = check().err().map(|error| format!("{error:#}"));
        if let Some(error) = &error {
            eprintln!("{name}: {error}");
        }
        self.done.push(Step { name, took: start.elapsed(), error });
    }

    /// Prints what passed and what did not. The last line is one that CI systems count.
    pub fn finish(self) -> Result<()> {
        println!("\n=== summary");
        for step in &self.done {
            let verdict = if step.error.is_none() { "ok    " } else { "FAILED" };
            println!("{verdict} {:>6.1} s  {}", step.took.as_secs_f64(), step.name);
        }
        let failed = self.done.iter().filter(|step| step.error.is_some()).count();
        for step in self.done.iter().filter(|step| step.error.is_some()) {
            println!("\n{}: {}", step.name, step.error.as_deref().unwrap_or_default());
        }
        println!("{} passed, {failed} failed", self.done.len() - failed);
        if failed > 0 {
            bail!("{failed} of {} checks failed", self.done.len());
        }
        Ok(())
    }
}
