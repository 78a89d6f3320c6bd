//! The threads of an engine. The audio thread leads: it runs a schedule with the help of others, or alone where help
//! does not pay. Threads agree by atomic numbers; nobody ever holds a lock, and whoever waits is helped by all.
//!
//! - [`Round`]: which tasks can begin, which are taken;
//! - [`Gate`](gate::Gate): who is at work on a round, and how one waits for it;
//! - [`Balance`]: what the tasks cost, and so how many threads pay;
//! - [`Pool`]: parts of one node's work, for which there is a gate of its own.
//!
//! The first two are checked in every interleaving (`crew/model.rs`).
#![expect(unsafe_code, reason = "a round works on what the audio thread lends it")]

mod balance;
mod gate;
#[cfg(test)]
mod model;
mod parts;
mod rank;
mod round;
mod word;

pub(crate) use self::balance::Balance;
pub(crate) use self::parts::Pool;
pub(crate) use self::round::Round;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use self::gate::Gate;
use self::rank::{Rank, SharedRank};
use super::cells::Cells;
use super::options::Threads;
use super::run::{Context, Outlets, Worker, run_task};
use super::schedule::Schedule;
use crate::denormals::FlushDenormals;
use crate::math::{to_u32, to_usize};

/// The threads of an engine, but for the audio thread, which has this. To be dropped where waiting is allowed.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
    threads: Threads,
    /// How many threads run a schedule at the moment.
    abreast: usize,
    /// Stretches until tasks are measured again.
    unmeasured: u32,
}

struct Shared {
    /// Also where helpers sleep.
    gate: Arc<Gate<AtomicU32>>,
    pool: Arc<Pool>,
    /// What the round is about. Written while the gate is closed.
    job: Cells<Job>,
    /// One for each helper; the audio thread looks at them while the gate is closed.
    workers: Cells<Worker>,
    /// How many helpers are asked for.
    wanted: AtomicU32,
    rank: SharedRank,
    quit: AtomicBool,
}

/// Pointers to what the audio thread lends for a round.
#[derive(Clone, Copy)]
struct Job {
    schedule: *const Schedule,
    context: *const Context<'static, 'static>,
    measured: bool,
}

// SAFETY: what it points to may be shared (`Schedule` and `Context` are `Sync`), and is only used while it is lent.
unsafe impl Send for Job {}

/// Helpers of an engine at most: beyond, memory is what limits.
const HELPERS: usize = 7;

/// Stretches from one measurement of the tasks to the next.
const MEASURED_EVERY: u32 = 64;

impl Crew {
    /// Starts the helpers. If the system has no more threads there are fewer.
    pub fn new(threads: Threads, max_block: usize, pool: &Arc<Pool>) -> Self {
        let helpers = match threads {
            Threads::Exactly(count) => count.get() - 1,
            Threads::Auto if Rank::current().is_none() => 0,
            Threads::Auto => {
                std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1).min(HELPERS)
            }
        };
        let idle = Job { schedule: std::ptr::null(), context: std::ptr::null(), measured: false };
        let shared = Arc::new(Shared {
            gate: pool.home().clone(),
            pool: pool.clone(),
            job: [idle].into_iter().collect(),
            workers: (0..helpers).map(|_| Worker::new(max_block)).collect(),
            wanted: AtomicU32::new(0),
            rank: SharedRank::default(),
            quit: AtomicBool::new(false),
        });
        let start = |index: usize| {
            let shared = shared.clone();
            std::thread::Builder::new().name("loophole-engine".into()).spawn(move || shared.serve(index)).ok()
        };
        let helpers: Vec<_> = (0..helpers).map_while(start).collect();
        pool.set_helpers(helpers.len());
        Self { shared, helpers, threads, abreast: 1, unmeasured: 0 }
    }

    /// What the helpers have to tell.
    pub fn workers(&mut self) -> impl Iterator<Item = &mut Worker> {
        // SAFETY: no round is on, so nobody else uses them.
        (0..self.helpers.len()).map(|index| unsafe { self.shared.workers.at(index) })
    }

    /// Runs a schedule.
    ///
    /// # Real-time
    /// Waits for tasks that others have begun, and for nothing else.
    pub fn run(
        &mut self,
        schedule: &mut Schedule,
        context: &Context<'_, '_>,
        worker: &mut Worker,
        outlets: &mut Outlets<'_, '_>,
    ) {
        let measured = self.is_measured(schedule);
        // Of a new schedule nothing is known yet: it will cost about what the one before did.
        if let Threads::Exactly(_) = self.threads {
            self.abreast = self.helpers.len() + 1;
        }
        let inner = schedule.round.len();
        if self.abreast > 1 && inner > 1 {
            self.run_together(schedule, context, worker, measured);
        } else {
            for task in 0..inner {
                // SAFETY: no round is on, and tasks come after those they wait for.
                unsafe { run_one(schedule, context, worker, task, measured) };
            }
        }
        for task in &schedule.tasks[inner..] {
            // SAFETY: likewise, after all others.
            unsafe { run_task(schedule, task, context, worker, Some(&mut *outlets)) };
        }
        if measured {
            schedule.balance.learn(context.frames);
            self.abreast = schedule.balance.threads(&schedule.round, context.frames, self.helpers.len() + 1);
        }
    }

    /// Whether tasks are measured in this stretch: now and then, and when nothing is known.
    fn is_measured(&mut self, schedule: &Schedule) -> bool {
        if self.helpers.is_empty() {
            return false;
        }
        let is_due = self.unmeasured == 0 || !schedule.balance.is_known();
        if is_due {
            if self.shared.rank.publish() {
                self.shared.gate.ring();
            }
            self.unmeasured = MEASURED_EVERY;
        }
        self.unmeasured -= 1;
        is_due && self.threads == Threads::Auto
    }

    fn run_together(
        &self,
        schedule: &Schedule,
        context: &Context<'_, '_>,
        worker: &mut Worker,
        measured: bool,
    ) {
        let shared = &*self.shared;
        // SAFETY: no round is on, so nobody else uses it.
        unsafe {
            *shared.job.at(0) = Job { schedule, context: std::ptr::from_ref(context).cast(), measured }
        };
        shared.wanted.store(to_u32(self.abreast - 1), Ordering::Relaxed);
        shared.gate.lead(
            &schedule.round,
            || shared.gate.ring(),
            |task| {
                // SAFETY: a round gives each task out once, after those it waits for.
                unsafe { run_one(schedule, context, worker, task, measured) };
            },
        );
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.pool.set_helpers(0);
        self.shared.quit.store(true, Ordering::SeqCst);
        self.shared.gate.ring();
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

impl Shared {
    /// What a helper does all its life.
    fn serve(&self, index: usize) {
        let _flush = FlushDenormals::new();
        let _abort = AbortOnPanic;
        let mut rank = Rank::current();
        loop {
            let heard = self.gate.heard();
            if self.quit.load(Ordering::SeqCst) {
                return;
            }
            if self.rank.follow(&mut rank) {
                if index < to_usize(self.wanted.load(Ordering::Relaxed)) {
                    self.gate.enter(|| self.help(index));
                }
                self.pool.help(index);
            }
            self.gate.sleep(heard);
        }
    }

    fn help(&self, index: usize) {
        // SAFETY: inside the gate the job is not written, and this worker is this helper's; what the job points to is
        // lent until the gate is empty.
        let (job, worker) = unsafe { (*self.job.look(0), self.workers.at(index)) };
        // SAFETY: likewise.
        let (schedule, context) = unsafe { (&*job.schedule, &*job.context) };
        let mut work = || {
            self.gate.assist(&schedule.round, |task| {
                // SAFETY: a round gives each task out once, after those it waits for.
                unsafe { run_one(schedule, context, worker, task, job.measured) };
            });
        };
        #[cfg(test)]
        assert_no_alloc::assert_no_alloc(&mut work);
        #[cfg(not(test))]
        work();
    }
}

/// Runs a task, and notes what it cost.
///
/// # Safety
/// As for [`run_task`].
#[inline]
unsafe fn run_one(
    schedule: &Schedule,
    context: &Context<'_, '_>,
    worker: &mut Worker,
    task: usize,
    measured: bool,
) {
    let start = measured.then(Instant::now);
    // SAFETY: passed on.
    unsafe { run_task(schedule, &schedule.tasks[task], context, worker, None) };
    if let Some(start) = start {
        // SAFETY: nobody else runs this task.
        unsafe { schedule.balance.note(task, start.elapsed()) };
    }
}

/// A helper that panics would leave the audio thread waiting for its task for ever.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}
