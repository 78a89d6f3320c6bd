//! VST3's strings: UTF-16 or bytes in arrays of a fixed size, ended by a zero unless full.
#![expect(unsafe_code, reason = "strings without a length are read through raw pointers")]

use std::ffi::{CStr, c_char};

use vst3::Steinberg::Vst::{String128, TChar};

/// More characters than this in a string of the plugin's are a missing zero.
const MAX_CHARS: usize = 64 * 1024;

/// The text of an array of UTF-16.
pub(super) fn from_wide(units: &[TChar]) -> String {
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    String::from_utf16_lossy(&units[..end])
}

/// The text of an array of bytes.
pub(super) fn from_bytes(chars: &[c_char]) -> String {
    let bytes: Vec<u8> =
        chars.iter().map(|char| char.cast_unsigned()).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes as much of a text as fits, and its zero.
pub(super) fn write_wide(text: &str, into: &mut [TChar]) {
    let Some((last, room)) = into.split_last_mut() else { return };
    *last = 0;
    let mut units = text.encode_utf16();
    for place in room {
        *place = units.next().unwrap_or(0);
    }
}

/// A text for a plugin to read: UTF-16 with its zero.
pub(super) fn to_wide(text: &str) -> Vec<TChar> {
    text.encode_utf16().filter(|unit| *unit != 0).chain([0]).collect()
}

/// An empty string for a plugin to fill.
pub(super) const EMPTY: String128 = [0; 128];

/// The UTF-16 before the zero, which is not included.
///
/// # Safety
/// `text` is null or points to a string that a zero ends.
pub(super) unsafe fn wide_units(text: *const TChar) -> Vec<TChar> {
    if text.is_null() {
        return Vec::new();
    }
    // SAFETY: by the caller's promise every unit up to the zero can be read, and none behind it is.
    (0..MAX_CHARS)
        .map(|index| unsafe { text.add(index).read_unaligned() })
        .take_while(|unit| *unit != 0)
        .collect()
}

/// The name that a plugin passes.
///
/// # Safety
/// `name` is null or points to bytes that a zero ends.
pub(super) unsafe fn name(name: *const c_char) -> Option<Box<CStr>> {
    // SAFETY: by the caller's promise.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_the_way_there_and_back() {
        for text in ["", "Gain", "Höhe 🎚", "x\u{FFFF}"] {
            let mut wide = EMPTY;
            write_wide(text, &mut wide);
            assert_eq!(from_wide(&wide), text);
            assert_eq!(from_wide(&to_wide(text)), text);
        }
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let mut wide = [7; 4];
        write_wide("abcdef", &mut wide);
        assert_eq!(from_wide(&wide), "abc");
        assert_eq!(from_wide(&[97, 98]), "ab");
    }
}
