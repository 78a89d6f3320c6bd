//! What comes back from the audio thread.

use protocol::TelemetryFrame;

use super::EngineController;
use crate::engine::body::Kind;
use crate::engine::command::{Command, Retired};
use crate::engine::swap::Idle;

impl EngineController {
    /// Takes in what the audio thread is done with. Returns whether a plugin can go on with its restart.
    pub(super) fn drain_retired(&mut self, telemetry: &mut Vec<TelemetryFrame>) -> bool {
        let mut restart = false;
        let mut schedules = Vec::new();
        let known = telemetry.len();
        if let Some(session) = &mut self.session {
            while let Ok(frame) = session.telemetry.pop() {
                telemetry.push(frame);
            }
            while let Ok(retired) = session.retired.pop() {
                if let Retired::Swap(swap) = retired {
                    session.in_flight = session.in_flight.saturating_sub(1);
                    schedules.push(swap.schedule);
                }
            }
        }
        for frame in &telemetry[known..] {
            if let TelemetryFrame::ParamMoved { node, param, value, gesture, .. } = *frame {
                self.moved_by_plugin(node, param, value, gesture);
            }
        }
        for schedule in schedules {
            restart |= self.take_back(schedule);
        }
        restart
    }

    /// Gives the processors of a displaced schedule back to their plugins, but for those that are in another one.
    pub(super) fn take_back(&mut self, schedule: Idle) -> bool {
        let mut restart = false;
        for node in schedule.release() {
            if let Kind::Processor(processor) = node.body.kind {
                restart |= self.plugins.take_back(node.id, processor);
            }
        }
        restart
    }

    pub(super) fn take_back_command(&mut self, command: Command) {
        match command {
            Command::Swap(swap) => {
                self.take_back(swap.schedule);
            }
            Command::Transport(command) => self.transport(command),
            _ => {}
        }
    }
}
