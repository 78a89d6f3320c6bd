//! One run of one script, as its functions see it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};

use mlua::Lua;
use model::{IdSource, Project};
use protocol::control::{LogLevel, TransportCommand};
use protocol::{Edit, EntityId, ListChange, Value};

use crate::api::Listing;
use crate::host::ScriptHost;
use crate::limits::{Budget, Limit, Tripped};
use crate::run::LogLine;
use crate::sandbox::place::misuse;
use crate::steps::Steps;

/// Work for the thread that called [`crate::run()`], which has the host.
pub(crate) type Job = Box<dyn FnOnce(&dyn ScriptHost, &mut Vec<LogLine>) + Send>;

/// Longest line of log, in bytes.
const MAX_LINE: usize = 8_192;
/// What one edit costs, in instructions.
const EDIT_COST: u64 = 100;
/// A guess at the bytes one edit or row takes.
const EDIT_BYTES: usize = 256;
/// A guess at the bytes that an entry of a list takes besides its text.
const ENTRY_BYTES: usize = 64;

/// What the API's functions work on. One per Lua state, in its app data.
pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) args: BTreeMap<String, serde_json::Value>,
    pub(crate) modules: BTreeMap<String, String>,
    pub(crate) budget: Rc<Budget>,
    pub(crate) steps: RefCell<Steps>,
    /// What `query_live` saw last: the host's project, the script's own, and the two together.
    live: RefCell<Option<[Project; 3]>>,
    ids: IdSource,
    pub(crate) commands: RefCell<Vec<TransportCommand>>,
    /// The last list that was indexed.
    pub(crate) listing: RefCell<Option<Listing>>,
    dropped_lines: Cell<u64>,
    lines: Cell<usize>,
    edit_bytes: Cell<usize>,
    /// What was copied out of Lua since the last edit.
    converting: Cell<usize>,
    jobs: Sender<Job>,
}

impl Session {
    pub(crate) fn new(
        name: String,
        (args, modules): (BTreeMap<String, serde_json::Value>, BTreeMap<String, String>),
        project: Project,
        ids: IdSource,
        budget: Rc<Budget>,
        jobs: Sender<Job>,
    ) -> Self {
        Self {
            steps: RefCell::new(Steps::new(&project, &name)),
            live: RefCell::default(),
            name,
            args,
            modules,
            budget,
            ids,
            commands: RefCell::default(),
            listing: RefCell::default(),
            dropped_lines: Cell::new(0),
            lines: Cell::new(0),
            edit_bytes: Cell::new(0),
            converting: Cell::new(0),
            jobs,
        }
    }

    /// The session of a Lua state.
    pub(crate) fn of(lua: &Lua) -> mlua::Result<Rc<Self>> {
        let session = lua.app_data_ref::<Rc<Self>>();
        session.map(|session| Rc::clone(&session)).ok_or_else(|| mlua::Error::runtime("the script has ended"))
    }

    /// The project as the script sees it now.
    pub(crate) fn project(&self) -> Project {
        self.steps.borrow().project().clone()
    }

    /// The project as the host has it now, with what the script did on top.
    pub(crate) fn current(&self, lua: &Lua) -> mlua::Result<Project> {
        let own = self.project();
        let Some(current) = self.ask(|host| host.project()).flatten() else { return Ok(own) };
        if let Some([host, script, both]) = &*self.live.borrow()
            && host.is_same(&current)
            && script.is_same(&own)
        {
            return Ok(both.clone());
        }
        let steps = self.steps.borrow();
        let edits = steps.session().operations().iter().flat_map(|operation| &operation.edits);
        let cost =
            u64::try_from(edits.map(weight).sum::<usize>()).unwrap_or(u64::MAX).saturating_mul(EDIT_COST);
        self.budget.charge(cost).map_err(|tripped| {
            self.budget.place(crate::sandbox::place::place(lua));
            mlua::Error::external(self.budget.tripped().unwrap_or(tripped))
        })?;
        let both = steps.session().over(&current);
        *self.live.borrow_mut() = Some([current, own, both.clone()]);
        Ok(both)
    }

    /// A fresh id.
    pub(crate) fn new_id(&self) -> EntityId {
        self.ids.next_id()
    }

    /// Applies edits; a refusal is raised in the script, with its place.
    pub(crate) fn write(&self, lua: &Lua, edits: Vec<Edit>) -> mlua::Result<()> {
        let weight: usize = edits.iter().map(weight).sum();
        self.budget
            .charge(u64::try_from(weight).unwrap_or(u64::MAX).saturating_mul(EDIT_COST))
            .map_err(mlua::Error::external)?;
        self.dropped();
        self.edit_bytes.set(self.edit_bytes.get().saturating_add(weight.saturating_mul(EDIT_BYTES)));
        self.fits().map_err(mlua::Error::external)?;
        self.steps.borrow_mut().write(edits).map_err(|error| misuse(lua, &error.to_string()))
    }

    /// Accounts for text that was copied out of Lua for an edit that is not written yet.
    pub(crate) fn copied(&self, bytes: usize) -> Result<(), Tripped> {
        self.converting.set(self.converting.get().saturating_add(bytes));
        self.budget.charge(u64::try_from(bytes / EDIT_BYTES).unwrap_or(u64::MAX))?;
        self.fits()
    }

    /// Takes note that what was copied since the last edit is written, or gone.
    pub(crate) fn dropped(&self) {
        self.converting.set(0);
    }

    /// Whether what is written, and about to be, is within the limit.
    fn fits(&self) -> Result<(), Tripped> {
        let memory = self.budget.limits().memory;
        if self.edit_bytes.get().saturating_add(self.converting.get()) > memory.saturating_mul(4) {
            return Err(self.budget.trip(Limit::Memory(memory)));
        }
        Ok(())
    }

    /// Writes a line to the log, or counts it as dropped.
    pub(crate) fn log(&self, level: LogLevel, text: &str) -> Result<(), Tripped> {
        self.budget.charge(EDIT_COST)?;
        let most = self.budget.limits().log_lines;
        if self.lines.get() >= most {
            self.dropped_lines.set(self.dropped_lines.get() + 1);
            return Ok(());
        }
        self.lines.set(self.lines.get() + 1);
        let end = text.floor_char_boundary(MAX_LINE.min(text.len()));
        let mut line = text[..end].to_owned();
        if end < text.len() {
            line.push('…');
        }
        // Nobody listens any more only if the run was given up; then the script is about to end anyway.
        let _gone = self.jobs.send(Box::new(move |_, log| log.push(LogLine { level, text: line })));
        Ok(())
    }

    /// Says at the end how much of the log was dropped.
    pub(crate) fn log_dropped(&self) {
        let dropped = self.dropped_lines.get();
        if dropped > 0 {
            let text = format!("{dropped} more lines were dropped");
            let line = LogLine { level: LogLevel::Warning, text };
            let _gone = self.jobs.send(Box::new(move |_, log| log.push(line)));
        }
    }

    /// What the script did.
    pub(crate) fn finish(&self) -> model::session::Session {
        let project = self.project();
        self.steps.replace(Steps::new(&project, &self.name)).finish()
    }

    /// Has the host do something and waits for it with the script's clock stopped. `None` if the host is gone.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn ScriptHost) -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, answer) = channel();
        let job = move |host: &dyn ScriptHost, _: &mut Vec<LogLine>| {
            let _gone = reply.send(question(host));
        };
        self.jobs.send(Box::new(job)).ok()?;
        self.budget.off_the_clock(|| answer.recv().ok())
    }
}

/// How many things an edit changes, or the room that it takes, whichever is more: in the edit, and in the entity that has it
/// then.
fn weight(edit: &Edit) -> usize {
    let named = |(name, value): (&String, &Value)| name.len() + bytes(value);
    let bytes: usize = match edit {
        Edit::Create { fields, .. } | Edit::Attach { fields, .. } => fields.iter().map(named).sum(),
        Edit::Set { value, .. } => bytes(value),
        Edit::Rows { changes, .. } => changes.len().saturating_mul(EDIT_BYTES / 2),
        Edit::Numbers { changes, .. } => changes.keys().map(|key| ENTRY_BYTES + key.len()).sum(),
        Edit::Properties { changes, .. } => {
            changes.iter().map(|(key, value)| ENTRY_BYTES + key.len() + value.as_ref().map_or(0, bytes)).sum()
        }
        Edit::List { changes, .. } => changes.iter().map(list_change).sum(),
        Edit::Text { changes, .. } => changes.iter().map(|change| ENTRY_BYTES + change.insert.len()).sum(),
        Edit::Detach { .. } | Edit::Delete { .. } => 0,
    };
    1 + bytes.saturating_mul(2) / EDIT_BYTES
}

fn list_change(change: &ListChange) -> usize {
    match change {
        ListChange::Insert { value, .. } | ListChange::Set { value, .. } => ENTRY_BYTES + bytes(value),
        _ => ENTRY_BYTES,
    }
}

/// The room that a value takes.
fn bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Numbers(numbers) => numbers.keys().map(|key| ENTRY_BYTES + key.len()).sum(),
        Value::List(items) => items.iter().map(|item| ENTRY_BYTES + bytes(item)).sum(),
        Value::Properties(entries) => {
            entries.iter().map(|(key, value)| ENTRY_BYTES + key.len() + bytes(value)).sum()
        }
        Value::Rows(rows) => rows.len().saturating_mul(EDIT_BYTES / 2),
        _ => 0,
    }
}
