//! Packs the host's note events for nice-plug to carry, and unpacks those that Loophole sends: see [`wire`].
//!
//! On the way in they are also put into order and into the block, for nice-plug relies on both; and there are never more of
//! them than it has room for, for it would make more. What comes with a block of no frames, or with a flush, waits for the
//! next block, as nice-plug would lose it there.
//!
//! [`wire`]: crate::shell::wire

use std::ffi::c_void;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI_SYSEX, CLAP_EVENT_PARAM_VALUE, CLAP_EVENT_TRANSPORT,
    clap_event_header, clap_event_midi_sysex, clap_event_param_value, clap_event_transport,
    clap_input_events, clap_output_events,
};
use host::event::EventKind;
use host::event::clap::{self, Read};
use host::{Event, EventList};
use nice_plug::prelude::SysExMessage;
use protocol::ParamId;

use crate::shell::audio::EVENTS;
use crate::shell::wire::{Assembly, Carried, PART, parts};

/// What nice-plug reads.
pub(super) struct Inbox {
    entries: Vec<Entry>,
    /// Events that had no room, here or with the host, since Loophole was last told.
    lost: u32,
    /// The macro slots by the ids that the host knows them by, by id.
    slots: Vec<(u32, u32)>,
}

/// One event for nice-plug.
#[derive(Clone, Copy)]
enum Entry {
    /// What nice-plug understands as it is.
    Value(clap_event_param_value),
    Transport(clap_event_transport),
    /// What it carries. The header's bytes are those beside it.
    Packed {
        header: clap_event_midi_sysex,
        bytes: [u8; BYTES],
    },
}

const BYTES: usize = size_of::<<Carried as SysExMessage>::Buffer>();

impl Entry {
    fn header(&self) -> *const clap_event_header {
        match self {
            Self::Value(event) => &raw const event.header,
            Self::Transport(event) => &raw const event.header,
            Self::Packed { header, .. } => &raw const header.header,
        }
    }

    fn header_mut(&mut self) -> &mut clap_event_header {
        match self {
            Self::Value(event) => &mut event.header,
            Self::Transport(event) => &mut event.header,
            Self::Packed { header, .. } => &mut header.header,
        }
    }

    fn time(&self) -> u32 {
        // SAFETY: the header is part of `self`.
        unsafe { (*self.header()).time }
    }
}

impl Inbox {
    pub(super) fn new(mut slots: Vec<(u32, u32)>) -> Self {
        slots.sort_unstable();
        Self { entries: Vec::with_capacity(EVENTS + 1), lost: 0, slots }
    }

    /// Takes the host's events of a block in, after those that wait.
    ///
    /// # Safety
    /// `host` is null or a list of events as CLAP says, for the time of this call.
    ///
    /// # Real-time
    /// Linear in the events, if they are in order or nearly so.
    pub(super) unsafe fn fill(&mut self, host: *const clap_input_events, frames: u32) {
        // SAFETY: the caller's promise.
        if let Some(list) = unsafe { host.as_ref() }
            && let (Some(size), Some(get)) = (list.size, list.get)
        {
            // SAFETY: as above.
            for index in 0..unsafe { size(host) } {
                // SAFETY: as above; an event lives as long as the block.
                if let Some(header) = unsafe { get(host, index).as_ref() } {
                    // SAFETY: as above.
                    unsafe { self.take(header) };
                }
            }
        }
        for entry in &mut self.entries {
            let header = entry.header_mut();
            header.time = header.time.min(frames.saturating_sub(1));
        }
        for index in 1..self.entries.len() {
            let entry = self.entries[index];
            let place = self.entries[..index].partition_point(|earlier| earlier.time() <= entry.time());
            self.entries.copy_within(place..index, place + 1);
            self.entries[place] = entry;
        }
        if self.lost > 0 && self.entries.len() <= EVENTS {
            let lost = Carried::Lost(std::mem::take(&mut self.lost));
            self.entries.push(packed(frames.saturating_sub(1), &lost));
        }
    }

    /// The block is over: what is carried waits, if nice-plug had no use for it as the block had no frames.
    ///
    /// # Real-time
    /// Linear in the events.
    pub(super) fn finish(&mut self, frames: u32) {
        if frames > 0 {
            self.entries.clear();
        } else {
            self.entries.retain(|entry| matches!(entry, Entry::Packed { .. }));
        }
    }

    /// # Safety
    /// The header is that of an event as CLAP says.
    unsafe fn take(&mut self, header: &clap_event_header) {
        /// The event that a header is the first part of.
        ///
        /// # Safety
        /// It is of this type.
        unsafe fn whole<T: Copy>(header: &clap_event_header) -> T {
            // SAFETY: the caller's promise; an event lies at the address of its header.
            unsafe { *std::ptr::from_ref(header).cast::<T>() }
        }
        let fits = |size: usize| usize::try_from(header.size).is_ok_and(|given| given >= size);
        if header.space_id != CLAP_CORE_EVENT_SPACE_ID {
            return;
        }
        match header.type_ {
            CLAP_EVENT_PARAM_VALUE if fits(size_of::<clap_event_param_value>()) => {
                // SAFETY: it says so, and is long enough.
                self.push(Entry::Value(unsafe { whole(header) }));
            }
            CLAP_EVENT_TRANSPORT if fits(size_of::<clap_event_transport>()) => {
                // SAFETY: as above.
                self.push(Entry::Transport(unsafe { whole(header) }));
            }
            CLAP_EVENT_MIDI_SYSEX if !is_sysex(header) => {}
            _ => {
                // SAFETY: the caller's promise; the bytes are used within this call.
                match unsafe { clap::read(header) } {
                    Some(Read::Event(event)) => self.take_event(event),
                    Some(Read::SysEx { frame, port, bytes }) => {
                        // Whole or not at all.
                        let room = EVENTS.saturating_sub(self.entries.len());
                        if bytes.len().div_ceil(PART) <= room {
                            parts(port, bytes)
                                .for_each(|part| self.push(packed(frame, &Carried::Part(part))));
                        } else {
                            self.lost = self.lost.saturating_add(1);
                        }
                    }
                    None => {}
                }
            }
        }
    }

    fn take_event(&mut self, event: Event) {
        let kind = match event.kind {
            // The engine knows a macro by its slot.
            EventKind::ParamMod { param, voice, amount } => {
                let Ok(found) = self.slots.binary_search_by_key(&param.0, |(id, _)| *id) else { return };
                EventKind::ParamMod { param: ParamId(self.slots[found].1), voice, amount }
            }
            EventKind::Param { .. }
            | EventKind::ParamLine { .. }
            | EventKind::GestureBegin { .. }
            | EventKind::GestureEnd { .. } => return,
            EventKind::Midi { port, data } => host::event::midi::event(port, data),
            kind => kind,
        };
        self.push(packed(event.frame, &Carried::Event(kind)));
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() < EVENTS {
            self.entries.push(entry);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Events that the host had no room for; told with the next block.
    pub(super) fn lose(&mut self, count: u32) {
        self.lost = self.lost.saturating_add(count);
    }

    /// The list as nice-plug reads it, as long as `self` stays where it is and is not filled anew.
    pub(super) fn list(&mut self) -> clap_input_events {
        for entry in &mut self.entries {
            if let Entry::Packed { header, bytes } = entry {
                header.buffer = bytes.as_ptr();
            }
        }
        clap_input_events {
            ctx: std::ptr::from_mut(self).cast::<c_void>(),
            size: Some(inbox_size),
            get: Some(inbox_get),
        }
    }
}

/// Whether there is a message in what says that it is one.
fn is_sysex(header: &clap_event_header) -> bool {
    let is_long = usize::try_from(header.size).is_ok_and(|size| size >= size_of::<clap_event_midi_sysex>());
    // SAFETY: an event lies at the address of its header, and this one is long enough.
    is_long && unsafe { !(*std::ptr::from_ref(header).cast::<clap_event_midi_sysex>()).buffer.is_null() }
}

fn packed(time: u32, carried: &Carried) -> Entry {
    let (bytes, length) = carried.pack();
    let header = clap_event_header {
        size: u32::try_from(size_of::<clap_event_midi_sysex>()).unwrap_or(0),
        time,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: CLAP_EVENT_MIDI_SYSEX,
        flags: 0,
    };
    let size = u32::try_from(length).unwrap_or(0);
    let header = clap_event_midi_sysex { header, port_index: 0, buffer: std::ptr::null(), size };
    Entry::Packed { header, bytes }
}

unsafe extern "C" fn inbox_size(list: *const clap_input_events) -> u32 {
    // SAFETY: `list` put the inbox there, and only looks are taken meanwhile.
    let inbox = unsafe { &*(*list).ctx.cast::<Inbox>() };
    u32::try_from(inbox.entries.len()).unwrap_or(0)
}

unsafe extern "C" fn inbox_get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as above.
    let inbox = unsafe { &*(*list).ctx.cast::<Inbox>() };
    let entry = usize::try_from(index).ok().and_then(|index| inbox.entries.get(index));
    entry.map_or(std::ptr::null(), Entry::header)
}

/// What nice-plug says.
pub(super) struct Outbox {
    events: EventList,
    assembly: Assembly,
    lost: u32,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self { events: EventList::with_capacity(EVENTS), assembly: Assembly::new(), lost: 0 }
    }

    /// The list as nice-plug writes it, as long as `self` stays where it is.
    pub(super) fn list(&mut self) -> clap_output_events {
        self.events.clear();
        clap_output_events { ctx: std::ptr::from_mut(self).cast::<c_void>(), try_push: Some(outbox_push) }
    }

    /// Hands everything to the host, in order; returns how much was lost.
    ///
    /// # Safety
    /// `host` is null or a list of events as CLAP says, for the time of this call.
    ///
    /// # Real-time
    /// Linear in the events.
    pub(super) unsafe fn deliver(&mut self, host: *const clap_output_events) -> u32 {
        self.events.sort();
        let mut lost = std::mem::take(&mut self.lost) + self.events.take_dropped();
        // SAFETY: the caller's promise.
        let push = unsafe { host.as_ref() }.and_then(|list| list.try_push);
        let Some(push) = push else { return lost };
        let events = self.events.view();
        for event in events.iter() {
            // SAFETY: as above.
            let taken = clap::write(*event, events, |header| unsafe { push(host, header) });
            lost += u32::from(taken != Some(true));
        }
        self.events.clear();
        lost
    }

    fn take(&mut self, frame: u32, read: Read<'_>) {
        match read {
            Read::Event(event) => self.events.push(event),
            Read::SysEx { bytes, .. } => match Carried::from_buffer(bytes) {
                Some(Carried::Event(kind)) => self.events.push(Event { frame, kind }),
                Some(Carried::Part(part) | Carried::Message(part)) => {
                    self.lost += u32::from(self.assembly.add(frame, &part, &mut self.events));
                }
                Some(Carried::Lost(count)) => self.lost += count,
                None => self.lost += 1,
            },
        }
    }
}

unsafe extern "C" fn outbox_push(list: *const clap_output_events, header: *const clap_event_header) -> bool {
    // SAFETY: `list` put the outbox there, and nobody else uses it meanwhile.
    let outbox = unsafe { &mut *(*list).ctx.cast::<Outbox>() };
    // SAFETY: nice-plug gives events as CLAP says, which are read within this call.
    if let Some(read) = unsafe { header.as_ref().and_then(|header| clap::read(header)) } {
        // SAFETY: as above, and it was not null.
        outbox.take(unsafe { (*header).time }, read);
    }
    true
}
