//! Conversions between sample encodings. Full scale is -1..1 (the most negative integer is -1).

/// A 16-bit sample as a float.
pub(crate) fn from_i16(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// A 24-bit sample (in the low bits) as a float; exact.
#[expect(clippy::cast_precision_loss, reason = "24 bits fit the mantissa")]
pub(crate) fn from_i24(sample: i32) -> f32 {
    sample as f32 / 8_388_608.0
}

/// A 32-bit sample as a float, rounded to 24 bits.
#[expect(clippy::cast_precision_loss, reason = "documented rounding")]
pub(crate) fn from_i32(sample: i32) -> f32 {
    sample as f32 / 2_147_483_648.0
}

/// A 64-bit float, rounded; what is too large becomes infinite.
#[expect(clippy::cast_possible_truncation, reason = "documented rounding")]
pub(crate) fn from_f64(sample: f64) -> f32 {
    sample as f32
}

/// The low 24 bits as a signed number.
pub(crate) fn i24_from_le(bytes: [u8; 3]) -> i32 {
    i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 8
}

/// Clamps to 16 bits.
pub(crate) fn to_i16(sample: i32) -> i16 {
    i16::try_from(sample).unwrap_or(if sample < 0 { i16::MIN } else { i16::MAX })
}

/// The three low bytes, clamped to 24 bits.
pub(crate) fn i24_to_le(sample: i32) -> [u8; 3] {
    let [a, b, c, _] = sample.clamp(-8_388_608, 8_388_607).to_le_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_one_in_every_encoding() {
        assert_eq!(from_i16(i16::MIN), -1.0);
        assert_eq!(from_i24(-8_388_608), -1.0);
        assert_eq!(from_i32(i32::MIN), -1.0);
        assert_eq!(from_f64(-1.0), -1.0);
    }

    #[test]
    fn twenty_four_bits_survive_the_round_trip() {
        for sample in [-8_388_608, -1, 0, 1, 8_388_607] {
            assert_eq!(i24_from_le(i24_to_le(sample)), sample);
        }
        assert_eq!(i24_from_le(i24_to_le(i32::MAX)), 8_388_607);
        assert_eq!(to_i16(40_000), i16::MAX);
        assert_eq!(to_i16(-40_000), i16::MIN);
    }
}
