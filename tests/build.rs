//! Tells the tests whether RealtimeSanitizer is built in: see `tests/realtime.rs`.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(rtsan)");
    println!("cargo::rerun-if-env-changed=RTSAN_ENABLE");
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("RTSAN_ENABLE").is_some() {
        println!("cargo::rustc-cfg=rtsan");
    }
}
