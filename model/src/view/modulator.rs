//! Modulators and what they move.

use protocol::EntityId;
pub use protocol::modulation::LfoRate;
use protocol::modulation::{LfoShape, Polarity};

use super::{MacroId, TrackId, view};
use crate::project::Project;

view!(
    /// Something that moves by itself, and parameters with it.
    Modulator, ModulatorId, "modulators"
);

view!(
    /// A parameter that a modulator moves.
    Modulation, ModulationId, "modulations"
);

/// What makes a modulator move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModulatorKind {
    /// A wave.
    Lfo {
        /// Its form.
        shape: LfoShape,
        /// How long it is.
        rate: LfoRate,
        /// Where in the wave the timeline starts, 0..=1.
        phase: f64,
    },
    /// The loudness of a track.
    Follower {
        /// Which.
        source: TrackId,
        /// How fast it rises, in seconds.
        attack_secs: f64,
        /// How fast it falls, in seconds.
        release_secs: f64,
        /// How much louder than it is it takes the track for, in dB.
        gain_db: f64,
    },
    /// The position of a macro, if one is chosen.
    Macro(Option<MacroId>),
}

impl<'a> Modulator<'a> {
    /// Where its knobs are shown.
    #[must_use]
    pub fn track(&self) -> TrackId {
        TrackId(self.entity.reference("track").unwrap_or(EntityId(0)))
    }

    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// At work.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.entity.bool("enabled")
    }

    /// What makes it move.
    #[must_use]
    pub fn kind(&self) -> ModulatorKind {
        match self.entity.text("kind") {
            "follower" => ModulatorKind::Follower {
                source: self.entity.reference("source").map_or(self.track(), TrackId),
                attack_secs: self.entity.float("attack_secs"),
                release_secs: self.entity.float("release_secs"),
                gain_db: self.entity.float("gain_db"),
            },
            "macro" => ModulatorKind::Macro(self.entity.reference("macro").map(MacroId)),
            _ => ModulatorKind::Lfo {
                shape: LfoShape::from_word(self.entity.text("shape")).unwrap_or_default(),
                rate: match self.entity.text("rate_unit") {
                    "hz" => LfoRate::Hz(self.entity.float("rate_hz")),
                    _ => LfoRate::Period(self.entity.beats("period")),
                },
                phase: self.entity.float("phase"),
            },
        }
    }

    /// What it moves, in order of id.
    pub fn modulations(&self) -> impl Iterator<Item = Modulation<'a>> + use<'a> {
        let project = self.project;
        let ids = project.referring(self.id.0, "modulations", "modulator");
        ids.filter_map(|id| Modulation::new(project, id))
    }
}

impl<'a> Modulation<'a> {
    /// What moves it.
    #[must_use]
    pub fn modulator(&self) -> ModulatorId {
        ModulatorId(self.entity.reference("modulator").unwrap_or(EntityId(0)))
    }

    /// Whose parameter: a track, a device or a send.
    #[must_use]
    pub fn owner(&self) -> EntityId {
        self.entity.reference("owner").unwrap_or(EntityId(0))
    }

    /// Which parameter, by key.
    #[must_use]
    pub fn param(&self) -> &'a str {
        self.entity.text("param")
    }

    /// How far at the most, in the parameter's unit.
    #[must_use]
    pub fn amount(&self) -> f64 {
        self.entity.float("amount")
    }

    /// Whether it moves both ways.
    #[must_use]
    pub fn polarity(&self) -> Polarity {
        if self.entity.text("polarity") == "unipolar" { Polarity::Unipolar } else { Polarity::Bipolar }
    }
}

impl Project {
    /// The followers of a track's loudness, in order of id.
    pub(crate) fn followers_of(&self, track: TrackId) -> impl Iterator<Item = Modulator<'_>> + use<'_> {
        let named = self.referring(track.0, "modulators", "source");
        let own = self.referring(track.0, "modulators", "track");
        let all: std::collections::BTreeSet<EntityId> = named.chain(own).collect();
        let is_its = move |modulator: &Modulator<'_>| matches!(modulator.kind(), ModulatorKind::Follower { source, .. } if source == track);
        all.into_iter().filter_map(|id| Modulator::new(self, id)).filter(is_its)
    }

    /// All modulators, by order: those of all tracks mixed.
    pub fn modulators(&self) -> impl Iterator<Item = Modulator<'_>> {
        self.table("modulators").filter_map(|id| Modulator::new(self, id))
    }

    /// A modulator.
    #[must_use]
    pub fn modulator(&self, id: ModulatorId) -> Option<Modulator<'_>> {
        Modulator::new(self, id.0)
    }

    /// The modulations of a track's, device's or send's parameters, in order of id.
    pub fn modulations_of(&self, owner: EntityId) -> impl Iterator<Item = Modulation<'_>> + use<'_> {
        self.referring(owner, "modulations", "owner").filter_map(|id| Modulation::new(self, id))
    }
}
