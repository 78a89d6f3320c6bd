//! MIDI Polyphonic Expression: one note to a channel, so that what moves the channel moves the note. Source: MPE 1.1,
//! M1-100.
//!
//! [`MpeReader`] makes of such a stream what note expressions say, [`MpeWriter`] the other way round.

use super::midi::{self, BEND_SEMITONES};
use super::{EventKind, Expression, Voice};

/// How many semitones a bend of a member channel spans to each side, until the stream says otherwise.
pub const MEMBER_SEMITONES: f64 = 48.0;

const CHANNELS: usize = 16;
/// The managers of the lower and the upper zone.
const MANAGERS: [usize; 2] = [0, 15];
const TIMBRE: u8 = 74;

/// Understands the channel messages of a stream that may be MPE or plain MIDI.
#[derive(Clone, Debug)]
pub struct MpeReader {
    channels: [Channel; CHANNELS],
    /// How many members the lower and the upper zone have.
    members: [usize; 2],
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    /// How many semitones a bend spans to each side; `None` until somebody says.
    span: Option<f64>,
    /// -1..1.
    bend: f64,
    /// The registered parameter that data entry is for.
    registered: (u8, u8),
}

/// No registered parameter.
const NOTHING: (u8, u8) = (127, 127);

impl Default for MpeReader {
    fn default() -> Self {
        let channel = Channel { span: None, bend: 0.0, registered: NOTHING };
        Self { channels: [channel; CHANNELS], members: [0; 2] }
    }
}

impl MpeReader {
    /// Hands over what a message says in note events; returns whether it was understood.
    ///
    /// # Real-time
    /// At most one event per channel.
    pub fn read(&mut self, data: [u8; 3], port: i16, mut each: impl FnMut(EventKind)) -> bool {
        let [status, first, second] = data;
        let channel = usize::from(status & 0x0F);
        match (status & 0xF0, first) {
            (0xB0, 100) => self.channels[channel].registered.1 = second,
            (0xB0, 101) => self.channels[channel].registered.0 = second,
            (0xB0, 6) => self.data_entry(channel, second),
            // The low half of data entry is for spans of less than a semitone, which nobody uses.
            (0xB0, 38) => {}
            (0xE0, _) => {
                self.channels[channel].bend = midi::bend_way(first, second);
                self.tune(channel, port, &mut each);
            }
            (0xB0, TIMBRE) | (0xD0, _) => match self.zone_of_manager(channel) {
                // What moves the manager moves every note of the zone.
                Some(zone) => {
                    for member in self.members(zone) {
                        let status = status & 0xF0 | narrow(member);
                        midi::to_note([status, first, second], port, 0.0).map(&mut each);
                    }
                }
                None => {
                    midi::to_note(data, port, 0.0).map(&mut each);
                }
            },
            _ => match midi::to_note(data, port, 0.0) {
                Some(kind) => each(kind),
                None => return false,
            },
        }
        true
    }

    /// The value of a registered parameter: 0 is the span of bends, 6 the size of a zone.
    fn data_entry(&mut self, channel: usize, value: u8) {
        match self.channels[channel].registered {
            (0, 0) => {
                let span = Some(f64::from(value));
                match self.zone_of(channel).filter(|zone| MANAGERS[*zone] != channel) {
                    // Said of one member it holds for all.
                    Some(zone) => {
                        for member in self.members(zone) {
                            self.channels[member].span = span;
                        }
                    }
                    None => self.channels[channel].span = span,
                }
            }
            (0, 6) => {
                let Some(zone) = MANAGERS.iter().position(|manager| *manager == channel) else { return };
                let count = usize::from(value).min(CHANNELS - 1);
                self.members[zone] = count;
                // The zone that is told later takes what it needs from the other.
                let room = (CHANNELS - 2).saturating_sub(count);
                self.members[1 - zone] = self.members[1 - zone].min(room);
                for member in self.members(zone) {
                    (self.channels[member].span, self.channels[member].bend) = (None, 0.0);
                }
            }
            _ => {}
        }
    }

    /// The members of a zone.
    fn members(&self, zone: usize) -> std::ops::Range<usize> {
        let count = self.members[zone];
        if zone == 0 { 1..1 + count } else { CHANNELS - 1 - count..CHANNELS - 1 }
    }

    fn zone_of_manager(&self, channel: usize) -> Option<usize> {
        (0..2).find(|&zone| MANAGERS[zone] == channel && self.members[zone] > 0)
    }

    /// The zone that a channel is in, as a manager or as a member.
    fn zone_of(&self, channel: usize) -> Option<usize> {
        self.zone_of_manager(channel).or_else(|| (0..2).find(|&zone| self.members(zone).contains(&channel)))
    }

    fn semitones(&self, channel: usize, otherwise: f64) -> f64 {
        let Channel { span, bend, .. } = self.channels[channel];
        bend * span.unwrap_or(otherwise)
    }

    /// Tells what a channel's notes are tuned to, or those of its members.
    fn tune(&self, channel: usize, port: i16, each: &mut impl FnMut(EventKind)) {
        let mut tell = |channel: usize, value| {
            let voice = Voice { note_id: -1, port, channel: i16::from(narrow(channel)), key: -1 };
            each(EventKind::Expression { voice, expression: Expression::Tuning, value });
        };
        match self.zone_of(channel) {
            None => tell(channel, self.semitones(channel, BEND_SEMITONES)),
            Some(zone) => {
                let all = self.semitones(MANAGERS[zone], BEND_SEMITONES);
                let members = self.members(zone);
                let moved = if MANAGERS[zone] == channel { members } else { channel..channel + 1 };
                for member in moved {
                    tell(member, all + self.semitones(member, MEMBER_SEMITONES));
                }
            }
        }
    }
}

/// Gives each note a channel of its own.
#[derive(Clone, Debug)]
pub struct MpeWriter {
    /// Whether the other side knows that this is MPE.
    announced: bool,
    sounding: [Option<Sounding>; Self::NOTES],
    /// The member channel that was given out last.
    last: usize,
}

#[derive(Clone, Copy, Debug)]
struct Sounding {
    voice: Voice,
    channel: u8,
}

impl Default for MpeWriter {
    fn default() -> Self {
        Self { announced: false, sounding: [None; Self::NOTES], last: 0 }
    }
}

impl MpeWriter {
    /// How many notes can sound at once; more push out the first.
    pub const NOTES: usize = 64;

    /// Hands over the messages that a note event is; returns whether there is a way to say it.
    ///
    /// # Real-time
    /// Linear in the sounding notes.
    pub fn write(&mut self, kind: EventKind, mut each: impl FnMut([u8; 3])) -> bool {
        if !self.announced {
            self.announced = true;
            // One lower zone of all channels.
            [[0xB0, 101, 0], [0xB0, 100, 6], [0xB0, 6, 15]].into_iter().for_each(&mut each);
        }
        match kind {
            EventKind::NoteOn { voice, .. } => {
                let channel = self.start(voice);
                if voice.note_id >= 0 {
                    // Whatever the note before on this channel left.
                    [midi::bend(channel, 0.0), [0xB0 | channel, TIMBRE, 64], [0xD0 | channel, 0, 0]]
                        .into_iter()
                        .for_each(&mut each);
                }
                midi::from_note(on(kind, voice, channel)).map(&mut each).is_some()
            }
            EventKind::NoteOff { voice, .. } | EventKind::NoteChoke { voice } => {
                for slot in &mut self.sounding {
                    if let Some(note) = slot.filter(|note| voice.matches(note.voice)) {
                        *slot = None;
                        midi::from_note(on(kind, note.voice, note.channel)).map(&mut each);
                    }
                }
                true
            }
            EventKind::Expression { voice, expression, value } => {
                let mut said = true;
                for note in self.sounding.iter().flatten().filter(|note| voice.matches(note.voice)) {
                    let channel = note.channel;
                    match expression {
                        Expression::Tuning => each(midi::bend(channel, value / MEMBER_SEMITONES)),
                        Expression::Pressure => each([0xD0 | channel, midi::to_seven_bits(value), 0]),
                        Expression::Brightness => {
                            each([0xB0 | channel, TIMBRE, midi::to_seven_bits(value)]);
                        }
                        _ => said = false,
                    }
                }
                said
            }
            _ => false,
        }
    }

    /// Forgets the notes; the zone is announced anew.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// A channel for a note: a member that no note has, or else the one whose turn it is. A note without an id keeps its
    /// own channel, for what else is said on that channel is about it.
    fn start(&mut self, voice: Voice) -> u8 {
        let is_free = |writer: &Self, channel: usize| {
            !writer.sounding.iter().flatten().any(|note| usize::from(note.channel) == channel)
        };
        let channel = if voice.note_id < 0 {
            usize::try_from(voice.channel.clamp(0, 15)).unwrap_or(0)
        } else {
            let turn = |step: usize| (self.last + step) % (CHANNELS - 1) + 1;
            let channel = (0..CHANNELS - 1).map(turn).find(|&channel| is_free(self, channel));
            self.last = channel.unwrap_or_else(|| turn(0));
            self.last
        };
        let channel = narrow(channel);
        let place = self.sounding.iter().position(Option::is_none).unwrap_or(0);
        self.sounding[place] = Some(Sounding { voice, channel });
        channel
    }
}

/// An event of one note, moved to a channel.
fn on(kind: EventKind, voice: Voice, channel: u8) -> EventKind {
    let voice = Voice { channel: i16::from(channel), ..voice };
    match kind {
        EventKind::NoteOn { velocity, .. } => EventKind::NoteOn { voice, velocity },
        EventKind::NoteOff { velocity, .. } => EventKind::NoteOff { voice, velocity },
        EventKind::NoteChoke { .. } => EventKind::NoteChoke { voice },
        other => other,
    }
}

fn narrow(channel: usize) -> u8 {
    u8::try_from(channel).unwrap_or(15)
}

#[cfg(test)]
mod tests;
