//! `latency`: changes its latency while it runs, as older plugins do, in every block if asked.

use std::ops::Range;
use std::sync::atomic::Ordering;

use clack_extensions::latency::HostLatency;
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// The latency in frames; it is only declared, the sound is not delayed.
pub const FRAMES: u32 = 1;
/// Whether to declare another latency in every block.
pub const RESTLESS: u32 = 2;

/// The plugin.
#[derive(Default)]
pub struct Changer {
    declared: u32,
}

fn wanted(shared: &Shared<'_>) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
    let frames = shared.value(FRAMES) as u32;
    frames
}

impl Unit for Changer {
    const SPEC: Spec = Spec::effect(
        "latency",
        "Test Latency",
        &[
            Param::stepped(FRAMES, "Latency", (0.0, 1_000_000.0), 0.0),
            Param::stepped(RESTLESS, "Restless", (0.0, 1.0), 0.0),
        ],
    );

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        Some(Self { declared: wanted(shared) })
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        if shared.value(RESTLESS) > 0.5 {
            shared.set_value(FRAMES, f64::from(self.declared % 512 + 1));
        }
        if wanted(shared) != self.declared {
            self.declared = wanted(shared);
            shared.host.request_callback();
        }
        io.pass(range);
        Ok(())
    }

    fn latency(shared: &Shared<'_>) -> u32 {
        wanted(shared)
    }

    fn called_back(shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        shared.latency.store(wanted(shared), Ordering::Relaxed);
        if let Some(latency) = host.get_extension::<HostLatency>() {
            latency.changed(host);
        }
    }
}
