//! The engine as a whole, from plan to samples.

mod buses;
mod clap;
mod follow;
mod hands;
mod harness;
mod kept;
mod latency;
mod layouts;
mod media;
mod mix;
mod plugins;
mod resting;
mod silence;
mod swap;
mod telemetry;
mod threads;
mod time;
mod values;
mod waits;
