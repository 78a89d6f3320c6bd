//! What the editor asks for. Whoever runs it sends these on after each frame.

use protocol::control::TransportCommand;
use protocol::{Command, Edit, StreamFrame};

/// Filled by [`Editor::ui`](crate::Editor::ui); drain it after every frame, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditorOutput {
    /// For Pulse.
    pub commands: Vec<Command>,
    /// For the audio thread, before the commands.
    pub stream: Vec<StreamFrame>,
}

impl EditorOutput {
    /// Asks for edits as one undo step; none if there are no edits.
    pub(crate) fn commit(&mut self, name: impl Into<String>, edits: Vec<Edit>) {
        if !edits.is_empty() {
            self.commands.push(Command::Commit { name: name.into(), edits });
        }
    }

    pub(crate) fn transport(&mut self, command: TransportCommand) {
        self.commands.push(Command::Transport(command));
    }
}
