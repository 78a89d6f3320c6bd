//! The built-in devices and their parameters. `host` implements them, `model` checks against them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::param::ParamDescriptor;

pub mod compressor;
pub mod delay;
pub mod equalizer;
pub mod follower;
pub mod reverb;
pub mod soundfont;
pub mod strip;
pub mod synth;
pub mod utility;

/// A device that needs no plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Polyphonic subtractive synthesiser.
    Synth,
    /// SoundFont (SF2) player.
    SoundFont,
    /// Four-band equaliser.
    Equalizer,
    /// Feed-forward compressor with sidechain.
    Compressor,
    /// Stereo delay, free or in beats.
    Delay,
    /// Algorithmic reverb.
    Reverb,
    /// Gain, balance, width, polarity.
    Utility,
}

impl DeviceKind {
    /// All of them, instruments first.
    pub const ALL: [Self; 7] = [
        Self::Synth,
        Self::SoundFont,
        Self::Equalizer,
        Self::Compressor,
        Self::Delay,
        Self::Reverb,
        Self::Utility,
    ];

    /// Stable identifier in files and scripts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Synth => "loophole.synth",
            Self::SoundFont => "loophole.soundfont",
            Self::Equalizer => "loophole.equalizer",
            Self::Compressor => "loophole.compressor",
            Self::Delay => "loophole.delay",
            Self::Reverb => "loophole.reverb",
            Self::Utility => "loophole.utility",
        }
    }

    /// The device of a [`key`](Self::key).
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// What a person reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Synth => "Synth",
            Self::SoundFont => "SoundFont Player",
            Self::Equalizer => "Equalizer",
            Self::Compressor => "Compressor",
            Self::Delay => "Delay",
            Self::Reverb => "Reverb",
            Self::Utility => "Utility",
        }
    }

    /// Whether it makes sound from notes rather than processing audio.
    #[must_use]
    pub const fn is_instrument(self) -> bool {
        matches!(self, Self::Synth | Self::SoundFont)
    }

    /// Its parameters, in the order they are shown.
    #[must_use]
    pub const fn params(self) -> &'static [ParamDescriptor] {
        match self {
            Self::Synth => synth::PARAMS,
            Self::SoundFont => soundfont::PARAMS,
            Self::Equalizer => equalizer::PARAMS,
            Self::Compressor => compressor::PARAMS,
            Self::Delay => delay::PARAMS,
            Self::Reverb => reverb::PARAMS,
            Self::Utility => utility::PARAMS,
        }
    }

    /// The parameter with a key.
    #[must_use]
    pub fn param(self, key: &str) -> Option<&'static ParamDescriptor> {
        self.params().iter().find(|param| param.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_ids_count_up_keys_are_unique_and_defaults_legal() {
        for kind in DeviceKind::ALL {
            let params = kind.params();
            for (index, param) in params.iter().enumerate() {
                assert_eq!(usize::try_from(param.id.0), Ok(index), "{} {}", kind.key(), param.key);
                assert_eq!(param.clamp(param.default), param.default, "{} {}", kind.key(), param.key);
                for other in &params[index + 1..] {
                    assert_ne!(param.id, other.id, "{} {}", kind.key(), param.key);
                    assert_ne!(param.key, other.key, "{}", kind.key());
                }
            }
            assert_eq!(DeviceKind::from_key(kind.key()), Some(kind));
        }
    }
}
