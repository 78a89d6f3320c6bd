//! VST3's enumerations as the integers that its functions take.

use vst3::Steinberg::{TBool, int32};

/// What an enumeration of the bindings is made of: unsigned on some systems, signed on others.
type Enum = std::ffi::c_uint;

/// A constant of an enumeration as a function takes it. All are small but for the masks, whose bits are kept.
#[cfg(not(target_os = "windows"))]
pub(super) const fn int(value: Enum) -> int32 {
    value.cast_signed()
}

/// A constant of an enumeration as a function takes it.
#[cfg(target_os = "windows")]
pub(super) const fn int(value: int32) -> int32 {
    value
}

/// Whether a flag is among flags.
pub(super) const fn has(flags: int32, flag: int32) -> bool {
    flags & flag != 0
}

/// VST3's *true*.
pub(super) const TRUE: TBool = 1;
/// VST3's *false*.
pub(super) const FALSE: TBool = 0;

/// A count that a plugin gave: never negative, never more than is sane.
pub(super) fn count(value: int32, most: usize) -> int32 {
    value.clamp(0, int32::try_from(most).unwrap_or(int32::MAX))
}
