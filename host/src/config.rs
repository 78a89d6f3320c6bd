//! What an engine is activated with.

use protocol::SampleRate;

use crate::processor::Buses;

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
    /// The largest legal [`max_block`](Self::max_block), in frames. Hosts may ask for more; the engine then chunks. Larger
    /// blocks are hardly faster, and all that moves in one has to fit into lists that are as long for every block.
    pub const MAX_BLOCK: usize = 1_024;
}

/// The buses of the outer host, or of the hardware: how many channels each has, from activation to deactivation.
///
/// In a block their channels lie one after the other: first all of bus 0, then all of bus 1, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostBuses {
    /// What comes in: bus 0 is the main input, 1 the sidechain.
    pub inputs: Buses,
    /// What goes out: bus 0 is the main output.
    pub outputs: Buses,
}

impl Default for HostBuses {
    /// Stereo, as many as there can be.
    fn default() -> Self {
        Self { inputs: Buses::stereo(Buses::MAX), outputs: Buses::stereo(Buses::MAX) }
    }
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
