//! `refuse` and `halted`: refuse to be activated, or to be started, until their parameter allows it; `loader`: wants to be
//! restarted as soon as it is activated.

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

/// Has loaded what it needs, on a thread of its own, before its first activation is over.
#[derive(Default)]
pub struct Loader;

impl Unit for Loader {
    const SPEC: Spec = Spec { key: "loader", name: "Test Loader", ..Refuse::SPEC };

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        if shared.value(ALLOW) > 0.5 {
            shared.host.request_restart();
        } else {
            let host = shared.host;
            std::thread::scope(|scope| {
                scope.spawn(move || host.request_restart());
            });
            shared.set_value(ALLOW, 1.0);
        }
        Some(Self)
    }
}
