//! The number conversions of drawing, each with its reason, in one place.

/// Narrows a coordinate. Screen coordinates need far less than 24 bits.
#[expect(clippy::cast_possible_truncation, reason = "coordinates and levels; f32 is what egui draws with")]
pub(crate) fn px(value: f64) -> f32 {
    value as f32
}

/// The index nearest below; negative and not-a-number give zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, as documented")]
pub(crate) fn index(value: f64) -> usize {
    value.max(0.0) as usize
}

/// The whole number nearest below; saturates.
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
pub(crate) fn floor(value: f64) -> i64 {
    value.floor() as i64
}

/// The whole number nearest; saturates.
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
pub(crate) fn round(value: f64) -> i64 {
    value.round() as i64
}

/// A count or position as a float; exact below 2^53.
pub(crate) fn real(value: i64) -> f64 {
    value as f64
}

/// A count as a coordinate factor.
pub(crate) fn count(value: usize) -> f32 {
    value as f32
}

/// A MIDI key (0..=127) from any whole number, by clamping.
pub(crate) fn key(value: i64) -> u8 {
    u8::try_from(value.clamp(0, 127)).unwrap_or(127)
}

/// Decibels of a linear level; silence is -90.
pub(crate) fn decibels(level: f32) -> f32 {
    if level > 3.2e-5 { 20.0 * level.log10() } else { -90.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_saturate_rather_than_wrap() {
        assert_eq!(index(-3.0), 0);
        assert_eq!(index(f64::NAN), 0);
        assert_eq!(floor(-0.5), -1);
        assert_eq!(key(1_000), 127);
        assert_eq!(decibels(0.0), -90.0);
        assert_eq!(decibels(1.0), 0.0);
    }
}
