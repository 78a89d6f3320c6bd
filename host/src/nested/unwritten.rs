//! Outputs that a plugin leaves as it was handed them. What is in them then is another node's audio, which nobody must
//! hear: many plugins write nothing when they have nothing to say, and some add to what they find.

use crate::processor::BusOut;

/// Stands at both ends of a channel until the plugin has written there: a number that no plugin puts out but by leaving
/// it, or by adding silence to it. At -600 dB it does no harm to one that reads it.
const MARK: f32 = f32::from_bits(0x0D80_4C48);

/// Sees to it that what a plugin does not write is silence.
///
/// Clearing every output before every block would do, and takes longer than small plugins take themselves. So it is done
/// only until a plugin has shown that it writes over what it finds: in a block for which nothing comes in, and with nothing
/// left to ring, where one that adds has only silence to add. It is watched from then on.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    habit: Habit,
}

/// What a plugin does with its outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Habit {
    /// Nobody knows, and nothing sounds: the next block for which nothing comes in is its trial.
    #[default]
    Quiet,
    /// Nobody knows, and something may sound.
    Sounding,
    /// Likewise, and nothing comes in for this block: it tells whether something still sounds.
    Listening,
    /// This block will tell.
    OnTrial,
    /// It writes over them.
    Writes,
    /// It adds to them, or leaves them now and then.
    Leaves,
}

impl Unwritten {
    /// The outputs before a block.
    ///
    /// # Real-time
    /// Constant per channel for a plugin that writes; otherwise linear in the samples.
    #[inline]
    pub(super) fn prepare(&mut self, outputs: &mut [BusOut<'_>]) {
        match self.habit {
            Habit::Writes => mark(outputs),
            habit => self.clear(outputs, if habit == Habit::Leaves { habit } else { Habit::Sounding }),
        }
    }

    /// The same before a block for which nothing comes in, neither audio nor events.
    ///
    /// # Real-time
    /// As [`prepare`](Self::prepare).
    pub(super) fn prepare_idle(&mut self, outputs: &mut [BusOut<'_>]) {
        match self.habit {
            Habit::Writes => mark(outputs),
            Habit::Leaves => self.clear(outputs, Habit::Leaves),
            Habit::Quiet => {
                self.clear(outputs, Habit::OnTrial);
                mark(outputs);
            }
            // A trial that was not finished tells nothing.
            Habit::Sounding | Habit::Listening | Habit::OnTrial => self.clear(outputs, Habit::Listening),
        }
    }

    #[inline(never)]
    fn clear(&mut self, outputs: &mut [BusOut<'_>], habit: Habit) {
        self.habit = habit;
        outputs.iter_mut().for_each(BusOut::silence);
    }

    /// The outputs after the block.
    ///
    /// # Real-time
    /// Constant per channel; linear in the samples in the block in which a plugin that writes leaves some for the first time.
    #[inline]
    pub(super) fn mend(&mut self, outputs: &mut [BusOut<'_>]) {
        match self.habit {
            Habit::Writes if !has_mark(outputs) => {}
            Habit::Writes => {
                self.habit = Habit::Leaves;
                silence_marked(outputs);
            }
            Habit::Listening | Habit::OnTrial => self.judge(outputs),
            Habit::Quiet | Habit::Sounding | Habit::Leaves => {}
        }
    }

    /// After a block that tells something.
    #[cold]
    fn judge(&mut self, outputs: &mut [BusOut<'_>]) {
        if self.habit == Habit::Listening {
            let is_silent = outputs.iter_mut().flat_map(BusOut::channels_mut).all(|channel| {
                channel.first().is_none_or(|sample| *sample == 0.0)
                    && channel.last().is_none_or(|sample| *sample == 0.0)
            });
            self.habit = if is_silent { Habit::Quiet } else { Habit::Sounding };
            return;
        }
        self.habit = if has_mark(outputs) { Habit::Leaves } else { Habit::Writes };
        // What is between the marks was cleared, and is the plugin's by now.
        for channel in outputs.iter_mut().flat_map(BusOut::channels_mut) {
            for end in [0, channel.len().saturating_sub(1)] {
                if channel.get(end).is_some_and(is_mark) {
                    channel[end] = 0.0;
                }
            }
        }
    }
}

#[inline]
fn mark(outputs: &mut [BusOut<'_>]) {
    for output in outputs {
        for channel in output.channels_mut() {
            let Some(last) = channel.len().checked_sub(1) else { continue };
            (channel[0], channel[last]) = (MARK, MARK);
        }
    }
}

#[inline]
fn has_mark(outputs: &mut [BusOut<'_>]) -> bool {
    outputs.iter_mut().any(|output| output.channels_mut().any(|channel| is_marked(channel)))
}

/// Whether a mark is left at one of the ends.
#[inline]
fn is_marked(channel: &[f32]) -> bool {
    channel.first().is_some_and(is_mark) || channel.last().is_some_and(is_mark)
}

#[inline]
fn is_mark(sample: &f32) -> bool {
    sample.to_bits() == MARK.to_bits()
}

/// Silences channels of which not all was written.
#[cold]
fn silence_marked(outputs: &mut [BusOut<'_>]) {
    for output in outputs {
        output.channels_mut().filter(|channel| is_marked(channel)).for_each(|channel| channel.fill(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::BusBuffer;

    const FRAMES: usize = 4;

    /// What comes of blocks of a plugin with two mono outputs, which is called with the output and its samples: `fed` says for
    /// which blocks something comes in.
    fn blocks(fed: &[bool], mut plugin: impl FnMut(bool, usize, &mut [f32])) -> Vec<Vec<f32>> {
        let mut unwritten = Unwritten::default();
        let block = |(number, &fed): (usize, &bool)| {
            let foreign = 0.25 + number as f32;
            let mut buses = [0, 1].map(|_| BusBuffer::of(&[&[foreign; FRAMES]]));
            let mut outputs = buses.each_mut().map(BusBuffer::output);
            if fed {
                unwritten.prepare(&mut outputs);
            } else {
                unwritten.prepare_idle(&mut outputs);
            }
            let outs = outputs.iter_mut().enumerate();
            outs.for_each(|(index, output)| plugin(fed, index, output.channel_mut(0)));
            unwritten.mend(&mut outputs);
            buses.each_ref().map(|bus| bus.input().channel(0).to_vec()).concat()
        };
        fed.iter().enumerate().map(block).collect()
    }

    const SOME: [bool; 5] = [false, true, false, false, true];

    #[test]
    fn what_a_plugin_writes_is_left_as_it_is() {
        let written = [1.0, -2.0, 0.0, 4.0];
        let both = [written, written].concat();
        assert_eq!(blocks(&SOME, |_, _, channel| channel.copy_from_slice(&written)), vec![both; 5]);
    }

    #[test]
    fn what_a_plugin_does_not_write_is_silence() {
        assert_eq!(blocks(&SOME, |_, _, _| {}), vec![vec![0.0; 8]; 5]);
        let start = |_, output, channel: &mut [f32]| {
            if output == 0 {
                channel[..2].fill(1.0);
            }
        };
        assert_eq!(blocks(&SOME, start), vec![[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]; 5]);
        let second = |_, output, channel: &mut [f32]| {
            if output == 1 {
                channel.fill(1.0);
            }
        };
        assert_eq!(blocks(&SOME, second), vec![[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]; 5]);
    }

    #[test]
    fn a_plugin_that_stops_writing_is_silent_at_once() {
        let mut blocks_left = 3;
        let plugin = |_, output, channel: &mut [f32]| {
            if blocks_left > 0 {
                channel.fill(1.0);
                blocks_left -= output;
            }
        };
        let (written, silent) = (vec![1.0; 8], vec![0.0; 8]);
        assert_eq!(blocks(&SOME, plugin), [&written, &written, &written, &silent, &silent].map(Vec::clone));
    }

    #[test]
    fn a_plugin_that_adds_to_what_it_finds_finds_silence() {
        let adds = |fed, _, channel: &mut [f32]| {
            channel.iter_mut().for_each(|sample| *sample += if fed { 0.5 } else { 0.0 });
        };
        let (sound, silent) = (vec![0.5; 8], vec![0.0; 8]);
        assert_eq!(blocks(&SOME, adds), [&silent, &sound, &silent, &silent, &sound].map(Vec::clone));
    }

    #[test]
    fn one_that_keeps_what_it_finds_within_limits_finds_silence_too() {
        let limits = |_, _, channel: &mut [f32]| {
            for sample in channel {
                // As compilers do it, which makes a limit of what is no number; `clamp` does not.
                *sample = sample.min(1.0);
                *sample = sample.max(-1.0);
            }
        };
        assert_eq!(blocks(&SOME, limits), vec![vec![0.0; 8]; 5]);
    }

    #[test]
    fn what_a_plugin_smooths_in_place_stays_a_number() {
        let mut state = 0.0_f32;
        let smooths = |fed, output, channel: &mut [f32]| {
            for sample in channel {
                *sample += if fed { 0.5 } else { 0.0 };
                if output == 0 {
                    state = state * 0.5 + *sample * 0.5;
                    *sample = state;
                }
            }
        };
        let heard = blocks(&SOME, smooths);
        assert!(heard.iter().flatten().all(|sample| (0.0..=0.5).contains(sample)), "{heard:?}");
        assert!(heard[4][3] > 0.4, "{heard:?}");
    }

    #[test]
    fn what_is_not_finite_is_left_to_be_found() {
        for broken in [f32::INFINITY, f32::NAN] {
            let heard = blocks(&SOME, |_, _, channel| channel.fill(broken));
            assert!(heard.iter().flatten().all(|sample| !sample.is_finite()));
        }
    }

    #[test]
    fn one_that_rings_while_it_adds_is_tried_when_it_has_rung_out() {
        // It says half of what it said before, for three blocks after the last that was fed.
        let mut rings = 0;
        let adds = |fed: bool, output, channel: &mut [f32]| {
            if output == 0 {
                rings = if fed { 3 } else { i32::max(rings - 1, 0) };
            }
            channel.iter_mut().for_each(|sample| *sample += if rings > 0 { 0.5 } else { 0.0 });
        };
        let fed = [true, false, false, false, false, false, false, true];
        let (sound, silent) = (vec![0.5; 8], vec![0.0; 8]);
        let expected = [&sound, &sound, &sound, &silent, &silent, &silent, &silent, &sound].map(Vec::clone);
        assert_eq!(blocks(&fed, adds), expected);
    }

    #[test]
    fn a_trial_that_was_not_finished_tells_nothing() {
        let mut unwritten = Unwritten::default();
        let mut bus = BusBuffer::of(&[&[0.25; FRAMES]]);
        unwritten.prepare_idle(&mut [bus.output()]);
        // The plugin failed; now it adds.
        let mut output = [bus.output()];
        unwritten.prepare(&mut output);
        output[0].channel_mut(0).iter_mut().for_each(|sample| *sample += 0.5);
        unwritten.mend(&mut output);
        assert_eq!(bus.input().channel(0), [0.5; FRAMES]);
        assert_eq!(unwritten.habit, Habit::Sounding);
    }
}
