//! Events at full resolution through nice-plug, which would narrow them to single precision and leave out what it has no
//! form for.
//!
//! nice-plug hands system exclusive messages on as bytes that mean something to the plugin alone. So `clap_export` and `vst3`
//! pack every event of the host into such a message, and `clap_export` unpacks those that the plugin sends; the first byte keeps
//! them apart from real ones, which begin with F0. Real ones come in parts. What the VST3 shell puts out is nice-plug's, of real
//! messages those that fit into one part; it counts the others.

use host::event::{Events, Expression, Voice};
use host::{EventKind, EventList};
use nice_plug::prelude::SysExMessage;
use protocol::ParamId;

/// How many bytes of a real message are in a part.
pub const PART: usize = 48;
/// The longest packed message.
const LENGTH: usize = PART + 6;

/// The first byte of what is packed. No MIDI message begins with it.
const PACKED: u8 = 0x01;

/// What travels as a system exclusive message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Carried {
    /// An event that is no system exclusive message. When it happens is said beside it.
    Event(EventKind),
    /// A part of a system exclusive message.
    Part(Part),
    /// A whole system exclusive message, as it is: what hosts give and take that nobody packs for.
    Message(Part),
    /// So many events had no room.
    Lost(u32),
}

/// A part of a system exclusive message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Note port.
    pub port: i16,
    /// Where in the message this is.
    pub place: Place,
    len: u8,
    bytes: [u8; PART],
}

/// Where in its message a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// More follows.
    Within,
    /// The message is complete.
    End,
}

impl Part {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len).min(PART)]
    }
}

/// Cuts a message into parts.
pub fn parts(port: i16, bytes: &[u8]) -> impl Iterator<Item = Part> + '_ {
    let last = bytes.len().div_ceil(PART).saturating_sub(1);
    bytes.chunks(PART).enumerate().map(move |(number, chunk)| {
        let mut part = Part {
            port,
            place: if number == last { Place::End } else { Place::Within },
            len: u8::try_from(chunk.len()).unwrap_or(0),
            bytes: [0; PART],
        };
        part.bytes[..chunk.len()].copy_from_slice(chunk);
        part
    })
}

/// Puts parts together again. Allocates when made, never after.
#[derive(Debug)]
pub struct Assembly {
    bytes: Vec<u8>,
    /// Whether the message is longer than there is room for.
    overflown: bool,
}

impl Assembly {
    /// The longest message.
    pub const MAX: usize = 65_536;

    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(Self::MAX), overflown: false }
    }

    /// Adds a part; a message that is complete goes to `list`. Returns whether a message was too long.
    ///
    /// # Real-time
    /// Linear in the bytes.
    pub fn add(&mut self, frame: u32, part: &Part, list: &mut EventList) -> bool {
        let bytes = part.bytes();
        if self.bytes.len() + bytes.len() > Self::MAX {
            self.overflown = true;
        } else {
            self.bytes.extend_from_slice(bytes);
        }
        if part.place == Place::Within {
            return false;
        }
        if !self.overflown {
            list.push_sysex(frame, part.port, &self.bytes);
        }
        self.bytes.clear();
        std::mem::take(&mut self.overflown)
    }
}

impl Default for Assembly {
    fn default() -> Self {
        Self::new()
    }
}

/// Calls with everything that an event is carried as.
///
/// # Real-time
/// Real-time safe.
pub fn carry(kind: EventKind, events: Events<'_>, mut each: impl FnMut(Carried)) {
    match kind {
        EventKind::SysEx { port, bytes } => {
            parts(port, events.sysex(bytes)).for_each(|part| each(Carried::Part(part)));
        }
        kind => each(Carried::Event(kind)),
    }
}

const EXPRESSIONS: [Expression; 7] = [
    Expression::Volume,
    Expression::Pan,
    Expression::Tuning,
    Expression::Vibrato,
    Expression::Expression,
    Expression::Brightness,
    Expression::Pressure,
];

/// Writes numbers one after the other.
struct Writer {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Writer {
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.slice(&bytes);
    }

    fn slice(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    fn voice(&mut self, voice: Voice) {
        self.put(voice.note_id.to_le_bytes());
        self.put(voice.port.to_le_bytes());
        self.put(voice.channel.to_le_bytes());
        self.put(voice.key.to_le_bytes());
    }
}

/// Reads numbers one after the other.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn i16(&mut self) -> Option<i16> {
        self.take().map(i16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn f64(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    fn voice(&mut self) -> Option<Voice> {
        let note_id = self.take().map(i32::from_le_bytes)?;
        Some(Voice { note_id, port: self.i16()?, channel: self.i16()?, key: self.i16()? })
    }
}

impl Carried {
    /// The message, and how long it is.
    #[must_use]
    pub fn pack(&self) -> ([u8; LENGTH], usize) {
        let mut to = Writer { bytes: [0; LENGTH], length: 0 };
        if let Self::Message(message) = self {
            to.slice(message.bytes());
            return (to.bytes, to.length);
        }
        to.put([PACKED]);
        match *self {
            Self::Lost(count) => {
                to.put([0]);
                to.put(count.to_le_bytes());
            }
            Self::Part(part) => {
                to.put([if part.place == Place::End { 2 } else { 1 }]);
                to.put(part.port.to_le_bytes());
                to.put([part.len]);
                to.slice(part.bytes());
            }
            Self::Event(kind) => pack_event(kind, &mut to),
            Self::Message(_) => {}
        }
        (to.bytes, to.length)
    }
}

fn pack_event(kind: EventKind, to: &mut Writer) {
    let mut voiced = |tag: u8, voice: Voice, value: f64| {
        to.put([tag]);
        to.voice(voice);
        to.put(value.to_le_bytes());
    };
    match kind {
        EventKind::NoteOn { voice, velocity } => voiced(3, voice, velocity),
        EventKind::NoteOff { voice, velocity } => voiced(4, voice, velocity),
        EventKind::NoteChoke { voice } => voiced(5, voice, 0.0),
        EventKind::NoteEnd { voice } => voiced(6, voice, 0.0),
        EventKind::Expression { voice, expression, value } => {
            voiced(7, voice, value);
            let number = EXPRESSIONS.iter().position(|known| *known == expression).unwrap_or(0);
            to.put([u8::try_from(number).unwrap_or(0)]);
        }
        EventKind::Param { param, voice, value } | EventKind::ParamLine { param, voice, value } => {
            voiced(8, voice, value);
            to.put(param.0.to_le_bytes());
        }
        EventKind::ParamMod { param, voice, amount } => {
            voiced(9, voice, amount);
            to.put(param.0.to_le_bytes());
        }
        EventKind::GestureBegin { param } => {
            to.put([10]);
            to.put(param.0.to_le_bytes());
        }
        EventKind::GestureEnd { param } => {
            to.put([11]);
            to.put(param.0.to_le_bytes());
        }
        EventKind::Midi { port, data } => {
            to.put([12]);
            to.put(port.to_le_bytes());
            to.put(data);
        }
        // Carried in parts.
        EventKind::SysEx { .. } => {}
    }
}

fn unpack(from: &mut Reader<'_>) -> Option<Carried> {
    let [tag] = from.take()?;
    let kind = match tag {
        0 => return Some(Carried::Lost(from.u32()?)),
        1 | 2 => {
            let place = if tag == 2 { Place::End } else { Place::Within };
            let (port, [len]) = (from.i16()?, from.take()?);
            return part(port, place, from.0.get(..usize::from(len))?).map(Carried::Part);
        }
        3..=9 => {
            let (voice, value) = (from.voice()?, from.f64()?);
            match tag {
                3 => EventKind::NoteOn { voice, velocity: value },
                4 => EventKind::NoteOff { voice, velocity: value },
                5 => EventKind::NoteChoke { voice },
                6 => EventKind::NoteEnd { voice },
                7 => {
                    let [number] = from.take()?;
                    let expression = *EXPRESSIONS.get(usize::from(number))?;
                    EventKind::Expression { voice, expression, value }
                }
                8 => EventKind::Param { voice, value, param: ParamId(from.u32()?) },
                _ => EventKind::ParamMod { voice, amount: value, param: ParamId(from.u32()?) },
            }
        }
        10 => EventKind::GestureBegin { param: ParamId(from.u32()?) },
        11 => EventKind::GestureEnd { param: ParamId(from.u32()?) },
        12 => EventKind::Midi { port: from.i16()?, data: from.take()? },
        _ => return None,
    };
    Some(Carried::Event(kind))
}

fn part(port: i16, place: Place, bytes: &[u8]) -> Option<Part> {
    let mut part = Part { port, place, len: u8::try_from(bytes.len()).ok()?, bytes: [0; PART] };
    part.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(part)
}

impl SysExMessage for Carried {
    type Buffer = [u8; LENGTH];

    /// What is not packed is a real message; one that is too long for a part is lost, which is told.
    fn from_buffer(buffer: &[u8]) -> Option<Self> {
        match buffer {
            [PACKED, rest @ ..] => unpack(&mut Reader(rest)),
            [0xF0, ..] => Some(part(0, Place::End, buffer).map_or(Self::Lost(1), Self::Message)),
            _ => None,
        }
    }

    fn as_buffer(&self) -> (Self::Buffer, usize) {
        self.pack()
    }
}

#[cfg(test)]
mod tests;
