//! Which notes of the outer host still sound, so that it is told when one has ended: hosts keep what they know of a voice,
//! such as its modulation, until then.
//!
//! A note can sound in several instruments at once; it has ended when it has ended in all of them. Instruments that
//! never tell, as those that only speak MIDI, end it with its note off.

use crate::event::{Event, EventKind, EventList, Voice};

/// The notes that the host has started.
pub(super) struct Voices {
    notes: Vec<Note>,
    /// What instruments told in this stretch: frames of the host's block, and voices.
    endings: Vec<(u32, Voice)>,
}

struct Note {
    voice: Voice,
    /// How many instruments will tell when it has ended.
    sounding: u32,
    /// Whether any was among those it went to.
    was_heard: bool,
    /// When it was let go, in frames before the current stretch.
    released: Option<u32>,
}

impl Voices {
    /// How many notes are followed at once. The oldest counts as ended when there is one more.
    const NOTES: usize = 512;
    /// As many endings as fit in a stretch.
    const ENDINGS: usize = 4_096;

    pub fn new() -> Self {
        Self { notes: Vec::with_capacity(Self::NOTES), endings: Vec::with_capacity(Self::ENDINGS) }
    }

    /// Whether there is anything to do.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// The host's event, at a frame of the stretch.
    ///
    /// # Real-time
    /// Linear in the notes.
    pub fn take(&mut self, event: Event, ends: &mut EventList, offset: u32) {
        match event.kind {
            EventKind::NoteOn { voice, .. } => {
                if self.notes.len() == Self::NOTES {
                    let oldest = self.notes.remove(0);
                    end(oldest.voice, event.frame + offset, ends);
                }
                self.notes.push(Note { voice, sounding: 0, was_heard: false, released: None });
            }
            EventKind::NoteOff { voice, .. } | EventKind::NoteChoke { voice } => {
                for note in self.notes.iter_mut().filter(|note| voice.matches(note.voice)) {
                    note.released.get_or_insert(0);
                }
            }
            _ => {}
        }
    }

    /// An instrument that tells the ends of its notes got one.
    pub fn heard(&mut self, voice: Voice) {
        if let Some(note) = self.notes.iter_mut().rev().find(|note| note.voice == voice) {
            note.sounding += 1;
            note.was_heard = true;
        }
    }

    /// An instrument told that notes have ended, at a frame of the host's block.
    pub fn ending(&mut self, pattern: Voice, frame: u32) {
        if self.endings.len() < Self::ENDINGS {
            self.endings.push((frame, pattern));
        }
    }

    /// Ends the notes that instruments told about, in the same order whichever thread ran which.
    ///
    /// # Real-time
    /// Linear in the notes, for each ending.
    pub fn end(&mut self, ends: &mut EventList) {
        let key =
            |&(frame, voice): &(u32, Voice)| (frame, voice.note_id, voice.port, voice.channel, voice.key);
        self.endings.sort_unstable_by_key(key);
        let Self { notes, endings } = self;
        for (frame, pattern) in endings.drain(..) {
            notes.retain_mut(|note| {
                if note.sounding == 0 || !pattern.matches(note.voice) {
                    return true;
                }
                note.sounding -= 1;
                if note.sounding == 0 {
                    end(note.voice, frame, ends);
                }
                note.sounding > 0
            });
        }
    }

    /// After a stretch: notes that were let go so many frames ago that they have arrived wherever they were going, and
    /// that no instrument will tell about, have ended. `last` is the last frame of the stretch in the host's block.
    pub fn settle(&mut self, frames: u32, latency: u32, last: u32, ends: &mut EventList) {
        self.notes.retain_mut(|note| {
            let Some(released) = &mut note.released else { return true };
            *released = released.saturating_add(frames);
            if note.was_heard || *released <= latency {
                return true;
            }
            end(note.voice, last, ends);
            false
        });
    }

    /// Nothing sounds any more.
    pub fn clear(&mut self) {
        self.notes.clear();
    }
}

fn end(voice: Voice, frame: u32, ends: &mut EventList) {
    ends.push(Event::new(frame, EventKind::NoteEnd { voice }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(note_id: i32) -> Voice {
        Voice { note_id, port: 0, channel: 0, key: 60 }
    }

    fn on(note_id: i32) -> Event {
        Event::new(0, EventKind::NoteOn { voice: voice(note_id), velocity: 1.0 })
    }

    fn off(note_id: i32) -> Event {
        Event::new(0, EventKind::NoteOff { voice: voice(note_id), velocity: 0.0 })
    }

    fn ids(ends: &EventList) -> Vec<(u32, i32)> {
        ends.iter()
            .map(|event| match event.kind {
                EventKind::NoteEnd { voice } => (event.frame, voice.note_id),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_note_has_ended_when_it_has_in_every_instrument() {
        let (mut voices, mut ends) = (Voices::new(), EventList::with_capacity(16));
        voices.take(on(1), &mut ends, 0);
        voices.take(on(2), &mut ends, 0);
        voices.heard(voice(1));
        voices.heard(voice(1));
        voices.heard(voice(2));
        voices.ending(voice(1), 10);
        voices.end(&mut ends);
        assert_eq!(ids(&ends), []);
        voices.ending(voice(1), 12);
        voices.ending(voice(2), 11);
        voices.end(&mut ends);
        assert_eq!(ids(&ends), [(11, 2), (12, 1)]);
        assert!(voices.is_empty());
        // What is no note of the host's is not told.
        voices.ending(voice(3), 13);
        voices.end(&mut ends);
        assert_eq!(ends.len(), 2);
    }

    #[test]
    fn a_note_that_nobody_tells_about_ends_with_its_note_off_once_it_has_arrived() {
        let (mut voices, mut ends) = (Voices::new(), EventList::with_capacity(16));
        voices.take(on(1), &mut ends, 0);
        voices.settle(64, 100, 63, &mut ends);
        voices.take(off(1), &mut ends, 0);
        voices.settle(64, 100, 63, &mut ends);
        assert_eq!(ids(&ends), []);
        voices.settle(64, 100, 63, &mut ends);
        assert_eq!(ids(&ends), [(63, 1)]);
        assert!(voices.is_empty());
    }

    #[test]
    fn notes_beyond_the_last_push_out_the_first() {
        let (mut voices, mut ends) = (Voices::new(), EventList::with_capacity(16));
        for id in 0..514 {
            voices.take(on(id), &mut ends, 0);
        }
        assert_eq!(ids(&ends), [(0, 0), (0, 1)]);
    }
}
