//! Plays note clips, and the controllers and programs in them. Notes that sound when playback stops, jumps or wraps are
//! let go at that very frame; a note that began before the place where playback starts is not started.
//!
//! This file is long because notes and messages of clips share one walk over the block, which is easier to follow in one
//! place.

mod messages;

use std::collections::BTreeMap;

use protocol::plan::NoteClip;
use protocol::{Beats, BlobHash, MidiMessage};

use self::messages::{Message, Messages, Planned};

use crate::automation::Span;
use crate::event::{Event, EventKind, EventList, Voice};
use crate::math::to_u32;
use crate::transport::Arrival;

/// The notes of a track, clips unrolled, by start. Immutable; replaced whole.
#[derive(Debug, Default)]
pub(crate) struct NoteProgram {
    notes: Vec<PlannedNote>,
    messages: Messages,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct PlannedNote {
    start: Beats,
    end: Beats,
    velocity: f64,
    key: u8,
    channel: u8,
}

impl NoteProgram {
    /// More notes than this are not played: a loop of a tick in a clip of a year is not music.
    pub const MAX_NOTES: usize = 1 << 20;

    /// Unrolls clips. `sysex` gives the bytes of a system-exclusive message; those it does not give are not played. The
    /// second value says how many notes and messages were left out.
    pub fn new(clips: &[NoteClip], sysex: impl FnMut(BlobHash) -> Option<Box<[u8]>>) -> (Self, usize) {
        let mut unrolled = Unrolled { notes: Vec::new(), messages: Vec::new(), left_out: 0 };
        let mut exclusive = Exclusive { read: sysex, known: BTreeMap::new(), bytes: Vec::new() };
        for clip in clips {
            unroll(clip, &mut unrolled, &mut exclusive);
        }
        let Unrolled { mut notes, messages, left_out } = unrolled;
        notes.sort_by_key(|note| note.start);
        (Self { notes, messages: Messages::new(messages, exclusive.bytes) }, left_out)
    }
}

/// What clips unroll to.
struct Unrolled {
    notes: Vec<PlannedNote>,
    messages: Vec<Planned>,
    left_out: usize,
}

/// The system-exclusive messages read so far.
struct Exclusive<F> {
    read: F,
    known: BTreeMap<BlobHash, Option<usize>>,
    bytes: Vec<Box<[u8]>>,
}

impl<F: FnMut(BlobHash) -> Option<Box<[u8]>>> Exclusive<F> {
    fn get(&mut self, blob: BlobHash) -> Option<usize> {
        let Self { read, known, bytes } = self;
        *known.entry(blob).or_insert_with(|| {
            bytes.push(read(blob)?);
            Some(bytes.len() - 1)
        })
    }
}

fn unroll(
    clip: &NoteClip,
    Unrolled { notes, messages, left_out }: &mut Unrolled,
    exclusive: &mut Exclusive<impl FnMut(BlobHash) -> Option<Box<[u8]>>>,
) {
    for round in clip.rounds() {
        if notes.len().max(messages.len()) >= NoteProgram::MAX_NOTES {
            return;
        }
        for note in clip.notes.iter() {
            let Some(start) = round.place(note.start) else { continue };
            if notes.len() >= NoteProgram::MAX_NOTES {
                *left_out += 1;
                continue;
            }
            let end = (start + note.length.max(Beats(1))).min(clip.start + clip.length);
            let (velocity, key, channel) =
                (note.velocity.clamp(0.0, 1.0), note.key.min(127), note.channel.min(15));
            notes.push(PlannedNote { start, end, velocity, key, channel });
        }
        for event in clip.events.iter() {
            let Some(at) = round.place(event.at) else { continue };
            if messages.len() >= NoteProgram::MAX_NOTES {
                *left_out += 1;
                continue;
            }
            let message = match event.message {
                MidiMessage::SystemExclusive(blob) => exclusive.get(blob).map(Message::SysEx),
                message => messages::bytes(event.channel, message).map(Message::Short),
            };
            messages.extend(message.map(|message| Planned { at, message }));
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Sounding {
    end: Beats,
    /// A note lasts at least one frame.
    not_before: i64,
    voice: Voice,
}

/// The node.
#[derive(Debug)]
pub(crate) struct NotePlayer {
    program: Box<NoteProgram>,
    /// The next note to start; `None` until known.
    next: Option<usize>,
    /// The next message; `None` until known.
    next_message: Option<usize>,
    sounding: Vec<Sounding>,
    dropped: u32,
}

impl NotePlayer {
    /// Notes that can sound at once.
    const MAX_SOUNDING: usize = 256;

    pub fn new(program: Box<NoteProgram>) -> Self {
        Self {
            program,
            next: None,
            next_message: None,
            sounding: Vec::with_capacity(Self::MAX_SOUNDING),
            dropped: 0,
        }
    }

    /// Plays other notes from now on; those that sound go on. Gives back the old program.
    pub fn replace(&mut self, program: Box<NoteProgram>) -> Box<NoteProgram> {
        (self.next, self.next_message) = (None, None);
        std::mem::replace(&mut self.program, program)
    }

    pub fn reset(&mut self) {
        (self.next, self.next_message) = (None, None);
        self.sounding.clear();
    }

    pub fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.dropped)
    }

    /// Adds the events of a block.
    pub fn process(&mut self, span: &Span<'_>, out: &mut EventList) {
        if !span.playing || span.arrival != Arrival::Ran {
            for note in self.sounding.drain(..) {
                out.push(note_off(0, note.voice));
            }
            self.next = None;
        }
        if !span.playing {
            if self.next_message.take().is_some() {
                self.program.messages.lift_pedals(out);
            }
            return;
        }
        self.play_messages(span, out);
        let notes = &self.program.notes;
        let mut next = self
            .next
            .unwrap_or_else(|| notes.partition_point(|note| span.map.frame_at(note.start) < span.start));
        loop {
            let starts =
                notes.get(next).map_or(i64::MAX, |note| span.map.frame_at(note.start)).max(span.start);
            let ends = self.next_end(span);
            if starts.min(ends.0) >= span.end() {
                break;
            }
            let offset = |frame: i64| to_u32(crate::math::span(frame - span.start));
            if ends.0 <= starts {
                let note = self.sounding.remove(ends.1);
                out.push(note_off(offset(ends.0), note.voice));
                continue;
            }
            let note = notes[next];
            let voice = Voice {
                // The same note has the same id whenever it is played: randomness seeded from it repeats.
                note_id: i32::try_from(next).unwrap_or(-1),
                port: 0,
                channel: i16::from(note.channel),
                key: i16::from(note.key),
            };
            next += 1;
            if self.sounding.len() == Self::MAX_SOUNDING {
                self.dropped = self.dropped.saturating_add(1);
                continue;
            }
            self.sounding.push(Sounding { end: note.end, not_before: starts + 1, voice });
            out.push(Event::new(offset(starts), EventKind::NoteOn { voice, velocity: note.velocity }));
        }
        self.next = Some(next);
    }

    /// Messages come before the notes of their frame: the list is sorted later, and keeps the order within a frame.
    fn play_messages(&mut self, span: &Span<'_>, out: &mut EventList) {
        let messages = &self.program.messages;
        if span.arrival != Arrival::Ran {
            messages.chase(span, out);
            self.next_message = None;
        }
        let next = self.next_message.unwrap_or_else(|| messages.first(span));
        self.next_message = Some(messages.play(next, span, out));
    }

    /// Frame and index of the note that ends next.
    fn next_end(&self, span: &Span<'_>) -> (i64, usize) {
        let mut first = (i64::MAX, 0);
        for (index, note) in self.sounding.iter().enumerate() {
            let frame = span.map.frame_at(note.end).max(note.not_before).max(span.start);
            if frame < first.0 {
                first = (frame, index);
            }
        }
        first
    }
}

fn note_off(frame: u32, voice: Voice) -> Event {
    Event::new(frame, EventKind::NoteOff { voice, velocity: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::TimeMap;
    use protocol::{Note, SampleRate, TempoMap};

    fn clip(start: i64, length: i64, notes: &[(i64, i64, u8)]) -> NoteClip {
        let notes = notes.iter().map(|&(start, length, key)| Note {
            start: Beats::whole(start),
            length: Beats::whole(length),
            key,
            velocity: 0.5,
            channel: 0,
        });
        NoteClip {
            start: Beats::whole(start),
            length: Beats::whole(length),
            offset: Beats::ZERO,
            loop_length: None,
            notes: notes.collect(),
            events: std::sync::Arc::default(),
        }
    }

    /// 60 bpm at 10 Hz: a beat is ten frames. Plays blocks of (start, frames, arrival).
    fn play(clips: &[NoteClip], blocks: &[(i64, usize, Arrival)]) -> Vec<(i64, bool, i16)> {
        let mut player = NotePlayer::new(Box::new(NoteProgram::new(clips, |_| None).0));
        let tempo = TempoMap::constant(60.0);
        let map = TimeMap::Project(&tempo, SampleRate(10.0));
        let mut seen = Vec::new();
        for &(start, frames, arrival) in blocks {
            let mut out = EventList::with_capacity(64);
            player.process(&Span { start, frames, playing: true, arrival, loop_frames: None, map }, &mut out);
            seen.extend(out.iter().map(|event| match event.kind {
                EventKind::NoteOn { voice, .. } => (start + i64::from(event.frame), true, voice.key),
                EventKind::NoteOff { voice, .. } => (start + i64::from(event.frame), false, voice.key),
                other => panic!("{other:?}"),
            }));
        }
        seen
    }

    use Arrival::{Jumped, Ran, Started};

    #[test]
    fn notes_start_and_end_on_their_frames() {
        let seen = play(&[clip(1, 4, &[(0, 1, 60), (1, 1, 60)])], &[(0, 25, Started), (25, 25, Ran)]);
        assert_eq!(seen, [(10, true, 60), (20, false, 60), (20, true, 60), (30, false, 60)]);
    }

    #[test]
    fn a_looped_clip_repeats_from_its_offset_and_cuts_its_last_note() {
        let mut looped = clip(0, 5, &[(0, 1, 60), (1, 1, 61), (3, 1, 99)]);
        (looped.loop_length, looped.offset) = (Some(Beats::whole(2)), Beats::whole(1));
        let on = |frame, key| (frame, true, key);
        let seen = play(&[looped], &[(0, 90, Started)]);
        let starts: Vec<_> = seen.iter().copied().filter(|event| event.1).collect();
        assert_eq!(starts, [on(0, 61), on(10, 60), on(20, 61), on(30, 60), on(40, 61)]);
        assert_eq!(seen.last(), Some(&(50, false, 61)));
    }

    #[test]
    fn a_jump_lets_go_at_once_and_does_not_start_what_began_before() {
        let seen = play(&[clip(0, 9, &[(0, 9, 60), (2, 1, 61)])], &[(0, 5, Started), (15, 10, Jumped)]);
        assert_eq!(seen, [(0, true, 60), (15, false, 60), (20, true, 61)]);
    }

    #[test]
    fn a_note_shorter_than_a_frame_lasts_one() {
        let mut short = clip(0, 4, &[(0, 1, 60)]);
        let mut note = short.notes[0];
        note.length = Beats(1);
        short.notes = [note].into();
        assert_eq!(play(&[short], &[(0, 10, Started)]), [(0, true, 60), (1, false, 60)]);
    }

    #[test]
    fn absurd_loops_are_bounded() {
        let mut looped = clip(0, 1 << 40, &[(0, 1, 60)]);
        looped.loop_length = Some(Beats(1));
        assert_eq!(NoteProgram::new(&[looped], |_| None).0.notes.len(), NoteProgram::MAX_NOTES);
    }

    /// The messages of blocks, by frame.
    fn messages(clips: &[NoteClip], blocks: &[(i64, usize, Arrival)], stops: bool) -> Vec<(i64, [u8; 3])> {
        let mut player = NotePlayer::new(Box::new(NoteProgram::new(clips, |_| None).0));
        let tempo = TempoMap::constant(60.0);
        let map = TimeMap::Project(&tempo, SampleRate(10.0));
        let mut seen = Vec::new();
        let stop = stops.then_some((0, 10, Ran, false));
        let blocks =
            blocks.iter().map(|&(start, frames, arrival)| (start, frames, arrival, true)).chain(stop);
        for (start, frames, arrival, playing) in blocks {
            let mut out = EventList::with_capacity(64);
            player.process(&Span { start, frames, playing, arrival, loop_frames: None, map }, &mut out);
            seen.extend(out.iter().filter_map(|event| match event.kind {
                EventKind::Midi { data, .. } => Some((start + i64::from(event.frame), data)),
                _ => None,
            }));
        }
        seen
    }

    fn with_events(events: &[(i64, MidiMessage)]) -> NoteClip {
        let event = |&(beat, message): &(i64, MidiMessage)| protocol::MidiEvent {
            at: Beats::whole(beat),
            channel: 2,
            message,
        };
        NoteClip { events: events.iter().map(event).collect(), ..clip(0, 20, &[]) }
    }

    const VOLUME: MidiMessage = MidiMessage::Controller { number: 7, value: 90 };

    #[test]
    fn messages_are_played_at_their_frames() {
        let clip = with_events(&[
            (1, MidiMessage::Program(5)),
            (2, VOLUME),
            (3, MidiMessage::PitchBend(-8_192)),
            (4, MidiMessage::PitchBend(8_191)),
            (5, MidiMessage::ChannelPressure(3)),
            (6, MidiMessage::KeyPressure { key: 60, value: 4 }),
        ]);
        let rest = [(0, [0xd2, 0, 0]), (0, [0xe2, 0, 0x40])];
        let played = [
            (10, [0xc2, 5, 0]),
            (20, [0xb2, 7, 90]),
            (30, [0xe2, 0, 0]),
            (40, [0xe2, 0x7f, 0x7f]),
            (50, [0xd2, 3, 0]),
            (60, [0xa2, 60, 4]),
        ];
        let seen = messages(&[clip], &[(0, 33, Started), (33, 60, Ran)], false);
        assert_eq!(seen, [&rest[..], &played[..]].concat());
    }

    #[test]
    fn a_jump_says_what_holds_there_banks_and_programs_first() {
        let bank = MidiMessage::Controller { number: 0, value: 1 };
        let clip = with_events(&[
            (1, VOLUME),
            (1, MidiMessage::Program(9)),
            (1, bank),
            (2, MidiMessage::Program(5)),
            (9, MidiMessage::Program(6)),
        ]);
        let seen = messages(&[clip], &[(50, 10, Jumped)], false);
        assert_eq!(seen, [(50, [0xb2, 0, 1]), (50, [0xc2, 5, 0]), (50, [0xb2, 7, 90])]);
    }

    #[test]
    fn a_pedal_is_lifted_when_playback_stops() {
        let pedal = MidiMessage::Controller { number: 64, value: 127 };
        let seen = messages(&[with_events(&[(1, pedal)])], &[(0, 20, Started)], true);
        assert_eq!(seen, [(0, [0xb2, 64, 0]), (10, [0xb2, 64, 127]), (0, [0xb2, 64, 0])]);
    }

    #[test]
    fn messages_repeat_with_the_loop_of_their_clip() {
        let mut clip = with_events(&[(1, VOLUME)]);
        (clip.loop_length, clip.length) = (Some(Beats::whole(2)), Beats::whole(5));
        let frames: Vec<i64> =
            messages(&[clip], &[(0, 90, Started)], false).iter().map(|seen| seen.0).collect();
        assert_eq!(frames, [10, 30]);
    }
}
