//! The parent's side of one child.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use protocol::PluginInfo;

use super::child::{self, Said};

/// More output than this is not read.
const MAX_OUTPUT_BYTES: u64 = 64 << 20;
/// How often a child that has fallen silent is asked whether it is over.
const POLL: Duration = Duration::from_millis(2);

/// How to start a child that opens one file: a program and its first arguments; the path of the file follows.
///
/// `loophole scan-file` is one; it must end in [`run_child`](super::run_child).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments before the path.
    pub args: Vec<OsString>,
}

impl ScannerCommand {
    /// Opens one file in a child; the reason why it failed is for a person to read.
    pub(super) fn open(&self, file: &Path, timeout: Duration) -> Result<Vec<PluginInfo>, String> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A group of its own, so that what a plugin starts can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|error| format!("the scanner could not be started: {error}"))?;
        let (output, status) = Running { child }.finish(timeout);
        match child::read(&output) {
            Some(Said::Plugins(plugins)) => Ok(plugins),
            Some(Said::Error(reason)) => Err(reason),
            None => Err(match status {
                Ending::TimedOut => format!("did not answer within {} s", timeout.as_secs_f32()),
                Ending::Ended(status) => ended(status),
                Ending::Unknown => "ended without an answer".into(),
            }),
        }
    }
}

/// A child that is ended and waited for, whatever happens. Nobody else's children are waited for.
struct Running {
    child: Child,
}

/// How a child ended.
enum Ending {
    Ended(ExitStatus),
    TimedOut,
    /// Somebody else in this process has waited for it, as some hosts do for every child there is.
    Unknown,
}

impl Running {
    /// Reads all output until the child ends or its time is up.
    fn finish(mut self, timeout: Duration) -> (Vec<u8>, Ending) {
        let deadline = Instant::now() + timeout;
        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = self.child.stdout.take() {
            // Not joined: a descendant of the child may hold the pipe open for longer than anybody wants to wait.
            std::thread::spawn(move || {
                let mut output = Vec::new();
                let _ = stdout.take(MAX_OUTPUT_BYTES).read_to_end(&mut output);
                let _ = sender.send(output);
            });
        }
        let output = receiver.recv_timeout(timeout).unwrap_or_default();
        let ending = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Ending::Ended(status),
                Ok(None) if Instant::now() >= deadline => break Ending::TimedOut,
                Ok(None) => std::thread::sleep(POLL),
                Err(_) => break Ending::Unknown,
            }
        };
        (output, ending)
    }
}

impl Drop for Running {
    /// Ends the child, and what it started, if it still runs.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill_group();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Running {
    #[cfg(unix)]
    #[expect(unsafe_code, reason = "std ends one process, not a group")]
    fn kill_group(&self) {
        if let Ok(group) = libc::pid_t::try_from(self.child.id()) {
            // SAFETY: the group was made for this child, which still runs, so the number is not another's.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
    }

    #[cfg(not(unix))]
    fn kill_group(&self) {}
}

/// How a child ended that gave no answer.
fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("crashed when opened (signal {signal})");
    }
    format!("ended without an answer ({status})")
}
