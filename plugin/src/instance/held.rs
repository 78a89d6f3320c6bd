//! What plugins may show beside those of their controls that hands are on, while automation plays.

use std::collections::{BTreeMap, BTreeSet};

use host::nested::offers::AutomationState;
use protocol::telemetry::Gesture;
use protocol::{NodeId, ParamId};

use super::control::Control;

/// The parameters that hands hold, on our controls or in windows of plugins.
pub(super) type Held = BTreeSet<(NodeId, ParamId)>;

impl Control {
    /// A hand takes a control, or lets go.
    pub fn grip(&mut self, node: NodeId, param: ParamId, gesture: Gesture) {
        match gesture {
            Gesture::Begin => {
                self.held.insert((node, param));
            }
            Gesture::Change => {}
            Gesture::End => {
                self.held.remove(&(node, param));
            }
        }
    }

    /// Has plugins show what hands do to their lanes.
    pub fn show_held(&mut self) {
        let mut hands = BTreeMap::new();
        if self.recorder.is_playing() {
            hands.extend(self.held.iter().map(|key| (*key, AutomationState::Overridden)));
        }
        hands.extend(self.recorder.written().map(|key| (key, AutomationState::Recording)));
        self.engine.show_hands(hands);
    }
}
