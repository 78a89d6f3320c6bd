//! Running a script, on a thread of its own.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use model::session::Session;
use model::{IdSource, Project};
use protocol::Transaction;
use protocol::control::{LogLevel, TransportCommand};

use crate::api;
use crate::host::{NoHost, ScriptHost};
use crate::limits::{Budget, CancelHandle, Limit, Limits};
use crate::sandbox::{Sandbox, place};
use crate::session::{Job, Session as Run};
use crate::steps::empty;

/// Room for the deepest recursion Lua allows through our functions, with a margin.
const STACK_BYTES: usize = 16 << 20;
/// How long past its time limit a script may take to notice (a C function that is busy with one large text).
const GRACE: Duration = Duration::from_secs(5);
/// How often the caller's thread looks at the clock while it waits.
const PATIENCE: Duration = Duration::from_millis(50);

/// What a run is given.
pub struct RunOptions {
    /// What the script is called, in errors and in the history.
    pub name: String,
    /// Its `args`.
    pub args: BTreeMap<String, serde_json::Value>,
    /// Scripts that it may `require`, by name, besides those that belong to the project.
    pub modules: BTreeMap<String, String>,
    /// What it may use.
    pub limits: Limits,
    /// Ends it from outside.
    pub cancel: CancelHandle,
    /// Where ids of new entities come from.
    pub ids: IdSource,
    /// What the shell offers.
    pub host: Box<dyn ScriptHost>,
}

impl RunOptions {
    /// Usual limits, random ids, no arguments, no services.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            args: BTreeMap::new(),
            modules: BTreeMap::new(),
            limits: Limits::default(),
            cancel: CancelHandle::default(),
            ids: IdSource::random(),
            host: Box::new(NoHost),
        }
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct ScriptOutcome {
    /// What the script did, an operation for each undo step. After an error it is what was done until then, for somebody to
    /// look at before it is committed: steps that had ended, and edits outside of any, but never half a `loophole.edit`. Empty
    /// once the script was stopped, or Lua failed.
    pub session: Session,
    /// What it asked of the transport; empty after an error.
    pub commands: Vec<TransportCommand>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// Why it failed, if it did.
    pub error: Option<ScriptError>,
}

impl ScriptOutcome {
    /// What there is to commit, step by step, to the project that the script started from; nothing after an error.
    #[must_use]
    pub fn transactions(&self) -> Vec<Transaction> {
        if self.error.is_some() { Vec::new() } else { self.session.steps().collect() }
    }
}

/// A line of a script's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The text.
    pub text: String,
}

/// Why a script failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// It is not Lua; the message names script and line.
    #[error("{0}")]
    Syntax(String),
    /// It raised an error; the message names script and line.
    #[error("{0}")]
    Raised(String),
    /// It reached a limit.
    #[error("{place}the script {limit}")]
    Limit {
        /// Which.
        limit: Limit,
        /// `script:line: ` where it was, or empty.
        place: String,
    },
    /// It did not end although it was told to; its thread was left behind.
    #[error("the script does not respond and was given up")]
    Unresponsive,
    /// A fault of ours: Lua or its thread could not be started, or failed.
    #[error("Lua failed: {0}")]
    Failed(String),
}

/// What a script hands back from its thread.
struct Work {
    session: Session,
    commands: Vec<TransportCommand>,
    error: Option<ScriptError>,
}

impl Work {
    /// Of a script that left nothing.
    fn failed(project: &Project, name: &str, error: ScriptError) -> Self {
        Self { session: empty(project, name), commands: Vec::new(), error: Some(error) }
    }
}

/// What moves to the script's thread.
struct Task {
    name: String,
    source: String,
    args: BTreeMap<String, serde_json::Value>,
    modules: BTreeMap<String, String>,
    limits: Limits,
    cancel: CancelHandle,
    ids: IdSource,
    project: Project,
}

/// Runs a script over a snapshot, to its end or to a limit. Blocks; to be called on a worker thread.
#[must_use]
pub fn run(source: &str, project: Project, options: RunOptions) -> ScriptOutcome {
    let RunOptions { name, args, modules, limits, cancel, ids, host } = options;
    let (source, start) = (source.to_owned(), project.clone());
    let task =
        Task { name: name.clone(), source, args, modules, limits, cancel: cancel.clone(), ids, project };
    let mut log = Vec::new();
    let work = supervise(task, &cancel, &*host, &mut log);
    let Work { session, commands, error } = work.unwrap_or_else(|error| Work::failed(&start, &name, error));
    ScriptOutcome { session, commands, log, error }
}

/// Serves the script's thread until it ends, or is given up.
fn supervise(
    task: Task,
    cancel: &CancelHandle,
    host: &dyn ScriptHost,
    log: &mut Vec<LogLine>,
) -> Result<Work, ScriptError> {
    let (jobs, inbox) = channel::<Job>();
    let (done, ended) = channel();
    let limits = task.limits;
    let worker = std::thread::Builder::new()
        .name("loophole-lua".into())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // Drops the job queue before it reports, so that every line of log has been heard.
            let result = execute(task, jobs);
            let _gone = done.send(result);
        })
        .map_err(|error| ScriptError::Failed(error.to_string()))?;
    let start = Instant::now();
    let mut served = Duration::ZERO;
    loop {
        match inbox.recv_timeout(PATIENCE) {
            Ok(job) => {
                let before = Instant::now();
                job(host, log);
                served += before.elapsed();
            }
            Err(RecvTimeoutError::Timeout) => {
                if start.elapsed().saturating_sub(served) > limits.time.saturating_add(GRACE) {
                    cancel.cancel();
                    return Err(ScriptError::Unresponsive);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    match ended.recv() {
        Ok(work) => {
            let _ended = worker.join();
            Ok(work)
        }
        Err(_) => {
            let panic = worker.join().err();
            Err(ScriptError::Failed(panic.map_or_else(String::new, |panic| message(&*panic))))
        }
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}

/// The whole life of a script, on its own thread.
fn execute(task: Task, jobs: Sender<Job>) -> Work {
    let Task { name, source, args, modules, limits, cancel, ids, project } = task;
    let budget = Rc::new(Budget::new(limits, cancel));
    let start = project.clone();
    let session = Rc::new(Run::new(name.clone(), (args, modules), project, ids, Rc::clone(&budget), jobs));
    let sandbox = Sandbox::new(&budget).and_then(|sandbox| {
        api::install(sandbox.lua(), &session)?;
        Ok(sandbox)
    });
    let result = match sandbox {
        Ok(sandbox) => sandbox.run(&name, &source),
        Err(error) => return Work::failed(&start, &name, ScriptError::Failed(error.to_string())),
    };
    session.log_dropped();
    let error = match (budget.tripped(), result) {
        // A script may swallow every error, but not a limit.
        (Some(tripped), _) => Some(ScriptError::Limit { limit: tripped.limit, place: tripped.place }),
        (None, Ok(())) => None,
        (None, Err(error)) => {
            let text = place::plain(&error);
            Some(match error {
                mlua::Error::SyntaxError { .. } => ScriptError::Syntax(text),
                _ if text == place::OUT_OF_MEMORY => {
                    ScriptError::Limit { limit: Limit::Memory(limits.memory), place: String::new() }
                }
                _ => ScriptError::Raised(text),
            })
        }
    };
    match error {
        None => Work { session: session.finish(), commands: session.commands.take(), error: None },
        Some(error @ ScriptError::Limit { limit: Limit::Cancelled, .. }) => {
            Work::failed(&start, &name, error)
        }
        error => Work { session: session.finish(), commands: Vec::new(), error },
    }
}
