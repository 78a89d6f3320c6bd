//! `IParameterChanges` on the way out: what a component did to its own parameters.
#![expect(unsafe_code, reason = "a component writes through raw pointers")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use vst3::Steinberg::Vst::{
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID, ParamValue,
};
use vst3::Steinberg::{int32, kInvalidArgument, kResultFalse, kResultOk, tresult};
use vst3::{Class, ComWrapper};

/// What a component says in a block. Allocates when made, never after.
pub(super) struct ChangesOut {
    list: ComWrapper<List>,
}

struct List {
    /// Sorted by identifier; one more for parameters that nobody knows.
    queues: Box<[ComWrapper<Queue>]>,
    /// Whether anything was said at all.
    any: AtomicBool,
    said: Arc<Mutex<Said>>,
}

/// Where the component writes one parameter.
struct Queue {
    id: ParamID,
    /// Its place in the table; none if nobody knows it.
    index: Option<usize>,
    said: Arc<Mutex<Said>>,
}

/// Nobody ever waits for the lock.
struct Said {
    /// In the order in which it was said.
    points: Vec<Point>,
    /// The queues that were asked for.
    touched: Vec<usize>,
    /// By queue.
    spoken: Box<[Spoken]>,
    dropped: u32,
}

/// What was said in one queue.
#[derive(Clone, Copy)]
struct Spoken {
    /// Its place among those that were asked for; none before that.
    number: Option<usize>,
    points: usize,
    /// Where the last of its points is.
    last: usize,
}

impl Spoken {
    const NOTHING: Self = Self { number: None, points: 0, last: 0 };
}

/// Looks at what is behind a lock, without waiting for it.
pub(super) fn peek<T, R>(lock: &Mutex<T>, look: impl FnOnce(&mut T) -> R) -> Option<R> {
    match lock.try_lock() {
        Ok(mut guard) => Some(look(&mut guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(look(&mut poisoned.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// A value that a parameter took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// The place of the parameter in the table.
    pub(super) index: usize,
    pub(super) frame: int32,
    /// As the component says it: not checked.
    pub(super) norm: f64,
}

impl Class for List {
    type Interfaces = (IParameterChanges,);
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl ChangesOut {
    /// For a table with these parameters, sorted, and blocks of up to `capacity` changes.
    pub(super) fn new(ids: impl Iterator<Item = ParamID>, capacity: usize) -> Self {
        let ids: Vec<ParamID> = ids.collect();
        let said = Arc::new(Mutex::new(Said {
            points: Vec::with_capacity(capacity),
            touched: Vec::with_capacity(ids.len() + 1),
            spoken: vec![Spoken::NOTHING; ids.len() + 1].into(),
            dropped: 0,
        }));
        let queue = |id, index| ComWrapper::new(Queue { id, index, said: Arc::clone(&said) });
        let known = ids.into_iter().enumerate().map(|(index, id)| queue(id, Some(index)));
        let queues = known.chain([queue(ParamID::MAX, None)]).collect();
        Self { list: ComWrapper::new(List { queues, any: AtomicBool::new(false), said: Arc::clone(&said) }) }
    }

    /// Where the component is to write.
    pub(super) fn pointer(&self) -> *mut IParameterChanges {
        self.list.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }

    /// Whether anything was said.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.list.any.load(Ordering::Acquire)
    }

    /// Hands over what was said, and empties the list; returns how much did not fit.
    ///
    /// # Real-time
    /// Linear in the changes; nearly free when there are none.
    #[inline]
    pub(super) fn take(&self, mut each: impl FnMut(Point)) -> u32 {
        if !self.has_any() {
            return 0;
        }
        peek(&self.list.said, |said| {
            self.list.any.store(false, Ordering::Relaxed);
            for point in said.points.drain(..) {
                each(point);
            }
            for queue in said.touched.drain(..) {
                said.spoken[queue] = Spoken::NOTHING;
            }
            std::mem::take(&mut said.dropped)
        })
        .unwrap_or(0)
    }
}

impl IParameterChangesTrait for List {
    unsafe fn getParameterCount(&self) -> int32 {
        peek(&self.said, |said| int32::try_from(said.touched.len()).unwrap_or(int32::MAX)).unwrap_or(0)
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let touched = usize::try_from(index)
            .ok()
            .and_then(|index| peek(&self.said, |said| said.touched.get(index).copied()).flatten());
        self.queue(touched)
    }

    /// Never null, as many plugins do not expect it: an unknown parameter is written to nowhere.
    unsafe fn addParameterData(&self, id: *const ParamID, index: *mut int32) -> *mut IParamValueQueue {
        // SAFETY: VST3 demands null or an identifier.
        let id = unsafe { id.as_ref() }.copied();
        let unknown = self.queues.len() - 1;
        let known = &self.queues[..unknown];
        let place =
            id.and_then(|id| known.binary_search_by_key(&id, |queue| queue.id).ok()).unwrap_or(unknown);
        let number = peek(&self.said, |said| {
            self.any.store(true, Ordering::Release);
            let Said { touched, spoken, .. } = said;
            *spoken[place].number.get_or_insert_with(|| {
                touched.push(place);
                touched.len() - 1
            })
        });
        // SAFETY: VST3 demands null or a place for the number.
        if let (Some(index), Some(number)) = (unsafe { index.as_mut() }, number) {
            *index = int32::try_from(number).unwrap_or(int32::MAX);
        }
        self.queue(Some(place))
    }
}

impl List {
    /// Borrowed: the caller releases nothing.
    fn queue(&self, place: Option<usize>) -> *mut IParamValueQueue {
        place
            .and_then(|place| self.queues.get(place)?.as_com_ref())
            .map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    }
}

impl Queue {
    /// Looks at the points of this parameter.
    fn own<R>(&self, look: impl FnOnce(&mut dyn Iterator<Item = Point>) -> R) -> Option<R> {
        let index = self.index?;
        peek(&self.said, |said| look(&mut said.points.iter().copied().filter(|point| point.index == index)))
    }
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> int32 {
        let count = self.index.and_then(|index| peek(&self.said, |said| said.spoken[index].points));
        int32::try_from(count.unwrap_or(0)).unwrap_or(int32::MAX)
    }

    unsafe fn getPoint(&self, index: int32, frame: *mut int32, value: *mut ParamValue) -> tresult {
        let Ok(index) = usize::try_from(index) else { return kInvalidArgument };
        let point = self.own(|points| points.nth(index)).flatten();
        // SAFETY: VST3 demands places for both.
        let (Some(point), Some(frame), Some(value)) =
            (point, unsafe { frame.as_mut() }, unsafe { value.as_mut() })
        else {
            return kResultFalse;
        };
        (*frame, *value) = (point.frame, point.norm);
        kResultOk
    }

    unsafe fn addPoint(&self, frame: int32, value: ParamValue, index: *mut int32) -> tresult {
        let Some(own) = self.index else { return kResultFalse };
        let number = peek(&self.said, |said| {
            let point = Point { index: own, frame, norm: value };
            let spoken = &mut said.spoken[own];
            if said.points.len() < said.points.capacity() {
                (spoken.last, spoken.points) = (said.points.len(), spoken.points + 1);
                said.points.push(point);
                return Some(spoken.points - 1);
            }
            // What it said last is what counts.
            said.dropped = said.dropped.saturating_add(1);
            let last = said.points.get_mut(spoken.last).filter(|_| spoken.points > 0)?;
            *last = point;
            Some(spoken.points - 1)
        });
        let Some(number) = number.flatten() else { return kResultFalse };
        // SAFETY: VST3 demands null or a place for the number.
        if let Some(index) = unsafe { index.as_mut() } {
            *index = int32::try_from(number).unwrap_or(int32::MAX);
        }
        kResultOk
    }
}

static_assertions::assert_impl_all!(ChangesOut: Send);

#[cfg(test)]
mod tests {
    use super::*;
    use assert_no_alloc::assert_no_alloc;
    use vst3::ComRef;

    #[test]
    fn what_a_component_says_is_taken_once_and_the_unknown_goes_nowhere() {
        let changes = ChangesOut::new([10, 20].into_iter(), 4);
        assert_no_alloc(|| {
            // SAFETY: the list lives as long as `changes`.
            unsafe {
                let list = ComRef::from_raw(changes.pointer()).unwrap();
                let mut number = -1;
                let queue = ComRef::from_raw(list.addParameterData(&20, &raw mut number)).unwrap();
                assert_eq!((number, queue.getParameterId()), (0, 20));
                assert_eq!(queue.addPoint(3, 0.5, std::ptr::null_mut()), kResultOk);
                assert_eq!(queue.addPoint(4, 0.75, &raw mut number), kResultOk);
                assert_eq!((number, queue.getPointCount()), (1, 2));
                let nowhere = ComRef::from_raw(list.addParameterData(&99, std::ptr::null_mut())).unwrap();
                assert_eq!(nowhere.addPoint(0, 1.0, std::ptr::null_mut()), kResultFalse);
                assert_eq!(list.getParameterCount(), 2);
            }
        });
        let mut said = Vec::new();
        assert_eq!(changes.take(|point| said.push(point)), 0);
        let point = |frame, norm| Point { index: 1, frame, norm };
        assert_eq!(said, [point(3, 0.5), point(4, 0.75)]);
        assert_eq!(changes.take(|_| panic!("nothing is left")), 0);
    }

    #[test]
    fn a_flood_ends_in_the_last_value() {
        let changes = ChangesOut::new([10, 20].into_iter(), 4);
        assert_no_alloc(|| {
            // SAFETY: the list lives as long as `changes`.
            unsafe {
                let list = ComRef::from_raw(changes.pointer()).unwrap();
                let queue = ComRef::from_raw(list.addParameterData(&10, std::ptr::null_mut())).unwrap();
                for frame in 0..100 {
                    queue.addPoint(frame, f64::from(frame) / 100.0, std::ptr::null_mut());
                }
            }
        });
        let mut said = Vec::new();
        let dropped = changes.take(|point| said.push(point.frame));
        assert_eq!((usize::try_from(dropped).unwrap(), *said.last().unwrap()), (100 - said.len(), 99));
    }
}
