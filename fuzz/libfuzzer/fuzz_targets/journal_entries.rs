//! The target `journal_entries` of `loophole_fuzz::targets`, for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(target) = loophole_fuzz::target("journal_entries") {
        (target.run)(bytes);
    }
});
