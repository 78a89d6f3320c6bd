//! What comes after a clip: its end, or its follow actions.

use std::ops::Range;

use super::{Change, Column, ColumnState, FollowAction, FollowUnit, Playing, SlotPlan};
use crate::signature::SignatureMap;
use crate::time::Beats;

impl ColumnState {
    /// What comes after the slot that plays.
    pub(super) fn follow(&self, column: &Column, bars: &SignatureMap) -> Option<Change> {
        let Playing::Slot { slot, since } = self.playing else { return None };
        let Some((plan, clip)) = column.slots.get(slot).and_then(|plan| Some((plan, plan.clip?))) else {
            // The slot is gone, or has lost its clip.
            return Some(Change { at: since, to: Playing::Stopped });
        };
        let end =
            (!clip.looped).then(|| Change { at: since + clip.round.max(Beats(1)), to: Playing::Stopped });
        let draw = Draw::new(column.seed, self.count);
        let action = plan.follow.actions[usize::from(draw.fraction() >= plan.follow.chance)];
        if action == FollowAction::None {
            return end;
        }
        let at = (since + Beats(1)).max(after(plan, clip.round, since, bars));
        if end.is_some_and(|end| end.at < at) {
            return end;
        }
        let to = match target(column, slot, action, draw) {
            Some(slot) => Playing::Slot { slot, since: at },
            None => Playing::Stopped,
        };
        Some(Change { at, to })
    }
}

/// Where a clip's follow action is due.
fn after(plan: &SlotPlan, round: Beats, since: Beats, bars: &SignatureMap) -> Beats {
    let count = i64::from(plan.follow.after.max(1));
    match plan.follow.unit {
        FollowUnit::Loops => since + Beats(round.0.max(1).saturating_mul(count)),
        FollowUnit::Bars => {
            // So far into a later bar as it started in its own, where that bar is long enough.
            let bar = bars.bar_at(since);
            let later = bars.bar(bar.number.saturating_add(count));
            (later.start + (since - bar.start)).min(later.end)
        }
    }
}

/// The slot that an action leads to; `None` stops.
fn target(column: &Column, slot: usize, action: FollowAction, draw: Draw) -> Option<usize> {
    let group = group(&column.slots, slot);
    let (first, count) = (group.start, group.len());
    let within = slot - first;
    match action {
        FollowAction::None | FollowAction::Again => Some(slot),
        FollowAction::Stop => None,
        FollowAction::Next => Some(first + (within + 1) % count),
        FollowAction::Previous => Some(first + (within + count - 1) % count),
        FollowAction::First => Some(first),
        FollowAction::Last => Some(first + count - 1),
        FollowAction::Any => Some(first + draw.below(count)),
        // Alone, it can only be itself.
        FollowAction::Other if count == 1 => Some(slot),
        FollowAction::Other => Some(first + (within + 1 + draw.below(count - 1)) % count),
    }
}

/// The slots with clips around one, without a gap between their rows.
fn group(slots: &[SlotPlan], slot: usize) -> Range<usize> {
    let joined = |a: &SlotPlan, b: &SlotPlan| a.clip.is_some() && b.clip.is_some() && a.row + 1 == b.row;
    let (mut start, mut end) = (slot, slot + 1);
    while start > 0 && joined(&slots[start - 1], &slots[start]) {
        start -= 1;
    }
    while end < slots.len() && joined(&slots[end - 1], &slots[end]) {
        end += 1;
    }
    start..end
}

/// A random draw that is the same for the same seed and number. Source: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Copy)]
struct Draw(u64);

impl Draw {
    fn new(seed: u64, number: u64) -> Self {
        let mut x = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(x ^ (x >> 31))
    }

    /// 0 up to but not 1.
    fn fraction(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        fraction
    }

    /// A number below a count, from other bits than the fraction's first.
    fn below(self, count: usize) -> usize {
        let count = count.max(1) as u64;
        usize::try_from((self.0 & 0xffff_ffff) % count).unwrap_or(0)
    }
}
