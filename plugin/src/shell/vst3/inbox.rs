//! The host's events and parameter changes of a block, packed for nice-plug to carry: see [`wire`].
//!
//! nice-plug 0.4.2 makes more room as it needs it, forgets all but the last 32 notes, loses what comes without audio, and tells
//! a thread of its own about each move of a parameter, which takes the process of the host with it if the plugin is gone by
//! then. So it gets one bounded list of events in order, and no changes of parameters but those of a parameter that is not
//! there: at these it splits the block, which is what makes our own transport start at the frame that the host says.
//!
//! [`wire`]: crate::shell::wire
#![allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "types differ between platforms")]

use std::cell::RefCell;

use host::EventKind;
use host::event::{Expression, Voice};
use nice_plug::prelude::{NoteEvent, PluginApi};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::DataEvent_::DataTypes_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::Event_::EventTypes_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    Event, IEventList, IEventListTrait, IParamValueQueue, IParamValueQueueTrait, IParameterChanges,
    IParameterChangesTrait, NoteExpressionTypeIDs_, ParamID, ProcessData,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{int32, kResultOk};
use nice_plug::wrapper::vst3::vst3::{ComRef, ComWrapper};
use protocol::ParamId;

use super::controllers;
use super::lists::{Entry, Packed, Queue, Splits};
use crate::instance::MACRO_SLOTS;
use crate::shell::audio::EVENTS;
use crate::shell::events;
use crate::shell::params::HostParams;
use crate::shell::wire::{Carried, PART, parts};

/// At how many frames a block is split at most.
const SPLITS: usize = 64;
/// How many packed events there is room for beside them.
const ROOM: usize = EVENTS - SPLITS - 1;
/// How many of these points of parameters may be, so that notes find room, too; the last ones of each come in any case.
const POINTS: usize = ROOM / 2;
/// How many notes are remembered, for expressions name them by nothing but their ids.
const NOTES: usize = 512;

/// Our own parameters by the ids that the host knows them by: macros, and then the others.
#[derive(Clone)]
pub struct ParamIds(Vec<(ParamID, usize)>);

impl ParamIds {
    /// These ids, in the order of the parameters.
    pub fn new(ids: impl Iterator<Item = ParamID>) -> Self {
        let mut ids: Vec<_> = ids.zip(0..).collect();
        ids.sort_unstable();
        Self(ids)
    }

    /// Which parameter has an id.
    pub fn param(&self, id: ParamID) -> Option<usize> {
        let found = self.0.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.0.get(found).map(|(_, index)| *index)
    }
}

/// What nice-plug reads.
pub struct Inbox {
    events: ComWrapper<Packed>,
    splits: ComWrapper<Splits>,
    params: ParamIds,
    notes: [Voice; NOTES],
    next_note: usize,
    /// Events that had no room since Loophole was last told.
    lost: u32,
}

impl Inbox {
    /// Empty.
    pub fn new(params: ParamIds) -> Self {
        let queue = ComWrapper::new(Queue(RefCell::new(Vec::with_capacity(SPLITS))));
        Self {
            events: ComWrapper::new(Packed(RefCell::new(Vec::with_capacity(EVENTS)))),
            splits: ComWrapper::new(Splits { frames: RefCell::new(Vec::with_capacity(SPLITS)), queue }),
            params,
            notes: [Voice::ALL; NOTES],
            next_note: 0,
            lost: 0,
        }
    }

    /// Forgets everything that waits.
    pub fn clear(&mut self) {
        self.events.0.borrow_mut().clear();
        self.splits.frames.borrow_mut().clear();
    }

    /// What is there waits for the next block.
    pub fn wait(&mut self) {
        for (entry, order) in self.events.0.borrow_mut().iter_mut().zip(0..) {
            (entry.frame, entry.order) = (0, order);
        }
        self.splits.frames.borrow_mut().clear();
    }

    /// Takes in what comes with a block, after what waits. Without frames, parameters are moved at once.
    ///
    /// # Safety
    /// The lists of `data` are null or live.
    ///
    /// # Real-time
    /// n log n in the events.
    pub unsafe fn fill(&mut self, data: &ProcessData, frames: u32, params: &HostParams) {
        // SAFETY: by the caller's promise, here and below.
        if let Some(changes) = unsafe { ComRef::from_raw(data.inputParameterChanges) } {
            // SAFETY: see above.
            for index in 0..unsafe { changes.getParameterCount() } {
                // SAFETY: see above.
                if let Some(queue) = unsafe { ComRef::from_raw(changes.getParameterData(index)) } {
                    // SAFETY: see above.
                    unsafe { self.take_changes(queue, frames, params) };
                }
            }
        }
        // SAFETY: see above.
        if let Some(list) = unsafe { ComRef::from_raw(data.inputEvents) } {
            // SAFETY: see above.
            for index in 0..unsafe { list.getEventCount() } {
                // SAFETY: plain numbers and pointers; all zero is a value.
                let mut event: Event = unsafe { std::mem::zeroed() };
                // SAFETY: see above.
                if unsafe { list.getEvent(index, &raw mut event) } == kResultOk {
                    // SAFETY: see above; what an event points at lives as long as the block.
                    unsafe { self.take_event(&event, frames) };
                }
            }
        }
        if self.lost > 0 {
            let lost = Carried::Lost(std::mem::take(&mut self.lost));
            self.add(frames.saturating_sub(1), &lost, EVENTS - SPLITS);
        }
        self.events.0.borrow_mut().sort_unstable_by_key(|entry| (entry.frame, entry.order));
        let mut splits = self.splits.frames.borrow_mut();
        splits.sort_unstable();
        splits.dedup();
        let mut points = self.splits.queue.0.borrow_mut();
        points.clear();
        points.extend_from_slice(&splits);
    }

    /// # Safety
    /// The queue is as VST3 says.
    unsafe fn take_changes(&mut self, queue: ComRef<'_, IParamValueQueue>, frames: u32, params: &HostParams) {
        // SAFETY: by the caller's promise, here and below.
        let id = unsafe { queue.getParameterId() };
        let (own, controller) = (self.params.param(id), controllers::of_param(id));
        if own.is_none() && controller.is_none() {
            return;
        }
        // SAFETY: see above.
        let count = unsafe { queue.getPointCount() };
        for index in 0..count {
            let room = if index + 1 < count { POINTS } else { ROOM };
            let (mut offset, mut value) = (0, 0.0);
            // SAFETY: see above.
            if unsafe { queue.getPoint(index, &raw mut offset, &raw mut value) } != kResultOk
                || !value.is_finite()
            {
                continue;
            }
            let (frame, value) = (within(offset, frames), value.clamp(0.0, 1.0));
            match (own, controller) {
                (Some(index), _) if frames == 0 => params.set(index, value),
                (Some(index), _) => self.move_param(frame, index, value, room),
                (None, Some((channel, controller))) => {
                    if let Some(kind) = controller_event(channel, controller, value) {
                        self.add(frame, &Carried::Event(kind), room);
                    }
                }
                (None, None) => {}
            }
        }
    }

    fn move_param(&mut self, frame: u32, index: usize, value: f64, room: usize) {
        let param = ParamId(u32::try_from(index).unwrap_or(u32::MAX));
        self.add(frame, &Carried::Event(EventKind::Param { param, voice: Voice::ALL, value }), room);
        if index >= MACRO_SLOTS {
            let mut splits = self.splits.frames.borrow_mut();
            if frame > 0 && splits.len() < SPLITS && !splits.contains(&frame) {
                splits.push(frame);
            }
        }
    }

    /// # Safety
    /// The event is as VST3 says.
    unsafe fn take_event(&mut self, event: &Event, frames: u32) {
        let frame = within(event.sampleOffset, frames);
        let is = |kind| u32::from(event.r#type) == kind as u32;
        // SAFETY: the type says which of the forms it has, here and below.
        let kind = unsafe {
            if is(EventTypes_::kNoteOnEvent) {
                let note = event.__field0.noteOn;
                let voice = voice(note.noteId, note.channel.clamp(0, 15), note.pitch);
                if note.noteId >= 0 {
                    self.notes[self.next_note] = voice;
                    self.next_note = (self.next_note + 1) % NOTES;
                }
                EventKind::NoteOn { voice, velocity: f64::from(note.velocity) }
            } else if is(EventTypes_::kNoteOffEvent) {
                let note = event.__field0.noteOff;
                let voice = voice(note.noteId, note.channel, note.pitch);
                EventKind::NoteOff { voice, velocity: f64::from(note.velocity) }
            } else if is(EventTypes_::kPolyPressureEvent) {
                let note = event.__field0.polyPressure;
                let voice = voice(note.noteId, note.channel, note.pitch);
                let value = f64::from(note.pressure);
                EventKind::Expression { voice, expression: Expression::Pressure, value }
            } else if is(EventTypes_::kNoteExpressionValueEvent) {
                let change = event.__field0.noteExpressionValue;
                let known = self.notes.iter().rev().find(|voice| voice.note_id == change.noteId);
                let (Some((expression, value)), true) =
                    (expression(change.typeId, change.value), change.noteId >= 0)
                else {
                    return;
                };
                let voice = known.copied().unwrap_or(Voice { note_id: change.noteId, ..Voice::ALL });
                EventKind::Expression { voice, expression, value }
            } else if is(EventTypes_::kDataEvent) {
                let data = event.__field0.data;
                let length = usize::try_from(data.size).unwrap_or(0);
                if data.r#type == DataTypes_::kMidiSysEx as u32 && !data.bytes.is_null() {
                    self.take_sysex(frame, std::slice::from_raw_parts(data.bytes, length));
                }
                return;
            } else {
                return;
            }
        };
        self.push(frame, &Carried::Event(kind));
    }

    /// Whole or not at all.
    fn take_sysex(&mut self, frame: u32, bytes: &[u8]) {
        if bytes.first() != Some(&0xF0) {
            return;
        }
        let room = ROOM.saturating_sub(self.events.0.borrow().len());
        if bytes.len().div_ceil(PART) > room {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        parts(0, bytes).for_each(|part| self.push(frame, &Carried::Part(part)));
    }

    fn push(&mut self, frame: u32, carried: &Carried) {
        self.add(frame, carried, ROOM);
    }

    fn add(&mut self, frame: u32, carried: &Carried, room: usize) {
        let mut entries = self.events.0.borrow_mut();
        if entries.len() >= room {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        let (bytes, length) = carried.pack();
        // What waits was put in order, and so are its numbers.
        let order = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        entries.push(Entry { frame, order, bytes, length: int32::try_from(length).unwrap_or(0) });
    }

    /// Has `data` show what is here, as long as the inbox is not filled anew.
    pub fn show(&self, data: &mut ProcessData) {
        data.inputEvents =
            self.events.as_com_ref::<IEventList>().map_or(std::ptr::null_mut(), |list| list.as_ptr());
        data.inputParameterChanges = self
            .splits
            .as_com_ref::<IParameterChanges>()
            .map_or(std::ptr::null_mut(), |changes| changes.as_ptr());
    }
}

fn within(offset: int32, frames: u32) -> u32 {
    u32::try_from(offset).unwrap_or(0).min(frames.saturating_sub(1))
}

fn voice(note_id: int32, channel: i16, key: i16) -> Voice {
    let known = |number: i16, count| if (0..count).contains(&number) { number } else { -1 };
    Voice { note_id: note_id.max(-1), port: 0, channel: known(channel, 16), key: known(key, 128) }
}

/// What a note expression is, from 0..=1.
fn expression(id: u32, value: f64) -> Option<(Expression, f64)> {
    if !value.is_finite() {
        return None;
    }
    let value = value.clamp(0.0, 1.0);
    Some(match id {
        id if id == NoteExpressionTypeIDs_::kVolumeTypeID as u32 => (Expression::Volume, value * 4.0),
        id if id == NoteExpressionTypeIDs_::kPanTypeID as u32 => (Expression::Pan, value),
        id if id == NoteExpressionTypeIDs_::kTuningTypeID as u32 => {
            (Expression::Tuning, 240.0 * (value - 0.5))
        }
        id if id == NoteExpressionTypeIDs_::kVibratoTypeID as u32 => (Expression::Vibrato, value),
        id if id == NoteExpressionTypeIDs_::kExpressionTypeID as u32 => (Expression::Expression, value),
        id if id == NoteExpressionTypeIDs_::kBrightnessTypeID as u32 => (Expression::Brightness, value),
        _ => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits, or fourteen")]
fn controller_event(channel: u8, controller: u8, value: f64) -> Option<EventKind> {
    let (timing, value) = (0, value as f32);
    let event = match controller {
        controllers::PRESSURE => NoteEvent::MidiChannelPressure { timing, channel, pressure: value },
        controllers::BEND => NoteEvent::MidiPitchBend { timing, channel, value },
        cc => NoteEvent::MidiCC { timing, channel, cc, value },
    };
    events::from_host(event, PluginApi::Vst3).map(|event| event.kind)
}
