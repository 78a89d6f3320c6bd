//! `IParameterChanges` on the way in: for every parameter that moves in a block, where and to what.
#![expect(unsafe_code, reason = "a component reads through raw pointers")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock, TryLockError};

use vst3::Steinberg::Vst::{
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID, ParamValue,
};
use vst3::Steinberg::{int32, kInvalidArgument, kResultFalse, kResultOk, tresult};
use vst3::{Class, ComWrapper};

/// The changes of a block. Allocates when made, never after.
pub(super) struct ChangesIn {
    list: ComWrapper<List>,
    /// What was added, in the order of the frames, before it is sorted by parameter.
    added: Vec<Added>,
    /// By parameter: where its last change is in `added`; beyond its end if there is none.
    last: Box<[usize]>,
    /// By parameter: what the component has, where that is certain.
    known: Box<[Option<Known>]>,
    /// The parameters that change others when they change: they choose programs.
    choosers: Box<[bool]>,
    /// How many blocks had changes, this one among them.
    blocks: u64,
    /// From here on `added` only takes the first change of each parameter, so that the last value of none is lost.
    room: usize,
    is_given: bool,
    dropped: u32,
}

/// The value that a component has, and when it was given; block 0 if it took it by itself.
#[derive(Clone, Copy)]
struct Known {
    norm: f64,
    block: u64,
    frame: int32,
}

#[derive(Clone, Copy)]
struct Added {
    index: usize,
    frame: int32,
    norm: f64,
}

/// What the component sees.
struct List {
    queues: Box<[ComWrapper<Queue>]>,
    shared: Arc<Shared>,
}

/// The points of one parameter.
struct Queue {
    id: ParamID,
    /// Its place in the table.
    index: usize,
    shared: Arc<Shared>,
}

/// What all threads of a component may read during a block, and none between blocks.
struct Shared {
    /// How many parameters have points.
    count: AtomicUsize,
    /// Written between blocks only. Nobody ever waits for the lock.
    points: RwLock<Points>,
}

/// All points of a block, those of each parameter together.
struct Points {
    /// Frames and values.
    points: Vec<(int32, f64)>,
    /// By parameter: where its points are.
    ranges: Box<[(usize, usize)]>,
    /// The parameters that have points.
    touched: Vec<usize>,
}

impl Class for List {
    type Interfaces = (IParameterChanges,);
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

/// No place in a list.
const NOWHERE: usize = usize::MAX;

/// Reads what is behind a lock, without waiting for it.
pub(super) fn read<T, R>(lock: &RwLock<T>, look: impl FnOnce(&T) -> R) -> Option<R> {
    match lock.try_read() {
        Ok(guard) => Some(look(&guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(look(&poisoned.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Writes to what is behind a lock, without waiting for it.
pub(super) fn write<T, R>(lock: &RwLock<T>, change: impl FnOnce(&mut T) -> R) -> Option<R> {
    match lock.try_write() {
        Ok(mut guard) => Some(change(&mut guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(change(&mut poisoned.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl ChangesIn {
    /// For a table with these parameters, each with whether it chooses a program, and blocks of up to `room` changes, jumps or not. The last
    /// one of each parameter always fits.
    pub(super) fn new(params: impl Iterator<Item = (ParamID, bool)>, room: usize) -> Self {
        let (ids, choosers): (Vec<ParamID>, Vec<bool>) = params.unzip();
        // A jump may take two.
        let room = 2 * room;
        let capacity = room + ids.len();
        let shared = Arc::new(Shared {
            count: AtomicUsize::new(0),
            points: RwLock::new(Points {
                points: Vec::with_capacity(capacity),
                ranges: vec![(0, 0); ids.len()].into(),
                touched: Vec::with_capacity(ids.len()),
            }),
        });
        let last = vec![NOWHERE; ids.len()].into();
        let known = vec![None; ids.len()].into();
        let queues = ids
            .into_iter()
            .enumerate()
            .map(|(index, id)| ComWrapper::new(Queue { id, index, shared: Arc::clone(&shared) }))
            .collect();
        let list = ComWrapper::new(List { queues, shared });
        Self {
            list,
            added: Vec::with_capacity(capacity),
            last,
            known,
            choosers: choosers.into(),
            blocks: 1,
            room,
            is_given: false,
            dropped: 0,
        }
    }

    /// The parameter at a place of the table jumps. Components draw a line from the point before, or from the start of the
    /// block: a point with the old value, where that is certain, goes before. Source: VST3 documentation,
    /// *IParamValueQueue, Jumps in Value Curve*. Frames do not go back. Of what does not fit the last change of each
    /// parameter takes the place of the one before.
    ///
    /// # Real-time
    /// Constant time, but for a chooser of programs, which is linear in the parameters.
    #[inline]
    pub(super) fn jump(&mut self, index: usize, frame: int32, norm: f64) {
        let known = self.known.get(index).copied().flatten();
        if let Some(known) = known.filter(|known| known.norm != norm && self.added.len() + 1 < self.room) {
            // Where the last point of this block is.
            let last = if known.block == self.blocks { known.frame } else { -1 };
            if frame > 0 && last < frame - 1 {
                self.push(index, frame - 1, known.norm);
            }
        }
        self.push(index, frame, norm);
        if self.choosers.get(index) == Some(&true) {
            self.forget();
        }
    }

    /// The parameter at a place of the table gets to a value in a straight line. Otherwise as [`jump`](Self::jump).
    #[inline]
    pub(super) fn line(&mut self, index: usize, frame: int32, norm: f64) {
        self.push(index, frame, norm);
    }

    /// The component says that a parameter took a value in this block.
    #[inline]
    pub(super) fn told(&mut self, index: usize, frame: int32, norm: f64) {
        if let Some(known) = self.known.get_mut(index) {
            let is_older =
                |known: Known| self.is_given && known.block + 1 == self.blocks && known.frame > frame;
            if !known.is_some_and(is_older) {
                *known = Some(Known { norm, block: 0, frame });
            }
        }
    }

    /// Nothing is certain any more.
    ///
    /// # Real-time
    /// Linear in the parameters.
    pub(super) fn forget(&mut self) {
        self.known.fill(None);
    }

    fn push(&mut self, index: usize, frame: int32, norm: f64) {
        let Some(last) = self.last.get_mut(index) else { return };
        let change = Added { index, frame, norm };
        self.known[index] = Some(Known { norm, block: self.blocks, frame });
        let is_full = self.added.len() >= self.room;
        match self.added.get_mut(*last) {
            Some(before) if is_full => {
                *before = change;
                self.dropped = self.dropped.saturating_add(1);
            }
            _ => {
                *last = self.added.len();
                self.added.push(change);
            }
        }
    }

    /// Where the component reads them.
    pub(super) fn pointer(&self) -> *mut IParameterChanges {
        self.list.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }

    /// Whether there is something to [`give`](Self::give), or to take back.
    #[inline]
    pub(super) fn is_pending(&self) -> bool {
        !self.added.is_empty() || self.is_given
    }

    /// Hands what was added to the component, for one block; takes back what it had before.
    ///
    /// # Real-time
    /// Linear in the changes.
    pub(super) fn give(&mut self) {
        if !self.is_pending() {
            return;
        }
        self.blocks += 1;
        let shared = &self.list.shared;
        shared.count.store(0, Ordering::Release);
        let count = write(&shared.points, |points| {
            points.fill(&self.added);
            points.touched.len()
        });
        self.is_given = !self.added.is_empty();
        if let Some(count) = count {
            shared.count.store(count, Ordering::Release);
            self.added.drain(..).for_each(|change| self.last[change.index] = NOWHERE);
        } else {
            // The component reads from another thread, between blocks, where it has no business: it hears of this next time.
            self.added.iter_mut().for_each(|change| change.frame = 0);
        }
    }

    /// How many changes did not fit since this was last asked.
    pub(super) fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.dropped)
    }
}

impl Points {
    /// Sorts changes by parameter: counts, places, and then fills the places. Of two at one frame the last counts.
    fn fill(&mut self, added: &[Added]) {
        for index in self.touched.drain(..) {
            self.ranges[index] = (0, 0);
        }
        self.points.clear();
        for change in added {
            let Some((_, length)) = self.ranges.get_mut(change.index) else { continue };
            if *length == 0 {
                self.touched.push(change.index);
            }
            *length += 1;
        }
        let mut start = 0;
        for &index in &self.touched {
            let (place, length) = &mut self.ranges[index];
            *place = start;
            start += std::mem::take(length);
        }
        self.points.resize(start, (0, 0.0));
        for change in added {
            let Some((place, length)) = self.ranges.get_mut(change.index) else { continue };
            if *length > 0 && self.points[*place + *length - 1].0 == change.frame {
                *length -= 1;
            }
            self.points[*place + *length] = (change.frame, change.norm);
            *length += 1;
        }
    }

    fn of(&self, index: usize) -> &[(int32, f64)] {
        self.ranges
            .get(index)
            .and_then(|&(place, length)| self.points.get(place..place + length))
            .unwrap_or(&[])
    }
}

impl IParameterChangesTrait for List {
    unsafe fn getParameterCount(&self) -> int32 {
        int32::try_from(self.shared.count.load(Ordering::Acquire)).unwrap_or(int32::MAX)
    }

    /// Borrowed: the caller releases nothing.
    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let known = self.shared.count.load(Ordering::Acquire);
        let touched = usize::try_from(index).ok().filter(|index| *index < known).and_then(|index| {
            read(&self.shared.points, |points| points.touched.get(index).copied()).flatten()
        });
        touched
            .and_then(|place| self.queues.get(place)?.as_com_ref())
            .map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    }

    /// This list is to be read.
    unsafe fn addParameterData(&self, _id: *const ParamID, _index: *mut int32) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> int32 {
        read(&self.shared.points, |points| int32::try_from(points.of(self.index).len()).unwrap_or(int32::MAX))
            .unwrap_or(0)
    }

    unsafe fn getPoint(&self, index: int32, frame: *mut int32, value: *mut ParamValue) -> tresult {
        let Ok(index) = usize::try_from(index) else { return kInvalidArgument };
        let point = read(&self.shared.points, |points| points.of(self.index).get(index).copied()).flatten();
        // SAFETY: VST3 demands places for both.
        let (Some((at, norm)), Some(frame), Some(value)) =
            (point, unsafe { frame.as_mut() }, unsafe { value.as_mut() })
        else {
            return kResultFalse;
        };
        (*frame, *value) = (at, norm);
        kResultOk
    }

    unsafe fn addPoint(&self, _frame: int32, _value: ParamValue, _index: *mut int32) -> tresult {
        kResultFalse
    }
}

static_assertions::assert_impl_all!(ChangesIn: Send);

#[cfg(test)]
mod tests;
