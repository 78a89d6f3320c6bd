//! A core that processes audio, as a processor.

use protocol::ParamId;

use super::{Core, GRID, Params, frame};
use crate::devices::math;
use crate::devices::smooth::Change;
use crate::processor::{BusIn, NodeBlock, Ports, ProcessStatus, Processor, StereoIn, StereoOut, Tail};

/// Signal processing with a stereo input.
pub(crate) trait EffectCore: Core {
    /// [`Ports::EFFECT`] or [`Ports::SIDECHAINED`].
    const PORTS: Ports = Ports::EFFECT;

    /// Frames of silence after which nothing of the past is heard any more.
    fn memory(&self) -> u64;

    /// A frame of the control grid has come: `bpm` is the tempo.
    fn tick(&mut self, bpm: f64);

    /// Processes a segment. All slices have the same length, 1..=[`GRID`].
    fn render(&mut self, input: StereoIn<'_>, side: Option<StereoIn<'_>>, output: StereoOut<'_>);
}

/// An effect.
pub(crate) struct Effect<C> {
    core: C,
    params: Params,
    /// Frames since the last control frame.
    phase: usize,
    /// Frames of silence that have come in.
    silent: u64,
    asleep: bool,
}

impl<C: EffectCore> Effect<C> {
    pub(crate) fn new(mut core: C) -> Self {
        let params = Params::new(&mut core);
        Self { core, params, phase: 0, silent: 0, asleep: true }
    }

    fn change(&self) -> Change {
        if self.asleep { Change::Jump } else { Change::Glide }
    }

    /// Processes a segment in which nothing happens but the signal.
    fn segment(&mut self, input: StereoIn<'_>, side: Option<StereoIn<'_>>, output: StereoOut<'_>, bpm: f64) {
        if self.phase == 0 {
            self.core.tick(bpm);
        }
        self.core.render(input, side, StereoOut { left: &mut *output.left, right: &mut *output.right });
        if !(math::finite(output.left) && math::finite(output.right)) {
            // Something absurd came in: better a moment of silence than noise for ever.
            self.core.reset();
            output.left.fill(0.0);
            output.right.fill(0.0);
        }
        let len = input.left.len();
        self.phase = (self.phase + len) % GRID;
        let trailing = len - sounding(input, side, Side::Last);
        let trailing = u64::try_from(trailing).unwrap_or(0);
        self.silent = if input.left.len() as u64 == trailing { self.silent + trailing } else { trailing };
        if self.phase == 0 && self.silent >= self.core.memory().max(1) {
            self.asleep = true;
        }
    }
}

/// Which end of a segment to look from.
#[derive(Clone, Copy)]
enum Side {
    First,
    Last,
}

/// The frame of the first sample that is not zero, or the one behind the last; the length or 0 if all are zero.
fn sounding(input: StereoIn<'_>, side: Option<StereoIn<'_>>, from: Side) -> usize {
    let one = |samples: &[f32]| match from {
        Side::First => samples.iter().position(|x| *x != 0.0).unwrap_or(samples.len()),
        Side::Last => samples.iter().rposition(|x| *x != 0.0).map_or(0, |last| last + 1),
    };
    let channels = [Some(input.left), Some(input.right), side.map(|s| s.left), side.map(|s| s.right)];
    let ends = channels.into_iter().flatten().map(one);
    match from {
        Side::First => ends.min().unwrap_or(0),
        Side::Last => ends.max().unwrap_or(0),
    }
}

/// Part of a bus.
fn part(bus: StereoIn<'_>, from: usize, to: usize) -> StereoIn<'_> {
    StereoIn { left: &bus.left[from..to], right: &bus.right[from..to] }
}

impl<C: EffectCore> Processor for Effect<C> {
    fn ports(&self) -> Ports {
        C::PORTS
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        let (Some(input), Some(output)) = (block.audio_in.first(), block.audio_out.first_mut()) else {
            return ProcessStatus::Failed;
        };
        let (input, output) = (input.stereo(), output.stereo());
        let side = block.audio_in.get(1).map(BusIn::stereo);
        let mut events = block.events_in.iter().peekable();
        let mut at = 0;
        while at < block.frames {
            while let Some(event) = events.next_if(|event| event.frame <= frame(at)) {
                let change = self.change();
                self.params.event(&mut self.core, event.kind, change);
            }
            let next = events.peek().map_or(block.frames, |event| event.frame as usize).min(block.frames);
            if self.asleep {
                let rest =
                    sounding(part(input, at, next), side.map(|side| part(side, at, next)), Side::First);
                output.left[at..at + rest].fill(0.0);
                output.right[at..at + rest].fill(0.0);
                at += rest;
                if at == next {
                    continue;
                }
                self.core.reset();
                (self.asleep, self.phase, self.silent) = (false, 0, 0);
            }
            let end = next.min(at + GRID - self.phase);
            let to = StereoOut { left: &mut output.left[at..end], right: &mut output.right[at..end] };
            let side = side.map(|side| part(side, at, end));
            self.segment(part(input, at, end), side, to, block.transport.bpm);
            at = end;
        }
        if self.asleep { ProcessStatus::Quiet } else { ProcessStatus::Continue }
    }

    fn reset(&mut self) {
        // The core is reset when it wakes.
        self.params.reset(&mut self.core);
        self.asleep = true;
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        let change = self.change();
        self.params.set(&mut self.core, param, value, change);
    }

    fn tail(&self) -> Tail {
        self.core.tail()
    }
}
