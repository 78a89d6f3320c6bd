//! Polyphonic subtractive synthesiser.
//!
//! A note sounds the same whenever it is played: its phases, its noise and its place between the sides come from its
//! key and channel, its LFO starts with it.

use protocol::device::synth::PARAMS;
use protocol::{ParamDescriptor, ParamId, SampleRate};

use super::channel::{Channel, Order};
use super::chassis::{Core, GRID, InstrumentCore, VoiceEnds, tail};
use super::math;
use super::smooth::Change;
use crate::event::{self, EventKind, Expression};
use crate::processor::{StereoOut, Tail};
use envelope::Shape;
use patch::Patch;
use voice::{Hold, Voice};

mod envelope;
mod oscillator;
mod patch;
#[cfg(test)]
mod tests;
mod voice;

/// Notes that sound at once; one more takes the place of another.
const POLYPHONY: usize = 32;
/// Voices, those included that fade because their place was taken.
const VOICES: usize = POLYPHONY + 16;

/// The synthesiser.
pub(crate) struct Synth {
    rate: f64,
    patch: Patch,
    channels: [Channel; 16],
    voices: Vec<Voice>,
    /// Notes so far.
    serial: u64,
    /// The key played last.
    last_key: Option<i16>,
    /// Frames from the events just given to the next control frame.
    to_tick: usize,
}

impl Synth {
    /// Silent.
    pub(crate) fn new(rate: SampleRate) -> Self {
        let ticks_per_sec = rate.0 / math::double(GRID);
        Self {
            rate: rate.0,
            patch: Patch::new(rate.0),
            channels: std::array::from_fn(|_| Channel::new(ticks_per_sec)),
            voices: Vec::with_capacity(VOICES),
            serial: 0,
            last_key: None,
            to_tick: 0,
        }
    }

    fn note_on(&mut self, id: event::Voice, velocity: f64, ends: &mut VoiceEnds<'_>) {
        let key = id.key.clamp(0, 127);
        let id = event::Voice { key, channel: id.channel.clamp(0, 15), ..id };
        self.make_room(ends);
        let from = f32::from(self.last_key.unwrap_or(key) - key);
        self.last_key = Some(key);
        self.serial += 1;
        self.voices.push(Voice::new(id, velocity, self.serial, from, &self.patch, self.rate));
    }

    /// Lets a note fade when too many sound: of those let go the softest, else the oldest.
    fn make_room(&mut self, ends: &mut VoiceEnds<'_>) {
        if self.voices.iter().filter(|voice| !voice.is_cut()).count() >= POLYPHONY {
            let sounding = self.voices.iter_mut().filter(|voice| !voice.is_cut());
            let rank = |voice: &Voice| match voice.hold {
                Hold::None => (0, voice.level().to_bits(), voice.serial),
                Hold::Pedal | Hold::Key => (1, 0, voice.serial),
            };
            if let Some(victim) = sounding.min_by_key(|voice| rank(voice)) {
                victim.cut();
            }
        }
        if self.voices.len() == VOICES {
            // More than a few hundredths of a second can fade: the oldest goes at once.
            let oldest =
                (0..VOICES).filter(|at| self.voices[*at].is_cut()).min_by_key(|at| self.voices[*at].serial);
            ends.push(0, self.voices.remove(oldest.unwrap_or(0)).id);
        }
    }

    fn note_off(&mut self, pattern: event::Voice) {
        for voice in self.voices.iter_mut().filter(|v| v.hold == Hold::Key && pattern.matches(v.id)) {
            if self.channels[channel_of(voice)].holds {
                voice.hold = Hold::Pedal;
            } else {
                voice.release();
            }
        }
    }

    fn cut(&mut self, pattern: event::Voice) {
        self.voices.iter_mut().filter(|voice| pattern.matches(voice.id)).for_each(Voice::cut);
    }

    fn midi(&mut self, port: i16, data: [u8; 3], ends: &mut VoiceEnds<'_>) {
        let number = data[0] & 15;
        let all = event::Voice { note_id: -1, port, channel: i16::from(number), key: -1 };
        let note = |key: u8| event::Voice { key: i16::from(key), ..all };
        let change = if self.voices.is_empty() { Change::Jump } else { Change::Glide };
        match self.channels[usize::from(number)].receive(data, change) {
            Order::None => {}
            Order::NoteOn(key, velocity) => self.note_on(note(key), velocity, ends),
            Order::NoteOff(key) => self.note_off(note(key)),
            Order::Pressure(key, value) => self.express(note(key), Expression::Pressure, value),
            Order::LetGo => {
                let held = self.voices.iter_mut().filter(|v| v.hold == Hold::Pedal && all.matches(v.id));
                held.for_each(Voice::release);
            }
            Order::Release => self.note_off(all),
            Order::Cut => self.cut(all),
        }
    }

    fn express(&mut self, pattern: event::Voice, expression: Expression, value: f64) {
        for voice in self.voices.iter_mut().filter(|voice| pattern.matches(voice.id)) {
            voice.express(expression, value);
        }
    }
}

/// The index of the channel a voice plays on.
fn channel_of(voice: &Voice) -> usize {
    usize::from(voice.id.channel.unsigned_abs()).min(15)
}

impl Core for Synth {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        self.patch.set(param, value, change);
    }

    fn reset(&mut self) {
        self.voices.clear();
        self.channels.iter_mut().for_each(Channel::reset);
        self.patch.settle();
        (self.serial, self.last_key, self.to_tick) = (0, None, 0);
    }

    fn tail(&self) -> Tail {
        tail(Shape::release_secs(self.patch.release_secs), self.rate)
    }
}

impl InstrumentCore for Synth {
    fn event(&mut self, event: EventKind, to_tick: usize, ends: &mut VoiceEnds<'_>) {
        self.to_tick = to_tick;
        match event {
            EventKind::NoteOn { voice, velocity } => self.note_on(voice, velocity, ends),
            EventKind::NoteOff { voice, .. } => self.note_off(voice),
            EventKind::NoteChoke { voice } => self.cut(voice),
            EventKind::Expression { voice, expression, value } => self.express(voice, expression, value),
            EventKind::Midi { port, data } => self.midi(port, data, ends),
            _ => {}
        }
    }

    fn sounds(&self) -> bool {
        !self.voices.is_empty()
    }

    fn tick(&mut self) {
        self.patch.tick();
        self.channels.iter_mut().for_each(Channel::tick);
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_fresh) {
            voice.tick(&self.patch, &self.channels[channel_of(voice)], GRID, self.rate);
        }
    }

    fn render(&mut self, output: StereoOut<'_>, ends: &mut VoiceEnds<'_>) {
        let to_tick = if self.to_tick == 0 { GRID } else { self.to_tick };
        let StereoOut { left, right } = output;
        for voice in &mut self.voices {
            if voice.is_fresh {
                voice.tick(&self.patch, &self.channels[channel_of(voice)], to_tick, self.rate);
            }
            let end = voice.render(&self.patch, StereoOut { left: &mut *left, right: &mut *right });
            if let Some(frame) = end {
                ends.push(frame, voice.id);
            }
        }
        self.voices.retain(|voice| !voice.is_over());
        if self.voices.is_empty() {
            // Nothing sounds: what glides may as well arrive.
            self.patch.settle();
            self.channels.iter_mut().for_each(Channel::settle);
        }
    }
}
