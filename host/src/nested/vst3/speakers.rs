//! Speaker arrangements: which loudspeakers the channels of a bus are for.

use vst3::Steinberg::Vst::{SpeakerArr, SpeakerArrangement};

use crate::nested::offers::Arrangement;

/// The loudspeakers of CLAP's `surround.h` by their number, and VST3's bit for each. Source: VST3 `vstspeaker.h`.
const BITS: [SpeakerArrangement; 18] = [
    1 << 0,  // front left
    1 << 1,  // front right
    1 << 2,  // front centre
    1 << 3,  // low frequency
    1 << 4,  // back left
    1 << 5,  // back right
    1 << 6,  // front left of centre
    1 << 7,  // front right of centre
    1 << 8,  // back centre
    1 << 9,  // side left
    1 << 10, // side right
    1 << 11, // top centre
    1 << 12, // top front left
    1 << 13, // top front centre
    1 << 14, // top front right
    1 << 15, // top back left
    1 << 16, // top back centre
    1 << 17, // top back right
];

/// An arrangement in words of no particular format. Channels are in the order of the bits.
pub(super) fn describe(raw: SpeakerArrangement) -> Arrangement {
    match raw {
        SpeakerArr::kMono => Arrangement::Mono,
        SpeakerArr::kStereo => Arrangement::Stereo,
        _ => {
            let place = |bit: u32| BITS.iter().position(|known| *known == 1 << bit);
            let set = (0..u64::BITS).filter(|bit| raw & (1 << bit) != 0);
            let places: Option<Vec<u8>> =
                set.map(|bit| place(bit).and_then(|place| u8::try_from(place).ok())).collect();
            places.filter(|places| !places.is_empty()).map_or(Arrangement::Unspecified, Arrangement::Surround)
        }
    }
}

/// The arrangement that a wish is for; `None` where VST3 has no word for it.
pub(super) fn find(wanted: &Arrangement, channels: u32) -> Option<SpeakerArrangement> {
    match (wanted, channels) {
        (_, 0) => Some(SpeakerArr::kEmpty),
        (Arrangement::Mono, 1) | (Arrangement::Unspecified, 1) => Some(SpeakerArr::kMono),
        (Arrangement::Stereo, 2) | (Arrangement::Unspecified, 2) => Some(SpeakerArr::kStereo),
        // The usual ones of so many channels: 3.0, 4.0, 5.0, 5.1, 6.1 and 7.1 for music.
        (Arrangement::Unspecified, 3) => Some(0b111),
        (Arrangement::Unspecified, 4) => Some(0b11_0011),
        (Arrangement::Unspecified, 5) => Some(0b11_0111),
        (Arrangement::Unspecified, 6) => Some(0b11_1111),
        (Arrangement::Unspecified, 7) => Some(0b1_0011_1111),
        (Arrangement::Unspecified, 8) => Some(0b110_0011_1111),
        (Arrangement::Surround(speakers), _) => {
            let raw = speakers
                .iter()
                .map(|speaker| BITS.get(usize::from(*speaker)).copied())
                .sum::<Option<u64>>()?;
            (raw.count_ones() == channels).then_some(raw)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_are_found_again() {
        for (channels, raw) in
            (1..=8).map(|channels| (channels, find(&Arrangement::Unspecified, channels).unwrap()))
        {
            assert_eq!(raw.count_ones(), channels);
            assert_eq!(find(&describe(raw), channels), Some(raw), "{channels}");
        }
        assert_eq!(describe(1 << 40), Arrangement::Unspecified);
        assert_eq!(find(&Arrangement::Stereo, 3), None);
    }
}
