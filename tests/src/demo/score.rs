//! The notes of the demo song, "Side Door": 28 bars at 112 bpm, a minute.
//!
//! Intro (bars 1-4), groove (5-12), song (13-20), breath (21-24), out (25-28). Four chords of one bar each:
//! Fmaj9, Em7, Am9, G6/9.

use protocol::{Beats, Note};

/// Quarter notes a minute, throughout.
pub const BPM: f64 = 112.0;
/// Length of the song.
pub const BARS: i64 = 28;
/// First bars of the sections, counted from 0.
pub const GROOVE: i64 = 4;
/// Where the melody enters.
pub const SONG: i64 = 12;
/// Where the drums leave.
pub const BREATH: i64 = 20;
/// Where everything comes back.
pub const OUT: i64 = 24;

/// Chord tones, close together, lowest first.
const CHORDS: [[u8; 4]; 4] = [[57, 60, 64, 67], [55, 59, 62, 64], [55, 59, 60, 64], [57, 59, 62, 64]];
/// Roots in the bass.
const ROOTS: [u8; 4] = [41, 40, 45, 43];

/// Where a bar starts.
pub fn bar(bar: i64) -> Beats {
    Beats::whole(bar * 4)
}

fn note(start_beats: f64, length_beats: f64, key: u8, velocity: f64) -> Note {
    Note {
        start: Beats::from_beats(start_beats),
        length: Beats::from_beats(length_beats),
        key,
        velocity,
        channel: 0,
    }
}

/// Four bars of held chords, with the root an octave above the bass.
pub fn pad() -> Vec<Note> {
    let chord = |(bar, (tones, root)): (u8, (&[u8; 4], &u8))| {
        let start = f64::from(bar) * 4.0;
        let root = note(start, 3.95, root + 12, 0.5);
        tones.iter().map(move |&key| note(start, 3.95, key, 0.55)).chain([root]).collect::<Vec<_>>()
    };
    (0..).zip(CHORDS.iter().zip(&ROOTS)).flat_map(chord).collect()
}

/// Four bars of keys: an answer to each chord, off the beat.
pub fn keys() -> Vec<Note> {
    const HITS: [(f64, f64, f64); 4] =
        [(0.0, 1.4, 0.72), (1.5, 0.45, 0.5), (2.75, 0.7, 0.62), (3.5, 0.4, 0.44)];
    let mut notes = Vec::new();
    for (bar, tones) in (0..).zip(&CHORDS) {
        for (hit, &(at, length, velocity)) in HITS.iter().enumerate() {
            // The later hits leave the lowest tone out and roll upwards a little.
            for (tone, &key) in (0..).zip(tones).skip(hit % 2) {
                let roll = f64::from(tone) * 0.012;
                notes.push(note(f64::from(bar) * 4.0 + at + roll, length, key + 12, velocity - roll));
            }
        }
    }
    notes
}

/// Four bars of bass.
pub fn bass() -> Vec<Note> {
    const LINE: [(f64, f64, u8, f64); 6] = [
        (0.0, 0.7, 0, 0.95),
        (0.75, 0.2, 0, 0.55),
        (1.5, 0.45, 0, 0.8),
        (2.25, 0.45, 12, 0.7),
        (2.75, 0.45, 7, 0.72),
        (3.5, 0.4, 10, 0.62),
    ];
    let mut notes = Vec::new();
    for (bar, root) in (0..).zip(ROOTS) {
        for (at, length, above, velocity) in LINE {
            // The minor seventh leads to the next root; a fifth is safer over the major chords.
            let above = if above == 10 && bar % 2 == 0 { 7 } else { above };
            notes.push(note(f64::from(bar) * 4.0 + at, length, root - 12 + above, velocity));
        }
    }
    notes
}

/// Four bars of sixteenths over the chord tones, two octaves up and down.
pub fn arp() -> Vec<Note> {
    const ORDER: [(usize, u8); 16] = [
        (0, 12),
        (2, 12),
        (1, 24),
        (3, 12),
        (0, 24),
        (2, 12),
        (3, 12),
        (1, 24),
        (0, 12),
        (3, 12),
        (2, 24),
        (1, 12),
        (3, 24),
        (2, 12),
        (1, 12),
        (2, 24),
    ];
    let mut notes = Vec::new();
    for (bar, tones) in (0..).zip(&CHORDS) {
        for (step, &(tone, up)) in (0..).zip(&ORDER) {
            let velocity = if step % 4 == 0 {
                0.8
            } else if step % 3 == 0 {
                0.62
            } else {
                0.45
            };
            let start = f64::from(bar) * 4.0 + f64::from(step) * 0.25;
            notes.push(note(start, 0.2, tones[tone] + up, velocity));
        }
    }
    notes
}

/// Eight bars of melody.
pub fn lead() -> Vec<Note> {
    const LINE: [(f64, f64, u8, f64); 32] = [
        (0.0, 1.45, 76, 0.8),
        (1.5, 0.45, 74, 0.6),
        (2.0, 0.95, 72, 0.7),
        (3.0, 0.95, 69, 0.65),
        (4.0, 1.45, 71, 0.75),
        (5.5, 0.45, 74, 0.6),
        (6.0, 1.9, 67, 0.7),
        (8.0, 0.7, 72, 0.75),
        (8.75, 0.7, 74, 0.7),
        (9.5, 0.95, 76, 0.8),
        (10.5, 0.45, 79, 0.7),
        (11.0, 0.95, 81, 0.9),
        (12.0, 0.95, 79, 0.8),
        (13.0, 0.45, 76, 0.6),
        (13.5, 1.4, 74, 0.75),
        (15.0, 0.9, 71, 0.6),
        (16.0, 1.45, 72, 0.75),
        (17.5, 0.45, 76, 0.65),
        (18.0, 1.45, 81, 0.9),
        (19.5, 0.45, 79, 0.7),
        (20.0, 0.45, 79, 0.7),
        (20.5, 0.95, 76, 0.75),
        (21.5, 0.45, 74, 0.6),
        (22.0, 1.9, 71, 0.7),
        (24.5, 0.45, 72, 0.65),
        (25.0, 0.45, 76, 0.7),
        (25.5, 0.45, 79, 0.75),
        (26.0, 0.95, 83, 0.95),
        (27.0, 0.95, 81, 0.85),
        (28.0, 0.7, 79, 0.8),
        (28.75, 0.7, 81, 0.75),
        (29.5, 2.4, 76, 0.8),
    ];
    LINE.iter().map(|&(start, length, key, velocity)| note(start, length, key, velocity)).collect()
}

/// Where the hits of a two-bar drum loop fall, in sixteenths, and how hard.
pub struct DrumLoop {
    /// Bass drum.
    pub kick: &'static [(u32, f64)],
    /// Snare and clap.
    pub snare: &'static [(u32, f64)],
    /// Closed hi-hat.
    pub hat: &'static [(u32, f64)],
    /// Open hi-hat.
    pub open: &'static [(u32, f64)],
}

/// The groove of the song.
pub const DRUMS: DrumLoop = DrumLoop {
    kick: &[(0, 1.0), (7, 0.7), (10, 0.85), (16, 1.0), (22, 0.6), (23, 0.8), (26, 0.9)],
    snare: &[(4, 0.9), (12, 1.0), (20, 0.9), (28, 1.0), (31, 0.35)],
    hat: &[
        (0, 0.6),
        (2, 0.8),
        (4, 0.5),
        (5, 0.25),
        (6, 0.8),
        (8, 0.6),
        (10, 0.8),
        (12, 0.5),
        (13, 0.3),
        (16, 0.6),
        (18, 0.8),
        (20, 0.5),
        (22, 0.8),
        (24, 0.6),
        (25, 0.25),
        (26, 0.8),
        (28, 0.5),
        (29, 0.3),
    ],
    open: &[(14, 0.7), (30, 0.8)],
};
