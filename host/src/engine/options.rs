//! What an engine is made with, and what it says back.

use std::num::NonZeroUsize;
use std::sync::Arc;

use protocol::{BlobHash, DeviceKind, NodeId, PluginRef, SampleRate};

use crate::devices::{BuildDeviceError, ReadContentError};
use crate::media::{BlobSource, MediaError};
use crate::nested::offers::{BusDirection, LayoutRef};
use crate::nested::{self, LoadError, PluginController, PluginLocator};

/// What an engine is made with.
pub struct EngineOptions {
    /// Where media, SoundFonts and plugin states come from.
    pub blobs: Arc<dyn BlobSource>,
    /// Where plugins come from: a [`PluginLocator`], as a rule.
    pub plugins: Box<dyn PluginLoader>,
    /// Audio media up to this long are kept in memory, longer ones streamed; in seconds.
    pub memory_secs: f64,
    /// How many threads process.
    pub threads: Threads,
}

/// How many threads an engine processes with. The samples are the same however many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// As many as pay, by what the nodes were measured to cost: one where there is little to do. Helpers take the
    /// scheduling of the audio thread, and do nothing if they may not.
    #[default]
    Auto,
    /// So many, whatever it costs; the audio thread is one of them.
    Exactly(NonZeroUsize),
}

impl EngineOptions {
    /// Options with the usual limits.
    pub fn new(blobs: Arc<dyn BlobSource>, plugins: impl PluginLoader + 'static) -> Self {
        Self {
            blobs,
            plugins: Box::new(plugins),
            memory_secs: crate::media::MEMORY_SECS,
            threads: Threads::Auto,
        }
    }
}

/// Makes nested plugins, on the control thread.
pub trait PluginLoader {
    /// Makes a plugin with its state. One that cannot be had is stood in for by a placeholder, and the reason given.
    fn load(&self, plugin: &PluginRef, state: Option<&[u8]>) -> (PluginController, Option<LoadError>);
}

impl PluginLoader for PluginLocator {
    fn load(&self, plugin: &PluginRef, state: Option<&[u8]>) -> (PluginController, Option<LoadError>) {
        nested::load_or_placeholder(plugin, self, state)
    }
}

/// What became of a plan.
#[derive(Debug, Default)]
pub struct ApplyReport {
    /// What could not be done as planned; everything else was.
    pub warnings: Vec<ApplyWarning>,
}

/// Something in a plan that the engine had to do without.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyWarning {
    /// A clip is silent because its media cannot be read.
    #[error("an audio clip is silent")]
    Media {
        /// The player of the track.
        node: NodeId,
        /// Why.
        source: MediaError,
    },
    /// A track has more notes than the engine plays.
    #[error("{left_out} notes are too many and are not played")]
    TooManyNotes {
        /// The player of the track.
        node: NodeId,
        /// How many are not played.
        left_out: usize,
    },
    /// The content of a device cannot be read; the device works without.
    #[error("the content of a device cannot be read")]
    Content {
        /// The device.
        node: NodeId,
        /// Its content.
        blob: BlobHash,
        /// Why.
        source: ReadContentError,
    },
    /// A blob cannot be read.
    #[error("blob {blob} cannot be read")]
    Blob {
        /// Who wanted it.
        node: NodeId,
        /// Which.
        blob: BlobHash,
        /// Why.
        source: std::io::Error,
    },
    /// A device cannot be made; audio passes it by.
    #[error("a device of kind {} cannot be made", device.key())]
    Device {
        /// The node.
        node: NodeId,
        /// Which kind.
        device: DeviceKind,
        /// Why.
        source: BuildDeviceError,
    },
    /// A plugin is missing or does not load; a placeholder keeps its state.
    #[error("a plugin is replaced by a placeholder")]
    Plugin {
        /// The node.
        node: NodeId,
        /// Why.
        source: LoadError,
    },
    /// A plugin does not start; audio passes it by.
    #[error("a plugin does not start")]
    PluginStart {
        /// The node.
        node: NodeId,
        /// Why.
        source: nested::ActivateError,
    },
    /// A plugin does not take a state.
    #[error("a plugin does not take its state")]
    PluginState {
        /// The node.
        node: NodeId,
        /// Why.
        source: nested::StateError,
    },
    /// A plugin has no such layout of its buses; it keeps those that it comes with.
    #[error("the plugin has no bus layout {layout:?}; it keeps its own", layout = layout.name())]
    NoSuchLayout {
        /// The node.
        node: NodeId,
        /// What was wanted.
        layout: LayoutRef,
    },
    /// A plugin does not take one of its layouts; it keeps the buses that it comes with.
    #[error("the plugin does not take its bus layout {layout:?}; it keeps its own", layout = layout.name())]
    Layout {
        /// The node.
        node: NodeId,
        /// What was wanted.
        layout: LayoutRef,
        /// Why.
        source: nested::LayoutError,
    },
    /// A cable ends at a port that its node does not have, and carries nothing.
    #[error("there is no audio {way} {port}: a cable there is silent", way = way(*direction))]
    NoSuchPort {
        /// The node.
        node: NodeId,
        /// Input or output.
        direction: BusDirection,
        /// Which of its direction; 0 is the main one.
        port: u16,
    },
    /// The thread that streams long media cannot be started; they are silent.
    #[error("long media cannot be streamed")]
    MediaThread(#[source] std::io::Error),
}

const fn way(direction: BusDirection) -> &'static str {
    match direction {
        BusDirection::Input => "input",
        BusDirection::Output => "output",
    }
}

/// Why a plan was refused. The engine goes on with the one it has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Nodes feed each other in a circle.
    #[error("{} nodes feed each other in a circle", .0.len())]
    Cycle(
        /// One circle, each feeding the next, the last the first.
        Vec<NodeId>,
    ),
    /// Two nodes have one id.
    #[error("two nodes have the same id")]
    DuplicateNode(
        /// Which.
        NodeId,
    ),
    /// Latencies add up to more than can be compensated.
    #[error("latencies add up to more than can be compensated")]
    LatencyOverflow,
}

/// Why an engine does not start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivateError {
    /// It is running; its processor must come back first.
    #[error("the engine is active already")]
    AlreadyActive,
    /// The rate is not legal ([`SampleRate::is_legal`]).
    #[error("the engine does not run at {} Hz", .0.0)]
    Rate(SampleRate),
    /// The block size is zero.
    #[error("blocks must have at least one frame")]
    BlockSize,
    /// The plan cannot be scheduled with the latencies that its plugins have.
    #[error("the plan cannot be scheduled")]
    Plan(#[source] ApplyError),
}
