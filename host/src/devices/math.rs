//! Arithmetic that the devices share: conversions in one place, and cheap functions of known error.

/// The nearest `f32`.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the nearest single is what is meant")]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
}

/// The frame count nearest to a non-negative number; not-a-number gives 0.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, as meant")]
pub(crate) fn whole(value: f64) -> usize {
    value.round() as usize
}

/// The choice that a stepped parameter's value stands for.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, as meant")]
pub(crate) fn index(value: f64) -> usize {
    value.round() as usize
}

/// A small count as a float; exact below 2^24.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "documented")]
pub(crate) fn float(count: usize) -> f32 {
    count as f32
}

/// A count as a double; exact below 2^53.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "documented")]
pub(crate) fn double(count: usize) -> f64 {
    count as f64
}

/// The whole part (rounded down) of a number within +-2^31, and the rest, 0..1.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "documented range")]
pub(crate) fn split(value: f32) -> (i32, f32) {
    let down = value as i32;
    let down = down - i32::from((down as f32) > value);
    (down, value - down as f32)
}

/// Whether a switch's value means on.
#[inline]
pub(crate) fn is_on(value: f64) -> bool {
    value > 0.5
}

/// Linear gain of a level in decibels; `silence_db` and below is silence.
pub(crate) fn gain(db: f64, silence_db: f64) -> f32 {
    if db <= silence_db { 0.0 } else { single(10_f64.powf(db / 20.0)) }
}

/// 2 to the power of `x`, within 3e-7 of itself (0.0005 cents), for -126..=127; clamped outside.
#[inline]
pub(crate) fn exp2(x: f32) -> f32 {
    let (whole, rest) = split(x.clamp(-126.0, 126.999));
    // Minimax polynomial of degree 6 with p(0) = 1, relative error 2e-9 before rounding.
    let high = 0.055_485_28 + rest * (0.009_675_453 + rest * (0.001_246_783_3 + rest * 0.000_216_129_55));
    let p = 1.0 + rest * (0.693_147_04 + rest * (0.240_229_3 + rest * high));
    #[expect(clippy::cast_sign_loss, reason = "the exponent is clamped to the normal range")]
    let scale = f32::from_bits(((whole + 127) as u32) << 23);
    p * scale
}

/// The logarithm of a positive number to base 2, within 2e-6; what is below 1e-30 counts as 1e-30.
#[inline]
#[expect(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "exponents are small")]
pub(crate) fn log2(x: f32) -> f32 {
    let bits = x.max(1e-30).to_bits();
    // The mantissa centred on 1: 0.707..1.414.
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32) >> 23;
    let m = f32::from_bits((shifted & 0x007f_ffff) + 0x3f35_04f3);
    // log2 m = (2 / ln 2) atanh((m - 1) / (m + 1)).
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let p = s * (2.885_39 + z * (0.961_800_8 + z * (0.576_584_6 + z * 0.434_254_33)));
    exponent as f32 + p
}

/// sin(2 pi x) for x in -0.5..=0.5, within 1e-6.
#[inline]
pub(crate) fn sin_turn(x: f32) -> f32 {
    // Fold to a quarter turn, where an odd polynomial of degree 9 suffices.
    let folded = if x > 0.25 {
        0.5 - x
    } else if x < -0.25 {
        -0.5 - x
    } else {
        x
    };
    let z = folded * folded;
    folded * (std::f32::consts::TAU + z * (-41.341_656 + z * (81.601_006 + z * (-76.549_8 + z * 39.536_846))))
}

/// tan(pi x) for x in 0..=0.49, within 3e-6 of itself.
#[inline]
pub(crate) fn tan_half_turn(x: f32) -> f32 {
    sin_turn(0.5 * x) / sin_turn(0.25 - 0.5 * x)
}

/// Takes a recursion's state to zero before it becomes subnormal and slow.
#[inline]
pub(crate) fn flush(state: &mut f32) {
    if state.abs() < 1e-18 {
        *state = 0.0;
    }
}

/// Whether every sample is a finite number.
#[inline]
pub(crate) fn finite(samples: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    let wild = samples.iter().fold(0_u32, |wild, x| wild | u32::from(x.to_bits() & EXPONENT == EXPONENT));
    wild == 0
}

/// A number that looks random and depends on `seed` alone.
#[inline]
pub(crate) fn hash(seed: u32) -> u32 {
    // Source: Chris Wellons, "lowbias32".
    let mut x = seed.wrapping_add(0x9e37_79b9);
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cheap_functions_are_as_near_as_they_say() {
        for step in -32_000..32_000_i16 {
            let x = f32::from(step) / 1_000.0;
            let exact = f64::from(x).exp2();
            assert!((f64::from(exp2(x)) / exact - 1.0).abs() < 3e-7, "exp2({x})");
            let power = x.exp2();
            assert!((f64::from(log2(power)) - f64::from(power).log2()).abs() < 4e-6, "log2({power})");
            let turn = f32::from(step) / 64_000.0;
            let exact = (f64::from(turn) * std::f64::consts::TAU).sin();
            assert!((f64::from(sin_turn(turn)) - exact).abs() < 1e-6, "sin_turn({turn})");
            let exact = (f64::from(turn.abs()) * std::f64::consts::PI).tan();
            let near = f64::from(tan_half_turn(turn.abs()));
            assert!(turn.abs() > 0.49 || (near - exact).abs() <= 3e-6 * exact, "tan_half_turn({turn})");
        }
    }
}
