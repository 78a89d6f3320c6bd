//! Whole-system tests of Loophole: hosts, fixtures, and the maker of the demo song.

pub mod clap_host;
pub mod demo;
pub mod projects;
pub mod random;
