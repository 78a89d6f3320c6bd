//! SoundFont player. `rustysynth` reads the file; the voices are our own.
//!
//! `rustysynth`'s synthesiser starts notes at blocks of its own, knows no note ids and no end of a note, runs only at
//! 16 to 192 kHz, and can be made to read past a sample by a short loop played high. Here a note starts at its frame,
//! takes expressions, and tells when it has died away, at every rate.

use std::sync::Arc;

use protocol::device::soundfont::{PARAMS, id};
use protocol::{ParamDescriptor, ParamId, SampleRate};

use super::channel::{Channel, Order};
use super::chassis::{Core, GRID, InstrumentCore, VoiceEnds, tail};
use super::math;
use super::smooth::{Change, Smooth};
use crate::event::{self, EventKind, Expression};
use crate::processor::{StereoOut, Tail};
use voice::{Hold, Voice};

mod envelope;
mod font;
#[cfg(test)]
pub(crate) mod tests;
mod voice;

pub(in crate::devices) use font::read;
pub use font::{Font, FontPreset};

/// Zones that sound at once; one more takes the place of another.
const POLYPHONY: usize = 96;
/// Voices, those included that fade because their place was taken.
const VOICES: usize = POLYPHONY + 32;
/// The channel whose bank is 128 unless told otherwise: percussion.
const PERCUSSION: usize = 9;

/// The player.
pub(crate) struct Player {
    rate: f64,
    font: Option<Arc<Font>>,
    bank: i32,
    program: i32,
    transpose: i32,
    level: Smooth,
    channels: [Channel; 16],
    voices: Vec<Voice>,
    /// Notes so far.
    serial: u64,
    /// Frames from the events just given to the next control frame.
    to_tick: usize,
}

impl Player {
    /// Silent.
    pub(crate) fn new(font: Option<Arc<Font>>, rate: SampleRate) -> Self {
        let ticks_per_sec = rate.0 / math::double(GRID);
        Self {
            rate: rate.0,
            font,
            bank: 0,
            program: 0,
            transpose: 0,
            level: Smooth::new(1.0, ticks_per_sec),
            channels: std::array::from_fn(|_| Channel::new(ticks_per_sec)),
            voices: Vec::with_capacity(VOICES),
            serial: 0,
            to_tick: 0,
        }
    }

    /// Bank and program of a channel: what MIDI chose for it, else the parameters.
    fn preset(&self, channel: usize) -> (i32, i32) {
        let Channel { bank, program, .. } = &self.channels[channel];
        if channel == PERCUSSION && self.bank < 128 {
            // The kit: of the parameters only the player's bank 128 chooses one.
            return (128, program.map_or(0, i32::from));
        }
        let bank = bank.map_or(self.bank, i32::from);
        (bank, program.map_or(self.program, i32::from))
    }

    fn note_on(&mut self, id: event::Voice, velocity: f64, ends: &mut VoiceEnds<'_>) {
        let id = event::Voice { key: id.key.clamp(0, 127), channel: id.channel.clamp(0, 15), ..id };
        let channel = usize::from(id.channel.unsigned_abs());
        let velocity = velocity.clamp(0.0, 1.0);
        let level = midi_velocity(velocity);
        let (bank, program) = self.preset(channel);
        let transpose = if bank == 128 { 0 } else { self.transpose };
        let key = (i32::from(id.key) + transpose).clamp(0, 127);
        self.serial += 1;
        let Some(font) = self.font.clone() else { return ends.push(0, id) };
        let mut started = false;
        for zone in font.zones(bank, program) {
            if level > 0 && zone.keys.contains(&key) && zone.velocities.contains(&level) {
                let serial = self.serial;
                if zone.class != 0 {
                    let same = |v: &&mut Voice| {
                        v.class() == zone.class && v.id.channel == id.channel && v.serial != serial
                    };
                    self.voices.iter_mut().filter(same).for_each(Voice::cut);
                }
                self.make_room(ends);
                self.voices.push(Voice::new(id, key, velocity, serial, zone, self.rate));
                started = true;
            }
        }
        if !started {
            ends.push(0, id);
        }
    }

    /// Lets a voice fade when too many sound: of those let go the softest, else the oldest.
    fn make_room(&mut self, ends: &mut VoiceEnds<'_>) {
        if self.voices.iter().filter(|voice| !voice.is_cut()).count() >= POLYPHONY {
            let rank = |voice: &Voice| match voice.hold {
                Hold::None => (0, voice.level().to_bits(), voice.serial),
                Hold::Pedal | Hold::Key => (1, 0, voice.serial),
            };
            let sounding = self.voices.iter_mut().filter(|voice| !voice.is_cut());
            if let Some(victim) = sounding.min_by_key(|voice| rank(voice)) {
                victim.cut();
            }
        }
        if self.voices.len() == VOICES {
            // More than a few hundredths of a second can fade: the oldest goes at once.
            let cut = (0..VOICES).filter(|at| self.voices[*at].is_cut());
            let oldest = cut.min_by_key(|at| self.voices[*at].serial).unwrap_or(0);
            let voice = self.voices.remove(oldest);
            if self.voices.iter().all(|other| other.serial != voice.serial) {
                ends.push(0, voice.id);
            }
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

    fn express(&mut self, pattern: event::Voice, expression: Expression, value: f64) {
        for voice in self.voices.iter_mut().filter(|voice| pattern.matches(voice.id)) {
            voice.express(expression, value);
        }
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
}

/// The index of the channel a voice plays on.
fn channel_of(voice: &Voice) -> usize {
    usize::from(voice.id.channel.unsigned_abs()).min(15)
}

/// The velocity by which zones are chosen: 0..=127, and 0 only for silence.
#[expect(clippy::cast_possible_truncation, reason = "within 0..=127")]
fn midi_velocity(velocity: f64) -> i32 {
    if velocity > 0.0 { (velocity * 127.0).round().max(1.0) as i32 } else { 0 }
}

/// A whole number of semitones, or the like.
#[expect(clippy::cast_possible_truncation, reason = "parameter ranges are small")]
fn integer(value: f64) -> i32 {
    value.round() as i32
}

impl Core for Player {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;

    fn set(&mut self, param: ParamId, value: f64, change: Change) {
        match param {
            id::BANK => self.bank = integer(value),
            id::PROGRAM => self.program = integer(value),
            id::LEVEL_DB => self.level.set(math::gain(value, -60.0), change),
            id::TRANSPOSE => self.transpose = integer(value),
            _ => {}
        }
    }

    fn reset(&mut self) {
        self.voices.clear();
        self.channels.iter_mut().for_each(Channel::reset);
        self.level.settle();
        (self.serial, self.to_tick) = (0, 0);
    }

    fn tail(&self) -> Tail {
        tail(self.font.as_ref().map_or(0.0, |font| f64::from(font.longest_release_secs())), self.rate)
    }
}

impl InstrumentCore for Player {
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
        self.level.next();
        self.channels.iter_mut().for_each(Channel::tick);
        for voice in self.voices.iter_mut().filter(|voice| !voice.is_fresh) {
            voice.tick(self.level.value(), &self.channels[channel_of(voice)], GRID, self.rate);
        }
    }

    fn render(&mut self, output: StereoOut<'_>, ends: &mut VoiceEnds<'_>) {
        let Some(font) = &self.font else { return };
        let to_tick = if self.to_tick == 0 { GRID } else { self.to_tick };
        let StereoOut { left, right } = output;
        let mut over = false;
        for voice in &mut self.voices {
            if voice.is_fresh {
                voice.tick(self.level.value(), &self.channels[channel_of(voice)], to_tick, self.rate);
            }
            over |= voice.render(font, StereoOut { left: &mut *left, right: &mut *right });
        }
        if over {
            // A note ends with the last of its voices; they stand side by side.
            for voices in self.voices.chunk_by(|a, b| a.serial == b.serial) {
                if let (true, Some(last)) =
                    (voices.iter().all(Voice::is_over), voices.iter().max_by_key(|v| v.end))
                {
                    ends.push(last.end, last.id);
                }
            }
            self.voices.retain(|voice| !voice.is_over());
        }
        if self.voices.is_empty() {
            // Nothing sounds: what glides may as well arrive.
            self.level.settle();
            self.channels.iter_mut().for_each(Channel::settle);
        }
    }
}
