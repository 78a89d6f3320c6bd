//! What plugins offer beyond sound and parameters, in words of no particular format.

use protocol::ParamId;
pub use protocol::plugin::{BusLayout, LayoutRef, MenuItem};

/// What a state is kept for. A plugin may leave out of a preset what belongs to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatePurpose {
    /// To be found as it was left.
    Project,
    /// For a copy beside the plugin.
    Duplicate,
    /// For use anywhere.
    Preset,
}

/// Which way a bus goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BusDirection {
    /// Into the plugin.
    Input,
    /// Out of it.
    Output,
}

/// Whether anybody is at the other end of a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusUse {
    /// It is connected.
    Used,
    /// It is not; the plugin may save the work.
    Unused,
}

/// What the channels of a bus are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// The plugin does not say.
    #[default]
    Unspecified,
    /// One channel.
    Mono,
    /// Left and right.
    Stereo,
    /// One loudspeaker per channel, numbered as CLAP's `surround.h` does.
    Surround(Vec<u8>),
    /// A sound field.
    Ambisonic {
        /// The order of the channels.
        ordering: AmbisonicOrdering,
        /// Their levels.
        normalization: AmbisonicNormalization,
    },
}

/// The order of the channels of a sound field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmbisonicOrdering {
    /// Furse-Malham.
    FuMa,
    /// By Ambisonic Channel Number.
    Acn,
}

/// The levels of the channels of a sound field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmbisonicNormalization {
    /// Each channel peaks at one.
    MaxN,
    /// Schmidt semi-normalised in three dimensions.
    Sn3d,
    /// Fully normalised in three dimensions.
    N3d,
    /// Schmidt semi-normalised in two dimensions.
    Sn2d,
    /// Fully normalised in two dimensions.
    N2d,
}

/// A wish for one bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusRequest {
    /// Input or output.
    pub direction: BusDirection,
    /// Which of its direction.
    pub index: u32,
    /// How many channels it should have.
    pub channels: u32,
    /// What they should be.
    pub arrangement: Arrangement,
}

/// What a person chose from our part of a plugin's menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuAction {
    /// The parameter back to its default.
    Reset(ParamId),
    /// The next free macro for the parameter.
    AssignMacro(ParamId),
}

/// What a plugin may show beside the control of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indication {
    /// What else moves it, such as the name of a macro.
    pub mapped: Option<String>,
    /// Whether it follows the timeline.
    pub automation: AutomationState,
}

/// How a parameter and its automation are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutomationState {
    /// There is none.
    #[default]
    None,
    /// It follows its lane.
    Playing,
    /// What a hand does is written to the lane.
    Recording,
    /// A hand holds it against its lane.
    Overridden,
}
