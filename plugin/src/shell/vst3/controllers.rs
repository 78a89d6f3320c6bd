//! MIDI controllers as VST3 knows them: hidden parameters.
//!
//! nice-plug lists 130 for each of the 16 channels. Hosts that look at every parameter take most of a minute for
//! that, so only the first channel has them all; the others have what MPE and common practice use there.

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ParamID;
use nice_plug::wrapper::vst3::vst3::Steinberg::{int16, int32};

/// Controllers of a channel: 128, channel pressure and pitch bend.
const PER_CHANNEL: int32 = 130;
const CHANNELS: int32 = 16;

/// What every channel has: modulation, volume, pan, expression, sustain, brightness, pressure, bend.
const COMMON: [int16; 8] = [1, 7, 10, 11, 64, 74, 128, 129];
const COMMON_COUNT: int32 = 8;

/// How many the wrapper has.
pub const INNER_COUNT: int32 = PER_CHANNEL * CHANNELS;
/// How many are listed.
pub const COUNT: int32 = PER_CHANNEL + COMMON_COUNT * (CHANNELS - 1);

/// The controller that stands for channel pressure.
pub const PRESSURE: u8 = 128;
/// The one that stands for pitch bend.
pub const BEND: u8 = 129;

/// Channel and controller that a parameter stands for, by the ids that the wrapper gives them: the last below 2^31.
pub fn of_param(id: ParamID) -> Option<(u8, u8)> {
    let index = int32::try_from(id).ok()? - (int32::MAX - INNER_COUNT + 1);
    if index < 0 {
        return None;
    }
    Some((u8::try_from(index / PER_CHANNEL).ok()?, u8::try_from(index % PER_CHANNEL).ok()?))
}

/// The wrapper's index of a listed controller; beyond the wrapper's last for what is not listed.
pub fn inner_index(listed: int32) -> int32 {
    let rest = listed - PER_CHANNEL;
    if rest < 0 {
        return listed;
    }
    let common = usize::try_from(rest % COMMON_COUNT).ok().and_then(|index| COMMON.get(index));
    let channel = 1 + rest / COMMON_COUNT;
    match common {
        Some(controller) if channel < CHANNELS => channel * PER_CHANNEL + int32::from(*controller),
        _ => INNER_COUNT,
    }
}

/// Whether a controller of a channel is listed.
pub fn is_listed(channel: int16, controller: int16) -> bool {
    channel == 0 || COMMON.contains(&controller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_controller_is_a_different_one_of_the_wrapper() {
        let inner: std::collections::BTreeSet<_> = (0..COUNT).map(inner_index).collect();
        assert_eq!(i32::try_from(inner.len()), Ok(COUNT));
        assert!(inner.iter().all(|index| (0..INNER_COUNT).contains(index)));
        assert_eq!(inner_index(COUNT), INNER_COUNT);
    }

    #[test]
    fn a_parameter_says_which_controller_it_stands_for() {
        let first = (1 << 31) - u32::try_from(INNER_COUNT).expect("positive");
        assert_eq!((of_param(first), of_param((1 << 31) - 1)), (Some((0, 0)), Some((15, BEND))));
        assert_eq!((of_param(first - 1), of_param(1 << 31), of_param(u32::MAX)), (None, None, None));
        assert_eq!(of_param(first + 130 + 64), Some((1, 64)));
    }

    #[test]
    fn what_is_listed_can_be_assigned() {
        for index in (0..COUNT).map(inner_index) {
            let (channel, controller) = (index / PER_CHANNEL, index % PER_CHANNEL);
            let narrow = |value: i32| i16::try_from(value).expect("small");
            assert!(is_listed(narrow(channel), narrow(controller)));
        }
        assert!(!is_listed(1, 2));
    }
}
