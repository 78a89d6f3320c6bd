//! Hands out buffers, most recently freed first: those are warm in the cache.

use std::collections::BTreeMap;

use super::tasks::Ancestors;
use crate::graph::Slot;
use crate::math::{to_u32, to_usize};

/// The buffers of a lane.
pub(super) struct Slots {
    slots: Vec<State>,
    /// Those nobody will read any more, by channels.
    free: BTreeMap<u8, Vec<Slot>>,
}

#[derive(Clone, Default)]
struct State {
    channels: u8,
    /// Reads still to come.
    readers: u32,
    /// The tasks that wrote and read what is in it. Whoever writes it next must come after all of them.
    users: Vec<usize>,
}

/// How many free buffers are looked at before a new one is made: what keeps compiling linear.
const LOOKED_AT: usize = 32;

impl Slots {
    /// Only the reserved one.
    pub fn new() -> Self {
        Self { slots: vec![State::default()], free: BTreeMap::new() }
    }

    /// The channels of each.
    pub fn channels(&self) -> Vec<u8> {
        self.slots.iter().map(|slot| slot.channels).collect()
    }

    /// A buffer that a task writes, to be read so many times.
    pub fn take(&mut self, channels: u8, readers: u32, task: usize, ancestors: &Ancestors) -> Slot {
        let free = self.free.entry(channels).or_default();
        let fits = |slot: &Slot| {
            let users = &self.slots[to_usize(*slot)].users;
            users.iter().all(|&user| user == task || ancestors.is_before(user, task))
        };
        let from = free.len().saturating_sub(LOOKED_AT);
        let found = free[from..].iter().rposition(fits).map(|place| free.remove(from + place));
        let slot = found.unwrap_or_else(|| {
            self.slots.push(State::default());
            to_u32(self.slots.len() - 1)
        });
        self.slots[to_usize(slot)] = State { channels, readers, users: vec![task] };
        slot
    }

    /// A task reads a buffer. After the last time it is free.
    pub fn read(&mut self, slot: Slot, task: usize) {
        if slot == crate::graph::SILENCE {
            return;
        }
        let state = &mut self.slots[to_usize(slot)];
        if !state.users.contains(&task) {
            state.users.push(task);
        }
        state.readers = state.readers.saturating_sub(1);
        if state.readers == 0 {
            self.free.entry(state.channels).or_default().push(slot);
        }
    }

    /// A buffer that nobody reads is only scratch space for its writer.
    pub fn release_unread(&mut self, slot: Slot) {
        let state = &self.slots[to_usize(slot)];
        if state.readers == 0 {
            self.free.entry(state.channels).or_default().push(slot);
        }
    }
}
