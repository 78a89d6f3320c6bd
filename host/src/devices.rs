//! The built-in devices: what [`protocol::DeviceKind`] promises.
//!
//! One file or folder per device, all in one shape: a core (the signal processing, which knows neither blocks nor
//! parameter tables), its use of [`protocol`]'s parameters, its tests. `chassis` makes a
//! `Processor` of a core.
//!
//! *Invariant:* what a device puts out depends on its input, its events and its parameter values at their frames,
//! never on how time is cut into blocks, and after a [`reset`](crate::Processor::reset) on nothing before it.

use std::io::Read;
use std::sync::Arc;

use protocol::{DeviceKind, SampleRate};
use rustysynth::SoundFontError;

use crate::config::AudioConfig;
use crate::processor::Processor;
use chassis::{Effect, Instrument};

mod channel;
mod chassis;
mod compressor;

mod delay;
mod equalizer;
mod expressions;
mod filter;
mod math;
mod ramp;
mod reverb;
mod smooth;
mod soundfont;
mod synth;
#[cfg(test)]
mod tests;
mod utility;

pub use soundfont::{Font, FontPreset};

/// What a device plays: read once, off the audio thread, and shared by whoever plays it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DeviceContent {
    /// For [`DeviceKind::SoundFont`].
    SoundFont(Arc<Font>),
}

/// Why content cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadContentError {
    /// The device plays nothing but notes or audio.
    #[error("a device of kind {} takes no content", .0.key())]
    NotTaken(DeviceKind),
    /// Not a sound SF2 file.
    #[error("the SoundFont cannot be read")]
    SoundFont(#[source] SoundFontError),
    /// An SF2 file so broken that its reader gave up.
    #[error("the SoundFont is damaged")]
    Damaged,
}

impl DeviceContent {
    /// Reads the content of a device of some kind: for a SoundFont player an SF2 file with 16-bit samples.
    ///
    /// Blocks; not for the audio thread.
    ///
    /// # Errors
    /// What is not a sound file for the device is refused, whatever its bytes.
    pub fn read(kind: DeviceKind, from: &mut dyn Read) -> Result<Self, ReadContentError> {
        if kind != DeviceKind::SoundFont {
            return Err(ReadContentError::NotTaken(kind));
        }
        soundfont::read(from).map(|font| Self::SoundFont(Arc::new(font)))
    }
}

/// Why a device cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildDeviceError {
    /// The rate is not legal, see [`SampleRate::is_legal`].
    #[error("no device runs at {} Hz", .0.0)]
    Rate(SampleRate),
    /// The content belongs to another kind of device.
    #[error("the content is not for a device of kind {}", .0.key())]
    Content(DeviceKind),
}

/// Makes a device, its parameters at their defaults. A SoundFont player without content is silent.
///
/// Allocates; not for the audio thread.
///
/// # Errors
/// A rate out of range, or content for another kind of device.
pub fn build(
    kind: DeviceKind,
    content: Option<DeviceContent>,
    config: &AudioConfig,
) -> Result<Box<dyn Processor>, BuildDeviceError> {
    let rate = config.rate;
    if !rate.is_legal() {
        return Err(BuildDeviceError::Rate(rate));
    }
    Ok(match (kind, content) {
        (DeviceKind::SoundFont, font) => {
            let font = font.map(|DeviceContent::SoundFont(font)| font);
            Box::new(Instrument::new(soundfont::Player::new(font, rate)))
        }
        (_, Some(_)) => return Err(BuildDeviceError::Content(kind)),
        (DeviceKind::Synth, None) => Box::new(Instrument::new(synth::Synth::new(rate))),
        (DeviceKind::Equalizer, None) => Box::new(Effect::new(equalizer::Equalizer::new(rate))),
        (DeviceKind::Compressor, None) => Box::new(Effect::new(compressor::Compressor::new(rate))),
        (DeviceKind::Delay, None) => Box::new(Effect::new(delay::Delay::new(rate))),
        (DeviceKind::Reverb, None) => Box::new(Effect::new(reverb::Reverb::new(rate))),
        (DeviceKind::Utility, None) => Box::new(Effect::new(utility::Utility::new(rate))),
    })
}
