//! The launcher of a project: its columns for [`protocol::launcher`], and a whole grid that is played by hand.
//!
//! The state machine itself is in `protocol`, since an engine runs it on its audio thread.

use std::collections::HashMap;

use protocol::launcher::{Change, Column, ColumnState, Follow, LaunchQuantum, Playing, SlotClip, SlotPlan};
use protocol::{Beats, EntityId, SignatureMap};

use crate::project::Project;
use crate::view::{SceneId, Slot, SlotId, TrackId};

/// The columns of the launcher: one per track that has slots, in order of the tracks.
#[must_use]
pub fn columns(project: &Project) -> Vec<Column> {
    let rows: HashMap<SceneId, u32> = project.scenes().map(|scene| scene.id()).zip(0..).collect();
    let quantum = project.root().launch_quantum();
    let column = |track: crate::view::Track<'_>| {
        let slots: Vec<SlotPlan> =
            track.slots().filter_map(|slot| Some(plan(&slot, *rows.get(&slot.scene())?, quantum))).collect();
        let track = track.id().0;
        (!slots.is_empty()).then(|| Column { track, slots: slots.into(), seed: seed(track) })
    };
    project.tracks().filter_map(column).collect()
}

fn plan(slot: &Slot<'_>, row: u32, quantum: LaunchQuantum) -> SlotPlan {
    let clip = slot.clip().and_then(|id| slot.project().clip(id)).filter(|clip| {
        // A clip of another kind of track cannot be played here.
        let kind = |track| slot.project().track(track).map(|track| track.kind());
        !clip.muted() && kind(clip.track()) == kind(slot.track())
    });
    let (a, b, chance) = slot.follow();
    let (after, unit) = slot.follow_after();
    SlotPlan {
        id: slot.id().0,
        row,
        clip: clip.map(|clip| SlotClip {
            clip: clip.id().0,
            round: clip.loop_length().unwrap_or(clip.length()),
            looped: clip.loop_length().is_some(),
        }),
        mode: slot.mode(),
        quantum: slot.quantum().unwrap_or(quantum),
        follow: Follow { actions: [a, b], chance, after, unit },
    }
}

/// The same track draws the same random actions in every copy of the project.
fn seed(track: EntityId) -> u64 {
    let [low, high] =
        [track.0, track.0 >> 64].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0));
    low ^ high.rotate_left(32)
}

/// A launcher that is played by hand: which clip of each track plays from which beat on.
///
/// Positions are those of a transport that runs on; [`moved`](Self::moved) tells of its jumps.
#[derive(Clone, Debug, Default)]
pub struct Launcher {
    columns: Vec<Column>,
    states: Vec<ColumnState>,
    bars: SignatureMap,
}

impl Launcher {
    /// One for a project, in which nothing plays but the arrangement.
    #[must_use]
    pub fn new(project: &Project) -> Self {
        let mut launcher = Self::default();
        launcher.update(project);
        launcher
    }

    /// Goes on with a changed project. What plays goes on in the slot that it is from, if that is still there.
    pub fn update(&mut self, project: &Project) {
        let before = std::mem::take(self);
        self.columns = columns(project);
        self.bars = project.signature_map();
        let state = |column: &Column| {
            let old = before.columns.iter().position(|old| old.track == column.track)?;
            Some(before.states[old].carried(&before.columns[old], column))
        };
        self.states = self.columns.iter().map(|column| state(column).unwrap_or_default()).collect();
    }

    /// A hand presses a slot. A slot that is not there does nothing.
    pub fn press(&mut self, slot: SlotId, now: Beats) {
        if let Some((column, slot)) = self.find(slot) {
            self.states[column].press(&self.columns[column], slot, now, &self.bars);
        }
    }

    /// The hand lets go.
    pub fn release(&mut self, slot: SlotId, now: Beats) {
        if let Some((column, slot)) = self.find(slot) {
            self.states[column].release(&self.columns[column], slot, now, &self.bars);
        }
    }

    /// Launches a scene: every slot in it. Tracks without a slot there go on.
    pub fn press_scene(&mut self, project: &Project, scene: SceneId, now: Beats) {
        let slots: Vec<SlotId> = project
            .tracks()
            .filter_map(|track| project.slot_at(track.id(), scene).map(|slot| slot.id()))
            .collect();
        slots.into_iter().for_each(|slot| self.press(slot, now));
    }

    /// Silences a track at the next quantum; every track that is not playing its arrangement if `None`.
    pub fn stop(&mut self, track: Option<TrackId>, quantum: LaunchQuantum, now: Beats) {
        for (column, state) in self.columns.iter().zip(&mut self.states) {
            let is_meant = match track {
                Some(track) => column.track == track.0,
                None => state.playing() != Playing::Arrangement || state.queued().is_some(),
            };
            if is_meant {
                state.stop(quantum, now, &self.bars);
            }
        }
    }

    /// Goes back to the clips on the timeline, on one track or (`None`) on all.
    pub fn back_to_arrangement(&mut self, track: Option<TrackId>, now: Beats) {
        for (column, state) in self.columns.iter().zip(&mut self.states) {
            if track.is_none_or(|track| column.track == track.0) {
                state.back_to_arrangement(now);
            }
        }
    }

    /// The transport jumped: what plays goes on as if it had not.
    pub fn moved(&mut self, from: Beats, to: Beats) {
        self.states.iter_mut().for_each(|state| state.moved(from, to));
    }

    /// Runs on to a beat, it excluded, and says every change on the way, track by track.
    pub fn advance(&mut self, to: Beats, mut changed: impl FnMut(TrackId, Change)) {
        for (column, state) in self.columns.iter().zip(&mut self.states) {
            state.advance(column, to, &self.bars, |change| changed(TrackId(column.track), change));
        }
    }

    /// What a track plays, and since when: a slot with its clip, nothing, or the arrangement.
    #[must_use]
    pub fn playing(&self, track: TrackId) -> Playing {
        let column = self.columns.iter().position(|column| column.track == track.0);
        column.map_or(Playing::Arrangement, |column| self.states[column].playing())
    }

    /// The columns, with what each plays.
    pub fn columns(&self) -> impl Iterator<Item = (&Column, ColumnState)> {
        self.columns.iter().zip(self.states.iter().copied())
    }

    fn find(&self, slot: SlotId) -> Option<(usize, usize)> {
        let within = |column: &Column| column.slots.iter().position(|plan| plan.id == slot.0);
        self.columns.iter().enumerate().find_map(|(at, column)| Some((at, within(column)?)))
    }
}

#[cfg(test)]
mod tests;
