//! The song itself: tracks and what lies on them.

use super::{
    COLOR, FADE, NAME, OFF, ON, ORDER, POSITION, TEXT, VOLUME, choice, field, float, indexed, optional,
    required,
};
use crate::schema::{FieldKind as K, TableDescriptor};

pub(super) const PROJECT: TableDescriptor = TableDescriptor {
    name: "project",
    doc: "The project as a whole; there is exactly one.",
    owner: None,
    order_by: None,
    max_entities: 1,
    fields: &[
        field("name", NAME, "Title."),
        field("artist", NAME, "Who made it."),
        field("notes", TEXT, "Free text."),
        field("loop_on", OFF, "Whether the loop is on."),
        field("loop_start", POSITION, "Start of the loop."),
        field("loop_end", K::Beats { min: 0, default: 16 * protocol::TICKS_PER_BEAT }, "End of the loop."),
        field("punch_on", OFF, "Whether recording is kept to the punch range."),
        field("punch_in", POSITION, "Start of the punch range."),
        field(
            "punch_out",
            K::Beats { min: 0, default: 16 * protocol::TICKS_PER_BEAT },
            "End of the punch range.",
        ),
        field("pickup", POSITION, "Length of the pick-up: bar 1 starts after it."),
        field(
            "launch_quantum",
            choice(super::launcher::QUANTA),
            "Where launched clips start, unless their slot says otherwise.",
        ),
        field(
            "latency_policy",
            choice(&["auto", "fixed", "zero"]),
            "What is done about devices that are late: the rest waits and the outer host is told how late all is; the \
             same, and no less than `latency_frames`; or nothing waits, for playing live.",
        ),
        field(
            "latency_frames",
            K::Int { min: 0, max: 192_000, default: 1_024 },
            "What `fixed` reports at least, in frames.",
        ),
        field(
            "control_frames",
            K::Int { min: 8, max: 512, default: 32 },
            "How many frames apart the steps are in which automation and modulation move a parameter between its points. \
             Fewer are smoother, and cost more.",
        ),
    ],
};

pub(super) const TRACKS: TableDescriptor = TableDescriptor {
    name: "tracks",
    doc: "A channel of the mixer, with clips and devices.",
    owner: None,
    order_by: Some("order"),
    max_entities: 10_000,
    fields: &[
        indexed("name", NAME, "What a person calls it."),
        field("kind", choice(&["audio", "instrument", "bus", "master"]), "What it is for."),
        field("color", COLOR, "0xRRGGBB."),
        field("order", ORDER, "Place in the track list, ascending."),
        field("volume_db", VOLUME, "Fader; -90 dB is silence."),
        field("pan", float(-1.0, 1.0, 0.0, ""), "Balance: -1 left, 1 right."),
        field("mute", OFF, "Silenced."),
        field("solo", OFF, "Heard alone with the other soloed tracks."),
        field("armed", OFF, "Hears live notes or input."),
        field("output", optional(&["tracks"]), "Bus it feeds; unset for the master."),
        field(
            "output_bus",
            K::Int { min: 0, max: 31, default: 0 },
            "0 for `output`, 1..=31 for an extra output of the outer host (which has 8) or of an audio device.",
        ),
        field(
            "note_output",
            choice(&["auto", "host", "none"]),
            "Whether notes and MIDI that come out of its last device that speaks them, or of its clips, go on to the \
             outer host: only of an instrument track without devices, always, or never.",
        ),
        field("input", choice(&["none", "main", "sidechain"]), "Live audio input, heard while armed."),
        field(
            "input_bus",
            K::Int { min: 0, max: 31, default: 0 },
            "0 for `input`, 1..=31 for an extra input of an audio device, of which 1 is the sidechain.",
        ),
        field(
            "input_channel",
            K::Int { min: 0, max: 64, default: 0 },
            "0 to hear all channels of the input, 1..=64 for one of them alone, in mono.",
        ),
        field(
            "frozen",
            K::Blob,
            "While the track is frozen, what its clips and devices sound like before the fader: a WAV blob that starts \
             with the timeline and is played in their place.",
        ),
        field(
            "frozen_of",
            K::Text { max_bytes: 64 },
            "Fingerprint of what `frozen` was rendered from; it is out of date when the track would give another.",
        ),
    ],
};

pub(super) const CLIPS: TableDescriptor = TableDescriptor {
    name: "clips",
    doc: "A stretch of notes or audio on the timeline.",
    owner: Some("track"),
    order_by: Some("start"),
    max_entities: 1_000_000,
    fields: &[
        field("track", required(&["tracks"]), "Where it lies."),
        field("kind", choice(&["notes", "audio"]), "What it holds."),
        indexed("name", NAME, "What a person calls it."),
        field("color", K::Int { min: -1, max: 0xff_ff_ff, default: -1 }, "0xRRGGBB, or -1 for the track's."),
        field("start", POSITION, "Where it starts."),
        field("length", K::Beats { min: 1, default: 4 * protocol::TICKS_PER_BEAT }, "How long it plays."),
        field("offset", POSITION, "Where in its notes it begins."),
        field("loop_length", K::OptionalBeats { min: 1 }, "Its notes repeat with this period."),
        field("muted", OFF, "Not played."),
        field("arranged", ON, "Played on the timeline; otherwise only from the launcher's slots."),
        field("notes", K::Notes, "Its notes, relative to the start of the content."),
        field("events", K::Events, "Its controllers, program changes and the like, placed as its notes are."),
        field("media", K::Blob, "Its audio: a WAV blob."),
        field("offset_secs", float(0.0, 1e6, 0.0, "s"), "Where in its audio it begins."),
        field("gain_db", float(-90.0, 36.0, 0.0, "dB"), "Level of its audio."),
        field("fade_in_secs", FADE, "Fade-in."),
        field("fade_out_secs", FADE, "Fade-out."),
    ],
};
