//! The project as a whole, its scenes and scripts.

use protocol::launcher::LaunchQuantum;
use protocol::plan::ControlFrames;
use protocol::{Beats, LatencyPolicy};

use super::view;

view!(
    /// The project as a whole.
    Root, RootId, "project"
);

view!(
    /// A row of the launcher.
    Scene, SceneId, "scenes"
);

view!(
    /// A Lua script that belongs to the project.
    Script, ScriptId, "scripts"
);

impl<'a> Root<'a> {
    /// Title.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// Who made it.
    #[must_use]
    pub fn artist(&self) -> &'a str {
        self.entity.text("artist")
    }

    /// Free text.
    #[must_use]
    pub fn notes(&self) -> &'a str {
        self.entity.text("notes")
    }

    /// Whether the loop is on.
    #[must_use]
    pub fn loop_on(&self) -> bool {
        self.entity.bool("loop_on")
    }

    /// Start of the loop.
    #[must_use]
    pub fn loop_start(&self) -> Beats {
        self.entity.beats("loop_start")
    }

    /// End of the loop.
    #[must_use]
    pub fn loop_end(&self) -> Beats {
        self.entity.beats("loop_end")
    }

    /// Whether recording is kept to the punch range.
    #[must_use]
    pub fn punch_on(&self) -> bool {
        self.entity.bool("punch_on")
    }

    /// Start of the punch range.
    #[must_use]
    pub fn punch_in(&self) -> Beats {
        self.entity.beats("punch_in")
    }

    /// End of the punch range.
    #[must_use]
    pub fn punch_out(&self) -> Beats {
        self.entity.beats("punch_out")
    }

    /// The punch range, if it is on and not empty.
    #[must_use]
    pub fn punch_range(&self) -> Option<std::ops::Range<Beats>> {
        let range = self.punch_in()..self.punch_out();
        (self.punch_on() && !range.is_empty()).then_some(range)
    }

    /// Length of the pick-up: bar 1 starts after it.
    #[must_use]
    pub fn pickup(&self) -> Beats {
        self.entity.beats("pickup")
    }

    /// Where launched clips start, unless their slot says otherwise.
    #[must_use]
    pub fn launch_quantum(&self) -> LaunchQuantum {
        LaunchQuantum::from_word(self.entity.text("launch_quantum")).unwrap_or_default()
    }

    /// What is done about devices that are late.
    #[must_use]
    pub fn latency_policy(&self) -> LatencyPolicy {
        match self.entity.text("latency_policy") {
            "fixed" => LatencyPolicy::Fixed { frames: self.latency_frames() },
            "zero" => LatencyPolicy::Zero,
            _ => LatencyPolicy::Auto,
        }
    }

    /// What [`LatencyPolicy::Fixed`] reports at least, in frames, also while another policy is in force.
    #[must_use]
    pub fn latency_frames(&self) -> u32 {
        u32::try_from(self.entity.int("latency_frames")).unwrap_or(0)
    }

    /// How fine the steps are in which automation and modulation move parameters.
    #[must_use]
    pub fn control_frames(&self) -> ControlFrames {
        u16::try_from(self.entity.int("control_frames")).map(ControlFrames::new).unwrap_or_default()
    }
}

impl<'a> Scene<'a> {
    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// Place, ascending.
    #[must_use]
    pub fn order(&self) -> f64 {
        self.entity.float("order")
    }
}

impl<'a> Script<'a> {
    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// Lua source.
    #[must_use]
    pub fn source(&self) -> &'a str {
        self.entity.text("source")
    }
}
