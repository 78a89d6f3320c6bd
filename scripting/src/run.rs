//! Running a script.

use std::collections::BTreeMap;
use std::rc::Rc;

use mlua::LuaSerdeExt;
use model::{IdSource, Project, Pulse};
use protocol::Transaction;
use protocol::control::{LogLevel, TransportCommand};

use crate::host::{NoHost, ScriptHost};
use crate::limits::{Budget, CancelHandle, Limit, Limits, Tripped};
use crate::session::Session;
use crate::{api, sandbox};

/// What a run is given.
pub struct RunOptions {
    /// What the script is called, in errors and in the history.
    pub name: String,
    /// Its `args`.
    pub args: BTreeMap<String, serde_json::Value>,
    /// Scripts that it may `require`, by name.
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
    /// What the script did, to be committed in order; empty after an error.
    pub transactions: Vec<Transaction>,
    /// What it asked of the transport; empty after an error.
    pub commands: Vec<TransportCommand>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// Why it failed, if it did.
    pub error: Option<ScriptError>,
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
    /// It is not Lua; the message names the line.
    #[error("{0}")]
    Syntax(String),
    /// It raised an error; the message names the line.
    #[error("{0}")]
    Raised(String),
    /// It reached a limit.
    #[error("{place}the script {limit}")]
    Limit {
        /// Which.
        limit: Limit,
        /// `script:line: `, or empty.
        place: String,
    },
    /// Lua itself could not be started.
    #[error("Lua could not be started: {0}")]
    Start(String),
}

/// Runs a script over a snapshot, to its end or to a limit. Blocks; to be called on a worker thread.
#[must_use]
pub fn run(source: &str, project: Project, options: RunOptions) -> ScriptOutcome {
    let budget = Rc::new(Budget::new(options.limits, options.cancel));
    let pulse = Pulse::from_project_with_ids(project, options.ids);
    let session = Rc::new(Session::new(options.name, pulse, Rc::clone(&budget), options.host));
    let result = execute(source, &session, &options.args, &options.modules);
    let error = match (budget.tripped(), result) {
        (Some(Tripped { limit, place }), _) => Some(ScriptError::Limit { limit, place }),
        (None, Err(error)) => Some(describe(error, options.limits)),
        (None, Ok(())) => None,
    };
    let log = session.take_log();
    let (transactions, commands) = if error.is_none() { session.take_result() } else { Default::default() };
    ScriptOutcome { transactions, commands, log, error }
}

fn execute(
    source: &str,
    session: &Rc<Session>,
    args: &BTreeMap<String, serde_json::Value>,
    modules: &BTreeMap<String, String>,
) -> mlua::Result<()> {
    let lua = sandbox::open(&session.budget)?;
    api::install(&lua, session)?;
    sandbox::install_require(&lua, modules)?;
    lua.globals().set("args", lua.to_value(args)?)?;
    let main: mlua::Value = lua
        .load(source)
        .set_name(format!("={}", session.name))
        .set_mode(mlua::chunk::ChunkMode::Text)
        .call(())?;
    drop(main);
    // A script may keep its work in a function `main`, which then runs last.
    if let Ok(main) = lua.globals().raw_get::<mlua::Function>("main") {
        main.call::<()>(())?;
    }
    Ok(())
}

/// An error of Lua as a person reads it: without the host's stack.
fn describe(error: mlua::Error, limits: Limits) -> ScriptError {
    match error {
        mlua::Error::SyntaxError { message, .. } => ScriptError::Syntax(message),
        mlua::Error::MemoryError(_) => {
            ScriptError::Limit { limit: Limit::Memory(limits.memory), place: String::new() }
        }
        mlua::Error::CallbackError { cause, .. } => describe((*cause).clone(), limits),
        mlua::Error::RuntimeError(message) => {
            let end = message.find("\nstack traceback:").unwrap_or(message.len());
            ScriptError::Raised(message[..end].to_owned())
        }
        other => ScriptError::Raised(other.to_string()),
    }
}
