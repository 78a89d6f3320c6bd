//! `clap.tail`: how long a plugin sounds on after its input has ended.

use clack_extensions::tail::{HostTailImpl, PluginTail, TailLength};
use clack_host::prelude::*;
use protocol::Frames;

use super::host::AudioThread;
use crate::nested::requests::Request;
use crate::processor::Tail;

/// Asks the plugin. Audio thread, or the main thread while the audio thread is elsewhere.
pub(super) fn read(extension: Option<PluginTail>, plugin: &PluginAudioProcessorHandle<'_>) -> Tail {
    match extension.map_or(TailLength::Finite(0), |tail| tail.get(plugin)) {
        TailLength::Finite(frames) => Tail::Frames(Frames(frames.into())),
        TailLength::Infinite => Tail::Infinite,
    }
}

impl HostTailImpl for AudioThread {
    fn changed(&mut self) {
        self.0.requests.raise(Request::TailChanged);
    }
}
