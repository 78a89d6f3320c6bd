//! A history that may be packed still.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use loro::ExportMode;
use protocol::Hlc;

use super::baseline::{Baseline, digest};
use super::clock::Clock;
use super::commit::{Commit, CommitKind, Message};
use super::container::{Head, Saved};
use super::error::HistoryError;
use super::log::Log;
use crate::project::{Change, Draft, Project, Settled, differences, settle};

/// How a commit is called that takes note of what somebody else did to the file.
const OUTSIDE: &str = "Changed outside Loophole";

/// Projects of no more entities than this are looked at in a moment.
const SMALL: usize = 1_000;

/// The history of a project.
#[derive(Debug)]
pub(crate) struct History {
    saved: Option<Arc<Saved>>,
    /// The project when the history began, or was saved.
    opened: Project,
    /// The same, for a history that begins with it.
    baseline: Arc<Baseline>,
    /// The thread that unpacks what was saved; none once somebody waits for it.
    unpacking: Mutex<Option<JoinHandle<Unpacked>>>,
    loaded: OnceLock<Loaded>,
    clock: Mutex<Clock>,
}

/// What unpacking gives: the log, and how it leads to the project that was opened.
type Unpacked = Result<(Log, Leads), HistoryError>;

/// How a log leads to the project that was opened.
#[derive(Debug)]
enum Leads {
    /// It ends there.
    There,
    /// What it ends at is settled so.
    Settled { unsettled: Project, settled: Vec<Settled> },
    /// Somebody changed this since.
    Changed(Vec<Change>),
}

/// A history that is to be packed. Packing looks at the whole project, so it is for a thread that may wait.
#[derive(Debug)]
pub(crate) struct Packing(What);

#[derive(Debug)]
enum What {
    /// Nothing has happened since it was saved.
    Saved(Arc<Saved>),
    Log {
        doc: Vec<u8>,
        commits: Vec<Commit>,
        baseline: Arc<Baseline>,
        project: Project,
        is_settled: bool,
    },
}

impl Packing {
    pub(crate) fn pack(self) -> Vec<u8> {
        match self.0 {
            What::Saved(saved) => saved.bytes.clone(),
            What::Log { doc, commits, baseline, project, is_settled } => {
                let head = Head { baseline: baseline.id(), project: digest(&project), settled: is_settled };
                Saved::pack(&head, &commits, &baseline, doc)
            }
        }
    }
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
        let baseline = Arc::new(Baseline::of(opened.clone()));
        Self {
            saved: None,
            opened,
            baseline,
            unpacking: None.into(),
            loaded: OnceLock::new(),
            clock: clock.into(),
        }
    }

    /// The history of a project that was saved with it.
    pub(crate) fn open(opened: Project, bytes: &[u8], clock: Clock) -> Result<Self, HistoryError> {
        let saved = Arc::new(Saved::new(bytes.to_vec())?);
        let unpacking = std::thread::Builder::new().name("loophole-history".into()).spawn({
            let (saved, opened) = (Arc::clone(&saved), opened.clone());
            move || unpack(&saved, &opened)
        });
        // Without a thread, whoever needs it first does it.
        let unpacking = unpacking.ok().into();
        Ok(Self { saved: Some(saved), unpacking, ..Self::new(opened, clock) })
    }

    /// Has a thread find what the baseline of a large project is known by, which looks at all of it: the first record of
    /// the journal needs it.
    pub(crate) fn look_ahead(&self) {
        if self.opened.len() > SMALL {
            let baseline = Arc::clone(&self.baseline);
            // Without a thread, whoever needs it first does it.
            let _thread =
                std::thread::Builder::new().name("loophole-digest".into()).spawn(move || baseline.id());
        }
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

    /// Whether whoever needs it has nothing to wait for.
    pub(crate) fn is_ready(&self) -> bool {
        let unpacking = self.unpacking.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_loaded() || self.saved.is_none() || unpacking.as_ref().is_some_and(JoinHandle::is_finished)
    }

    pub(crate) fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| self.load())
    }

    pub(crate) fn loaded_mut(&mut self) -> &mut Loaded {
        self.loaded();
        // PANIC: just loaded.
        self.loaded.get_mut().expect("loaded")
    }

    /// The history as it is now, given the project that it ends at.
    pub(crate) fn packing(&self, project: &Project) -> Packing {
        if let (Some(saved), None) = (&self.saved, self.loaded.get()) {
            return Packing(What::Saved(Arc::clone(saved)));
        }
        let loaded = self.loaded();
        // PANIC: only a document that misses parts of its history cannot be exported, and ours starts whole.
        let doc = loaded.log.doc.export(ExportMode::Snapshot).expect("the document is ours");
        Packing(What::Log {
            doc,
            commits: loaded.log.steps.all().to_vec(),
            baseline: Arc::clone(&loaded.log.baseline),
            project: project.clone(),
            is_settled: loaded.unsettled.is_some(),
        })
    }

    fn load(&self) -> Loaded {
        let fresh = |trouble| Loaded {
            log: Log::new(Arc::clone(&self.baseline)),
            unsettled: None,
            settled: Vec::new(),
            trouble,
        };
        let Some(saved) = &self.saved else { return fresh(None) };
        let unpacking = self.unpacking.lock().unwrap_or_else(PoisonError::into_inner).take();
        let unpacked = unpacking.and_then(|thread| thread.join().ok());
        match unpacked.unwrap_or_else(|| unpack(saved, &self.opened)) {
            Ok((log, leads)) => self.resume(log, leads),
            Err(error) => fresh(Some(error)),
        }
    }

    /// Goes on with a history, which may not end at the project that was opened.
    fn resume(&self, mut log: Log, leads: Leads) -> Loaded {
        if let Some(last) = log.steps.all().last() {
            self.observe(last.message.at);
        }
        let (mut unsettled, mut settled) = (None, Vec::new());
        match leads {
            Leads::There => {}
            Leads::Settled { unsettled: project, settled: gave_way } => {
                (unsettled, settled) = (Some(project), gave_way);
            }
            Leads::Changed(changes) => {
                let (at, kind) = (self.tick(), CommitKind::Outside);
                let message = Message { name: OUTSIDE.into(), author: "".into(), kind, at };
                log.commit(&changes, self.opened.user_schema(), message);
            }
        }
        Loaded { log, unsettled, settled, trouble: None }
    }
}

/// Unpacks a history and finds how it leads to a project.
fn unpack(saved: &Saved, opened: &Project) -> Unpacked {
    let (head, log) = saved.unpack()?;
    let damaged = HistoryError::Damaged("the project that it starts from");
    // Undo may need it, and is not to wait then.
    let baseline = log.baseline.project().ok_or(damaged)?;
    if !head.settled && head.project == digest(opened) {
        return Ok((log, Leads::There));
    }
    if baseline.root_id() != opened.root_id() || baseline.master_id() != opened.master_id() {
        return Err(HistoryError::OtherProject);
    }
    let unsettled = log.laid_over_baseline(baseline);
    if head.settled {
        let mut draft = Draft::new(unsettled.state().clone());
        let settled = settle(&mut draft, &|id, field| log.claimed(id, field));
        if draft.finish().0 == *opened {
            return Ok((log, Leads::Settled { unsettled, settled }));
        }
    }
    let changes = differences(&unsettled, opened);
    let leads = if changes.is_empty() { Leads::There } else { Leads::Changed(changes) };
    Ok((log, leads))
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
