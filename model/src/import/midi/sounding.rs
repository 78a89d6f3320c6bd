//! Joining note-ons to their note-offs.

use std::collections::{HashMap, VecDeque};

use protocol::{Beats, Note};

/// Notes that were started and not yet ended. The first one started is the first one ended.
#[derive(Default)]
pub(super) struct Sounding {
    notes: HashMap<(u8, u8), VecDeque<(Beats, u8)>>,
}

impl Sounding {
    pub(super) fn press(&mut self, channel: u8, key: u8, at: Beats, velocity: u8) {
        self.notes.entry((channel, key)).or_default().push_back((at, velocity));
    }

    /// Ends a note; `false` when none was sounding.
    pub(super) fn release(&mut self, channel: u8, key: u8, at: Beats, notes: &mut Vec<Note>) -> bool {
        let Some((start, velocity)) = self.notes.get_mut(&(channel, key)).and_then(VecDeque::pop_front)
        else {
            return false;
        };
        let length = (at - start).max(Beats(1));
        notes.push(Note { start, length, key, velocity: f64::from(velocity) / 127.0, channel });
        true
    }

    /// Ends all notes of a channel, and says how many there were.
    pub(super) fn release_all(&mut self, channel: u8, at: Beats, notes: &mut Vec<Note>) -> u64 {
        let mut count = 0;
        for key in 0..=127 {
            while self.release(channel, key, at, notes) {
                count += 1;
            }
        }
        count
    }
}
