//! Strips and sends: a fader that follows parameters, and what a meter shows of it.
//!
//! They may have any number of channels. Pan is between the first two, left and right; the others are as loud as the
//! louder of those.

use std::ops::Range;

use protocol::device::strip;
use protocol::{NodeId, ParamId, TelemetryFrame};

use super::{Fader, Tap};
use crate::automation::{Ramp, Step};
use crate::math::{db_to_gain, len_f64, to_f32, to_usize};
use crate::processor::{BusIn, BusOut, StereoIn, StereoOut};

/// What a fader belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LevelKind {
    Strip,
    Send,
}

/// A strip or a send.
#[derive(Debug)]
pub(crate) struct Level {
    kind: LevelKind,
    level_db: f64,
    pan: f64,
    muted: bool,
    fader: Fader,
    /// That of the channels beyond the first two.
    others: Fader,
    declick: u32,
    pub meter: Meter,
    /// Where its output goes besides, while somebody looks at it.
    pub tap: Option<Box<Tap>>,
}

impl Level {
    /// At unity; `declick` is how many frames a hand's change takes.
    pub fn new(kind: LevelKind, declick: u32) -> Self {
        let fader = Fader::standing([1.0; 2]);
        Self {
            kind,
            level_db: 0.0,
            pan: 0.0,
            muted: false,
            fader,
            others: fader,
            declick,
            meter: Meter::default(),
            tap: None,
        }
    }

    /// Stands at the target.
    pub fn reset(&mut self) {
        self.fader.snap(self.gains());
        self.others.snap(self.gain());
    }

    /// A hand's change: heads for the value in the time that avoids a click.
    pub fn set_param(&mut self, param: ParamId, value: f64) {
        self.store(param, value);
        self.head_for(self.declick);
    }

    fn head_for(&mut self, frames: u32) {
        self.fader.head_for(self.gains(), frames);
        self.others.head_for(self.gain(), frames);
    }

    fn store(&mut self, param: ParamId, value: f64) {
        let params = match self.kind {
            LevelKind::Strip => strip::PARAMS,
            LevelKind::Send => strip::SEND_PARAMS,
        };
        let Some(descriptor) = params.iter().find(|descriptor| descriptor.id == param) else { return };
        let value = descriptor.clamp(value);
        match param {
            strip::VOLUME_DB => self.level_db = value,
            strip::PAN => self.pan = value,
            _ => self.muted = value > 0.5,
        }
    }

    /// Linear gains: pan is a balance that is 0 dB at the centre.
    fn gains(&self) -> [f32; 2] {
        if self.muted {
            return [0.0; 2];
        }
        let gain = db_to_gain(self.level_db);
        [to_f32(gain * (1.0 - self.pan).min(1.0)), to_f32(gain * (1.0 + self.pan).min(1.0))]
    }

    /// Linear gain without pan.
    fn gain(&self) -> [f32; 2] {
        [if self.muted { 0.0 } else { to_f32(db_to_gain(self.level_db)) }; 2]
    }

    fn take(&mut self, step: &Step) {
        match step.ramp {
            Ramp::Snap => {
                self.store(step.param, step.value);
                self.reset();
            }
            Ramp::Declick => self.set_param(step.param, step.value),
            Ramp::Frames(frames) => {
                self.store(step.param, step.target);
                self.head_for(frames);
            }
        }
    }

    /// Whether a block of silence, or any block if the fader is down, comes out silent and changes nothing.
    pub fn is_silent(&self, input_silent: bool) -> bool {
        self.fader.is_standing() && (input_silent || self.fader.target() == [0.0; 2])
    }

    /// A silent block has passed.
    pub fn pass_silence(&mut self, frames: usize) {
        if self.kind == LevelKind::Strip {
            self.meter.frames += frames;
        }
        if let Some(tap) = &mut self.tap {
            tap.write_silence(frames);
        }
    }

    /// Processes a block; `steps` are sorted by frame.
    pub fn process(&mut self, input: StereoIn<'_>, out: &mut StereoOut<'_>, steps: &[Step]) {
        let mut at = 0;
        for step in steps {
            let frame = to_usize(step.frame).min(out.left.len());
            if frame > at {
                self.fader.process(input, out, at..frame);
                at = frame;
            }
            self.take(step);
        }
        let end = out.left.len();
        self.fader.process(input, out, at..end);
        // Where it stands is known, should there be more channels from the next schedule on.
        self.others.advance(end);
        if self.kind == LevelKind::Strip {
            self.meter.measure(out);
        }
        if let Some(tap) = &mut self.tap {
            tap.write(out);
        }
    }

    /// As [`process`](Self::process), of more than two channels.
    pub fn process_wide(&mut self, input: BusIn<'_>, out: &mut BusOut<'_>, steps: &[Step]) {
        let end = out.frames();
        let mut at = 0;
        for step in steps {
            let frame = to_usize(step.frame).min(end);
            self.wide_part(input, out, at..frame.max(at));
            at = frame.max(at);
            self.take(step);
        }
        self.wide_part(input, out, at..end);
        if self.kind == LevelKind::Strip {
            out.channels_mut().enumerate().for_each(|(channel, out)| self.meter.hear_side(channel % 2, out));
            self.meter.frames += end;
        }
        if let Some(tap) = &mut self.tap {
            tap.write(&out.stereo());
        }
    }

    fn wide_part(&mut self, input: BusIn<'_>, out: &mut BusOut<'_>, range: Range<usize>) {
        self.fader.process(input.stereo(), &mut out.stereo(), range.clone());
        for (channel, out) in out.channels_mut().enumerate().skip(2) {
            let out = &mut out[range.clone()];
            out.copy_from_slice(&input.channel(channel)[range.clone()]);
            if !self.others.is_open() {
                self.others.process_channel(0, out);
            }
        }
        self.others.advance(range.len());
    }
}

/// Levels since they were last read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    peak: [f32; 2],
    sum_of_squares: [f64; 2],
    frames: usize,
}

const LANES: usize = 8;

impl Meter {
    /// A function of its own, so that what metering costs can be counted (`cargo xtask counts`).
    #[inline(never)]
    fn measure(&mut self, out: &StereoOut<'_>) {
        self.hear_side(0, out.left);
        self.hear_side(1, out.right);
        self.frames += out.left.len();
    }

    /// Of many channels, those with even numbers count as left.
    fn hear_side(&mut self, side: usize, samples: &[f32]) {
        let mut peaks = [0.0_f32; LANES];
        let mut squares = [0.0_f32; LANES];
        let (chunks, rest) = samples.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, &sample) in chunk.iter().enumerate() {
                let size = sample.abs();
                peaks[lane] = if size > peaks[lane] { size } else { peaks[lane] };
                squares[lane] += sample * sample;
            }
        }
        for (lane, &sample) in rest.iter().enumerate() {
            peaks[lane] = peaks[lane].max(sample.abs());
            squares[lane] += sample * sample;
        }
        self.peak[side] = peaks.into_iter().fold(self.peak[side], f32::max);
        self.sum_of_squares[side] += squares.into_iter().map(f64::from).sum::<f64>();
    }

    /// What was measured since the last call.
    pub fn take(&mut self, node: NodeId) -> TelemetryFrame {
        let Self { peak, sum_of_squares, frames } = std::mem::take(self);
        let rms = sum_of_squares.map(|sum| to_f32((sum / len_f64(frames.max(1))).sqrt()));
        TelemetryFrame::Meter { node, peak, rms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automation::Comes;
    use crate::processor::BusBuffer;

    fn run(level: &mut Level, steps: &[Step], frames: usize) -> (Vec<f32>, Vec<f32>) {
        let (ones, mut left, mut right) = (vec![1.0; frames], vec![9.0; frames], vec![9.0; frames]);
        let mut out = StereoOut { left: &mut left, right: &mut right };
        level.process(StereoIn { left: &ones, right: &ones }, &mut out, steps);
        (left, right)
    }

    #[test]
    fn pan_leaves_the_centre_alone_and_turns_one_side_down() {
        let mut strip = Level::new(LevelKind::Strip, 4);
        strip.set_param(strip::PAN, 0.25);
        strip.reset();
        assert_eq!(run(&mut strip, &[], 1), (vec![0.75], vec![1.0]));
    }

    #[test]
    fn a_hand_moves_the_gain_in_a_straight_line() {
        let mut strip = Level::new(LevelKind::Strip, 4);
        strip.set_param(strip::MUTE, 1.0);
        assert_eq!(run(&mut strip, &[], 6).0, [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn the_bottom_of_the_fader_is_silence() {
        let mut send = Level::new(LevelKind::Send, 4);
        send.set_param(strip::SEND_LEVEL_DB, -90.0);
        send.reset();
        assert_eq!(run(&mut send, &[], 1).0, [0.0]);
    }

    #[test]
    fn an_automated_line_is_drawn_per_sample() {
        let mut strip = Level::new(LevelKind::Strip, 4);
        let step = Step {
            frame: 2,
            param: strip::PAN,
            value: 0.0,
            target: 1.0,
            ramp: Ramp::Frames(4),
            comes: Comes::Jumping,
        };
        assert_eq!(run(&mut strip, &[step], 8).0, [1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn channels_beyond_left_and_right_follow_the_fader_and_not_the_pan() {
        let mut strip = Level::new(LevelKind::Strip, 4);
        strip.set_param(strip::PAN, 0.25);
        strip.set_param(strip::VOLUME_DB, -90.0);
        strip.reset();
        let steps = [Step {
            frame: 2,
            param: strip::VOLUME_DB,
            value: -90.0,
            target: 0.0,
            ramp: Ramp::Frames(4),
            comes: Comes::Jumping,
        }];
        let (input, mut out) = (BusBuffer::of(&[&[1.0; 7][..]; 4]), BusBuffer::new(4, 7));
        strip.process_wide(input.input(), &mut out.output(), &steps);
        let line = [0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0];
        assert_eq!((out.channel(1), out.channel(2), out.channel(3)), (&line[..], &line[..], &line[..]));
        assert_eq!(out.channel(0), line.map(|gain| 0.75 * gain));
    }

    #[test]
    fn the_meter_reads_peak_and_rms_and_starts_afresh() {
        let mut strip = Level::new(LevelKind::Strip, 4);
        run(&mut strip, &[], 19);
        let node = NodeId { entity: protocol::EntityId(1), role: protocol::NodeRole::Strip };
        assert_eq!(strip.meter.take(node), TelemetryFrame::Meter { node, peak: [1.0; 2], rms: [1.0; 2] });
        assert_eq!(strip.meter.take(node), TelemetryFrame::Meter { node, peak: [0.0; 2], rms: [0.0; 2] });
    }
}
