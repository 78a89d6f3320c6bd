//! What every part of the window works with during a frame.

use model::Project;
use protocol::{Beats, EntityId, SignatureMap};

use crate::editor::FrameStats;
use crate::frame::{EditorFrame, Sync};
use crate::hand::{Control, Now};
use crate::output::EditorOutput;
use crate::times::Times;
use crate::view::View;

/// The frame's input, output and view state.
pub(crate) struct Cx<'a, 'f> {
    pub frame: EditorFrame<'f>,
    pub out: &'a mut EditorOutput,
    pub view: &'a mut View,
    pub stats: &'a mut FrameStats,
    pub signatures: &'a SignatureMap,
    pub times: &'a Times,
    /// Since the context began.
    pub now_secs: f64,
}

impl<'f> Cx<'_, 'f> {
    pub fn project(&self) -> &'f Project {
        self.frame.project
    }

    pub fn new_id(&self) -> EntityId {
        (self.frame.new_id)()
    }

    pub fn now(&self) -> Now<'f> {
        Now { revision: self.frame.project.revision(), secs: self.now_secs, new_id: self.frame.new_id }
    }

    /// Lets a response move a parameter; gives the value to show.
    pub fn drive(&mut self, response: &egui::Response, control: &Control<'_>) -> f64 {
        let now = self.now();
        self.view.hand.drive(response, control, now, self.out)
    }

    /// Sets a parameter at once.
    pub fn set_param(&mut self, control: &Control<'_>, value: f64) {
        let now = self.now();
        self.view.hand.set(control, value, now, self.out);
    }

    /// Whether the transport is ours to move.
    pub fn leads(&self) -> bool {
        self.frame.status.sync == Sync::Internal
    }

    /// The playhead on the integer timeline.
    pub fn playhead(&self) -> Beats {
        Beats::from_beats(self.frame.telemetry.playhead_beats)
    }

    /// The track to work on: the selected one while it exists.
    pub fn selected_track(&self) -> Option<EntityId> {
        self.view.selection.track.filter(|id| self.frame.project.track((*id).into()).is_some())
    }
}
