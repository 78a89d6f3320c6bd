//! Denormal numbers are flushed to zero while a block is processed: they cost a hundred times a normal one.
#![expect(unsafe_code, reason = "the floating-point control register is reached by assembly only")]

/// Flushes denormals to zero on this thread until it is dropped. Real-time safe.
pub(crate) struct FlushDenormals {
    before: Control,
}

#[cfg(target_arch = "x86_64")]
type Control = u32;
#[cfg(target_arch = "aarch64")]
type Control = u64;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
type Control = ();

impl FlushDenormals {
    pub fn new() -> Self {
        // Miri runs no assembly.
        let before = if cfg!(miri) { Control::default() } else { read() };
        let flush = Self { before };
        flush.set(flushing(before));
        flush
    }

    fn set(&self, control: Control) {
        if !cfg!(miri) {
            write(control);
        }
    }
}

impl Drop for FlushDenormals {
    fn drop(&mut self) {
        self.set(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
fn flushing(control: Control) -> Control {
    const FLUSH_TO_ZERO: u32 = 1 << 15;
    const DENORMALS_ARE_ZERO: u32 = 1 << 6;
    control | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO
}

#[cfg(target_arch = "x86_64")]
fn read() -> Control {
    let mut control: u32 = 0;
    // SAFETY: stores four bytes to the given address; SSE is part of x86-64.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags)) };
    control
}

#[cfg(target_arch = "x86_64")]
fn write(control: Control) {
    // SAFETY: loads a value that came from `stmxcsr`, but for two defined bits.
    unsafe {
        std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack, preserves_flags, readonly));
    }
}

#[cfg(target_arch = "aarch64")]
fn flushing(control: Control) -> Control {
    control | 1 << 24
}

#[cfg(target_arch = "aarch64")]
fn read() -> Control {
    let control: u64;
    // SAFETY: reads a register that is always there.
    unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack, preserves_flags)) };
    control
}

#[cfg(target_arch = "aarch64")]
fn write(control: Control) {
    // SAFETY: writes a value that came from the register, but for one defined bit.
    unsafe { std::arch::asm!("msr fpcr, {}", in(reg) control, options(nomem, nostack, preserves_flags)) };
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn flushing(control: Control) -> Control {
    control
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn read() -> Control {}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn write(_: Control) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denormals_are_flushed_only_while_the_guard_lives() {
        let half = |x: f32| std::hint::black_box(x) * std::hint::black_box(0.5);
        assert!(half(f32::MIN_POSITIVE) > 0.0);
        {
            let _guard = FlushDenormals::new();
            assert_eq!(half(f32::MIN_POSITIVE), 0.0);
        }
        assert!(half(f32::MIN_POSITIVE) > 0.0);
    }
}
