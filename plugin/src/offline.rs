//! Rendering without a device: as fast as it goes, and the same every time.
//!
//! [`Render`] is the audio itself, of an [`Instance`] or of a plan; [`track`] renders one track before its strip, for
//! freezing and bouncing; [`export`] writes the whole project to files ([`mod@file`]).

use host::engine::{ActivateError, ApplyError, EngineOptions};
use host::event::EventList;
use host::nested::PluginLocator;
use host::{AudioConfig, EngineController, EngineProcessor, ProcessBlock, RenderMode};
use model::{Blobs, edit};
use protocol::control::TransportCommand;
use protocol::{Beats, Command, EnginePlan, Frames, SampleRate};

use crate::instance::{BlobsOf, CallError, Instance};

pub mod export;
pub mod file;
pub mod track;
mod wav;

pub use wav::WavError;

/// Room for the events of a block.
const EVENTS: usize = 1_024;
/// Frames per block, where nobody wants another.
const BLOCK: usize = 512;
/// How long sounds may ring out after the end, in seconds.
const MAX_TAIL_SECS: f64 = 60.0;
/// Blocks between two looks after the nested plugins.
const POLL_BLOCKS: u64 = 16;

/// What to render.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    /// Frames per second.
    pub rate: SampleRate,
    /// Frames per block.
    pub block: usize,
    /// Where to start on the timeline.
    pub from: Beats,
    /// How much to render, in frames, tail included.
    pub frames: u64,
}

/// Whose engine renders.
enum Home<'a> {
    /// One whose control thread looks after it.
    Instance(&'a Instance),
    /// Our own; this is its control thread.
    Own(Box<EngineController>),
}

/// A render under way: blocks of stereo audio, one after the other. The instance's audio half is in use until it is
/// dropped.
pub struct Render<'a> {
    home: Home<'a>,
    processor: Option<EngineProcessor>,
    left: Vec<f32>,
    right: Vec<f32>,
    events_out: EventList,
    skip: u64,
    remaining: u64,
    blocks: u64,
}

/// Why a plan is not rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It cannot be scheduled.
    #[error("the plan cannot be played")]
    Apply(#[from] ApplyError),
    /// The engine does not start.
    #[error("the engine does not start")]
    Activate(#[from] ActivateError),
    /// A plugin is missing or broken, so that it would not sound as it should.
    #[error("what is to be rendered is not all there")]
    Incomplete(#[source] Box<host::engine::ApplyWarning>),
}

impl<'a> Render<'a> {
    /// Prepares an instance. Its loop is switched off, and its transport is moved.
    ///
    /// # Errors
    /// If the engine cannot run under these conditions.
    pub fn start(instance: &'a Instance, job: &Job) -> Result<Self, CallError> {
        let project = instance.project();
        if project.root().loop_on() {
            let edits = vec![edit::root::set_loop_on(project.root().id(), false)];
            instance.call(Command::Commit { name: "Render without loop".into(), edits })?;
        }
        let processor = instance.activate(config(job))?;
        let latency = u64::from(instance.published().latency_frames());
        let render = Self::new(Home::Instance(instance), processor, latency, job);
        instance.call(Command::Transport(TransportCommand::Locate { to: job.from }))?;
        instance.call(Command::Transport(TransportCommand::Play))?;
        Ok(render)
    }

    fn new(home: Home<'a>, processor: EngineProcessor, latency: u64, job: &Job) -> Self {
        Self {
            home,
            processor: Some(processor),
            left: vec![0.0; job.block],
            right: vec![0.0; job.block],
            events_out: EventList::with_capacity(EVENTS),
            skip: latency,
            remaining: job.frames,
            blocks: 0,
        }
    }

    /// The next stretch of audio, left and right; `None` when all is done. What the engine's latency delays is taken
    /// off the start.
    pub fn next_block(&mut self) -> Option<(&[f32], &[f32])> {
        loop {
            if self.remaining == 0 {
                return None;
            }
            self.process()?;
            let block = self.left.len();
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(block);
            self.skip -= len(skipped);
            let wanted = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(block - skipped);
            self.remaining -= len(wanted);
            if wanted > 0 {
                let range = skipped..skipped + wanted;
                return Some((&self.left[range.clone()], &self.right[range]));
            }
        }
    }

    fn process(&mut self) -> Option<()> {
        if let Home::Own(controller) = &mut self.home
            && self.blocks.is_multiple_of(POLL_BLOCKS)
        {
            controller.poll();
        }
        self.blocks += 1;
        let processor = self.processor.as_mut()?;
        self.events_out.clear();
        let nothing = EventList::with_capacity(0);
        processor.process(&mut ProcessBlock {
            frames: self.left.len(),
            inputs: &[],
            outputs: &mut [&mut self.left, &mut self.right],
            events_in: nothing.view(),
            events_out: &mut self.events_out,
            transport: None,
        });
        Some(())
    }
}

impl Render<'static> {
    /// Prepares a plan, on an engine of its own. This thread becomes the main thread of the nested plugins in it, which
    /// are loaded a second time if an instance has them, too.
    ///
    /// # Errors
    /// If the engine cannot play it as it should sound.
    pub fn of_plan(
        plan: EnginePlan,
        blobs: Blobs,
        plugins: PluginLocator,
        job: &Job,
    ) -> Result<Self, PlanError> {
        let options = EngineOptions::new(std::sync::Arc::new(BlobsOf(blobs)), plugins);
        let mut controller = Box::new(EngineController::new(options));
        let report = controller.apply(plan)?;
        if let Some(warning) = report.warnings.into_iter().next() {
            return Err(PlanError::Incomplete(Box::new(warning)));
        }
        controller.transport(TransportCommand::Locate { to: job.from });
        controller.transport(TransportCommand::Play);
        let processor = controller.activate(config(job))?;
        let latency = u64::try_from(controller.latency().0).unwrap_or(0);
        Ok(Self::new(Home::Own(controller), processor, latency, job))
    }
}

impl Drop for Render<'_> {
    fn drop(&mut self) {
        if let Some(processor) = self.processor.take() {
            match &mut self.home {
                Home::Instance(instance) => instance.deactivate(processor),
                Home::Own(controller) => controller.deactivate(processor),
            }
        }
    }
}

fn config(job: &Job) -> AudioConfig {
    AudioConfig { rate: job.rate, max_block: job.block, mode: RenderMode::Offline }
}

fn len(frames: usize) -> u64 {
    u64::try_from(frames).unwrap_or(u64::MAX)
}

/// How many frames lie between two places.
#[must_use]
pub fn frames_between(from: Frames, to: Frames) -> u64 {
    u64::try_from((to - from).0).unwrap_or(0)
}

/// A length in frames, to the nearest. Negative and absurd lengths give zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate"
)]
#[must_use]
pub fn frames_of(secs: f64, rate: SampleRate) -> u64 {
    (secs * rate.0).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53 frames")]
fn seconds(frames: u64, rate: SampleRate) -> f64 {
    frames as f64 / rate.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "legal rates are far below 2^32; casts saturate"
)]
fn rate_hz(rate: SampleRate) -> u32 {
    rate.0.round() as u32
}

#[cfg(test)]
mod tests;
