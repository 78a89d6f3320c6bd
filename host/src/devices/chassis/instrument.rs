//! A core that makes sound from notes, as a processor.

use protocol::ParamId;

use super::{Core, GRID, Params, VoiceEnds, frame};
use crate::devices::math;
use crate::devices::smooth::Change;
use crate::event::EventKind;
use crate::processor::{NodeBlock, Ports, ProcessStatus, Processor, StereoOut, Tail};

/// Synthesis.
pub(crate) trait InstrumentCore: Core {
    /// A note, an expression or a MIDI message; parameters come through [`Core::set`]. The next control frame is
    /// `to_tick` frames away, 0..[`GRID`]; 0 means that it comes right after the events of this frame. What ends at
    /// once goes to `ends`.
    fn event(&mut self, event: EventKind, to_tick: usize, ends: &mut VoiceEnds<'_>);

    /// Whether anything sounds.
    fn sounds(&self) -> bool;

    /// A frame of the control grid has come.
    fn tick(&mut self);

    /// Adds a segment to silence. Slices have the same length, 1..=[`GRID`].
    fn render(&mut self, output: StereoOut<'_>, ends: &mut VoiceEnds<'_>);
}

/// An instrument.
pub(crate) struct Instrument<C> {
    core: C,
    params: Params,
    /// Frames since the last control frame.
    phase: usize,
}

impl<C: InstrumentCore> Instrument<C> {
    pub(crate) fn new(mut core: C) -> Self {
        let params = Params::new(&mut core);
        core.reset();
        Self { core, params, phase: 0 }
    }

    fn change(&self) -> Change {
        if self.core.sounds() { Change::Glide } else { Change::Jump }
    }
}

impl<C: InstrumentCore> Processor for Instrument<C> {
    fn ports(&self) -> Ports {
        Ports { events_out: true, ..Ports::INSTRUMENT }
    }

    fn tells_note_ends(&self) -> bool {
        true
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        let Some(output) = block.audio_out.first_mut() else { return ProcessStatus::Failed };
        let mut output = output.stereo();
        output.silence();
        let mut events = block.events_in.iter().peekable();
        let mut at = 0;
        while at < block.frames {
            while let Some(event) = events.next_if(|event| event.frame <= frame(at)) {
                let change = self.change();
                if self.params.event(&mut self.core, event.kind, change) {
                    continue;
                }
                // Out of silence, time starts with the note.
                if !self.core.sounds() {
                    self.phase = 0;
                }
                let mut ends = VoiceEnds { events: block.events_out, start: frame(at) };
                self.core.event(event.kind, (GRID - self.phase) % GRID, &mut ends);
            }
            let next = events.peek().map_or(block.frames, |event| event.frame as usize).min(block.frames);
            if !self.core.sounds() {
                at = next;
                continue;
            }
            if self.phase == 0 {
                self.core.tick();
            }
            let end = next.min(at + GRID - self.phase);
            let (left, right) = (&mut output.left[at..end], &mut output.right[at..end]);
            let mut ends = VoiceEnds { events: block.events_out, start: frame(at) };
            self.core.render(StereoOut { left: &mut *left, right: &mut *right }, &mut ends);
            if !(math::finite(left) && math::finite(right)) {
                left.fill(0.0);
                right.fill(0.0);
                self.core.reset();
            }
            self.phase = (self.phase + end - at) % GRID;
            at = end;
        }
        block.events_out.sort();
        if self.core.sounds() { ProcessStatus::Continue } else { ProcessStatus::Quiet }
    }

    fn reset(&mut self) {
        self.params.reset(&mut self.core);
        self.core.reset();
        self.phase = 0;
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        let change = self.change();
        self.params.set(&mut self.core, param, value, change);
    }

    fn tail(&self) -> Tail {
        self.core.tail()
    }
}
