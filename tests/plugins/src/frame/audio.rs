//! The audio-thread half of every plugin.

use clack_extensions::params::PluginAudioProcessorParams;
use clack_extensions::tail::{PluginTailImpl, TailLength};
use clack_plugin::prelude::*;
use std::sync::atomic::Ordering;

use super::Unit;
use super::io::Io;
use super::main_thread::MainThread;
use super::shared::Shared;

/// Cuts blocks at events, and lets the [`Unit`] render between them.
pub struct AudioThread<'a, U> {
    pub(super) shared: &'a Shared<'a>,
    unit: U,
}

impl<'a, U: Unit> PluginAudioProcessor<'a, Shared<'a>, MainThread<'a, U>> for AudioThread<'a, U> {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main: &MainThread<'a, U>,
        shared: &'a Shared<'a>,
        config: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        shared.latency.store(U::latency(shared), Ordering::Relaxed);
        let unit = U::activate(shared, &config).ok_or(PluginError::Message("refused to activate"))?;
        Ok(Self { shared, unit })
    }

    fn process(
        &mut self,
        process: Process,
        mut audio: Audio,
        events: Events,
    ) -> Result<ProcessStatus, PluginError> {
        let Self { shared, unit } = self;
        let frames = usize::try_from(audio.frames_count()).unwrap_or(0);
        let mut io = Io::new(&mut audio);
        let out = events.output;
        unit.begin(&process, shared, out);
        let mut at = 0;
        for event in events.input {
            let until = usize::try_from(event.header().time()).unwrap_or(0).min(frames);
            if until > at {
                unit.render(&mut io, at..until, shared, out)?;
                at = until;
            }
            shared.apply(event);
            unit.event(event, shared, out);
        }
        if frames > at {
            unit.render(&mut io, at..frames, shared, out)?;
        }
        Ok(unit.status())
    }

    fn start_processing(&mut self) -> Result<(), PluginError> {
        if U::starts(self.shared) { Ok(()) } else { Err(PluginError::Message("refused to start")) }
    }

    fn reset(&mut self) {
        self.unit.reset();
    }
}

impl<U: Unit> PluginAudioProcessorParams for AudioThread<'_, U> {
    fn flush(&mut self, input: &InputEvents, output: &mut OutputEvents) {
        input.iter().for_each(|event| self.shared.apply(event));
        U::flushed(self.shared, output);
    }
}

impl<U: Unit> PluginTailImpl for AudioThread<'_, U> {
    fn get(&self) -> TailLength {
        self.unit.tail(self.shared)
    }
}
