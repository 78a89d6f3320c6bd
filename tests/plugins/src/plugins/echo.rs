//! `echo`, `clap-echo`, `keys-echo`, `midi-echo` and `mpe-echo`: put every event out as it came in, in all dialects or in one only.

use clack_extensions::note_ports::NoteDialects;
use clack_extensions::voice_info::{VoiceInfo, VoiceInfoFlags};
use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit, percent};

/// Takes all dialects.
#[derive(Default)]
pub struct Echo;

/// Takes MIDI only.
#[derive(Default)]
pub struct MidiEcho;

const NOTE_EFFECT: Spec = Spec {
    inputs: &[],
    outputs: &[],
    features: &[c"note-effect"],
    ..Spec::effect("", "", &[Param::new(1, "Amount", (0.0, 1.0), 0.5, percent)])
};

/// Takes CLAP's dialect only.
#[derive(Default)]
pub struct ClapEcho;

/// Takes CLAP's dialect only, and plays each key once at a time.
#[derive(Default)]
pub struct KeysEcho;

/// Takes MPE only.
#[derive(Default)]
pub struct MpeEcho;

impl Unit for Echo {
    const SPEC: Spec = Spec {
        key: "echo",
        name: "Test Echo",
        notes_in: NoteDialects::from_bits_truncate(NoteDialects::CLAP.bits() | NoteDialects::MIDI.bits()),
        notes_out: NoteDialects::from_bits_truncate(NoteDialects::CLAP.bits() | NoteDialects::MIDI.bits()),
        ..NOTE_EFFECT
    };

    fn event(&mut self, event: &UnknownEvent, _shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = out.try_push(event);
    }
}

impl Unit for MidiEcho {
    const SPEC: Spec = Spec {
        key: "midi-echo",
        name: "Test MIDI Echo",
        notes_in: NoteDialects::MIDI,
        notes_out: NoteDialects::MIDI,
        ..NOTE_EFFECT
    };

    fn event(&mut self, event: &UnknownEvent, _shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = out.try_push(event);
    }
}

impl Unit for ClapEcho {
    const SPEC: Spec = Spec {
        key: "clap-echo",
        name: "Test CLAP Echo",
        notes_in: NoteDialects::CLAP,
        notes_out: NoteDialects::CLAP,
        ..NOTE_EFFECT
    };

    fn event(&mut self, event: &UnknownEvent, _shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = out.try_push(event);
    }
}

impl Unit for KeysEcho {
    const SPEC: Spec = Spec { key: "keys-echo", name: "Test Keys Echo", ..ClapEcho::SPEC };

    fn event(&mut self, event: &UnknownEvent, _shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = out.try_push(event);
    }

    fn voices() -> Option<VoiceInfo> {
        Some(VoiceInfo { voice_count: 8, voice_capacity: 16, flags: VoiceInfoFlags::empty() })
    }
}

impl Unit for MpeEcho {
    const SPEC: Spec = Spec {
        key: "mpe-echo",
        name: "Test MPE Echo",
        notes_in: NoteDialects::MIDI_MPE,
        notes_out: NoteDialects::MIDI_MPE,
        ..NOTE_EFFECT
    };

    fn event(&mut self, event: &UnknownEvent, _shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = out.try_push(event);
    }
}
