//! A list of events with a fixed capacity: what does not fit is dropped, and counted.

use std::ops::{Deref, Range};

use super::{Event, EventKind, SysExRef};

/// Events of a block. Allocates when made, never after; a full list drops and counts.
#[derive(Debug)]
pub struct EventList {
    events: Vec<Event>,
    sysex: Vec<u8>,
    dropped: u32,
    sorted: bool,
}

impl EventList {
    /// How many events a node's list holds unless told otherwise.
    pub const DEFAULT_CAPACITY: usize = 1_024;
    /// How many bytes of system exclusive messages a list holds for each event it can hold.
    const SYSEX_PER_EVENT: usize = 8;

    /// An empty list for `capacity` events.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            events: Vec::with_capacity(capacity),
            sysex: Vec::with_capacity(capacity * Self::SYSEX_PER_EVENT),
            dropped: 0,
            sorted: true,
        }
    }

    /// Whether there is room for another event.
    #[inline]
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.events.len() < self.events.capacity()
    }

    /// Adds an event. A full list drops it and counts. A [`SysEx`](EventKind::SysEx) event is only meaningful in
    /// the list its bytes are in; add it with [`push_sysex`](Self::push_sysex).
    ///
    /// # Real-time
    /// Constant time.
    #[inline]
    pub fn push(&mut self, event: Event) {
        if self.events.len() == self.events.capacity() {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        if self.events.last().is_some_and(|last| last.frame > event.frame) {
            self.sorted = false;
        }
        self.events.push(event);
    }

    /// Adds a system exclusive message, F0 and F7 included; drops it whole, and counts, when it does not fit.
    ///
    /// # Real-time
    /// Linear in the bytes.
    pub fn push_sysex(&mut self, frame: u32, port: i16, bytes: &[u8]) {
        let room = self.sysex.capacity() - self.sysex.len();
        let place = u32::try_from(self.sysex.len()).ok().zip(u32::try_from(bytes.len()).ok());
        let (Some((start, len)), true) = (place, bytes.len() <= room) else {
            self.dropped = self.dropped.saturating_add(1);
            return;
        };
        if self.events.len() < self.events.capacity() {
            self.sysex.extend_from_slice(bytes);
        }
        self.push(Event::new(frame, EventKind::SysEx { port, bytes: SysExRef { start, len } }));
    }

    /// Adds copies of events, their frames moved by `offset` frames.
    ///
    /// # Real-time
    /// Linear in the events.
    pub fn extend(&mut self, events: Events<'_>, offset: u32) {
        for event in events.iter() {
            let frame = event.frame.saturating_add(offset);
            match event.kind {
                EventKind::SysEx { port, bytes } => self.push_sysex(frame, port, events.sysex(bytes)),
                kind => self.push(Event { frame, kind }),
            }
        }
    }

    /// As [`extend`](Self::extend), of those that are for whoever goes on from here: what tells the end of a note goes
    /// back to who began it.
    ///
    /// # Real-time
    /// Linear in the events.
    pub fn extend_onward(&mut self, events: Events<'_>, offset: u32) {
        for event in events.iter().filter(|event| !matches!(event.kind, EventKind::NoteEnd { .. })) {
            self.extend(Events { events: std::slice::from_ref(event), ..events }, offset);
        }
    }

    /// Adds copies of the events whose frames are within `frames`, counted from its start. The events are sorted.
    ///
    /// # Real-time
    /// Linear in the events.
    pub fn extend_range(&mut self, events: Events<'_>, frames: Range<u32>) {
        for event in events.between(frames.clone()).iter() {
            let frame = event.frame.saturating_sub(frames.start);
            match event.kind {
                EventKind::SysEx { port, bytes } => self.push_sysex(frame, port, events.sysex(bytes)),
                kind => self.push(Event { frame, kind }),
            }
        }
    }

    /// Sorts by frame; events at one frame keep the order in which they were added.
    ///
    /// # Real-time
    /// Nothing to do for a list that was filled in order; otherwise an insertion sort, which is linear for the
    /// nearly sorted lists that merging gives.
    #[inline]
    pub fn sort(&mut self) {
        if !self.sorted {
            self.insertion_sort();
        }
    }

    fn insertion_sort(&mut self) {
        for index in 1..self.events.len() {
            let event = self.events[index];
            let sorted = &self.events[..index];
            let place = if sorted[index - 1].frame <= event.frame {
                continue;
            } else {
                sorted.partition_point(|earlier| earlier.frame <= event.frame)
            };
            self.events.copy_within(place..index, place + 1);
            self.events[place] = event;
        }
        self.sorted = true;
    }

    /// Moves events past the end of a block of `frames` frames to its last frame.
    ///
    /// # Real-time
    /// Linear in the events.
    pub fn clamp(&mut self, frames: u32) {
        let last = frames.saturating_sub(1);
        self.events.iter_mut().for_each(|event| event.frame = event.frame.min(last));
    }

    /// Takes out what is about a node's own parameters: it means nothing to other nodes.
    ///
    /// # Real-time
    /// Linear in the events.
    pub fn retain_notes(&mut self) {
        self.events.retain(|event| !event.kind.is_about_params());
    }

    /// Empties the list; the count of drops stays.
    #[inline]
    pub fn clear(&mut self) {
        self.events.clear();
        self.sysex.clear();
        self.sorted = true;
    }

    /// How many events were dropped since this was last asked.
    pub fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.dropped)
    }

    /// The events, in the order of the list.
    #[inline]
    #[must_use]
    pub fn view(&self) -> Events<'_> {
        Events { events: &self.events, sysex: &self.sysex }
    }

    /// How many events the list can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.events.capacity()
    }
}

impl Default for EventList {
    fn default() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }
}

impl Deref for EventList {
    type Target = [Event];

    fn deref(&self) -> &[Event] {
        &self.events
    }
}

/// A view of a list of events: a slice of [`Event`], with the bytes of their system exclusive messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Events<'a> {
    events: &'a [Event],
    sysex: &'a [u8],
}

impl<'a> Events<'a> {
    /// No events.
    pub const EMPTY: Self = Self { events: &[], sysex: &[] };

    /// A view of events without system exclusive messages.
    #[must_use]
    pub const fn new(events: &'a [Event]) -> Self {
        Self { events, sysex: &[] }
    }

    /// The events.
    #[inline]
    #[must_use]
    pub const fn as_slice(self) -> &'a [Event] {
        self.events
    }

    /// The bytes of a system exclusive message of this list.
    #[must_use]
    pub fn sysex(self, bytes: SysExRef) -> &'a [u8] {
        let start = usize::try_from(bytes.start).unwrap_or(usize::MAX);
        let len = usize::try_from(bytes.len).unwrap_or(usize::MAX);
        self.sysex.get(start..start.saturating_add(len)).unwrap_or(&[])
    }

    /// The events whose frames are within `frames`, unmoved. The events are sorted.
    #[must_use]
    pub fn between(self, frames: Range<u32>) -> Self {
        let from = self.events.partition_point(|event| event.frame < frames.start);
        let to = self.events.partition_point(|event| event.frame < frames.end);
        Self { events: self.events.get(from..to).unwrap_or(&[]), sysex: self.sysex }
    }
}

impl Deref for Events<'_> {
    type Target = [Event];

    #[inline]
    fn deref(&self) -> &[Event] {
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Voice;
    use proptest::prelude::*;

    fn note(frame: u32, key: i16) -> Event {
        Event::new(frame, EventKind::NoteOn { voice: Voice::key(0, key), velocity: 1.0 })
    }

    proptest! {
        #[test]
        fn sorting_is_stable(frames in prop::collection::vec(0_u32..20, 0..60)) {
            let mut list = EventList::with_capacity(64);
            let mut expected = Vec::new();
            for (key, &frame) in (0..).zip(&frames) {
                list.push(note(frame, key));
                expected.push(note(frame, key));
            }
            expected.sort_by_key(|event| event.frame);
            list.sort();
            prop_assert_eq!(&*list, &*expected);
        }
    }

    #[test]
    fn a_full_list_drops_and_counts() {
        let mut list = EventList::with_capacity(2);
        let capacity = u32::try_from(list.capacity()).unwrap();
        for frame in 0..capacity + 3 {
            list.push(note(frame, 60));
        }
        assert_eq!(list.len(), list.capacity());
        assert_eq!((list.take_dropped(), list.take_dropped()), (3, 0));
    }

    #[test]
    fn system_exclusive_bytes_follow_their_event_into_another_list() {
        let mut list = EventList::with_capacity(8);
        list.push_sysex(0, 0, &[0xF0, 1, 0xF7]);
        list.push_sysex(9, 0, &[0xF0, 2, 3, 0xF7]);
        let mut other = EventList::with_capacity(8);
        other.extend_range(list.view(), 8..16);
        let EventKind::SysEx { bytes, .. } = other[0].kind else { panic!("{:?}", other[0]) };
        assert_eq!((other.len(), other[0].frame), (1, 1));
        assert_eq!(other.view().sysex(bytes), [0xF0, 2, 3, 0xF7]);
    }

    #[test]
    fn a_view_between_frames_has_the_events_of_the_half_open_range() {
        let events = [note(0, 1), note(4, 2), note(4, 3), note(8, 4)];
        assert_eq!(&*Events::new(&events).between(4..8), &events[1..3]);
        assert!(Events::new(&events).between(9..20).is_empty());
    }
}
