//! `sine`: an instrument with note ids, expressions and per-voice modulation. It repeats every note on its note output,
//! and tells when a voice has ended.

use std::ops::Range;

use clack_extensions::note_ports::NoteDialects;
use clack_extensions::voice_info::{VoiceInfo, VoiceInfoFlags};
use clack_plugin::events::event_types::{
    NoteChokeEvent, NoteEndEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent, NoteOnEvent,
    ParamModEvent,
};
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Port, Shared, Spec, Unit, percent};

/// Level, 0..=1. Can be modulated per voice.
pub const LEVEL: u32 = 1;
/// How long a voice takes to die away after its note is off, in milliseconds.
pub const RELEASE_MS: u32 = 2;

const VOICES: usize = 32;

/// The plugin.
#[derive(Default)]
pub struct Sine {
    voices: [Option<Voice>; VOICES],
    rate: f64,
}

#[derive(Clone, Copy)]
struct Voice {
    pckn: Pckn,
    phase: f64,
    velocity: f64,
    tuning: f64,
    volume: f64,
    modulation: f64,
    /// Frames left once the note is off.
    release: Option<u32>,
}

impl Sine {
    fn matching(&mut self, pckn: Pckn) -> impl Iterator<Item = &mut Voice> {
        self.voices.iter_mut().flatten().filter(move |voice| pckn.matches(&voice.pckn))
    }

    fn release_frames(&self, shared: &Shared<'_>) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a second")]
        let frames = (shared.value(RELEASE_MS) * 0.001 * self.rate) as u32;
        frames.max(1)
    }
}

impl Unit for Sine {
    const SPEC: Spec = Spec {
        inputs: &[],
        outputs: &[Port::STEREO],
        features: &[c"instrument", c"synthesizer", c"stereo"],
        notes_in: NoteDialects::CLAP,
        notes_out: NoteDialects::CLAP,
        ..Spec::effect(
            "sine",
            "Test Sine",
            &[
                Param::new(LEVEL, "Level", (0.0, 1.0), 0.25, percent),
                Param::new(RELEASE_MS, "Release", (0.0, 1_000.0), 5.0, |value| format!("{value:.0} ms")),
            ],
        )
    };

    fn activate(_shared: &Shared<'_>, config: &PluginAudioConfiguration) -> Option<Self> {
        Some(Self { voices: [None; VOICES], rate: config.sample_rate })
    }

    fn event(&mut self, event: &UnknownEvent, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        if let Some(note) = event.as_event::<NoteOnEvent>() {
            let voice = Voice {
                pckn: note.pckn(),
                phase: 0.0,
                velocity: note.velocity(),
                tuning: 0.0,
                volume: 1.0,
                modulation: 0.0,
                release: None,
            };
            if let Some(free) = self.voices.iter_mut().find(|voice| voice.is_none()) {
                *free = Some(voice);
            }
            let _ = out.try_push(note);
        } else if let Some(note) = event.as_event::<NoteOffEvent>() {
            let release = self.release_frames(shared);
            self.matching(note.pckn()).for_each(|voice| voice.release = Some(release));
            let _ = out.try_push(note);
        } else if let Some(note) = event.as_event::<NoteChokeEvent>() {
            self.matching(note.pckn()).for_each(|voice| voice.release = Some(1));
        } else if let Some(note) = event.as_event::<NoteExpressionEvent>() {
            let value = note.value();
            self.matching(note.pckn()).for_each(|voice| match note.expression_type() {
                Some(NoteExpressionType::Tuning) => voice.tuning = value,
                Some(NoteExpressionType::Volume) => voice.volume = value,
                _ => {}
            });
        } else if let Some(modulation) = event.as_event::<ParamModEvent>()
            && modulation.param_id() == Some(ClapId::new(LEVEL))
        {
            self.matching(modulation.pckn()).for_each(|voice| voice.modulation = modulation.amount());
        }
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let level = shared.value(LEVEL);
        for frame in range {
            let mut sum = 0.0;
            for slot in &mut self.voices {
                let Some(voice) = slot else { continue };
                let key = match voice.pckn.key {
                    clack_plugin::events::Match::Specific(key) => f64::from(key),
                    clack_plugin::events::Match::All => 60.0,
                };
                let hertz = 440.0 * 2.0_f64.powf((key + voice.tuning - 69.0) / 12.0);
                let gain = (level + voice.modulation).clamp(0.0, 1.0) * voice.velocity * voice.volume;
                sum += (voice.phase * std::f64::consts::TAU).sin() * gain;
                voice.phase = (voice.phase + hertz / self.rate).fract();
                match &mut voice.release {
                    Some(0 | 1) => {
                        let time = u32::try_from(frame).unwrap_or(0);
                        let _ = out.try_push(NoteEndEvent::new(time, voice.pckn));
                        *slot = None;
                    }
                    Some(left) => *left -= 1,
                    None => {}
                }
            }
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32")]
            let sample = sum as f32;
            io.outputs[0][frame] = sample;
            io.outputs[1][frame] = sample;
        }
        Ok(())
    }

    fn status(&self) -> ProcessStatus {
        if self.voices.iter().all(Option::is_none) { ProcessStatus::Sleep } else { ProcessStatus::Continue }
    }

    fn reset(&mut self) {
        self.voices = [None; VOICES];
    }

    fn voices() -> Option<VoiceInfo> {
        Some(VoiceInfo {
            voice_count: 32,
            voice_capacity: 32,
            flags: VoiceInfoFlags::SUPPORTS_OVERLAPPING_NOTES,
        })
    }
}
