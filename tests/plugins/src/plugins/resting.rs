//! `gap`, `sequencer` and `hand`: may rest by what they say of their blocks, and have something to say later all the same.

use std::collections::VecDeque;
use std::ops::Range;

use clack_plugin::events::event_types::{
    ParamGestureBeginEvent, ParamGestureEndEvent, ParamValueEvent, TransportFlags,
};
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Port, Shared, Spec, Unit, percent};

/// When what comes into `gap` comes out, in frames, and when `sequencer` begins after a start of playback.
pub const FRAMES: u32 = 1;
/// Whether `gap` declares this as its latency and relies on its tail, which it has none beyond that; otherwise it is to be
/// processed on as long as it is not quiet.
pub const IS_LATENT: u32 = 2;
/// What a hand in the window of `hand` moves, to 75 %, once it has been processed.
pub const VALUE: u32 = 3;
/// Whether `hand` has something to say about that.
pub const PENDING: u32 = 4;
/// What it can be told at that time.
pub const OTHER: u32 = 5;

const PARAMS: [Param; 2] = [
    Param::stepped(FRAMES, "Frames", (0.0, 96_000.0), 4_800.0),
    Param::stepped(IS_LATENT, "Latent", (0.0, 1.0), 0.0),
];

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the parameter's range"
)]
fn frames(shared: &Shared<'_>) -> u32 {
    shared.value(FRAMES).round() as u32
}

/// An echo with nothing before it.
#[derive(Default)]
pub struct Gap {
    lines: [VecDeque<f32>; 2],
    is_latent: bool,
}

impl Unit for Gap {
    const SPEC: Spec = Spec::effect("gap", "Test Gap", &PARAMS);

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        let count = usize::try_from(frames(shared)).unwrap_or(0);
        let line = || {
            let mut line = VecDeque::with_capacity(count + 1);
            line.resize(count, 0.0);
            line
        };
        Some(Self { lines: [line(), line()], is_latent: shared.value(IS_LATENT) == 1.0 })
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        _shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        for (side, line) in self.lines.iter_mut().enumerate() {
            for (input, output) in io.stereo(side, range.clone()) {
                line.push_back(input);
                *output = line.pop_front().unwrap_or(0.0);
            }
        }
        Ok(())
    }

    fn status(&self) -> ProcessStatus {
        if self.is_latent { ProcessStatus::Tail } else { ProcessStatus::ContinueIfNotQuiet }
    }

    fn latency(shared: &Shared<'_>) -> u32 {
        if shared.value(IS_LATENT) == 1.0 { frames(shared) } else { 0 }
    }
}

/// An instrument that plays one sample by itself, some time after playback began.
#[derive(Default)]
pub struct Sequencer {
    is_playing: bool,
    played: u32,
}

impl Unit for Sequencer {
    const SPEC: Spec = Spec {
        inputs: &[],
        outputs: &[Port::STEREO],
        features: &[c"instrument", c"drum-machine", c"stereo"],
        notes_in: clack_extensions::note_ports::NoteDialects::CLAP,
        ..Spec::effect("sequencer", "Test Sequencer", &PARAMS)
    };

    fn begin(&mut self, process: &Process<'_>, _shared: &Shared<'_>, _out: &mut OutputEvents<'_>) {
        let flags = process.transport.map(|transport| transport.flags);
        let is_playing = flags.is_some_and(|flags| flags.contains(TransportFlags::IS_PLAYING));
        if is_playing && !self.is_playing {
            self.played = 0;
        }
        self.is_playing = is_playing;
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let at = frames(shared);
        for frame in range {
            let sample = if self.is_playing && self.played == at { 1.0 } else { 0.0 };
            self.played = self.played.saturating_add(1);
            io.outputs[0][frame] = sample;
            io.outputs[1][frame] = sample;
        }
        Ok(())
    }

    fn status(&self) -> ProcessStatus {
        ProcessStatus::ContinueIfNotQuiet
    }
}

/// Rests at once, and is moved by hand then.
#[derive(Default)]
pub struct Hand {
    was_moved: bool,
}

impl Unit for Hand {
    const SPEC: Spec = Spec::effect(
        "hand",
        "Test Hand",
        &[
            Param::new(VALUE, "Value", (0.0, 1.0), 0.0, percent),
            Param::told(PENDING, "Pending"),
            Param::new(OTHER, "Other", (0.0, 1.0), 0.0, percent),
        ],
    );

    fn begin(&mut self, _process: &Process<'_>, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        if !std::mem::replace(&mut self.was_moved, true) {
            shared.host.request_callback();
        }
        Self::flushed(shared, out);
    }

    fn status(&self) -> ProcessStatus {
        ProcessStatus::Sleep
    }

    fn flushed(shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        if shared.value(PENDING) == 1.0 {
            shared.set_value(PENDING, 0.0);
            let value = ClapId::new(VALUE);
            let _ = out.try_push(ParamGestureBeginEvent::new(0, value));
            let _ = out.try_push(ParamValueEvent::new(0, value, Pckn::match_all(), shared.value(VALUE)));
            let _ = out.try_push(ParamGestureEndEvent::new(0, value));
        }
    }

    fn called_back(shared: &Shared<'_>, _host: &HostMainThreadHandle<'_>) {
        shared.set_value(VALUE, 0.75);
        shared.set_value(PENDING, 1.0);
        shared.request_flush();
    }
}
