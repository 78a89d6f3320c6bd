//! The audio of the demo song: drum loops and a riser as WAV, the keys as a SoundFont.

use model::Blobs;
use protocol::BlobHash;

use super::samples::{self, Mono, frames};
use super::score::{BPM, DRUMS};
use super::soundfont::{self, Pitch, Preset, Zone};

/// Length of the drum loops, in sixteenths: two bars.
const STEPS: u32 = 32;

/// Hashes of what the song plays.
pub struct Media {
    /// Two bars of bass drum, snare and clap; mono.
    pub beat: BlobHash,
    /// Two bars of hi-hats; stereo.
    pub hats: BlobHash,
    /// Two bars that rise into the next section; stereo.
    pub riser: BlobHash,
    /// Keys and percussion.
    pub soundfont: BlobHash,
}

/// Computes everything and puts it into `blobs`.
pub fn make(blobs: &Blobs) -> Media {
    let riser = samples::riser(two_bars_secs());
    let delayed: Mono = std::iter::repeat_n(0.0, frames(0.011)).chain(riser.iter().copied()).collect();
    Media {
        beat: blobs.put(wav(&[&beat()], 0.9)),
        hats: blobs.put(wav(&[&hats(0), &hats(frames(0.0007))], 0.5)),
        riser: blobs.put(wav(&[&riser, &delayed[..riser.len()]], 0.5)),
        soundfont: blobs.put(soundfont()),
    }
}

fn two_bars_secs() -> f64 {
    f64::from(STEPS) / 4.0 * 60.0 / BPM
}

fn step_frame(step: u32) -> usize {
    frames(f64::from(step) / 4.0 * 60.0 / BPM)
}

fn beat() -> Mono {
    let mut loop_ = vec![0.0; step_frame(STEPS)];
    let (kick, snare, clap) = (samples::kick(), samples::snare(), samples::clap());
    for &(step, gain) in DRUMS.kick {
        samples::strike(&mut loop_, &kick, step_frame(step), gain);
    }
    for &(step, gain) in DRUMS.snare {
        samples::strike(&mut loop_, &snare, step_frame(step), gain * 0.7);
        if gain > 0.5 {
            samples::strike(&mut loop_, &clap, step_frame(step) + frames(0.006), gain * 0.4);
        }
    }
    loop_
}

fn hats(late: usize) -> Mono {
    let mut loop_ = vec![0.0; step_frame(STEPS)];
    for (round, &(step, gain)) in (20..).zip(DRUMS.hat) {
        let hat = samples::hat(0.028, round);
        samples::strike(&mut loop_, &hat, step_frame(step) + late, gain);
    }
    for (round, &(step, gain)) in (60..).zip(DRUMS.open) {
        let hat = samples::hat(0.09, round);
        samples::strike(&mut loop_, &hat, step_frame(step) + late, gain * 0.8);
    }
    loop_
}

/// A 16-bit WAV at [`samples::RATE`], one slice per channel.
fn wav(channels: &[&[f64]], peak: f64) -> Vec<u8> {
    let channels: Vec<Vec<i16>> = channels.iter().map(|channel| samples::to_i16(channel, peak)).collect();
    let count = u16::try_from(channels.len()).expect("PANIC: one or two channels");
    let spec = hound::WavSpec {
        channels: count,
        sample_rate: rate_hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("PANIC: memory takes a WAV header");
    for frame in 0..channels[0].len() {
        for channel in &channels {
            writer.write_sample(channel[frame]).expect("PANIC: memory takes samples");
        }
    }
    writer.finalize().expect("PANIC: memory takes a WAV header");
    bytes.into_inner()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "44100")]
fn rate_hz() -> u32 {
    samples::RATE as u32
}

fn soundfont() -> Vec<u8> {
    // C2 to C6 in steps of eight semitones: far enough apart to stay small, near enough to sound even.
    let roots = [36_u8, 44, 52, 60, 68, 76, 84];
    let keys = (0..).zip(roots).map(|(index, root): (usize, u8)| {
        let hertz = 440.0 * (f64::from(root) - 69.0).exp2_12();
        let low = if index == 0 { 0 } else { root - 4 };
        let high = if index + 1 == roots.len() { 127 } else { root + 3 };
        zone("Glass", &samples::keys(hertz, 2.2), root, (low, high), -1_200, 0, Pitch::Scaled)
    });
    let percussion = [
        ("Block high", samples::tap(1_180.0, 0.045, 0.2, 31), 76, -200),
        ("Block low", samples::tap(790.0, 0.055, 0.2, 32), 77, -120),
        ("Conga high", samples::tap(310.0, 0.13, 0.35, 33), 62, 180),
        ("Conga low", samples::tap(205.0, 0.18, 0.35, 34), 64, 260),
        ("Shaker", samples::shaker(), 70, 120),
    ];
    let percussion = percussion
        .map(|(name, sound, key, pan)| zone(name, &sound, key, (key, key), -3_600, pan, Pitch::Fixed));
    let presets = [
        Preset { name: "Glass Keys", bank: 0, program: 0, zones: keys.collect() },
        Preset { name: "Side Door Perc", bank: 0, program: 1, zones: percussion.into() },
    ];
    soundfont::write("Side Door", rate_hz(), &presets)
}

fn zone(
    name: &'static str,
    sound: &[f64],
    root: u8,
    keys: (u8, u8),
    release_timecents: i16,
    pan: i16,
    fixed_pitch: Pitch,
) -> Zone {
    Zone { name, sample: samples::to_i16(sound, 0.8), root, keys, release_timecents, pan, fixed_pitch }
}

trait Semitones {
    /// Two to the power of a twelfth of it.
    fn exp2_12(self) -> f64;
}

impl Semitones for f64 {
    fn exp2_12(self) -> f64 {
        (self / 12.0).exp2()
    }
}
