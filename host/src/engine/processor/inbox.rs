//! What comes from outside while the engine runs: the host's events, the stream plane, macros.

use protocol::telemetry::Gesture;
use protocol::{NodeId, ParamId, StreamFrame};

use super::EngineProcessor;
use crate::automation::{Comes, Ramp, Step};
use crate::engine::block::ProcessBlock;
use crate::engine::body::{Kind, Pending, PendingStep};
use crate::engine::command::Retired;
use crate::engine::run::VoiceNews;
use crate::engine::schedule::MacroTable;
use crate::event::{Event, EventKind, EventList, Voice};
use crate::math::{to_u32, to_usize};

/// What came from outside for this stretch of time.
pub(super) struct Inbox {
    pub steps: Vec<PendingStep>,
    pub live: Vec<(u32, Event)>,
    pub notes: EventList,
    pub dropped: u32,
    /// The order of the next step; steps that go with their nodes leave gaps.
    pub order: u32,
}

impl Inbox {
    pub const STEPS: usize = 2_048;

    pub fn step(&mut self, node: u32, what: Pending) {
        if self.steps.len() < Self::STEPS {
            self.steps.push(PendingStep { node, order: self.order, what });
            self.order = self.order.saturating_add(1);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    pub fn note(&mut self, node: u32, event: Event) {
        if self.live.len() < Self::STEPS {
            self.live.push((node, event));
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Another schedule takes over: what waits follows its nodes to their new indices, given by their old ones, or is gone
    /// with them.
    pub fn follow(&mut self, moved: &[Option<u32>]) {
        let follow = |node: &mut u32| {
            let place = moved.get(to_usize(*node)).copied().flatten();
            place.map(|place| *node = place).is_some()
        };
        self.steps.retain_mut(|pending| follow(&mut pending.node));
        self.live.retain_mut(|(node, _)| follow(node));
    }

    /// Sorts what is for single nodes by node; what is for one stays in order.
    pub fn sort(&mut self) {
        self.steps.sort_unstable_by_key(|pending| (pending.node, pending.order));
        // Insertion keeps the order; there are a hand's worth of notes.
        for index in 1..self.live.len() {
            let note = self.live[index];
            let place = self.live[..index].partition_point(|earlier| earlier.0 <= note.0);
            if place < index {
                self.live.copy_within(place..index, place + 1);
                self.live[place] = note;
            }
        }
    }

    pub fn clear(&mut self) {
        self.steps.clear();
        self.order = 0;
        self.live.clear();
        self.notes.clear();
    }
}

impl EngineProcessor {
    pub(super) fn take_streams(&mut self) {
        let mut index = 0;
        while index < self.streams.len() {
            for _ in 0..self.streams[index].slots() {
                if let Ok(frame) = self.streams[index].pop() {
                    self.take_stream_frame(frame);
                }
            }
            if self.streams[index].is_abandoned()
                && self.streams[index].is_empty()
                && self.retired.slots() > 1
            {
                let _ = self.retired.push(Retired::Stream(self.streams.swap_remove(index)));
            } else {
                index += 1;
            }
        }
    }

    fn take_stream_frame(&mut self, frame: StreamFrame) {
        match frame {
            StreamFrame::Param { node, param, value } => {
                if let Some(node) = self.schedule.find(node) {
                    self.inbox.step(node, hand_step(0, param, value));
                    self.tell_hand(node, param, value, Gesture::Change);
                }
            }
            StreamFrame::Release { node, param } => {
                if let Some(node) = self.schedule.find(node) {
                    self.tell_hand(node, param, 0.0, Gesture::End);
                }
            }
            StreamFrame::Macro { slot, value } => self.move_macro(0, slot, value),
            StreamFrame::NoteOn { node, key, velocity } => {
                let velocity = f64::from(velocity).clamp(0.0, 1.0);
                self.live_note(
                    node,
                    EventKind::NoteOn { voice: Voice::key(0, i16::from(key.min(127))), velocity },
                );
            }
            StreamFrame::NoteOff { node, key } => {
                let voice = Voice::key(0, i16::from(key.min(127)));
                self.live_note(node, EventKind::NoteOff { voice, velocity: 0.0 });
            }
        }
    }

    /// A live note goes to a player, or like a host's to every node that hears the host.
    fn live_note(&mut self, node: Option<NodeId>, kind: EventKind) {
        let event = Event::new(0, kind);
        if let Some(id) = node {
            if let Some(node) = self.schedule.find(id) {
                self.inbox.note(node, event);
            }
            return;
        }
        for (index, node) in (0..).zip(self.schedule.each_node()) {
            if matches!(node.body.kind, Kind::HostEvents) {
                self.inbox.note(index, event);
            }
        }
    }

    pub(super) fn move_macro(&mut self, frame: u32, slot: u8, value: f64) {
        if !value.is_finite() {
            return;
        }
        let value = value.clamp(0.0, 1.0);
        for (node, param, value) in self.schedule.macros.targets(slot, value) {
            self.inbox.step(node, hand_step(frame, param, value));
        }
        for node in self.schedule.macros.modulated(slot) {
            self.inbox.step(node, Pending::Macro { frame, slot, value });
        }
    }

    /// The offset that a host gives a macro for some voices goes to all that the macro moves.
    fn modulate_macro(&mut self, frame: u32, slot: u8, voice: Voice, amount: f64) {
        if !amount.is_finite() {
            return;
        }
        for (node, param, span) in self.schedule.macros.spans(slot) {
            let kind = EventKind::ParamMod { param, voice, amount: amount.clamp(-1.0, 1.0) * span };
            self.inbox.note(node, Event::new(frame, kind));
        }
    }

    /// Tells the host which of its notes have ended, after a stretch that began at `offset` of its block.
    pub(super) fn tell_note_ends(&mut self, ends: &mut EventList, offset: usize, frames: usize) {
        let (offset, frames) = (to_u32(offset), to_u32(frames));
        let Self { voices, crew, worker, .. } = self;
        for worker in crew.workers().chain([worker]) {
            worker.reports.flush_voices(|news| match news {
                VoiceNews::Heard(voice) => voices.heard(voice),
                VoiceNews::Ended(frame, voice) => voices.ending(voice, offset.saturating_add(frame)),
            });
        }
        voices.end(ends);
        if !voices.is_empty() {
            voices.settle(frames, self.schedule.latency, offset + frames.saturating_sub(1), ends);
        }
    }

    /// Sorts the host's events of a stretch into macro moves and notes.
    pub(super) fn take_host_events(
        &mut self,
        block: &mut ProcessBlock<'_, '_>,
        offset: usize,
        frames: usize,
    ) {
        let events = block.events_in;
        if events.is_empty() {
            return;
        }
        // What a host dates past the end of its block belongs to its last frame.
        let end = if offset + frames >= block.frames { u32::MAX } else { to_u32(offset + frames) };
        let range = to_u32(offset)..end;
        let within = events.between(range.clone());
        for event in within.iter() {
            let frame = event.frame.saturating_sub(range.start).min(to_u32(frames).saturating_sub(1));
            match event.kind {
                EventKind::Param { param, value, .. } => {
                    if let Some(slot) = slot(param) {
                        self.move_macro(frame, slot, value);
                    }
                }
                EventKind::ParamMod { param, voice, amount } => {
                    if let Some(slot) = slot(param) {
                        self.modulate_macro(frame, slot, voice, amount);
                    }
                }
                kind => self.voices.take(Event { frame, kind }, block.events_out, range.start),
            }
        }
        self.inbox.notes.extend_range(within, range);
        self.inbox.notes.retain_notes();
        self.inbox.notes.clamp(to_u32(frames));
    }
}

/// The macro slot that a parameter of ours is.
fn slot(param: ParamId) -> Option<u8> {
    u8::try_from(param.0).ok().filter(|_| param.0 < MacroTable::SLOTS)
}

/// A change that comes from a hand or a macro rather than from the timeline.
pub(super) fn hand_step(frame: u32, param: ParamId, value: f64) -> Pending {
    Pending::Step(Step { frame, param, value, target: value, ramp: Ramp::Declick, comes: Comes::Jumping })
}
