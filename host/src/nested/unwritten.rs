//! Outputs that a plugin leaves as it was handed them. What is in them then is another node's audio, which nobody must
//! hear: many plugins write nothing when they have nothing to say, and some add to what they find.

use crate::processor::BusOut;

/// Stands at both ends of a channel until the plugin has written there. Whatever is done to it short of that, it stays what is
/// not a number.
const MARK: f32 = f32::NAN;

/// Sees to it that what a plugin does not write is silence.
///
/// Clearing every output before every block would do, and takes longer than small plugins take themselves. So that is only
/// done for plugins that were seen to need it, by the ends of what they put out; the block in which they were seen is silent.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    is_expected: bool,
}

impl Unwritten {
    /// The outputs before a block.
    ///
    /// # Real-time
    /// Constant per channel; linear in the samples for a plugin that leaves outputs unwritten.
    #[inline]
    pub(super) fn prepare(&self, outputs: &mut [BusOut<'_>]) {
        if self.is_expected {
            return outputs.iter_mut().for_each(BusOut::silence);
        }
        for output in outputs {
            for channel in output.channels_mut() {
                let Some(last) = channel.len().checked_sub(1) else { continue };
                (channel[0], channel[last]) = (MARK, MARK);
            }
        }
    }

    /// The same outputs after the block. What is not a number although its plugin was not handed it is left to be found.
    ///
    /// # Real-time
    /// As [`prepare`](Self::prepare).
    #[inline]
    pub(super) fn mend(&mut self, outputs: &mut [BusOut<'_>]) {
        let has_mark = |output: &mut BusOut<'_>| output.channels_mut().any(|channel| is_marked(channel));
        if !self.is_expected && outputs.iter_mut().any(has_mark) {
            self.is_expected = true;
            clear(outputs);
        }
    }
}

#[cold]
fn clear(outputs: &mut [BusOut<'_>]) {
    let marked = outputs.iter_mut().flat_map(BusOut::channels_mut).filter(|channel| is_marked(channel));
    marked.for_each(|channel| channel.fill(0.0));
}

/// Whether a mark is left at one of the ends: one comparison tells.
#[inline]
fn is_marked(channel: &[f32]) -> bool {
    let Some(last) = channel.len().checked_sub(1) else { return false };
    channel[0].partial_cmp(&channel[last]).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::BusBuffer;

    /// What comes of two blocks of a plugin with two mono outputs, which it is called for one after the other.
    fn blocks(plugin: impl Fn(usize, &mut [f32])) -> [Vec<f32>; 2] {
        let mut unwritten = Unwritten::default();
        [0.25, 0.75].map(|foreign| {
            let mut buses = [0, 1].map(|_| BusBuffer::of(&[&[foreign; 4]]));
            let mut outputs = buses.each_mut().map(BusBuffer::output);
            unwritten.prepare(&mut outputs);
            outputs.iter_mut().enumerate().for_each(|(index, output)| plugin(index, output.channel_mut(0)));
            unwritten.mend(&mut outputs);
            buses.each_ref().map(|bus| bus.input().channel(0).to_vec()).concat()
        })
    }

    #[test]
    fn what_a_plugin_writes_is_left_as_it_is() {
        let written = [1.0, -2.0, 0.0, 4.0];
        let both = [written, written].concat();
        assert_eq!(blocks(|_, channel| channel.copy_from_slice(&written)), [both.clone(), both]);
    }

    #[test]
    fn what_a_plugin_does_not_write_is_silence() {
        assert_eq!(blocks(|_, _| {}), [vec![0.0; 8], vec![0.0; 8]]);
        let start = blocks(|output, channel| {
            if output == 0 {
                channel[..2].fill(1.0);
            }
        });
        assert_eq!(start, [vec![0.0; 8], vec![1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]);
        let second = blocks(|output, channel| {
            if output == 1 {
                channel.fill(1.0);
            }
        });
        let written = vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(second, [written.clone(), written]);
    }

    #[test]
    fn a_plugin_that_adds_to_what_it_finds_finds_silence() {
        let adds = |_, channel: &mut [f32]| channel.iter_mut().for_each(|sample| *sample += 0.5);
        assert_eq!(blocks(adds), [vec![0.0; 8], vec![0.5; 8]]);
    }

    #[test]
    fn what_a_plugin_itself_puts_out_that_is_not_finite_is_left_to_be_found() {
        let infinite = vec![f32::INFINITY; 8];
        assert_eq!(blocks(|_, channel| channel.fill(f32::INFINITY)), [infinite.clone(), infinite]);
        let [first, second] = blocks(|_, channel| channel.fill(f32::NAN));
        assert!(first.iter().all(|sample| *sample == 0.0) && second.iter().all(|sample| sample.is_nan()));
    }
}
