//! A realistic project for looking at the editor and testing it: eight tracks, notes, audio, automation, devices,
//! macros, markers. Built through edits only.

use std::f64::consts::TAU;

use model::{Blobs, IdSource, Project, Pulse, TrackKind, edit};
use protocol::{Beats, BlobHash, Curve, DeviceKind, Edit, EntityId, Note, Point, Transaction, Transition};

/// The song and its audio.
pub struct Song {
    /// The store.
    pub pulse: Pulse,
    /// Its audio.
    pub blobs: Blobs,
    /// The project before its first step, and after each.
    pub states: Vec<Project>,
}

struct Builder {
    pulse: Pulse,
    edits: Vec<Edit>,
    order: f64,
    states: Vec<Project>,
}

impl Builder {
    fn id(&self) -> EntityId {
        self.pulse.new_id()
    }

    fn track(&mut self, kind: TrackKind, name: &str, color: u32, db: f64, pan: f64) -> EntityId {
        let id = self.id();
        self.order += 1.0;
        self.edits.extend([
            edit::track::create(id.into(), kind, name),
            edit::track::set_color(id.into(), color),
            edit::track::set_order(id.into(), self.order),
            edit::track::set_volume_db(id.into(), db),
            edit::track::set_pan(id.into(), pan),
        ]);
        id
    }

    fn device(&mut self, track: EntityId, kind: DeviceKind, order: f64) -> EntityId {
        let id = self.id();
        self.edits.push(edit::device::create_builtin(id.into(), track.into(), kind, order));
        id
    }

    fn clip(&mut self, track: EntityId, name: &str, start: i64, length: i64, notes: &[Note]) -> EntityId {
        let id = self.id();
        let (start, length) = (Beats::whole(start), Beats::whole(length));
        self.edits.push(edit::clip::create_notes(id.into(), track.into(), start, length));
        self.edits.push(edit::clip::set_name(id.into(), name));
        let rows = notes.iter().zip(1u64..).map(|(note, key)| (key, Some(*note)));
        self.edits.push(edit::clip::change_notes(id.into(), rows));
        id
    }

    fn audio(&mut self, track: EntityId, name: &str, start: i64, length: i64, media: BlobHash) -> EntityId {
        let id = self.id();
        let (start, length) = (Beats::whole(start), Beats::whole(length));
        self.edits.push(edit::clip::create_audio(id.into(), track.into(), start, length, media));
        self.edits.push(edit::clip::set_name(id.into(), name));
        self.edits.push(edit::clip::set_fade_out_secs(id.into(), 0.6));
        id
    }

    fn lane(&mut self, owner: EntityId, param: &str, points: &[(f64, f64, Curve)]) {
        let id = self.id();
        self.edits.push(edit::lane::create(id.into(), owner, param));
        let rows = points
            .iter()
            .zip(1u64..)
            .map(|(&(at, value, curve), key)| (key, Some(Point { at: Beats::from_beats(at), value, curve })));
        self.edits.push(edit::lane::change_points(id.into(), rows));
    }

    fn commit(&mut self, name: &str, author: &str) {
        let edits = std::mem::take(&mut self.edits);
        let transaction = Transaction { name: name.into(), author: author.into(), edits };
        self.pulse.commit(transaction).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.states.push(self.pulse.project());
    }
}

fn note(at: f64, length: f64, key: u8, velocity: f64) -> Note {
    Note { start: Beats::from_beats(at), length: Beats::from_beats(length), key, velocity, channel: 0 }
}

/// A WAV of eight seconds: a rhythm of decaying noise over a low tone.
fn wav(rate: u32, pulse_secs: f64, tone: f64) -> Vec<u8> {
    let frames = rate * 8;
    let mut seed = 0x2545_F491_u32;
    let mut data = Vec::new();
    for frame in 0..frames {
        let secs = f64::from(frame) / f64::from(rate);
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(seed >> 8) / f64::from(1u32 << 23) - 1.0;
        let envelope = (-(secs % pulse_secs) / pulse_secs * 5.0).exp();
        let swell = (secs / 8.0 * TAU / 2.0).sin().abs();
        let sample = 0.55 * noise * envelope + 0.4 * (secs * tone * TAU).sin() * swell;
        #[expect(clippy::cast_possible_truncation, reason = "within 16 bits by construction")]
        let sample = (sample.clamp(-1.0, 1.0) * 32_000.0) as i16;
        data.extend_from_slice(&sample.to_le_bytes());
    }
    let mut out = Vec::new();
    let size = u32::try_from(data.len()).expect("a short file");
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + size).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16u32.to_le_bytes());
    for word in [1u16, 1] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    for long in [rate, rate * 2] {
        out.extend_from_slice(&long.to_le_bytes());
    }
    for word in [2u16, 16] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(b"data");
    out.extend_from_slice(&size.to_le_bytes());
    out.extend(data);
    out
}

fn drums() -> Vec<Note> {
    let mut notes = Vec::new();
    for step in 0..16u8 {
        let at = f64::from(step) / 4.0;
        if matches!(step, 0 | 6 | 8 | 11) {
            notes.push(note(at, 0.2, 36, 0.95));
        }
        if matches!(step, 4 | 12) {
            notes.push(note(at, 0.2, 38, 0.85));
        }
        notes.push(note(at, 0.12, 42, if step % 4 == 2 { 0.75 } else { 0.4 }));
    }
    notes.push(note(3.5, 0.3, 46, 0.6));
    notes
}

fn chords() -> Vec<Note> {
    const CHORDS: [[u8; 4]; 4] = [[57, 60, 64, 67], [53, 57, 60, 64], [60, 64, 67, 71], [55, 59, 62, 65]];
    (0u8..)
        .zip(CHORDS)
        .flat_map(|(bar, chord)| {
            chord.map(move |key| note(f64::from(bar) * 4.0, 3.8, key, 0.55 + 0.02 * f64::from(key % 5)))
        })
        .collect()
}

fn bass() -> Vec<Note> {
    const ROOTS: [u8; 4] = [33, 29, 36, 31];
    (0..32u8)
        .map(|step| {
            let root = ROOTS[usize::from(step / 8)];
            let key = if step % 8 == 7 { root + 12 } else { root };
            note(f64::from(step) / 2.0, 0.38, key, 0.6 + 0.05 * f64::from(step % 4))
        })
        .collect()
}

fn lead() -> Vec<Note> {
    const LINE: [(f64, f64, u8); 14] = [
        (0.0, 1.5, 76),
        (1.5, 0.5, 74),
        (2.0, 1.0, 72),
        (3.0, 1.0, 69),
        (4.0, 2.0, 72),
        (6.5, 0.5, 71),
        (7.0, 1.0, 69),
        (8.0, 1.5, 79),
        (9.5, 0.5, 76),
        (10.0, 2.0, 74),
        (12.0, 1.0, 71),
        (13.0, 1.0, 74),
        (14.0, 0.5, 76),
        (14.5, 1.3, 79),
    ];
    LINE.map(|(at, length, key)| note(at, length, key, 0.7 + f64::from(key % 7) * 0.04)).to_vec()
}

/// Builds the song.
#[must_use]
pub fn song() -> Song {
    let blobs = Blobs::new();
    let pulse = Pulse::with_ids(IdSource::seeded(1));
    let states = vec![pulse.project()];
    let mut b = Builder { pulse, edits: Vec::new(), order: 0.0, states };
    b.edits.push(edit::root::set_name(b.pulse.project().root().id(), "Night Drive"));
    b.commit("Name the song", "You");

    let drums_id = b.track(TrackKind::Instrument, "Drums", 0xF0_8A5D, -4.5, 0.0);
    let bass_id = b.track(TrackKind::Instrument, "Bass", 0x5B_A9F0, -6.0, 0.0);
    let keys = b.track(TrackKind::Instrument, "Warm Keys", 0x7A_CB6B, -9.5, -0.15);
    let lead_id = b.track(TrackKind::Instrument, "Lead", 0xC9_84E8, -11.0, 0.2);
    let tape = b.track(TrackKind::Audio, "Tape Loop", 0xF2_C14E, -13.0, 0.0);
    let vocals = b.track(TrackKind::Audio, "Vocals", 0xEC_6A8C, -7.0, 0.0);
    let space = b.track(TrackKind::Bus, "Space", 0x4F_C9C4, -10.0, 0.0);
    let glue = b.track(TrackKind::Bus, "Drum Bus", 0x9C_A8F2, -1.5, 0.0);
    b.edits.push(edit::track::set_output(drums_id.into(), Some(glue.into())));
    b.edits.push(edit::track::set_armed(lead_id.into(), true));
    b.edits.push(edit::track::set_mute(tape.into(), true));
    b.commit("Add tracks", "You");

    b.device(drums_id, DeviceKind::SoundFont, 0.0);
    let synth = b.device(bass_id, DeviceKind::Synth, 0.0);
    b.device(bass_id, DeviceKind::Compressor, 1.0);
    b.device(keys, DeviceKind::Synth, 0.0);
    b.device(keys, DeviceKind::Equalizer, 1.0);
    let lead_synth = b.device(lead_id, DeviceKind::Synth, 0.0);
    b.device(lead_id, DeviceKind::Delay, 1.0);
    b.device(vocals, DeviceKind::Equalizer, 0.0);
    let comp = b.device(vocals, DeviceKind::Compressor, 1.0);
    b.device(space, DeviceKind::Reverb, 0.0);
    b.device(glue, DeviceKind::Compressor, 0.0);
    b.edits.push(edit::device::set_bypassed(comp.into(), true));
    b.edits.push(edit::device::set_param(synth.into(), "cutoff", 900.0));
    for (track, db) in [(keys, -14.0), (lead_id, -9.0), (vocals, -12.0)] {
        let send = b.id();
        b.edits.push(edit::send::create(send.into(), track.into(), space.into()));
        b.edits.push(edit::send::set_level_db(send.into(), db));
    }
    b.commit("Add devices and sends", "Mira");

    for start in [4, 12, 20, 36, 44, 52] {
        let clip = b.clip(drums_id, "Beat", start, 8, &drums());
        b.edits.push(edit::clip::set_loop_length(clip.into(), Some(Beats::whole(4))));
    }
    for start in [4, 20, 36, 52] {
        b.clip(bass_id, "Bass line", start, 16, &bass());
    }
    for start in [0, 16, 32, 48] {
        b.clip(keys, "Chords", start, 16, &chords());
    }
    for start in [20, 52] {
        b.clip(lead_id, "Hook", start, 16, &lead());
    }
    let noise = blobs.put(wav(24_000, 0.5, 82.4));
    let voice = blobs.put(wav(24_000, 2.0, 220.0));
    b.audio(tape, "tape-loop.wav", 0, 16, noise);
    b.audio(tape, "tape-loop.wav", 32, 16, noise);
    b.audio(vocals, "verse-take-3.wav", 16, 16, voice);
    b.audio(vocals, "chorus-double.wav", 36, 16, voice);
    b.commit("Write parts", "You");

    b.lane(
        lead_synth,
        "cutoff",
        &[
            (16.0, 400.0, Curve::Linear),
            (28.0, 4_000.0, Curve::Smooth),
            (36.0, 900.0, Curve::Hold),
            (48.0, 900.0, Curve::Exponential),
            (64.0, 9_000.0, Curve::Linear),
        ],
    );
    b.lane(lead_id, "volume_db", &[(16.0, -24.0, Curve::Linear), (22.0, -8.0, Curve::Linear)]);
    b.commit("Automate the lead", "You");

    let macros = [("Brightness", 0.62), ("Space", 0.35), ("Drive", 0.2), ("Swing", 0.5)];
    for (slot, (name, value)) in (0u8..).zip(macros) {
        let id = b.id();
        b.edits.push(edit::macros::create(id.into(), slot, name));
        b.edits.push(edit::macros::set_value(id.into(), value));
        if slot == 0 {
            for (owner, param, min, max) in [
                (synth, "cutoff", 200.0, 6_000.0),
                (lead_synth, "resonance", 0.0, 0.7),
                (keys, "volume_db", -18.0, -6.0),
            ] {
                let target = b.id();
                b.edits.push(edit::macros::create_target(target.into(), id.into(), owner, param, min, max));
            }
        }
    }
    let markers = [
        (0, "Intro", 0x9C_A8F2),
        (20, "Verse", 0x5B_A9F0),
        (36, "Chorus", 0xF2_C14E),
        (52, "Outro", 0x7A_CB6B),
    ];
    for (at, name, color) in markers {
        let id = b.id();
        b.edits.push(edit::timeline::create_marker(id.into(), Beats::whole(at), name));
        b.edits.push(edit::timeline::set_marker_color(id.into(), color));
    }
    let tempo = b.id();
    b.edits.push(edit::timeline::create_tempo(tempo.into(), Beats::ZERO, 104.0));
    let root = b.pulse.project().root().id();
    b.edits.extend([
        edit::root::set_loop_on(root, true),
        edit::root::set_loop_start(root, Beats::whole(20)),
        edit::root::set_loop_end(root, Beats::whole(36)),
    ]);
    b.commit("Map macros, set markers", "Mira");
    Song { pulse: b.pulse, blobs, states: b.states }
}

/// A tempo that moves, and more than one time signature: what the lanes above the tracks are for.
#[must_use]
pub fn shape_time(song: &Song) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, bpm, transition) in
        [(36, 104.0, Transition::Ramp), (44, 112.0, Transition::Jump), (60, 98.0, Transition::Jump)]
    {
        let id = song.pulse.new_id();
        edits.push(edit::timeline::create_tempo(id.into(), Beats::whole(at), bpm));
        edits.push(edit::timeline::set_transition(id.into(), transition));
    }
    for (at, numerator, denominator) in [(0, 4, 4), (60, 6, 8)] {
        let id = song.pulse.new_id();
        edits.push(edit::timeline::create_signature(id.into(), Beats::whole(at), numerator, denominator));
    }
    let root = song.pulse.project().root().id();
    edits.push(edit::root::set_punch_in(root, Beats::whole(24)));
    edits.push(edit::root::set_punch_out(root, Beats::whole(32)));
    edits
}
