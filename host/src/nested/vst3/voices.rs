//! The notes that sound in a plugin: VST3 addresses expressions by note id, we by key and channel, too.

use crate::event::Voice;

/// How many notes are known at a time. Beyond this the oldest that was let go, or else the oldest, is forgotten.
const VOICES: usize = 128;
/// How many notes that were let go are remembered: VST3 does not tell when they have died away.
const RELEASED: usize = 16;
/// Where the ids begin that we give to notes without one: far from those that others count up from zero.
const FIRST_OWN_ID: i32 = 0x4000_0000;

/// The notes of one plugin. Allocates when made, never after.
pub(super) struct Voices {
    /// Oldest first.
    sounding: Vec<Sounding>,
    next_id: i32,
}

/// A note that was started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sounding {
    /// As we know it; its port is the event input.
    pub(super) voice: Voice,
    /// As the plugin knows it.
    pub(super) id: i32,
    /// Whether its key is still down.
    held: bool,
}

impl Sounding {
    /// Whether a pattern means it. One with an id means the note with that id, and no note without one.
    #[inline]
    fn is_meant(&self, pattern: Voice) -> bool {
        let is_named = pattern.note_id < 0 || pattern.note_id == self.voice.note_id;
        is_named && Voice { note_id: -1, ..pattern }.matches(self.voice)
    }
}

impl Voices {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { sounding: Vec::with_capacity(VOICES), next_id: FIRST_OWN_ID }
    }

    /// A note starts; returns its id for the plugin: its own, if it has one.
    pub(super) fn start(&mut self, voice: Voice) -> i32 {
        let id = if voice.note_id >= 0 {
            voice.note_id
        } else {
            self.next_id = self.next_id.checked_add(1).unwrap_or(FIRST_OWN_ID);
            self.next_id
        };
        // What dies away under the same name is not to be expressed through this one.
        let is_same = |known: &Sounding| known.id == id || known.voice == voice;
        self.sounding.retain(|known| known.held || !is_same(known));
        if self.sounding.len() == VOICES {
            let oldest = self.sounding.iter().position(|sounding| !sounding.held).unwrap_or(0);
            self.sounding.remove(oldest);
        }
        self.sounding.push(Sounding { voice, id, held: true });
        id
    }

    /// Lets go of the notes that are meant; those are handed over. A note without an id is let go once for each time it
    /// was started: the oldest first.
    pub(super) fn release(&mut self, pattern: Voice, mut each: impl FnMut(Sounding)) {
        let only_oldest = pattern.note_id < 0 && pattern.key >= 0;
        for sounding in &mut self.sounding {
            if sounding.held && sounding.is_meant(pattern) {
                sounding.held = false;
                each(*sounding);
                if only_oldest {
                    break;
                }
            }
        }
        let released = self.sounding.iter().filter(|sounding| !sounding.held).count();
        let mut surplus = released.saturating_sub(RELEASED);
        self.sounding.retain(|sounding| {
            let is_surplus = surplus > 0 && !sounding.held;
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
    }

    /// The notes that are meant, released ones included: expressions go on while they die away.
    #[inline]
    pub(super) fn matching(&self, pattern: Voice) -> impl Iterator<Item = Sounding> + '_ {
        self.sounding.iter().copied().filter(move |sounding| sounding.is_meant(pattern))
    }

    /// Whether the key of any is down.
    pub(super) fn is_held(&self) -> bool {
        self.sounding.iter().any(|sounding| sounding.held)
    }

    /// Forgets all notes.
    pub(super) fn clear(&mut self) {
        self.sounding.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(note_id: i32, key: i16) -> Voice {
        Voice { note_id, port: 0, channel: 0, key }
    }

    fn released(voices: &mut Voices, pattern: Voice) -> Vec<i32> {
        let mut ids = Vec::new();
        voices.release(pattern, |sounding| ids.push(sounding.id));
        ids
    }

    #[test]
    fn ids_are_kept_and_notes_without_one_get_their_own() {
        let mut voices = Voices::new();
        assert_eq!(voices.start(voice(7, 60)), 7);
        let own = [voices.start(voice(-1, 60)), voices.start(voice(-1, 60))];
        assert!(own[0] >= FIRST_OWN_ID && own[0] != own[1]);
        assert_eq!(voices.matching(Voice::ALL).count(), 3);
        assert_eq!(released(&mut voices, voice(7, -1)), [7]);
        assert_eq!(released(&mut voices, Voice::key(0, 60)), [own[0]]);
        assert_eq!(released(&mut voices, Voice::key(0, 60)), [own[1]]);
        assert!(released(&mut voices, Voice::ALL).is_empty());
    }

    #[test]
    fn few_notes_that_were_let_go_are_remembered_and_none_twice() {
        let mut voices = Voices::new();
        for id in 0..100 {
            voices.start(voice(id, 60));
            released(&mut voices, voice(id, -1));
        }
        assert_eq!(voices.matching(Voice::ALL).count(), RELEASED);
        voices.start(voice(99, 72));
        let again: Vec<_> = voices.matching(voice(99, -1)).map(|sounding| sounding.voice.key).collect();
        assert_eq!(again, [72]);
    }

    #[test]
    fn a_flood_of_notes_forgets_the_oldest_released() {
        let mut voices = Voices::new();
        for id in 0..i32::try_from(VOICES).unwrap() {
            voices.start(voice(id, 60));
        }
        assert_eq!(released(&mut voices, voice(5, -1)), [5]);
        voices.start(voice(1_000, 61));
        assert_eq!(voices.matching(voice(5, -1)).count(), 0);
        assert_eq!(voices.matching(voice(0, -1)).count(), 1);
    }
}
