//! A SoundFont, read and worked out: for every preset the zones that a key can start.
//!
//! `rustysynth` reads the file. Its generators are combined here once, in the units of the voices, with every index
//! into the samples checked, so that a voice has nothing left to go wrong.
//! Source: SoundFont Technical Specification 2.04, sections 8 and 9.

use std::io::Read;
use std::ops::{Range, RangeInclusive};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rustysynth::{InstrumentRegion, LoopMode, PresetRegion, SoundFont};

use crate::devices::ReadContentError;
use crate::devices::math;

/// A SoundFont: samples and the presets that play them.
#[derive(Debug)]
pub struct Font {
    source: SoundFont,
    presets: Vec<Preset>,
    zones: Vec<Zone>,
}

#[derive(Debug)]
struct Preset {
    bank: i32,
    program: i32,
    name: String,
    zones: Range<usize>,
}

/// A preset of a [`Font`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FontPreset<'a> {
    /// 0..=128; 128 is percussion.
    pub bank: i32,
    /// 0..=127.
    pub program: i32,
    /// What it is called in the file.
    pub name: &'a str,
}

/// One sample of a preset and how it sounds. Times in seconds, frequencies in Hz, pitches in semitones.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) keys: RangeInclusive<i32>,
    pub(super) velocities: RangeInclusive<i32>,
    pub(super) sample: Sample,
    pub(super) root: f32,
    pub(super) tune: f32,
    /// Semitones per key.
    pub(super) scale: f32,
    /// Linear.
    pub(super) gain: f32,
    /// -1 left, 1 right.
    pub(super) pan: f32,
    /// In octaves above 1 Hz.
    pub(super) cutoff: f32,
    /// The inverse of the filter's quality.
    pub(super) damping: f32,
    pub(super) amp: Times,
    pub(super) sweep: Times,
    pub(super) sweep_pitch: f32,
    pub(super) sweep_octaves: f32,
    pub(super) wobble: Lfo,
    pub(super) wobble_pitch: f32,
    pub(super) wobble_octaves: f32,
    /// In octaves of amplitude (6 dB).
    pub(super) wobble_level: f32,
    pub(super) vibrato: Lfo,
    pub(super) vibrato_pitch: f32,
    /// Notes of one class other than 0 cut each other.
    pub(super) class: i32,
}

/// Where a sample lies: `start < end`, `end` within the data, and a loop within it if there is one.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) repeat: Option<Range<usize>>,
    /// The loop ends when the key is let go.
    pub(super) repeats_while_held: bool,
    pub(super) rate: f64,
}

/// An envelope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) delay: f32,
    pub(super) attack: f32,
    pub(super) hold: f32,
    pub(super) decay: f32,
    /// Level, 0..=1.
    pub(super) sustain: f32,
    pub(super) release: f32,
    /// Octaves by which hold and decay get longer with each key below 60.
    pub(super) hold_per_key: f32,
    pub(super) decay_per_key: f32,
}

/// A triangle oscillator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lfo {
    pub(super) delay: f32,
    pub(super) hz: f32,
}

impl Font {
    /// Its presets, by bank and program.
    pub fn presets(&self) -> impl Iterator<Item = FontPreset<'_>> {
        self.presets.iter().map(|p| FontPreset { bank: p.bank, program: p.program, name: &p.name })
    }

    /// How long its slowest note takes to die away after it was let go, in seconds.
    pub(super) fn longest_release_secs(&self) -> f32 {
        self.zones.iter().map(|zone| zone.amp.release).fold(0.01, f32::max).min(200.0)
    }

    pub(super) fn data(&self) -> &[i16] {
        self.source.get_wave_data()
    }

    /// The zones of a preset; where there is none, those of the same program in bank 0 (or of the first kit), else
    /// of the first preset.
    pub(super) fn zones(&self, bank: i32, program: i32) -> &[Zone] {
        let find = |bank, program| {
            self.presets.binary_search_by_key(&(bank, program), |preset| (preset.bank, preset.program)).ok()
        };
        let other = if bank < 128 { (0, program) } else { (128, 0) };
        let index = find(bank, program).or_else(|| find(other.0, other.1)).unwrap_or(0);
        self.presets.get(index).map_or(&[], |preset| &self.zones[preset.zones.clone()])
    }

    fn new(source: SoundFont) -> Self {
        let (mut presets, mut zones) = (Vec::new(), Vec::new());
        for preset in source.get_presets() {
            let start = zones.len();
            for outer in preset.get_regions() {
                let instrument = source.get_instruments().get(outer.get_instrument_id());
                let inner = instrument.into_iter().flat_map(|instrument| instrument.get_regions());
                zones.extend(inner.filter_map(|inner| Zone::new(&source, outer, inner)));
            }
            presets.push(Preset {
                bank: preset.get_bank_number(),
                program: preset.get_patch_number(),
                name: preset.get_name().into(),
                zones: start..zones.len(),
            });
        }
        presets.sort_by_key(|preset| (preset.bank, preset.program));
        Self { source, presets, zones }
    }
}

impl Zone {
    /// Adds up the generators of a preset's and an instrument's zone; `None` if nothing can sound.
    fn new(font: &SoundFont, p: &PresetRegion, i: &InstrumentRegion) -> Option<Self> {
        let both = |p: RangeInclusive<i32>, i: RangeInclusive<i32>| {
            *p.start().max(i.start())..=*p.end().min(i.end())
        };
        let keys = both(
            p.get_key_range_start()..=p.get_key_range_end(),
            i.get_key_range_start()..=i.get_key_range_end(),
        );
        let velocities = both(
            p.get_velocity_range_start()..=p.get_velocity_range_end(),
            i.get_velocity_range_start()..=i.get_velocity_range_end(),
        );
        let sample = Sample::new(font, i)?;
        if keys.is_empty() || velocities.is_empty() {
            return None;
        }
        let cents = |value: i32| math::single(f64::from(value) / 1_200.0);
        let semitones = |value: i32| math::single(f64::from(value) / 100.0);
        // The reader gives frequencies in Hz, from 8.176 Hz on.
        let hz = |p: f32, i: f32| p * i / 8.176;
        let q_db = p.get_initial_filter_q() + i.get_initial_filter_q();
        // Sound cards of the time took only 40 % of the attenuation, and fonts are made for that.
        let attenuation = 0.4 * (p.get_initial_attenuation() + i.get_initial_attenuation());
        Some(Self {
            keys,
            velocities,
            sample,
            root: math::single(f64::from(i.get_root_key())),
            tune: math::single(f64::from(p.get_coarse_tune() + i.get_coarse_tune()))
                + semitones(p.get_fine_tune() + i.get_fine_tune()),
            scale: semitones(p.get_scale_tuning() + i.get_scale_tuning()),
            gain: math::gain(-f64::from(attenuation.max(0.0)), f64::NEG_INFINITY),
            pan: ((p.get_pan() + i.get_pan()) / 50.0).clamp(-1.0, 1.0),
            cutoff: hz(p.get_initial_filter_cutoff_frequency(), i.get_initial_filter_cutoff_frequency())
                .clamp(20.0, 20_000.0)
                .log2(),
            // No peak at 0 dB: a quality of 0.7.
            damping: std::f32::consts::SQRT_2
                * math::gain(-f64::from(q_db.clamp(0.0, 40.0)), f64::NEG_INFINITY),
            amp: Times {
                delay: p.get_delay_volume_envelope() * i.get_delay_volume_envelope(),
                attack: p.get_attack_volume_envelope() * i.get_attack_volume_envelope(),
                hold: p.get_hold_volume_envelope() * i.get_hold_volume_envelope(),
                decay: p.get_decay_volume_envelope() * i.get_decay_volume_envelope(),
                sustain: math::gain(
                    -f64::from((p.get_sustain_volume_envelope() + i.get_sustain_volume_envelope()).max(0.0)),
                    -100.0,
                ),
                release: p.get_release_volume_envelope() * i.get_release_volume_envelope(),
                hold_per_key: cents(
                    p.get_key_number_to_volume_envelope_hold() + i.get_key_number_to_volume_envelope_hold(),
                ),
                decay_per_key: cents(
                    p.get_key_number_to_volume_envelope_decay() + i.get_key_number_to_volume_envelope_decay(),
                ),
            },
            sweep: Times {
                delay: p.get_delay_modulation_envelope() * i.get_delay_modulation_envelope(),
                attack: p.get_attack_modulation_envelope() * i.get_attack_modulation_envelope(),
                hold: p.get_hold_modulation_envelope() * i.get_hold_modulation_envelope(),
                decay: p.get_decay_modulation_envelope() * i.get_decay_modulation_envelope(),
                sustain: (1.0
                    - (p.get_sustain_modulation_envelope() + i.get_sustain_modulation_envelope()) / 100.0)
                    .clamp(0.0, 1.0),
                release: p.get_release_modulation_envelope() * i.get_release_modulation_envelope(),
                hold_per_key: cents(
                    p.get_key_number_to_modulation_envelope_hold()
                        + i.get_key_number_to_modulation_envelope_hold(),
                ),
                decay_per_key: cents(
                    p.get_key_number_to_modulation_envelope_decay()
                        + i.get_key_number_to_modulation_envelope_decay(),
                ),
            },
            sweep_pitch: semitones(
                p.get_modulation_envelope_to_pitch() + i.get_modulation_envelope_to_pitch(),
            ),
            sweep_octaves: cents(
                p.get_modulation_envelope_to_filter_cutoff_frequency()
                    + i.get_modulation_envelope_to_filter_cutoff_frequency(),
            ),
            wobble: Lfo {
                delay: p.get_delay_modulation_lfo() * i.get_delay_modulation_lfo(),
                hz: hz(p.get_frequency_modulation_lfo(), i.get_frequency_modulation_lfo()),
            },
            wobble_pitch: semitones(p.get_modulation_lfo_to_pitch() + i.get_modulation_lfo_to_pitch()),
            wobble_octaves: cents(
                p.get_modulation_lfo_to_filter_cutoff_frequency()
                    + i.get_modulation_lfo_to_filter_cutoff_frequency(),
            ),
            wobble_level: (p.get_modulation_lfo_to_volume() + i.get_modulation_lfo_to_volume()) / 6.020_6,
            vibrato: Lfo {
                delay: p.get_delay_vibrato_lfo() * i.get_delay_vibrato_lfo(),
                hz: hz(p.get_frequency_vibrato_lfo(), i.get_frequency_vibrato_lfo()),
            },
            vibrato_pitch: semitones(p.get_vibrato_lfo_to_pitch() + i.get_vibrato_lfo_to_pitch()),
            class: i.get_exclusive_class(),
        })
    }
}

impl Sample {
    fn new(font: &SoundFont, region: &InstrumentRegion) -> Option<Self> {
        let frames = font.get_wave_data().len();
        let index = |at: i32| usize::try_from(at).ok().map(|at| at.min(frames));
        let start = index(region.get_sample_start())?;
        let end = index(region.get_sample_end())?;
        let repeat = index(region.get_sample_start_loop())?..index(region.get_sample_end_loop())?;
        let fits = start <= repeat.start && repeat.start < repeat.end && repeat.end <= end;
        let mode = region.get_sample_modes();
        let rate = font.get_sample_headers().get(region.get_sample_id())?.get_sample_rate();
        (start < end && rate > 0).then(|| Self {
            start,
            end,
            repeat: Some(repeat).filter(|_| fits && mode != LoopMode::NoLoop),
            repeats_while_held: mode == LoopMode::LoopUntilNoteOff,
            rate: f64::from(rate),
        })
    }
}

/// Reads a SoundFont, whatever the bytes.
pub(in crate::devices) fn read(from: &mut dyn Read) -> Result<Font, ReadContentError> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(|error| ReadContentError::SoundFont(error.into()))?;
    // The reader believes the sizes in the file, and allocates them.
    if bytes.starts_with(b"RIFF") && !lists_fit(&bytes) {
        return Err(ReadContentError::Damaged);
    }
    // It also panics on some damage; it holds nothing that could be left half done.
    let font = catch_unwind(AssertUnwindSafe(|| SoundFont::new(&mut &bytes[..])));
    font.map_err(|_| ReadContentError::Damaged)?.map(Font::new).map_err(ReadContentError::SoundFont)
}

/// Whether every chunk within the lists of a RIFF file ends inside the file.
fn lists_fit(bytes: &[u8]) -> bool {
    let size = |at: usize| -> Option<usize> {
        let field = bytes.get(at + 4..at + 8)?;
        usize::try_from(u32::from_le_bytes(field.try_into().ok()?)).ok()
    };
    let mut at = 12;
    while at + 12 <= bytes.len() {
        let Some(len) = size(at) else { return false };
        if bytes.len() - at - 8 < len {
            return false;
        }
        let end = at + 8 + len;
        let mut inner = at + 12;
        while inner + 8 <= end {
            match size(inner) {
                Some(len) if len <= end - inner - 8 => inner += 8 + len,
                _ => return false,
            }
        }
        at = end;
    }
    true
}
