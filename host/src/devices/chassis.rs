//! What the devices have in common: parameter values, the control grid, and sleep.
//!
//! A device is a *core*, which knows its signal processing and nothing else, inside an [`Effect`] or an
//! [`Instrument`], which cuts blocks into *segments* at events and at the control grid. A segment is at most
//! [`GRID`] frames long and has no event inside. Since neither the cuts that matter (events, grid) nor anything in a
//! core depends on where blocks begin, what comes out does not depend on the size of blocks.
//!
//! Devices sleep: an effect whose input has been silent for as long as it can sound is reset and costs nothing until
//! the next sample that is not zero; an instrument, until the next note. The grid counts from there, so what comes
//! after a rest does not depend on what was before it.

use protocol::{Frames, ParamDescriptor, ParamId};

use super::smooth::Change;
use crate::event::{Event, EventKind, EventList, Voice};
use crate::processor::Tail;

pub(crate) mod effect;
pub(crate) mod instrument;

pub(crate) use effect::{Effect, EffectCore};
pub(crate) use instrument::{Instrument, InstrumentCore};

/// The period of the control grid, in frames, and the longest segment.
pub(crate) const GRID: usize = 16;

/// What every core does.
pub(crate) trait Core: Send + 'static {
    /// The parameters, with ids from 0 in order.
    const PARAMS: &'static [ParamDescriptor];

    /// Gives a parameter a legal plain value.
    fn set(&mut self, param: ParamId, value: f64, change: Change);

    /// Back to the initial state; smoothers stand at their targets.
    fn reset(&mut self);

    /// How long it goes on sounding.
    fn tail(&self) -> Tail;
}

/// A tail of some seconds.
pub(crate) fn tail(secs: f64, rate: f64) -> Tail {
    Tail::Frames(Frames(i64::try_from(super::math::whole(secs * rate)).unwrap_or(i64::MAX)))
}

/// The plain values of a device's parameters, and the offsets that modulate them.
pub(crate) struct Params {
    table: &'static [ParamDescriptor],
    values: Box<[f64]>,
    offsets: Box<[f64]>,
}

impl Params {
    /// All at their defaults, which are given to the core.
    pub(crate) fn new<C: Core>(core: &mut C) -> Self {
        for param in C::PARAMS {
            core.set(param.id, param.default, Change::Jump);
        }
        Self {
            table: C::PARAMS,
            values: C::PARAMS.iter().map(|param| param.default).collect(),
            offsets: vec![0.0; C::PARAMS.len()].into(),
        }
    }

    /// Takes parameter events that are for the whole node; says whether it was one.
    pub(crate) fn event<C: Core>(&mut self, core: &mut C, event: EventKind, change: Change) -> bool {
        match event {
            EventKind::Param { param, voice, value } | EventKind::ParamLine { param, voice, value } => {
                if voice == Voice::ALL {
                    self.set(core, param, value, change);
                }
                true
            }
            EventKind::ParamMod { param, voice, amount } => {
                if let (Voice::ALL, Some(index)) = (voice, self.index(param)) {
                    self.offsets[index] = if amount.is_finite() { amount } else { 0.0 };
                    self.give(core, index, change);
                }
                true
            }
            _ => false,
        }
    }

    /// Gives a parameter a value; unknown ids are ignored.
    pub(crate) fn set<C: Core>(&mut self, core: &mut C, param: ParamId, value: f64, change: Change) {
        let Some(index) = self.index(param) else { return };
        let value = self.table[index].clamp(value);
        // The same value again must not stretch a glide that is on its way.
        if self.values[index] != value {
            self.values[index] = value;
            self.give(core, index, change);
        }
    }

    /// Takes the offsets away.
    pub(crate) fn reset<C: Core>(&mut self, core: &mut C) {
        for index in 0..self.table.len() {
            if self.offsets[index] != 0.0 {
                self.offsets[index] = 0.0;
                self.give(core, index, Change::Jump);
            }
        }
    }

    fn index(&self, param: ParamId) -> Option<usize> {
        self.table.iter().position(|known| known.id == param)
    }

    fn give<C: Core>(&self, core: &mut C, index: usize, change: Change) {
        let param = &self.table[index];
        core.set(param.id, param.clamp(self.values[index] + self.offsets[index]), change);
    }
}

/// Where an instrument says that its voices have ended.
pub(crate) struct VoiceEnds<'a> {
    events: &'a mut EventList,
    start: u32,
}

impl VoiceEnds<'_> {
    /// A voice has died away `frame` frames into the segment.
    pub(crate) fn push(&mut self, frame: usize, voice: Voice) {
        let frame = self.start.saturating_add(u32::try_from(frame).unwrap_or(0));
        self.events.push(Event::new(frame, EventKind::NoteEnd { voice }));
    }
}

/// A frame count as an event's frame.
fn frame(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
