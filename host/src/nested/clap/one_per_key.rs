//! Notes for a plugin whose keys sound once at a time: `clap.voice-info` says which do not. A note on a key that sounds lets
//! go of the one before, whose own end is not said again, as that would be the end of the new one.

use crate::event::{EventKind, Voice};

/// What sounds, and what was let go of early. Allocates when made, never after.
pub(super) struct OnePerKey {
    sounding: Vec<Voice>,
    ended: Vec<Voice>,
}

/// More notes than this sound as they are played.
const MOST: usize = 256;

impl OnePerKey {
    pub(super) fn new() -> Self {
        Self { sounding: Vec::with_capacity(MOST), ended: Vec::with_capacity(MOST) }
    }

    /// Forgets what sounds.
    pub(super) fn reset(&mut self) {
        self.sounding.clear();
        self.ended.clear();
    }

    /// Whether a note event is to be said, and which note is to be let go of before it.
    ///
    /// # Real-time
    /// Linear in the notes that sound.
    pub(super) fn admit(&mut self, kind: EventKind) -> (Option<Voice>, bool) {
        match kind {
            EventKind::NoteOn { voice, .. } => (self.start(voice), true),
            EventKind::NoteOff { voice, .. } | EventKind::NoteChoke { voice } => {
                if let Some(place) = self.ended.iter().position(|ended| names(voice, *ended)) {
                    self.ended.swap_remove(place);
                    return (None, false);
                }
                self.sounding.retain(|sounding| !voice.matches(*sounding));
                (None, true)
            }
            EventKind::Expression { voice, .. } => {
                let is_over = voice.note_id >= 0 && self.ended.iter().any(|ended| names(voice, *ended));
                (None, !is_over)
            }
            _ => (None, true),
        }
    }

    fn start(&mut self, voice: Voice) -> Option<Voice> {
        let key = |voice: &Voice| (voice.port, voice.channel, voice.key);
        let before = self.sounding.iter().position(|sounding| key(sounding) == key(&voice));
        let before = before.map(|place| self.sounding.swap_remove(place));
        if let Some(before) = before.filter(|_| self.ended.len() < MOST) {
            self.ended.push(before);
        }
        if self.sounding.len() < MOST {
            self.sounding.push(voice);
        }
        before
    }
}

/// Whether a pattern is about this very note: by its id or, of notes without one, by all else.
fn names(pattern: Voice, note: Voice) -> bool {
    if pattern.note_id >= 0 {
        pattern.note_id == note.note_id && pattern.matches(note)
    } else {
        pattern == note
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Expression;

    fn voice(note_id: i32) -> Voice {
        Voice { note_id, port: 0, channel: 0, key: 60 }
    }

    fn on(note_id: i32) -> EventKind {
        EventKind::NoteOn { voice: voice(note_id), velocity: 1.0 }
    }

    fn off(note_id: i32) -> EventKind {
        EventKind::NoteOff { voice: voice(note_id), velocity: 0.0 }
    }

    #[test]
    fn a_note_on_a_sounding_key_ends_the_one_before_and_only_that_once() {
        for [first, second] in [[1, 2], [-1, -1]] {
            let mut keys = OnePerKey::new();
            assert_eq!(keys.admit(on(first)), (None, true));
            assert_eq!(keys.admit(on(second)), (Some(voice(first)), true));
            assert_eq!(keys.admit(off(first)), (None, false));
            assert_eq!(keys.admit(off(second)), (None, true));
            assert_eq!(keys.admit(on(first)), (None, true));
        }
    }

    #[test]
    fn what_is_said_of_an_ended_note_is_not_for_the_next_one() {
        let mut keys = OnePerKey::new();
        let louder = |note_id| {
            let voice = voice(note_id);
            EventKind::Expression { voice, expression: Expression::Volume, value: 2.0 }
        };
        keys.admit(on(1));
        keys.admit(on(2));
        assert_eq!(keys.admit(louder(1)), (None, false));
        assert_eq!(keys.admit(louder(2)), (None, true));
        assert_eq!(keys.admit(louder(-1)), (None, true));
        let other = Voice { key: 61, ..voice(3) };
        assert_eq!(keys.admit(EventKind::NoteOn { voice: other, velocity: 1.0 }), (None, true));
    }

    #[test]
    fn more_notes_than_there_is_room_for_are_played() {
        let mut keys = OnePerKey::new();
        for round in 0..3 {
            for id in 0..1_000_i16 {
                let voice = Voice { note_id: id.into(), port: 0, channel: id / 100, key: id % 100 };
                let (_, is_said) = keys.admit(EventKind::NoteOn { voice, velocity: 1.0 });
                assert!(is_said, "{round}");
            }
        }
        assert!(keys.sounding.len() <= MOST && keys.ended.len() <= MOST);
    }
}
