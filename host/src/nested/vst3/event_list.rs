//! `IEventList`: notes and other events of a block, on the way in and on the way out.
#![expect(unsafe_code, reason = "a component reads and writes through raw pointers")]

use std::sync::Mutex;

use vst3::Steinberg::Vst::{Event, IEventList, IEventListTrait};
use vst3::Steinberg::{int32, kInvalidArgument, kResultFalse, kResultOk, tresult};
use vst3::{Class, ComWrapper};

use super::changes_in::peek;

/// Events of one direction. Allocates when made, never after; what does not fit is counted.
pub(super) struct Events(ComWrapper<List>);

struct List(Mutex<Contents>);

/// As for parameters, nobody ever waits for the lock.
struct Contents {
    events: Vec<Event>,
    /// Where the bytes and texts are that outlive a call: copies of what the component pointed to.
    bytes: Vec<u8>,
    dropped: u32,
}

impl Class for List {
    type Interfaces = (IEventList,);
}

/// How many bytes of system exclusive messages fit for each event that fits.
const BYTES_PER_EVENT: usize = 4;

impl Events {
    /// For up to `capacity` events in a block.
    pub(super) fn new(capacity: usize) -> Self {
        Self(ComWrapper::new(List(Mutex::new(Contents {
            events: Vec::with_capacity(capacity),
            bytes: Vec::with_capacity(capacity * BYTES_PER_EVENT),
            dropped: 0,
        }))))
    }

    /// As functions take it.
    #[inline]
    pub(super) fn pointer(&self) -> *mut IEventList {
        self.0.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }

    /// Fills the list.
    ///
    /// # Real-time
    /// As `fill` itself, which pushes in constant time.
    #[inline]
    pub(super) fn fill(&self, fill: impl FnOnce(&mut dyn FnMut(Event))) {
        peek(&self.0.0, |contents| fill(&mut |event| contents.push(event)));
    }

    /// Hands the events over, and empties the list; returns how many did not fit.
    ///
    /// # Real-time
    /// Linear in the events.
    #[inline]
    pub(super) fn take(&self, mut each: impl FnMut(&Event)) -> u32 {
        peek(&self.0.0, |contents| {
            contents.events.iter().for_each(&mut each);
            contents.clear();
            std::mem::take(&mut contents.dropped)
        })
        .unwrap_or(0)
    }
}

impl Contents {
    fn push(&mut self, event: Event) {
        if self.events.len() < self.events.capacity() {
            self.events.push(event);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes.clear();
    }
}

impl IEventListTrait for List {
    unsafe fn getEventCount(&self) -> int32 {
        peek(&self.0, |contents| int32::try_from(contents.events.len()).unwrap_or(int32::MAX)).unwrap_or(0)
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        // SAFETY: VST3 demands a place for an event.
        let (Ok(index), Some(place)) = (usize::try_from(index), unsafe { event.as_mut() }) else {
            return kInvalidArgument;
        };
        let found = peek(&self.0, |contents| contents.events.get(index).copied()).flatten();
        found.map_or(kResultFalse, |event| {
            *place = event;
            kResultOk
        })
    }

    unsafe fn addEvent(&self, event: *mut Event) -> tresult {
        // SAFETY: VST3 demands an event.
        let Some(mut event) = (unsafe { event.as_ref() }).copied() else { return kInvalidArgument };
        peek(&self.0, |contents| {
            // SAFETY: as above; the bytes of the event are there for the call.
            if unsafe { super::events_out::keep_bytes(&mut event, &mut contents.bytes) } {
                contents.push(event);
            } else {
                contents.dropped = contents.dropped.saturating_add(1);
            }
        });
        kResultOk
    }
}

static_assertions::assert_impl_all!(Events: Send);
