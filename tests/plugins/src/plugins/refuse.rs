//! `refuse`: refuses to be activated, until its parameter allows it.

use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit};

/// Whether activation works.
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
