//! `IEventList`: notes and other events of a block, on the way in and on the way out.
#![expect(unsafe_code, reason = "a component reads and writes through raw pointers")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use vst3::Steinberg::Vst::Event_::EventTypes_ as types;
use vst3::Steinberg::Vst::{Event, IEventList, IEventListTrait};
use vst3::Steinberg::{int32, kInvalidArgument, kResultFalse, kResultOk, tresult};
use vst3::{Class, ComWrapper};

use super::changes_in::{read, write};
use super::changes_out::peek;

/// Events on the way in. Allocates when made, never after; what does not fit is counted.
pub(super) struct Incoming {
    list: ComWrapper<InList>,
    dropped: u32,
}

/// What all threads of a component may read during a block, and none between blocks.
struct InList {
    /// How many events there are to be read.
    count: AtomicUsize,
    /// Written between blocks only. Nobody ever waits for the lock.
    events: RwLock<Vec<Event>>,
}

/// Events on the way out. Allocates when made, never after; what does not fit is counted.
pub(super) struct Outgoing(ComWrapper<OutList>);

struct OutList {
    /// Whether anything was said at all.
    any: AtomicBool,
    /// Nobody ever waits for the lock.
    contents: Mutex<Contents>,
}

struct Contents {
    events: Vec<Event>,
    /// Where the bytes and texts are that outlive a call: copies of what the component pointed to.
    bytes: Vec<u8>,
    dropped: u32,
}

impl Class for InList {
    type Interfaces = (IEventList,);
}

impl Class for OutList {
    type Interfaces = (IEventList,);
}

/// How many bytes of system exclusive messages fit for each event that fits.
const BYTES_PER_EVENT: usize = 4;
/// Of so many parts of the list, one is for notes alone: no flood of expressions keeps them out.
const NOTE_PARTS: usize = 4;

impl Incoming {
    /// For up to `capacity` events in a block.
    pub(super) fn new(capacity: usize) -> Self {
        let events = RwLock::new(Vec::with_capacity(capacity));
        Self { list: ComWrapper::new(InList { count: AtomicUsize::new(0), events }), dropped: 0 }
    }

    /// As functions take it.
    pub(super) fn pointer(&self) -> *mut IEventList {
        self.list.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }

    /// Fills the list for a block.
    ///
    /// # Real-time
    /// As `fill` itself, which pushes in constant time.
    #[inline]
    pub(super) fn fill(&mut self, fill: impl FnOnce(&mut dyn FnMut(Event))) {
        let Self { list, dropped } = self;
        let mut fill = Some(fill);
        let count = write(&list.events, |events| {
            events.clear();
            let others = events.capacity() - events.capacity() / NOTE_PARTS;
            let fill = fill.take()?;
            fill(&mut |event| {
                let is_note = matches!(u32::from(event.r#type), types::kNoteOnEvent | types::kNoteOffEvent);
                if events.len() < if is_note { events.capacity() } else { others } {
                    events.push(event);
                } else {
                    *dropped = dropped.saturating_add(1);
                }
            });
            Some(events.len())
        });
        if let Some(fill) = fill {
            // The component reads from another thread, between blocks, where it has no business.
            fill(&mut |_| *dropped = dropped.saturating_add(1));
        }
        list.count.store(count.flatten().unwrap_or(0), Ordering::Release);
    }

    /// The block is over: there is nothing to be read any more. Returns how many events did not fit.
    #[inline]
    pub(super) fn end(&mut self) -> u32 {
        self.list.count.store(0, Ordering::Release);
        std::mem::take(&mut self.dropped)
    }
}

impl Outgoing {
    /// For up to `capacity` events in a block.
    pub(super) fn new(capacity: usize) -> Self {
        let contents = Contents {
            events: Vec::with_capacity(capacity),
            bytes: Vec::with_capacity(capacity * BYTES_PER_EVENT),
            dropped: 0,
        };
        Self(ComWrapper::new(OutList { any: AtomicBool::new(false), contents: Mutex::new(contents) }))
    }

    /// As functions take it.
    pub(super) fn pointer(&self) -> *mut IEventList {
        self.0.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }

    /// Whether anything was said.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.0.any.load(Ordering::Acquire)
    }

    /// Hands the events over, and empties the list; returns how many did not fit.
    ///
    /// # Real-time
    /// Linear in the events; nearly free when there are none.
    #[inline]
    pub(super) fn take(&self, mut each: impl FnMut(&Event)) -> u32 {
        if !self.has_any() {
            return 0;
        }
        peek(&self.0.contents, |contents| {
            self.0.any.store(false, Ordering::Relaxed);
            contents.events.iter().for_each(&mut each);
            contents.events.clear();
            contents.bytes.clear();
            std::mem::take(&mut contents.dropped)
        })
        .unwrap_or(0)
    }
}

/// Hands out one of some events.
fn get(events: &[Event], index: int32, place: *mut Event) -> tresult {
    // SAFETY: VST3 demands a place for an event.
    let (Ok(index), Some(place)) = (usize::try_from(index), unsafe { place.as_mut() }) else {
        return kInvalidArgument;
    };
    events.get(index).map_or(kResultFalse, |event| {
        *place = *event;
        kResultOk
    })
}

impl IEventListTrait for InList {
    unsafe fn getEventCount(&self) -> int32 {
        int32::try_from(self.count.load(Ordering::Acquire)).unwrap_or(int32::MAX)
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        let count = self.count.load(Ordering::Acquire);
        read(&self.events, |events| get(events.get(..count).unwrap_or(&[]), index, event))
            .unwrap_or(kResultFalse)
    }

    /// This list is to be read.
    unsafe fn addEvent(&self, _event: *mut Event) -> tresult {
        kResultFalse
    }
}

impl IEventListTrait for OutList {
    unsafe fn getEventCount(&self) -> int32 {
        let count = peek(&self.contents, |contents| contents.events.len()).unwrap_or(0);
        int32::try_from(count).unwrap_or(int32::MAX)
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        peek(&self.contents, |contents| get(&contents.events, index, event)).unwrap_or(kResultFalse)
    }

    unsafe fn addEvent(&self, event: *mut Event) -> tresult {
        // SAFETY: VST3 demands an event.
        let Some(mut event) = (unsafe { event.as_ref() }).copied() else { return kInvalidArgument };
        peek(&self.contents, |contents| {
            self.any.store(true, Ordering::Release);
            let has_room = contents.events.len() < contents.events.capacity();
            // SAFETY: as above; the bytes of the event are there for the call.
            if has_room && unsafe { super::events_out::keep_bytes(&mut event, &mut contents.bytes) } {
                contents.events.push(event);
                kResultOk
            } else {
                contents.dropped = contents.dropped.saturating_add(1);
                kResultFalse
            }
        })
        .unwrap_or(kResultFalse)
    }
}

static_assertions::assert_impl_all!(Incoming: Send);
static_assertions::assert_impl_all!(Outgoing: Send);

#[cfg(test)]
mod tests {
    use super::*;
    use assert_no_alloc::assert_no_alloc;

    fn event(kind: u32, frame: int32) -> Event {
        // SAFETY: all zeros are a valid `Event`.
        let mut event: Event = unsafe { std::mem::zeroed() };
        (event.r#type, event.sampleOffset) = (u16::try_from(kind).unwrap(), frame);
        event
    }

    #[test]
    fn a_flood_of_expressions_keeps_no_note_out_and_a_block_is_read_once() {
        let mut events = Incoming::new(64);
        assert_no_alloc(|| {
            events.fill(|push| {
                (0..1_000).for_each(|frame| push(event(types::kNoteExpressionValueEvent, frame)));
                push(event(types::kNoteOffEvent, 1_000));
            });
        });
        let mut last = event(0, 0);
        // SAFETY: the list is alive, and the place can be written.
        unsafe {
            let list = events.list.as_com_ref::<IEventList>().unwrap();
            let count = list.getEventCount();
            assert_eq!(list.getEvent(count - 1, &raw mut last), kResultOk);
            assert_eq!((last.sampleOffset, list.addEvent(&raw mut last)), (1_000, kResultFalse));
            assert!(events.end() > 900);
            let list = events.list.as_com_ref::<IEventList>().unwrap();
            assert_eq!((list.getEventCount(), list.getEvent(0, &raw mut last)), (0, kResultFalse));
        }
    }

    #[test]
    fn a_reader_between_blocks_gets_nothing_and_is_counted() {
        let mut events = Incoming::new(8);
        let list = events.list.clone();
        let reader = list.events.read().unwrap();
        events.fill(|push| push(event(types::kNoteOnEvent, 0)));
        drop(reader);
        // SAFETY: the list is alive.
        assert_eq!(unsafe { list.getEventCount() }, 0);
        assert_eq!(events.end(), 1);
    }
}
