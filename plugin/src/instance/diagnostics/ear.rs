//! Listening to the master and to one track while somebody looks.

use ebur128::{EbuR128, Mode};
use editor::{MeasuredLoudness, MeasuredSpectrum};
use protocol::{EntityId, NodeId};
use rtrb::Consumer;

use crate::spectrum::SpectrumMeter;

/// What hears the master, and the track whose spectrum is wanted.
#[derive(Default)]
pub(super) struct Ears {
    /// The track whose spectrum is wanted; the master if not given.
    pub track: Option<EntityId>,
    master: Option<Ear>,
    other: Option<Ear>,
    loudness: Option<Loudness>,
    spectrum: Option<Spectrum>,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attention {
    /// Loudness and a spectrum.
    All,
    /// The loudness of the master.
    Loudness,
}

/// One ring of samples.
struct Ear {
    node: NodeId,
    ring: Consumer<[f32; 2]>,
}

struct Loudness {
    rate_hz: f64,
    meter: EbuR128,
    /// Frames heard since it was reset, silence left out.
    frames: usize,
}

struct Spectrum {
    rate_hz: f64,
    track: Option<EntityId>,
    meter: SpectrumMeter,
}

impl Ears {
    /// Listens to what is wanted, if that is not so already: `ring` gives a ring with room for so many frames.
    pub fn listen(
        &mut self,
        attention: Attention,
        master: NodeId,
        strip: impl Fn(EntityId) -> NodeId,
        rate_hz: f64,
        mut ring: impl FnMut(NodeId, usize) -> Option<Consumer<[f32; 2]>>,
    ) {
        if rate_hz <= 0.0 {
            return;
        }
        let other = self.track.map(strip).filter(|&node| node != master && attention == Attention::All);
        for (ear, wanted) in [(&mut self.master, Some(master)), (&mut self.other, other)] {
            let is_right = |ear: &Ear| Some(ear.node) == wanted && !ear.ring.is_abandoned();
            if !ear.as_ref().is_some_and(is_right) {
                // As long as the control thread can be busy with something else.
                let room = frames(rate_hz);
                *ear = wanted.and_then(|node| Some(Ear { node, ring: ring(node, room)? }));
            }
        }
        if self.loudness.as_ref().is_none_or(|loudness| loudness.rate_hz != rate_hz) {
            self.loudness = Loudness::new(rate_hz);
        }
        if attention == Attention::Loudness {
            self.spectrum = None;
            return;
        }
        let is_right = |spectrum: &Spectrum| spectrum.rate_hz == rate_hz && spectrum.track == self.track;
        if !self.spectrum.as_ref().is_some_and(is_right) {
            let meter = SpectrumMeter::new(rate_hz);
            self.spectrum = Some(Spectrum { rate_hz, track: self.track, meter });
        }
    }

    /// Hears nothing more, and remembers how loud it was.
    pub fn rest(&mut self) {
        (self.master, self.other, self.spectrum) = (None, None, None);
    }

    /// Takes in what was played since the last time.
    pub fn hear(&mut self) {
        let Self { master, other, loudness, spectrum, .. } = self;
        let is_of_master = other.is_none();
        drain(master, |frames| {
            if let Some(loudness) = loudness {
                // It refuses nothing of two channels.
                let _ = loudness.meter.add_frames_f32(frames.as_flattened());
                if frames.as_flattened().iter().any(|sample| *sample != 0.0) {
                    loudness.frames += frames.len();
                }
            }
            if let Some(spectrum) = spectrum.as_mut().filter(|_| is_of_master) {
                spectrum.meter.add(frames);
            }
        });
        drain(other, |frames| {
            if let Some(spectrum) = spectrum {
                spectrum.meter.add(frames);
            }
        });
    }

    /// Measures loudness from now on.
    pub fn reset_loudness(&mut self) {
        if let Some(loudness) = &mut self.loudness {
            loudness.meter.reset();
            loudness.frames = 0;
        }
    }

    /// What was heard so far.
    pub fn heard(&self) -> (Option<MeasuredLoudness>, Option<MeasuredSpectrum>) {
        let spectrum = self
            .spectrum
            .as_ref()
            .map(|spectrum| MeasuredSpectrum { track: spectrum.track, bands_db: spectrum.meter.bands_db() });
        (self.loudness.as_ref().and_then(Loudness::measured), spectrum)
    }
}

impl Loudness {
    /// One whose memory stays the same however long it listens.
    fn new(rate_hz: f64) -> Option<Self> {
        let mode = Mode::I | Mode::M | Mode::S | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        let rate = u32::try_from(frames(rate_hz)).ok()?;
        Some(Self { rate_hz, meter: EbuR128::new(2, rate, mode).ok()?, frames: 0 })
    }

    fn measured(&self) -> Option<MeasuredLoudness> {
        let peak = |side| self.meter.true_peak(side).ok().map(|peak| 20.0 * peak.log10());
        Some(MeasuredLoudness {
            momentary_lufs: self.meter.loudness_momentary().ok()?,
            short_term_lufs: self.meter.loudness_shortterm().ok()?,
            integrated_lufs: self.meter.loudness_global().ok()?,
            range_lu: self.meter.loudness_range().ok()?,
            true_peak_db: [peak(0)?, peak(1)?],
            secs: seconds(self.frames, self.rate_hz),
        })
    }
}

/// Hands over what is in a ring.
fn drain(ear: &mut Option<Ear>, mut hear: impl FnMut(&[[f32; 2]])) {
    let Some(ear) = ear else { return };
    if let Ok(chunk) = ear.ring.read_chunk(ear.ring.slots()) {
        let (first, second) = chunk.as_slices();
        hear(first);
        hear(second);
        chunk.commit_all();
    }
}

#[expect(clippy::cast_precision_loss, reason = "for a person to read")]
fn seconds(frames: usize, rate_hz: f64) -> f64 {
    frames as f64 / rate_hz
}

/// Frames in a second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "legal rates are small and positive"
)]
fn frames(rate_hz: f64) -> usize {
    rate_hz.round() as usize
}
