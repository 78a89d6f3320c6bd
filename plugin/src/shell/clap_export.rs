//! The CLAP entry point.
#![allow(
    unsafe_code,
    missing_docs,
    clippy::missing_safety_doc,
    clippy::undocumented_unsafe_blocks,
    reason = "macro"
)]
#![allow(clippy::cast_possible_truncation, reason = "macro")]

use super::Loophole;

nice_plug::nice_export_clap!(Loophole);
