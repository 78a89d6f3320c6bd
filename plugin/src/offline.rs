//! Rendering without a device: as fast as it goes, and the same every time.

use host::event::EventList;
use host::{AudioConfig, EngineProcessor, ProcessBlock, RenderMode, StereoOut};
use model::edit;
use protocol::control::TransportCommand;
use protocol::{Beats, Command, Frames, SampleRate};

use crate::instance::{CallError, Instance};

/// Room for the events of a block.
const EVENTS: usize = 1_024;

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

/// A render under way: blocks of stereo audio, one after the other. The instance's audio half is in use until it is
/// dropped.
pub struct Render<'a> {
    instance: &'a Instance,
    processor: Option<EngineProcessor>,
    left: Vec<f32>,
    right: Vec<f32>,
    events_out: EventList,
    skip: u64,
    remaining: u64,
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
        let config = AudioConfig { rate: job.rate, max_block: job.block, mode: RenderMode::Offline };
        let processor = instance.activate(config)?;
        let latency = u64::from(instance.published().latency_frames());
        let render = Self {
            instance,
            processor: Some(processor),
            left: vec![0.0; job.block],
            right: vec![0.0; job.block],
            events_out: EventList::with_capacity(EVENTS),
            skip: latency,
            remaining: job.frames,
        };
        instance.call(Command::Transport(TransportCommand::Locate { to: job.from }))?;
        instance.call(Command::Transport(TransportCommand::Play))?;
        Ok(render)
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
        let processor = self.processor.as_mut()?;
        self.events_out.clear();
        let nothing = EventList::with_capacity(0);
        processor.process(&mut ProcessBlock {
            frames: self.left.len(),
            inputs: &[],
            outputs: &mut [StereoOut { left: &mut self.left, right: &mut self.right }],
            events_in: nothing.view(),
            events_out: &mut self.events_out,
            transport: None,
        });
        Some(())
    }
}

impl Drop for Render<'_> {
    fn drop(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor);
        }
    }
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
