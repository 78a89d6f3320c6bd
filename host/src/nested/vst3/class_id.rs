//! Class identifiers as text: 32 hexadecimal digits, the same on every system.

use vst3::Steinberg::TUID;

/// Where the bytes of an identifier are in memory. Windows lays out the first half as its own GUIDs.
/// Source: VST3 `funknown.h`, COM_COMPATIBLE.
const ORDER: [usize; 16] = if cfg!(target_os = "windows") {
    [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
} else {
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
};

/// The identifier as text.
pub(super) fn to_text(id: &TUID) -> String {
    ORDER.iter().map(|&place| format!("{:02X}", id[place].cast_unsigned())).collect()
}

/// The identifier that a text names.
pub(super) fn parse(text: &str) -> Option<TUID> {
    if text.len() != 32 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut id = [0; 16];
    for (index, place) in ORDER.into_iter().enumerate() {
        id[place] = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?.cast_signed();
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_as_it_is_declared() {
        let id = vst3::uid(0x6E33_2252, 0x5422_4A00, 0xAA69_301A, 0xF318_797D);
        assert_eq!(to_text(&id), "6E33225254224A00AA69301AF318797D");
        assert_eq!(parse("6E33225254224A00aa69301AF318797D"), Some(id));
        assert_eq!(parse("6E33225254224A00AA69301AF318797"), None);
        assert_eq!(parse("6E33225254224A00AA69301AF31879+D"), None);
    }
}
