//! The target `bundle_content` of `loophole_fuzz::targets`, for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(target) = loophole_fuzz::target("bundle_content") {
        (target.run)(bytes);
    }
});
