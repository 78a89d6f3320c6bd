//! Plays note clips. Notes that sound when playback stops, jumps or wraps are let go at that very frame; a note
//! that began before the place where playback starts is not started.

use protocol::Beats;
use protocol::plan::NoteClip;

use crate::automation::Span;
use crate::event::{Event, EventKind, EventList, Voice};
use crate::math::to_u32;
use crate::transport::Arrival;

/// The notes of a track, clips unrolled, by start. Immutable; replaced whole.
#[derive(Debug, Default)]
pub(crate) struct NoteProgram {
    notes: Vec<PlannedNote>,
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

    /// Unrolls clips. The second value says how many notes were left out.
    pub fn new(clips: &[NoteClip]) -> (Self, usize) {
        let mut notes = Vec::new();
        let mut left_out = 0;
        for clip in clips {
            unroll(clip, &mut notes, &mut left_out);
        }
        notes.sort_by_key(|note| note.start);
        (Self { notes }, left_out)
    }
}

fn unroll(clip: &NoteClip, notes: &mut Vec<PlannedNote>, left_out: &mut usize) {
    let clip_end = clip.start + clip.length;
    let period = clip.loop_length.filter(|period| *period > Beats::ZERO);
    // The place on the timeline where the content's origin lies, in the first round.
    let mut origin = clip.start - clip.offset;
    if let Some(period) = period {
        // An offset past the loop starts within it.
        origin = clip.start - Beats(clip.offset.0.rem_euclid(period.0));
    }
    loop {
        let round_end = period.map_or(clip_end, |period| (origin + period).min(clip_end));
        for note in clip.notes.iter() {
            if period.is_some_and(|period| note.start >= period) {
                continue;
            }
            let start = origin + note.start;
            if start < clip.start || start >= round_end {
                continue;
            }
            if notes.len() >= NoteProgram::MAX_NOTES {
                *left_out += 1;
                continue;
            }
            let end = (start + note.length.max(Beats(1))).min(clip_end);
            let (velocity, key, channel) =
                (note.velocity.clamp(0.0, 1.0), note.key.min(127), note.channel.min(15));
            notes.push(PlannedNote { start, end, velocity, key, channel });
        }
        let Some(period) = period else { return };
        origin += period;
        let audible = clip.notes.iter().any(|note| note.start < period);
        if origin >= clip_end || notes.len() >= NoteProgram::MAX_NOTES || !audible {
            return;
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
    sounding: Vec<Sounding>,
    dropped: u32,
}

impl NotePlayer {
    /// Notes that can sound at once.
    const MAX_SOUNDING: usize = 256;

    pub fn new(program: Box<NoteProgram>) -> Self {
        Self { program, next: None, sounding: Vec::with_capacity(Self::MAX_SOUNDING), dropped: 0 }
    }

    /// Plays other notes from now on; those that sound go on. Gives back the old program.
    pub fn replace(&mut self, program: Box<NoteProgram>) -> Box<NoteProgram> {
        self.next = None;
        std::mem::replace(&mut self.program, program)
    }

    pub fn reset(&mut self) {
        self.next = None;
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
            return;
        }
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
        }
    }

    /// 60 bpm at 10 Hz: a beat is ten frames. Plays blocks of (start, frames, arrival).
    fn play(clips: &[NoteClip], blocks: &[(i64, usize, Arrival)]) -> Vec<(i64, bool, i16)> {
        let mut player = NotePlayer::new(Box::new(NoteProgram::new(clips).0));
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
        assert_eq!(NoteProgram::new(&[looped]).0.notes.len(), NoteProgram::MAX_NOTES);
    }
}
