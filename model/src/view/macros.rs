//! Macros and what they move.

use protocol::{Curve, EntityId};

use super::view;

view!(
    /// One of the 128 knobs towards the outer host.
    Macro, MacroId, "macros"
);

view!(
    /// A parameter that a macro moves.
    MacroTarget, MacroTargetId, "macro_targets"
);

impl<'a> Macro<'a> {
    /// 0..=127.
    #[must_use]
    pub fn slot(&self) -> u8 {
        u8::try_from(self.entity.int("slot")).unwrap_or(127)
    }

    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// Position, 0..=1.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.entity.float("value")
    }

    /// What it moves, in order of id.
    pub fn targets(&self) -> impl Iterator<Item = MacroTarget<'a>> + use<'a> {
        let project = self.project;
        let ids = project.referring(self.id.0, "macro_targets", "macro");
        ids.filter_map(|id| MacroTarget::new(project, id))
    }
}

impl<'a> MacroTarget<'a> {
    /// The macro that moves it.
    #[must_use]
    pub fn macro_id(&self) -> MacroId {
        MacroId(self.entity.reference("macro").unwrap_or(EntityId(0)))
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

    /// Value at position 0, in the parameter's unit.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.entity.float("min")
    }

    /// Value at position 1.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.entity.float("max")
    }

    /// The way between.
    #[must_use]
    pub fn curve(&self) -> Curve {
        match self.entity.text("curve") {
            "smooth" => Curve::Smooth,
            "exponential" => Curve::Exponential,
            "hold" => Curve::Hold,
            _ => Curve::Linear,
        }
    }
}
