//! Looking closely at what runs, which costs something, and so is done only while somebody looks; and hands that are
//! looked at from their first frame.

use protocol::{NodeId, ParamId};
use rtrb::{Consumer, RingBuffer};

use super::EngineController;
use crate::engine::command::{Command, NodeTiming};
use crate::engine::session::Identity;
use crate::nodes::Tap;

impl EngineController {
    /// Listens to what comes out of a strip, left and right, as long as the ring is kept. It has room for `frames` frames;
    /// what comes while it is full is lost. `None` if the engine is inactive or there is no such strip. The ring is
    /// abandoned when the strip goes or somebody else listens to it.
    pub fn listen(&mut self, strip: NodeId, frames: usize) -> Option<Consumer<[f32; 2]>> {
        let info = self.session.as_ref()?.built.nodes.get(&strip)?;
        if info.identity != Identity::Strip {
            return None;
        }
        let node = info.index;
        let (producer, consumer) = RingBuffer::new(frames);
        self.send(Command::Tap { node, tap: Box::new(Tap(producer)) });
        Some(consumer)
    }

    /// A hand takes a parameter, which has this value from now on: after all that was [applied](Self::apply) before, so that
    /// the frame that is [told](protocol::TelemetryFrame::HandMoved) of it is the first at which a lane that was taken
    /// away is heard no more. Nothing while the engine is inactive, or has no such node.
    pub fn take_hand(&mut self, node: NodeId, param: ParamId, value: f64) {
        let info = self.session.as_ref().and_then(|session| session.built.nodes.get(&node));
        if let Some(node) = info.map(|info| info.index) {
            self.send(Command::Hand { node, param, value });
        }
    }

    /// Starts or ends telling how long nodes take ([`NodeLoad`](protocol::TelemetryFrame::NodeLoad)); stays in force
    /// from activation to activation.
    pub fn time_nodes(&mut self, timing: NodeTiming) {
        if self.timing != timing {
            self.timing = timing;
            self.send(Command::TimeNodes(timing));
        }
    }
}
