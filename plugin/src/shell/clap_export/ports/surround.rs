//! `clap.surround`: which loudspeaker each channel is for, in the order of VST3 and WAVE files.

use clap_sys::ext::surround::{
    CLAP_SURROUND_BL, CLAP_SURROUND_BR, CLAP_SURROUND_FC, CLAP_SURROUND_FL, CLAP_SURROUND_FR,
    CLAP_SURROUND_LFE, CLAP_SURROUND_SL, CLAP_SURROUND_SR, CLAP_SURROUND_TBL, CLAP_SURROUND_TBR,
    CLAP_SURROUND_TFL, CLAP_SURROUND_TFR, clap_plugin_surround,
};
use clap_sys::plugin::clap_plugin;

use super::{channels, choice, count};

pub(super) static SURROUND: clap_plugin_surround =
    clap_plugin_surround { is_channel_mask_supported: Some(is_mask_supported), get_channel_map: Some(map) };

#[expect(clippy::cast_possible_truncation, reason = "loudspeakers are numbered up to 17")]
const fn speakers<const N: usize>(numbers: [u32; N]) -> [u8; N] {
    let mut speakers = [0; N];
    let mut index = 0;
    while index < N {
        speakers[index] = numbers[index] as u8;
        index += 1;
    }
    speakers
}

const QUAD: [u8; 4] = speakers([CLAP_SURROUND_FL, CLAP_SURROUND_FR, CLAP_SURROUND_BL, CLAP_SURROUND_BR]);
const FIVE: [u8; 5] =
    speakers([CLAP_SURROUND_FL, CLAP_SURROUND_FR, CLAP_SURROUND_FC, CLAP_SURROUND_BL, CLAP_SURROUND_BR]);
/// 7.1.4, of whose beginning the others are.
const TWELVE: [u8; 12] = speakers([
    CLAP_SURROUND_FL,
    CLAP_SURROUND_FR,
    CLAP_SURROUND_FC,
    CLAP_SURROUND_LFE,
    CLAP_SURROUND_BL,
    CLAP_SURROUND_BR,
    CLAP_SURROUND_SL,
    CLAP_SURROUND_SR,
    CLAP_SURROUND_TFL,
    CLAP_SURROUND_TFR,
    CLAP_SURROUND_TBL,
    CLAP_SURROUND_TBR,
]);

/// Which loudspeaker each of so many channels is for; `None` where that is anybody's guess.
pub(super) fn speaker_map(channels: usize) -> Option<&'static [u8]> {
    match channels {
        4 => Some(&QUAD),
        5 => Some(&FIVE),
        3 | 6 | 8 | 12 => Some(&TWELVE[..channels]),
        _ => None,
    }
}

unsafe extern "C" fn is_mask_supported(_: *const clap_plugin, mask: u64) -> bool {
    let is = |map: &[u8]| map.iter().fold(0_u64, |mask, speaker| mask | 1 << speaker) == mask;
    (1..=TWELVE.len()).filter_map(speaker_map).any(is)
}

unsafe extern "C" fn map(
    plugin: *const clap_plugin,
    is_input: bool,
    index: u32,
    to: *mut u8,
    capacity: u32,
) -> u32 {
    // SAFETY: as in `port`.
    let channels = channels(unsafe { choice(plugin).layout() }, index, is_input);
    let Some(map) =
        channels.and_then(speaker_map).filter(|map| count(map.len()) <= capacity && !to.is_null())
    else {
        return 0;
    };
    // SAFETY: the host has room for as many as it says.
    unsafe { std::ptr::copy_nonoverlapping(map.as_ptr(), to, map.len()) };
    count(map.len())
}
