//! The MIDI messages of a track: controllers, programs and the like, in order of time.
//!
//! Where playback starts or jumps to, instruments are told what holds there (the *chase*): the last program, controller,
//! pitch bend and pressure before the place. A bend or a pedal that only comes later is at rest until then.

use protocol::{Beats, MidiMessage};

use crate::automation::Span;
use crate::event::{Event, EventKind, EventList};
use crate::math::to_u32;

const PEDAL: u8 = 64;

/// A message on the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Planned {
    pub at: Beats,
    pub message: Message,
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Message {
    Short([u8; 3]),
    /// An index into [`Messages::sysex`].
    SysEx(usize),
}

/// Messages by position, and how to find what holds at one.
#[derive(Debug, Default)]
pub(super) struct Messages {
    all: Vec<Planned>,
    sysex: Vec<Box<[u8]>>,
    /// By channel, banks before programs before the rest.
    tracks: Vec<Held>,
}

/// The messages that set one thing, such as controller 7 of channel 3.
#[derive(Debug)]
struct Held {
    /// What sets it to rest, if it has a rest.
    rest: Option<[u8; 3]>,
    places: Vec<(Beats, [u8; 3])>,
}

/// What a message sets, in the order of the chase; `None` if it does not last.
fn what(data: [u8; 3]) -> Option<(u8, u16)> {
    let rank = match (data[0] & 0xf0, data[1]) {
        (0xb0, 0) => 0,
        (0xb0, 32) => 1,
        (0xc0, _) => 2,
        // Reset, all notes off and the like happen, and do not last.
        (0xb0, 120..) => return None,
        (0xb0, number) => 3 + u16::from(number),
        (0xd0, _) => 200,
        (0xe0, _) => 201,
        _ => return None,
    };
    Some((data[0] & 0x0f, rank))
}

fn rest(data: [u8; 3]) -> Option<[u8; 3]> {
    match (data[0] & 0xf0, data[1]) {
        (0xb0, PEDAL) => Some([data[0], PEDAL, 0]),
        (0xe0, _) => Some([data[0], 0, 0x40]),
        (0xd0, _) => Some([data[0], 0, 0]),
        _ => None,
    }
}

/// The bytes of a message; `None` for system-exclusive ones, which are elsewhere.
pub(super) fn bytes(channel: u8, message: MidiMessage) -> Option<[u8; 3]> {
    let channel = channel.min(15);
    let low = |value: u8| value & 0x7f;
    Some(match message {
        MidiMessage::Controller { number, value } => [0xb0 | channel, low(number), low(value)],
        MidiMessage::Program(program) => [0xc0 | channel, low(program), 0],
        MidiMessage::PitchBend(bend) => {
            let [coarse, fine] = (bend.clamp(-8_192, 8_191) + 8_192).to_be_bytes();
            [0xe0 | channel, low(fine), (coarse << 1) | (fine >> 7)]
        }
        MidiMessage::ChannelPressure(value) => [0xd0 | channel, low(value), 0],
        MidiMessage::KeyPressure { key, value } => [0xa0 | channel, low(key), low(value)],
        MidiMessage::SystemExclusive(_) => return None,
    })
}

impl Messages {
    pub fn new(mut all: Vec<Planned>, sysex: Vec<Box<[u8]>>) -> Self {
        all.sort_by_key(|planned| planned.at);
        let mut tracks: std::collections::BTreeMap<(u8, u16), Held> = std::collections::BTreeMap::new();
        for planned in &all {
            if let Message::Short(data) = planned.message
                && let Some(what) = what(data)
            {
                let held =
                    tracks.entry(what).or_insert_with(|| Held { rest: rest(data), places: Vec::new() });
                held.places.push((planned.at, data));
            }
        }
        Self { all, sysex, tracks: tracks.into_values().collect() }
    }

    /// The first message at or after the start of a span.
    pub fn first(&self, span: &Span<'_>) -> usize {
        self.all.partition_point(|planned| span.map.frame_at(planned.at) < span.start)
    }

    /// Says what holds at the start of a span.
    pub fn chase(&self, span: &Span<'_>, out: &mut EventList) {
        for held in &self.tracks {
            let passed = held.places.partition_point(|(at, _)| span.map.frame_at(*at) < span.start);
            let last = passed.checked_sub(1).map(|last| held.places[last].1);
            if let Some(data) = last.or(held.rest) {
                out.push(Event::new(0, EventKind::Midi { port: 0, data }));
            }
        }
    }

    /// Lets pedals go: nothing is to ring on when playback has stopped.
    pub fn lift_pedals(&self, out: &mut EventList) {
        for data in self.tracks.iter().filter_map(|held| held.rest) {
            if (data[0] & 0xf0, data[1]) == (0xb0, PEDAL) {
                out.push(Event::new(0, EventKind::Midi { port: 0, data }));
            }
        }
    }

    /// Adds the messages of a span from the `next` on, and gives the next after it.
    pub fn play(&self, mut next: usize, span: &Span<'_>, out: &mut EventList) -> usize {
        while let Some(planned) = self.all.get(next) {
            let frame = span.map.frame_at(planned.at).max(span.start);
            if frame >= span.end() {
                break;
            }
            let offset = to_u32(crate::math::span(frame - span.start));
            match planned.message {
                Message::Short(data) => out.push(Event::new(offset, EventKind::Midi { port: 0, data })),
                Message::SysEx(index) => {
                    if let Some(bytes) = self.sysex.get(index) {
                        out.push_sysex(offset, 0, bytes);
                    }
                }
            }
            next += 1;
        }
        next
    }
}
