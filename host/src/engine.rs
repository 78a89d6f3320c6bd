//! The engine: a controller on the control thread, a processor on the audio thread.
//!
//! 1. [`EngineController::new`] makes an engine without a graph;
//! 2. [`EngineController::apply`] gives it a plan, then and whenever the project changes;
//! 3. [`EngineController::activate`] gives the [`EngineProcessor`] for a rate, block size and mode;
//! 4. [`EngineProcessor::process`] runs on the audio thread; [`EngineController::poll`] serves it meanwhile;
//! 5. [`EngineController::deactivate`] takes the processor back. From 3 again at will.
//!
//! What changes travels as a `Command`; what it displaces travels back as
//! `Retired`, and a command is only taken when there is room for that. So nothing is made or
//! dropped on the audio thread.

mod block;
mod body;
mod buffers;
mod build;
mod cells;
mod command;
mod controller;
mod crew;
mod effective;
mod fade;
mod kept;
mod options;
mod plugins;
mod processor;
mod run;
mod schedule;
mod session;
mod swap;
#[cfg(test)]
mod tests;

pub use block::ProcessBlock;
pub use command::NodeTiming;
pub use controller::{EngineController, Polled};
pub use options::{
    ActivateError, ApplyError, ApplyReport, ApplyWarning, EngineOptions, PluginLoader, Threads,
};
pub use processor::EngineProcessor;
