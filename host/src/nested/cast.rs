//! Conversions that lose nothing, or say what they lose.

/// Bounded sizes as the `u32` of a plugin interface; saturates.
pub(crate) fn to_u32(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// A `u32` of a plugin interface as an index. Lossless where Loophole runs (32 bits and more).
pub(crate) fn to_usize(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// The nearest `f64`; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "frame counts stay far below 2^53")]
pub(crate) fn to_f64(integer: i64) -> f64 {
    integer as f64
}

/// A seven-bit MIDI value from 0..=1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=127")]
pub(crate) fn to_seven_bits(norm: f64) -> u8 {
    (norm.clamp(0.0, 1.0) * 127.0).round() as u8
}

/// A fourteen-bit MIDI value from 0..=1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=16383")]
pub(crate) fn to_fourteen_bits(norm: f64) -> u16 {
    (norm.clamp(0.0, 1.0) * 16_383.0).round() as u16
}

/// A time in units of 2^-31, as CLAP counts beats and seconds; rounds half away from zero and saturates.
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
pub(crate) fn to_fixed(time: f64) -> i64 {
    const ONE: f64 = 2_147_483_648.0;
    (time * ONE + if time < 0.0 { -0.5 } else { 0.5 }) as i64
}
