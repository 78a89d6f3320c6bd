//! Strings in arrays of a fixed size.

use std::ffi::c_char;

use vst3::Steinberg::Vst::TChar;

/// Writes a text that fits.
pub fn write_bytes(text: &str, into: &mut [c_char]) {
    for (place, byte) in into.iter_mut().zip(text.bytes().chain([0])) {
        *place = byte.cast_signed();
    }
}

/// Writes a text that fits.
pub fn write_wide(text: &str, into: &mut [TChar]) {
    for (place, unit) in into.iter_mut().zip(text.encode_utf16().chain([0])) {
        *place = unit;
    }
}

/// # Safety
/// A zero ends the text.
pub unsafe fn read_wide(text: *const TChar) -> String {
    let units: Vec<_> =
        (0..128).map(|index| unsafe { *text.add(index) }).take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}
