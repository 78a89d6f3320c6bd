//! What an engine is activated with.

use protocol::SampleRate;

/// The conditions under which processors run. Fixed from activation to deactivation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AudioConfig {
    /// Frames per second.
    pub rate: SampleRate,
    /// The largest block a processor is ever given, in frames: 1..=[`AudioConfig::MAX_BLOCK`].
    pub max_block: usize,
    /// Whether somebody is listening.
    pub mode: RenderMode,
}

impl AudioConfig {
    /// The largest legal [`max_block`](Self::max_block), in frames. Hosts may ask for more; the engine then chunks.
    pub const MAX_BLOCK: usize = 8_192;
}

/// Whether a block has a deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RenderMode {
    /// Blocks are due in time; data that is late is left out, and counted.
    #[default]
    Realtime,
    /// Nobody is listening: the engine waits for data, and a render is exact.
    Offline,
}
