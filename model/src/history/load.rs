//! A history that may be packed still.

use std::sync::{Mutex, OnceLock, PoisonError};

use protocol::Hlc;

use super::baseline::digest;
use super::clock::Clock;
use super::commit::{CommitKind, Message};
use super::container::{Head, Saved};
use super::error::HistoryError;
use super::log::Log;
use crate::project::{Draft, Project, Settled, differences, settle};

/// How a commit is called that takes note of what somebody else did to the file.
const OUTSIDE: &str = "Changed outside Loophole";

/// The history of a project.
#[derive(Debug)]
pub(crate) struct History {
    saved: Option<Saved>,
    /// The project when the history began, or was saved.
    opened: Project,
    loaded: OnceLock<Loaded>,
    clock: Mutex<Clock>,
}

/// A history that is at hand.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) log: Log,
    /// The baseline with the log laid over it, where that is no sound project.
    pub(crate) unsettled: Option<Project>,
    /// What gave way.
    pub(crate) settled: Vec<Settled>,
    /// Why the saved history could not be used.
    pub(crate) trouble: Option<HistoryError>,
}

impl History {
    pub(crate) fn new(opened: Project, clock: Clock) -> Self {
        Self { saved: None, opened, loaded: OnceLock::new(), clock: clock.into() }
    }

    /// The history of a project that was saved with it.
    pub(crate) fn open(opened: Project, bytes: &[u8], clock: Clock) -> Result<Self, HistoryError> {
        let saved = Some(Saved::new(bytes.to_vec())?);
        Ok(Self { saved, ..Self::new(opened, clock) })
    }

    pub(crate) fn tick(&self) -> Hlc {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).tick()
    }

    pub(crate) fn observe(&self, at: Hlc) {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).observe(at);
    }

    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock.into();
        if let Some(last) = self.loaded.get().and_then(|loaded| loaded.log.steps.all().last()) {
            self.observe(last.message.at);
        }
    }

    pub(crate) fn into_clock(self) -> Clock {
        self.clock.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything has needed it yet.
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded.get().is_some()
    }

    pub(crate) fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| self.load())
    }

    pub(crate) fn loaded_mut(&mut self) -> &mut Loaded {
        self.loaded();
        // PANIC: just loaded.
        self.loaded.get_mut().expect("loaded")
    }

    /// The history as bytes, given the project that it ends at.
    pub(crate) fn to_bytes(&self, project: &Project) -> Vec<u8> {
        match (&self.saved, self.loaded.get()) {
            // Nothing has happened since.
            (Some(saved), None) => saved.bytes.clone(),
            _ => {
                let loaded = self.loaded();
                let head = Head {
                    baseline: loaded.log.baseline.id(),
                    project: digest(project),
                    settled: loaded.unsettled.is_some(),
                };
                Saved::pack(&head, &loaded.log)
            }
        }
    }

    fn load(&self) -> Loaded {
        let fresh = |trouble| Loaded {
            log: Log::new(self.opened.clone()),
            unsettled: None,
            settled: Vec::new(),
            trouble,
        };
        let Some(saved) = &self.saved else { return fresh(None) };
        match saved.unpack().and_then(|(head, log)| self.resume(&head, log)) {
            Ok(loaded) => loaded,
            Err(error) => fresh(Some(error)),
        }
    }

    /// Goes on with a history, which may not end at the project that was opened.
    fn resume(&self, head: &Head, mut log: Log) -> Result<Loaded, HistoryError> {
        if let Some(last) = log.steps.all().last() {
            self.observe(last.message.at);
        }
        let loaded = |log| Loaded { log, unsettled: None, settled: Vec::new(), trouble: None };
        if !head.settled && head.project == digest(&self.opened) {
            return Ok(loaded(log));
        }
        let baseline =
            log.baseline.project().ok_or(HistoryError::Damaged("the project that it starts from"))?;
        if baseline.root_id() != self.opened.root_id() || baseline.master_id() != self.opened.master_id() {
            return Err(HistoryError::OtherProject);
        }
        let unsettled = log.laid_over_baseline(baseline);
        if head.settled {
            let mut draft = Draft::new(unsettled.state().clone());
            let settled = settle(&mut draft, &|id, field| log.claimed(id, field));
            if draft.finish().0 == self.opened {
                return Ok(Loaded { log, unsettled: Some(unsettled), settled, trouble: None });
            }
        }
        let changes = differences(&unsettled, &self.opened);
        if !changes.is_empty() {
            let at = self.tick();
            let kind = CommitKind::Outside;
            log.commit(
                &changes,
                self.opened.user_schema(),
                Message { name: OUTSIDE.into(), author: "".into(), kind, at },
            );
        }
        Ok(loaded(log))
    }
}

impl Log {
    /// The whole project as the log has it, not settled.
    fn laid_over_baseline(&self, baseline: &Project) -> Project {
        let mut draft = Draft::new(baseline.state().clone());
        for id in self.entities() {
            let alive = match self.existence(id) {
                Some(existence) => existence.alive || draft.is_permanent(id),
                None => draft.entity(id).is_some(),
            };
            match self.latent(id).filter(|_| alive) {
                Some(entity) => draft.put(id, entity),
                None => draft.take(id),
            }
        }
        draft.finish().0
    }
}
