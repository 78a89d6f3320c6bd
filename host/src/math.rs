//! Conversions between number types, each with its argument, and the few formulas everybody shares.

/// The nearest float; exact for every frame count below 2^53.
#[expect(clippy::cast_precision_loss, reason = "positions stay far below 2^53")]
#[must_use]
pub(crate) const fn to_f64(integer: i64) -> f64 {
    integer as f64
}

/// A length or index as a float; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "lengths stay far below 2^53")]
#[must_use]
pub(crate) const fn len_f64(length: usize) -> f64 {
    length as f64
}

/// A float as a frame or tick count; saturates, and not-a-number gives zero.
#[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
#[must_use]
pub(crate) const fn to_i64(float: f64) -> i64 {
    float as i64
}

/// The sample nearest to a value.
#[expect(clippy::cast_possible_truncation, reason = "samples are single precision")]
#[must_use]
pub(crate) const fn to_f32(float: f64) -> f32 {
    float as f32
}

/// A length of at most a few blocks, as the frame count of events.
#[must_use]
pub(crate) fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// An index.
#[must_use]
pub(crate) const fn to_usize(index: u32) -> usize {
    index as usize
}

/// A non-negative distance between frames as a length; negative ones give zero.
#[must_use]
pub(crate) fn span(frames: i64) -> usize {
    usize::try_from(frames).unwrap_or(0)
}

/// A length as a frame count.
#[must_use]
pub(crate) fn frames(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Decibels at and below which a level is silence.
pub(crate) const SILENCE_DB: f64 = -90.0;

/// Linear gain of a level.
#[must_use]
pub(crate) fn db_to_gain(db: f64) -> f64 {
    if db <= SILENCE_DB { 0.0 } else { 10.0_f64.powf(db / 20.0) }
}

/// How long fades last that exist only to avoid clicks: 5 ms, at least one frame.
#[must_use]
pub(crate) fn declick_frames(rate: protocol::SampleRate) -> u32 {
    u32::try_from(to_i64((rate.0 * 0.005).round())).unwrap_or(1).max(1)
}
