//! Fuzz targets: everything that takes bytes from outside.
//!
//! A target must not panic, hang, or hold more memory than [`Target::factor`] times its input and
//! [`Target::constant_bytes`]. `tests/mutations.rs` runs each on its seeds and thousands of mutations of them, with the
//! ordinary tests; `fuzz/libfuzzer` runs them for as long as one likes:
//!
//! ```text
//! cargo run -p loophole-fuzz --example corpus -- corpus
//! cargo +nightly fuzz run --fuzz-dir fuzz/libfuzzer project corpus/project -- -max_total_time=300 -rss_limit_mb=2048
//! ```
#![forbid(unsafe_code)]

mod sealed;
mod seeds;
mod show;
mod targets;
mod updates;

/// Something that takes bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Takes the bytes.
    pub run: fn(&[u8]),
    /// Good inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// How many bytes it may hold at a time for each byte of input.
    pub factor: usize,
    /// How many bytes it may hold besides.
    pub constant_bytes: usize,
}

const MIB: usize = 1 << 20;

/// All of them.
pub const TARGETS: &[Target] = &[
    // An entity of a few dozen bytes has its place in maps and indexes.
    Target {
        name: "project",
        run: targets::project,
        seeds: seeds::projects,
        factor: 400,
        constant_bytes: MIB,
    },
    // Deflate expands up to 1032 times, and what comes out is a project.
    Target {
        name: "bundle",
        run: targets::bundle,
        seeds: seeds::bundles,
        factor: 4_000,
        constant_bytes: MIB,
    },
    // The same behind its checksum.
    Target {
        name: "bundle_content",
        run: targets::bundle_content,
        seeds: seeds::bundle_contents,
        factor: 400,
        constant_bytes: MIB,
    },
    Target { name: "journal", run: targets::journal, seeds: seeds::journals, factor: 4, constant_bytes: MIB },
    Target {
        name: "journal_entries",
        run: targets::journal_entries,
        seeds: seeds::journal_entries,
        factor: 16,
        constant_bytes: MIB,
    },
    // Loro keeps what it reads in several forms.
    Target {
        name: "history",
        run: targets::history,
        seeds: seeds::histories,
        factor: 4_000,
        constant_bytes: 16 * MIB,
    },
    Target {
        name: "history_content",
        run: targets::history_content,
        seeds: seeds::history_contents,
        factor: 4_000,
        constant_bytes: 16 * MIB,
    },
    // Each byte is a part of an operation, which every document that it comes to holds.
    Target {
        name: "updates",
        run: updates::updates,
        seeds: seeds::updates,
        factor: 16_000,
        constant_bytes: 16 * MIB,
    },
    // What is decoded is limited by the target itself; a Vorbis header may ask for large codebooks.
    Target {
        name: "media",
        run: targets::media,
        seeds: seeds::media,
        factor: 64,
        constant_bytes: 4 * targets::MAX_DECODED_BYTES as usize + 16 * MIB,
    },
    Target { name: "midi", run: targets::midi, seeds: seeds::midi, factor: 400, constant_bytes: MIB },
    Target {
        name: "query",
        run: targets::query,
        seeds: seeds::queries,
        factor: 2_000,
        constant_bytes: 8 * MIB,
    },
];

/// The target with a name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
