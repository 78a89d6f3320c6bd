//! The project as a whole, its scenes and scripts.

use protocol::Beats;

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
