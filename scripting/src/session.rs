//! The overlay that a script works on: a store of its own over a snapshot, whose edits become transactions.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use model::{EditError, Project, Pulse};
use protocol::control::{LogLevel, TransportCommand};
use protocol::{Edit, EntityId, Transaction};

use crate::host::ScriptHost;
use crate::limits::Budget;
use crate::run::LogLine;

/// Instructions that a write is charged with: it does far more than one step of the virtual machine.
const WRITE_COST: u64 = 400;

/// The state of one run, shared by all the objects that the script holds.
pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) budget: Rc<Budget>,
    pub(crate) host: Box<dyn ScriptHost>,
    pulse: RefCell<Pulse>,
    /// Edits since the last group began.
    pending: RefCell<Vec<Edit>>,
    done: RefCell<Vec<Transaction>>,
    depth: Cell<u32>,
    log: RefCell<Vec<LogLine>>,
    log_dropped: Cell<usize>,
    commands: RefCell<Vec<TransportCommand>>,
}

/// Where the overlay was, to go back to.
pub(crate) struct Savepoint {
    project: Project,
    pending: Vec<Edit>,
    done: usize,
}

impl Session {
    pub(crate) fn new(name: String, pulse: Pulse, budget: Rc<Budget>, host: Box<dyn ScriptHost>) -> Self {
        Self {
            name,
            budget,
            host,
            pulse: RefCell::new(pulse),
            pending: RefCell::default(),
            done: RefCell::default(),
            depth: Cell::new(0),
            log: RefCell::default(),
            log_dropped: Cell::new(0),
            commands: RefCell::default(),
        }
    }

    /// The project as the script sees it, its own writes included.
    pub(crate) fn project(&self) -> Project {
        self.pulse.borrow().project()
    }

    pub(crate) fn new_id(&self) -> EntityId {
        self.pulse.borrow().new_id()
    }

    /// Applies one edit to the overlay, or refuses it.
    pub(crate) fn write(&self, edit: Edit) -> Result<(), EditError> {
        let transaction = Transaction { name: String::new(), author: self.name.clone(), edits: vec![edit] };
        self.pulse.borrow_mut().commit(transaction.clone())?;
        self.pending.borrow_mut().extend(transaction.edits);
        Ok(())
    }

    /// What a write costs, bulk included.
    pub(crate) fn write_cost(edit: &Edit) -> u64 {
        let bulk = match edit {
            Edit::Rows { changes, .. } => changes.len(),
            Edit::Numbers { changes, .. } => changes.len(),
            _ => 1,
        };
        WRITE_COST * u64::try_from(bulk).unwrap_or(u64::MAX).max(1)
    }

    /// Begins a named group of edits. What was pending stays pending under the script's own name.
    pub(crate) fn begin(&self) -> Savepoint {
        if self.depth.get() == 0 {
            self.close_group(&self.name);
        }
        self.depth.set(self.depth.get() + 1);
        Savepoint {
            project: self.project(),
            pending: self.pending.borrow().clone(),
            done: self.done.borrow().len(),
        }
    }

    /// Ends a group: the outermost one becomes a transaction; inner ones are part of it.
    pub(crate) fn end(&self, name: &str) {
        self.depth.set(self.depth.get() - 1);
        if self.depth.get() == 0 {
            self.close_group(name);
        }
    }

    /// Ends a group and takes back what it did.
    pub(crate) fn roll_back(&self, to: Savepoint) {
        self.depth.set(self.depth.get() - 1);
        self.pulse.borrow_mut().replace(to.project);
        *self.pending.borrow_mut() = to.pending;
        self.done.borrow_mut().truncate(to.done);
    }

    fn close_group(&self, name: &str) {
        let edits = std::mem::take(&mut *self.pending.borrow_mut());
        if !edits.is_empty() {
            let author = self.name.clone();
            self.done.borrow_mut().push(Transaction { name: name.to_owned(), author, edits });
        }
    }

    pub(crate) fn log(&self, level: LogLevel, text: String) {
        let mut log = self.log.borrow_mut();
        if log.len() < self.budget.limits().log_lines {
            log.push(LogLine { level, text });
        } else {
            self.log_dropped.set(self.log_dropped.get() + 1);
        }
    }

    pub(crate) fn command(&self, command: TransportCommand) {
        self.commands.borrow_mut().push(command);
    }

    /// The log, with a last line that says how much of it was dropped.
    pub(crate) fn take_log(&self) -> Vec<LogLine> {
        let mut log = std::mem::take(&mut *self.log.borrow_mut());
        let dropped = self.log_dropped.get();
        if dropped > 0 {
            let text = format!("{dropped} more lines were dropped");
            log.push(LogLine { level: LogLevel::Warning, text });
        }
        log
    }

    /// What the script did, to be committed in order.
    pub(crate) fn take_result(&self) -> (Vec<Transaction>, Vec<TransportCommand>) {
        self.close_group(&self.name);
        (std::mem::take(&mut *self.done.borrow_mut()), std::mem::take(&mut *self.commands.borrow_mut()))
    }
}
