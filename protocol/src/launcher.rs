//! The launcher: which slot of a track plays from which beat on, given what hands launch and how time goes on.
//!
//! Each track is a [`Column`] of slots with a [`ColumnState`] of its own. The state changes only at beats it can name
//! beforehand, so that an engine can split its blocks there. It is deterministic: random follow actions are drawn from
//! the column's seed and the number of changes so far. Nothing here allocates or waits: all of it may run on an audio
//! thread.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::EntityId;
use crate::signature::SignatureMap;
use crate::time::{Beats, TICKS_PER_BEAT};
use crate::words::words;

mod follow;
#[cfg(test)]
mod tests;

words!(
    /// Places where launched clips start.
    LaunchQuantum {
        /// At the next bar.
        Bar = "bar",
        /// At once.
        None = "none",
        /// At the next sixteenth.
        Sixteenth = "sixteenth",
        /// At the next eighth.
        Eighth = "eighth",
        /// At the next quarter.
        Quarter = "quarter",
        /// At the next half note.
        Half = "half",
        /// At the next odd bar: 1, 3, 5.
        TwoBars = "two_bars",
        /// At bar 1, 5, 9 and so on.
        FourBars = "four_bars",
        /// At bar 1, 9, 17 and so on.
        EightBars = "eight_bars",
    }
);
words!(
    /// What a hand on a slot does.
    LaunchMode {
        /// Starts it, again if it plays.
        Trigger = "trigger",
        /// Starts it; letting go stops it.
        Gate = "gate",
        /// Starts it, or stops it if it plays.
        Toggle = "toggle",
    }
);
words!(
    /// What comes after a clip.
    FollowAction {
        /// It goes on.
        None = "none",
        /// The track falls silent.
        Stop = "stop",
        /// The same from its start.
        Again = "again",
        /// The next of its group; the first after the last. A group is slots with clips without a gap between.
        Next = "next",
        /// The one before in its group; the last before the first.
        Previous = "previous",
        /// The first of its group.
        First = "first",
        /// The last of its group.
        Last = "last",
        /// Any of its group.
        Any = "any",
        /// Any of its group but itself.
        Other = "other",
    }
);
words!(
    /// What is counted until a follow action comes.
    FollowUnit {
        /// Rounds of the clip.
        Loops = "loops",
        /// Bars.
        Bars = "bars",
    }
);

impl LaunchQuantum {
    /// The first place at or after a position.
    #[must_use]
    pub fn next(self, at: Beats, bars: &SignatureMap) -> Beats {
        let note = |ticks: i64| {
            let rest = at.0.rem_euclid(ticks);
            if rest == 0 { at } else { at + Beats(ticks - rest) }
        };
        let bar = |every: i64| {
            let current = bars.bar_at(at);
            let first = if current.start == at { current.number } else { current.number + 1 };
            bars.bar(first + (1 - first).rem_euclid(every)).start
        };
        match self {
            Self::None => at,
            Self::Sixteenth => note(TICKS_PER_BEAT / 4),
            Self::Eighth => note(TICKS_PER_BEAT / 2),
            Self::Quarter => note(TICKS_PER_BEAT),
            Self::Half => note(2 * TICKS_PER_BEAT),
            Self::Bar => bar(1),
            Self::TwoBars => bar(2),
            Self::FourBars => bar(4),
            Self::EightBars => bar(8),
        }
    }
}

/// A track's slots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// The track.
    pub track: EntityId,
    /// By row.
    pub slots: Arc<[SlotPlan]>,
    /// What random follow actions are drawn from.
    pub seed: u64,
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotPlan {
    /// The slot.
    pub id: EntityId,
    /// Which scene, counted from the top.
    pub row: u32,
    /// What it plays; `None` stops the track.
    pub clip: Option<SlotClip>,
    /// What a hand does.
    pub mode: LaunchMode,
    /// Where it starts.
    pub quantum: LaunchQuantum,
    /// What comes after.
    pub follow: Follow,
}

/// What a slot plays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotClip {
    /// The clip.
    pub clip: EntityId,
    /// Length of one round.
    pub round: Beats,
    /// Whether rounds follow each other; otherwise the track falls silent after one.
    pub looped: bool,
}

/// What comes after a clip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Follow {
    /// One action, and the other.
    pub actions: [FollowAction; 2],
    /// How likely the first is, 0..=1.
    pub chance: f64,
    /// After how many rounds or bars.
    pub after: u32,
    /// Which of them.
    pub unit: FollowUnit,
}

impl Default for Follow {
    fn default() -> Self {
        Self { actions: [FollowAction::None; 2], chance: 1.0, after: 1, unit: FollowUnit::Loops }
    }
}

/// What a track plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Playing {
    /// Its clips on the timeline.
    #[default]
    Arrangement,
    /// Nothing, until something is launched or the arrangement taken up.
    Stopped,
    /// A slot, by index, whose clip started at a beat.
    Slot {
        /// Which.
        slot: usize,
        /// Where it started.
        since: Beats,
    },
}

/// From a beat on, a track plays something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub at: Beats,
    /// What.
    pub to: Playing,
}

/// Where a column is. Plain data, to be kept beside the column; a new column with the same slots takes it over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnState {
    playing: Playing,
    queued: Option<Change>,
    /// How many changes there were.
    count: u64,
}

impl ColumnState {
    /// What plays now.
    #[must_use]
    pub fn playing(&self) -> Playing {
        self.playing
    }

    /// What is launched and waits for its place.
    #[must_use]
    pub fn queued(&self) -> Option<Change> {
        self.queued
    }

    /// A hand presses a slot, by index; takes effect at its quantum. One that is not there does nothing.
    pub fn press(&mut self, column: &Column, slot: usize, now: Beats, bars: &SignatureMap) {
        let Some(plan) = column.slots.get(slot) else { return };
        let at = plan.quantum.next(now, bars);
        let plays = matches!(self.playing, Playing::Slot { slot: playing, .. } if playing == slot);
        let stops = plan.clip.is_none() || (plays && plan.mode == LaunchMode::Toggle);
        let to = if stops { Playing::Stopped } else { Playing::Slot { slot, since: at } };
        self.queued = Some(Change { at, to });
    }

    /// The hand lets go: a gate stops at its quantum, or is not begun at all.
    pub fn release(&mut self, column: &Column, slot: usize, now: Beats, bars: &SignatureMap) {
        let Some(plan) = column.slots.get(slot).filter(|plan| plan.mode == LaunchMode::Gate) else { return };
        let is_it = |playing| matches!(playing, Playing::Slot { slot: other, .. } if other == slot);
        if self.queued.is_some_and(|queued| is_it(queued.to)) {
            self.queued = None;
        }
        if is_it(self.playing) {
            self.queued = Some(Change { at: plan.quantum.next(now, bars), to: Playing::Stopped });
        }
    }

    /// Silences the track at a quantum.
    pub fn stop(&mut self, quantum: LaunchQuantum, now: Beats, bars: &SignatureMap) {
        self.queued = Some(Change { at: quantum.next(now, bars), to: Playing::Stopped });
    }

    /// Goes back to the clips on the timeline, at once: they are where they would be.
    pub fn back_to_arrangement(&mut self, now: Beats) {
        self.queued = Some(Change { at: now, to: Playing::Arrangement });
    }

    /// The transport jumped: what plays and waits goes along, as if time had run on.
    pub fn moved(&mut self, from: Beats, to: Beats) {
        let by = to - from;
        if let Playing::Slot { since, .. } = &mut self.playing {
            *since += by;
        }
        if let Some(queued) = &mut self.queued {
            queued.at += by;
            if let Playing::Slot { since, .. } = &mut queued.to {
                *since += by;
            }
        }
    }

    /// The state in a changed column: what plays and waits goes on in its slot, or falls silent if that is gone.
    #[must_use]
    pub fn carried(&self, from: &Column, to: &Column) -> Self {
        let carry = |playing: Playing| match playing {
            Playing::Slot { slot, since } => {
                let id = from.slots.get(slot).map(|slot| slot.id);
                let slot = to.slots.iter().position(|other| Some(other.id) == id);
                slot.map_or(Playing::Stopped, |slot| Playing::Slot { slot, since })
            }
            other => other,
        };
        let queued = self.queued.map(|queued| Change { to: carry(queued.to), ..queued });
        Self { playing: carry(self.playing), queued, count: self.count }
    }

    /// The next change that is sure to come if nobody does anything.
    #[must_use]
    pub fn next_change(&self, column: &Column, bars: &SignatureMap) -> Option<Change> {
        let follow = self.follow(column, bars);
        match (self.queued, follow) {
            // A hand goes before what would follow at the same beat.
            (Some(queued), Some(follow)) => Some(if follow.at < queued.at { follow } else { queued }),
            (queued, follow) => queued.or(follow),
        }
    }

    /// Runs on to a beat, it excluded, and says every change on the way, in order. At most one change is said per tick,
    /// and at most 4096 in all: a clip of a tick that follows itself is not music.
    pub fn advance(
        &mut self,
        column: &Column,
        to: Beats,
        bars: &SignatureMap,
        mut changed: impl FnMut(Change),
    ) {
        for _ in 0..4_096 {
            let Some(change) = self.next_change(column, bars).filter(|change| change.at < to) else { return };
            self.take(change);
            changed(change);
        }
    }

    fn take(&mut self, change: Change) {
        if self.queued == Some(change) {
            self.queued = None;
        }
        self.playing = change.to;
        self.count = self.count.wrapping_add(1);
    }
}
