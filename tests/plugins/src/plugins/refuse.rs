//! `refuse` and `halted`: refuse to be activated, or to be started, until their parameter allows it.

use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit};

/// Whether it works.
pub const ALLOW: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Refuse;

impl Unit for Refuse {
    const SPEC: Spec =
        Spec::effect("refuse", "Test Refuse", &[Param::stepped(ALLOW, "Allow", (0.0, 1.0), 0.0)]);

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        (shared.value(ALLOW) > 0.5).then_some(Self)
    }
}

/// Is activated, and does not start.
#[derive(Default)]
pub struct Halted;

impl Unit for Halted {
    const SPEC: Spec = Spec { key: "halted", name: "Test Halted", ..Refuse::SPEC };

    fn starts(shared: &Shared<'_>) -> bool {
        shared.value(ALLOW) > 0.5
    }
}
