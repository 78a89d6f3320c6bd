//! `elastic`, `mono`, `multi-out`, `ducker`, `keyed`, `wide`: every shape of audio ports.

use std::ops::Range;

use clack_plugin::prelude::*;

use super::studio;
use crate::frame::{Io, Layout, Param, Port, Shared, Spec, Unit};

/// Halves one channel.
#[derive(Default)]
pub struct Mono;

/// Three stereo outputs: the input, half of it, and its inverse. It can do with the first of them, and offers a layout that
/// it refuses.
#[derive(Default)]
pub struct MultiOut;

/// Turns the main input down by the sidechain, sample by sample.
#[derive(Default)]
pub struct Ducker;

/// Adds the sidechain, while it is told that somebody is at its other end; hears of that while it runs.
#[derive(Default)]
pub struct Keyed;

/// How often [`Keyed`] was told of a port while it ran.
pub const LIVE: u32 = 920;
/// How often [`Keyed`] was activated.
pub const ACTIVATIONS: u32 = 921;

/// Four channels in one port: it swaps the first two, and writes ones to the others.
#[derive(Default)]
pub struct Wide;

/// Passes on as many channels as it is asked for; it has no list of layouts.
#[derive(Default)]
pub struct Elastic;

impl Unit for Elastic {
    const SPEC: Spec = Spec {
        offers: true,
        ..Spec::effect("elastic", "Test Elastic", &[Param::told(studio::CHANNELS, "Channels")])
    };

    fn ports(shared: &Shared<'_>, _is_input: bool) -> &'static [Port] {
        studio::wide(shared)
    }
}

impl Unit for Mono {
    const SPEC: Spec = Spec {
        inputs: &[Port::MONO],
        outputs: &[Port::MONO],
        features: &[c"audio-effect", c"mono"],
        ..Spec::effect("mono", "Test Mono", &[])
    };

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        _shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        io.stereo(0, range).for_each(|(input, output)| *output = input * 0.5);
        Ok(())
    }
}

/// How many of its outputs [`MultiOut`] writes.
pub const WRITTEN: u32 = 1;

/// A layout that it offers and does not take.
const REFUSED: u32 = 40;

const THREE: &[Port] = &[Port::STEREO, Port::new("Half", 2), Port::new("Inverse", 2)];

impl Unit for MultiOut {
    const SPEC: Spec = Spec {
        outputs: THREE,
        layouts: &[
            Layout { id: 10, name: "One output", inputs: &[Port::STEREO], outputs: &[Port::STEREO] },
            Layout { id: 30, name: "Three outputs", inputs: &[Port::STEREO], outputs: THREE },
            Layout { id: REFUSED, name: "No output", inputs: &[Port::STEREO], outputs: &[] },
        ],
        ..Spec::effect("multi-out", "Test Multi-Out", &[Param::stepped(WRITTEN, "Written", (1.0, 3.0), 3.0)])
    };

    fn takes(layout: &Layout) -> bool {
        layout.id != REFUSED
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
        let written = (shared.value(WRITTEN) as usize).min(Self::ports(shared, false).len());
        for (port, factor) in [1.0, 0.5, -1.0].into_iter().enumerate().take(written) {
            for side in 0..2 {
                for frame in range.clone() {
                    io.outputs[port * 2 + side][frame] = io.inputs[side][frame] * factor;
                }
            }
        }
        Ok(())
    }
}

impl Unit for Ducker {
    const SPEC: Spec = Spec {
        inputs: &[Port::STEREO, Port::new("Sidechain", 2)],
        ..Spec::effect("ducker", "Test Ducker", &[])
    };

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        _shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        for side in 0..2 {
            for frame in range.clone() {
                let duck = 1.0 - io.inputs[2 + side][frame].abs().min(1.0);
                io.outputs[side][frame] = io.inputs[side][frame] * duck;
            }
        }
        Ok(())
    }
}

impl Unit for Keyed {
    const SPEC: Spec = Spec {
        inputs: &[Port::STEREO, Port::new("Sidechain", 2)],
        offers: true,
        live_ports: true,
        ..Spec::effect(
            "keyed",
            "Test Keyed",
            &[
                Param::told(studio::INACTIVE, "Inactive"),
                Param::told(LIVE, "Told live"),
                Param::told(ACTIVATIONS, "Activations"),
            ],
        )
    };

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        shared.add_value(ACTIVATIONS, 1.0);
        Some(Self)
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let key = if shared.value(studio::INACTIVE) == 0.0 { 1.0 } else { 0.0 };
        for side in 0..2 {
            for frame in range.clone() {
                io.outputs[side][frame] = io.inputs[side][frame] + key * io.inputs[2 + side][frame];
            }
        }
        Ok(())
    }
}

impl Unit for Wide {
    const SPEC: Spec = Spec {
        inputs: &[Port::new("Quad", 4)],
        outputs: &[Port::new("Quad", 4)],
        features: &[c"audio-effect", c"surround"],
        ..Spec::effect("wide", "Test Wide", &[])
    };

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        _shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        for frame in range {
            // The rest of the input is silent, or this would show it.
            let surplus = io.inputs[2][frame] + io.inputs[3][frame];
            io.outputs[0][frame] = io.inputs[1][frame] + surplus;
            io.outputs[1][frame] = io.inputs[0][frame] + surplus;
            io.outputs[2][frame] = 1.0;
            io.outputs[3][frame] = 1.0;
        }
        Ok(())
    }
}
