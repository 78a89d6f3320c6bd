//! `IParameterChanges` on the way in: for every parameter that moves in a block, where and to what.
#![expect(unsafe_code, reason = "a component reads through raw pointers")]

use std::sync::{Arc, Mutex, TryLockError};

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
    is_given: bool,
    dropped: u32,
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
    points: Arc<Mutex<Points>>,
}

/// The points of one parameter.
struct Queue {
    id: ParamID,
    /// Its place in the table.
    index: usize,
    points: Arc<Mutex<Points>>,
}

/// All points of a block, those of each parameter together. Only ever locked by the thread that processes, so that nobody
/// waits for it; a component that asks from another thread finds nothing while the block is being filled.
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

/// Looks at what is behind a lock, without waiting for it.
pub(super) fn peek<T, R>(lock: &Mutex<T>, look: impl FnOnce(&mut T) -> R) -> Option<R> {
    match lock.try_lock() {
        Ok(mut guard) => Some(look(&mut guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(look(&mut poisoned.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl ChangesIn {
    /// For a table with these parameters, and blocks of up to `capacity` changes.
    pub(super) fn new(ids: impl Iterator<Item = ParamID>, capacity: usize) -> Self {
        let ids: Vec<ParamID> = ids.collect();
        let points = Arc::new(Mutex::new(Points {
            points: Vec::with_capacity(capacity),
            ranges: vec![(0, 0); ids.len()].into(),
            touched: Vec::with_capacity(ids.len()),
        }));
        let queues = ids
            .into_iter()
            .enumerate()
            .map(|(index, id)| ComWrapper::new(Queue { id, index, points: Arc::clone(&points) }))
            .collect();
        let list = ComWrapper::new(List { queues, points });
        Self { list, added: Vec::with_capacity(capacity), is_given: false, dropped: 0 }
    }

    /// Adds a change to the parameter at a place of the table. Frames do not go back.
    ///
    /// # Real-time
    /// Constant time.
    #[inline]
    pub(super) fn push(&mut self, index: usize, frame: int32, norm: f64) {
        if self.added.len() < self.added.capacity() {
            self.added.push(Added { index, frame, norm });
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Hands what was added to the component, for one block.
    ///
    /// # Real-time
    /// Linear in the changes; nearly free when there are none.
    #[inline]
    pub(super) fn give(&mut self) -> *mut IParameterChanges {
        if !self.added.is_empty() || self.is_given {
            self.is_given = !self.added.is_empty();
            if peek(&self.list.points, |points| points.fill(&self.added)).is_none() {
                // The component is in it from another thread, where it has no business.
                self.dropped = self.dropped.saturating_add(1);
            }
            self.added.clear();
        }
        self.list.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
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
        peek(&self.points, |points| int32::try_from(points.touched.len()).unwrap_or(int32::MAX)).unwrap_or(0)
    }

    /// Borrowed: the caller releases nothing.
    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let touched = usize::try_from(index)
            .ok()
            .and_then(|index| peek(&self.points, |points| points.touched.get(index).copied()).flatten());
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
        peek(&self.points, |points| int32::try_from(points.of(self.index).len()).unwrap_or(int32::MAX))
            .unwrap_or(0)
    }

    unsafe fn getPoint(&self, index: int32, frame: *mut int32, value: *mut ParamValue) -> tresult {
        let Ok(index) = usize::try_from(index) else { return kInvalidArgument };
        let point = peek(&self.points, |points| points.of(self.index).get(index).copied()).flatten();
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
mod tests {
    use super::*;
    use assert_no_alloc::assert_no_alloc;
    use vst3::ComRef;

    /// What a component reads.
    fn read(changes: &mut ChangesIn) -> Vec<(ParamID, Vec<(int32, f64)>)> {
        let list = assert_no_alloc(|| changes.give());
        // SAFETY: the list lives as long as `changes`.
        unsafe {
            let list = ComRef::from_raw(list).unwrap();
            (0..list.getParameterCount())
                .map(|index| {
                    let queue = ComRef::from_raw(list.getParameterData(index)).unwrap();
                    let points = (0..queue.getPointCount())
                        .map(|point| {
                            let (mut frame, mut value) = (0, 0.0);
                            assert_eq!(queue.getPoint(point, &raw mut frame, &raw mut value), kResultOk);
                            (frame, value)
                        })
                        .collect();
                    (queue.getParameterId(), points)
                })
                .collect()
        }
    }

    #[test]
    fn changes_are_given_by_parameter_in_order_and_for_one_block() {
        let mut changes = ChangesIn::new([10, 20, 30].into_iter(), 8);
        for (index, frame, norm) in [(2, 0, 0.1), (0, 0, 0.2), (2, 0, 0.3), (2, 5, 0.4), (0, 9, 0.5)] {
            changes.push(index, frame, norm);
        }
        let expected = [(30, vec![(0, 0.3), (5, 0.4)]), (10, vec![(0, 0.2), (9, 0.5)])];
        assert_eq!(read(&mut changes), expected);
        assert!(read(&mut changes).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut changes = ChangesIn::new([1].into_iter(), 4);
        let room = changes.added.capacity();
        for frame in 0..6 {
            changes.push(0, frame, 0.5);
        }
        assert_eq!(usize::try_from(changes.take_dropped()).unwrap(), 6 - room);
        assert_eq!(read(&mut changes)[0].1.len(), room);
    }
}
