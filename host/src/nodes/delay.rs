//! Delays that align paths: for audio, for events, for steps of automation.

use std::collections::VecDeque;

use protocol::plan::ControlFrames;

use crate::automation::{Ramp, Step};
use crate::event::{Event, EventKind, EventList, Events};
use crate::processor::{BusIn, BusOut};

/// Delays audio by a fixed number of frames.
#[derive(Debug)]
pub(crate) struct AudioDelay {
    /// Channel by channel.
    lines: Box<[f32]>,
    length: usize,
    at: usize,
    /// Frames of silence that have gone in since the last that was none; at least the length when all is zero.
    silence: usize,
}

impl AudioDelay {
    /// A silent line of `frames` frames, at least one, for so many channels.
    pub fn new(frames: u32, channels: usize) -> Self {
        let length = crate::math::to_usize(frames.max(1));
        Self { lines: vec![0.0; length * channels].into(), length, at: 0, silence: length }
    }

    /// Whether only silence is in it, so that a block of silence changes nothing.
    pub fn is_clear(&self) -> bool {
        self.silence >= self.length
    }

    /// Delays a block of a bus of the line's channels.
    pub fn process(&mut self, input: BusIn<'_>, out: &mut BusOut<'_>) {
        for (channel, samples) in out.channels_mut().enumerate() {
            self.process_channel(channel, input.channel(channel), samples);
        }
        self.advance(out.frames(), input.is_silent());
    }

    /// Delays a block of one channel. After all channels comes [`advance`](Self::advance).
    pub fn process_channel(&mut self, channel: usize, input: &[f32], out: &mut [f32]) {
        let line = &mut self.lines[channel * self.length..][..self.length];
        let (mut at, mut done) = (self.at, 0);
        while done < out.len() {
            let run = (self.length - at).min(out.len() - done);
            out[done..done + run].copy_from_slice(&line[at..at + run]);
            line[at..at + run].copy_from_slice(&input[done..done + run]);
            at = (at + run) % self.length;
            done += run;
        }
    }

    /// Moves on by a block; `silent` says whether what went in was silence.
    pub fn advance(&mut self, frames: usize, silent: bool) {
        self.at = (self.at + frames) % self.length;
        self.silence = if silent { self.silence.saturating_add(frames) } else { 0 };
    }

    /// Has in it what another line of the same length has, as far as both have the channels.
    pub fn copy_from(&mut self, other: &Self) {
        if self.length == other.length {
            let shared = self.lines.len().min(other.lines.len());
            self.lines[..shared].copy_from_slice(&other.lines[..shared]);
            (self.at, self.silence) = (other.at, other.silence);
        }
    }

    pub fn reset(&mut self) {
        self.lines.fill(0.0);
        self.silence = self.length;
    }
}

/// Holds items until their time has come. Bounded: what does not fit is dropped, and counted.
#[derive(Debug)]
struct Queue<T> {
    items: VecDeque<(u64, T)>,
    limit: usize,
    now: u64,
    dropped: u32,
}

impl<T: Copy> Queue<T> {
    fn new(limit: usize) -> Self {
        Self { items: VecDeque::with_capacity(limit), limit, now: 0, dropped: 0 }
    }

    fn push(&mut self, due: u64, item: T) {
        if self.items.len() < self.limit {
            self.items.push_back((due, item));
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Gives out what is due within a block, with the frame within it, and moves on.
    fn run(&mut self, frames: usize, mut give: impl FnMut(u32, T)) {
        let end = self.now + frames as u64;
        while let Some(&(due, item)) = self.items.front()
            && due < end
        {
            give(u32::try_from(due.saturating_sub(self.now)).unwrap_or(0), item);
            self.items.pop_front();
        }
        self.now = end;
    }
}

/// Delays events by a fixed number of frames. System exclusive messages are too big to hold, and count as dropped.
#[derive(Debug)]
pub(crate) struct EventDelay {
    queue: Queue<Event>,
    delay: u64,
}

impl EventDelay {
    pub fn new(frames: u32) -> Self {
        Self { queue: Queue::new(EventList::DEFAULT_CAPACITY), delay: u64::from(frames) }
    }

    pub fn process(&mut self, frames: usize, input: Events<'_>, out: &mut EventList) {
        for &event in input.iter() {
            if matches!(event.kind, EventKind::SysEx { .. }) {
                self.queue.dropped = self.queue.dropped.saturating_add(1);
            } else {
                self.queue.push(self.queue.now + u64::from(event.frame) + self.delay, event);
            }
        }
        self.queue.run(frames, |frame, event| out.push(Event { frame, ..event }));
    }

    pub fn reset(&mut self) {
        self.queue.items.clear();
    }

    pub fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.queue.dropped)
    }
}

/// Delays the automation of a node whose input is late.
#[derive(Debug)]
pub(crate) struct StepDelay {
    queue: Queue<Step>,
}

impl StepDelay {
    /// For so many lanes, `frames` frames late; nothing is held when that is zero.
    pub fn new(lanes: usize, frames: u32, control: ControlFrames) -> Self {
        let grid = usize::from(control.frames());
        let per_lane = if frames == 0 { 0 } else { crate::math::to_usize(frames) / grid + 512 };
        Self { queue: Queue::new(per_lane * lanes * 2) }
    }

    pub fn push(&mut self, step: Step, delay: u32) {
        self.queue.push(self.queue.now + u64::from(step.frame) + u64::from(delay), step);
    }

    pub fn run(&mut self, frames: usize, mut give: impl FnMut(Step)) {
        // Lanes are pushed one after the other, so the queue is only nearly in order of time. Of two steps of a
        // parameter at one frame, the one that snaps comes first.
        let order = |&(due, step): &(u64, Step)| (due, step.param, step.ramp != Ramp::Snap);
        self.queue.items.make_contiguous().sort_unstable_by_key(order);
        self.queue.run(frames, |frame, step| give(Step { frame, ..step }));
    }

    pub fn reset(&mut self) {
        self.queue.items.clear();
    }

    /// Steps were lost on their way from here.
    pub fn lose(&mut self, count: u32) {
        self.queue.dropped = self.queue.dropped.saturating_add(count);
    }

    pub fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.queue.dropped)
    }
}

/// Adds an input to an output, or copies it.
pub(crate) fn add(out: &mut [f32], input: &[f32]) {
    for (out, input) in out.iter_mut().zip(input) {
        *out += input;
    }
}

/// Adds two inputs into an output.
pub(crate) fn add_two(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a + b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::BusBuffer;

    #[test]
    fn audio_comes_out_exactly_so_much_later_whatever_the_blocks() {
        let input: Vec<f32> = (1_u8..=100).map(f32::from).collect();
        let input = BusBuffer::of(&[&input, &[0.0; 100], &input]);
        let mut out = BusBuffer::new(3, 100);
        let mut delay = AudioDelay::new(7, 3);
        let mut at = 0;
        for block in [1, 3, 20, 9, 67] {
            let range = at..at + block;
            delay.process(input.input_part(range.clone()), &mut out.output_part(range));
            at += block;
        }
        assert_eq!(out.channel(0)[..7], [0.0; 7]);
        assert_eq!(out.channel(0)[7..], input.channel(0)[..93]);
        assert_eq!((out.channel(1), out.channel(2)), (&[0.0; 100][..], out.channel(0)));
        assert_eq!(at, 100);
    }

    #[test]
    fn a_delay_is_clear_when_so_much_silence_has_gone_in_as_it_is_long() {
        let (sound, mut out) = (BusBuffer::of(&[&[1.0; 4]]), BusBuffer::new(1, 4));
        let mut delay = AudioDelay::new(7, 1);
        assert!(delay.is_clear());
        delay.process(sound.input(), &mut out.output());
        let silence = BusIn::new(&[0.0; 4], 1, 0, 4).known_silent();
        let clear = [(); 3].map(|()| {
            delay.process(silence, &mut out.output());
            delay.is_clear()
        });
        assert_eq!(clear, [false, true, true]);
    }

    #[test]
    fn events_come_out_at_their_frame_later() {
        let mut delay = EventDelay::new(10);
        let event = Event::new(3, EventKind::Midi { port: 0, data: [0x90, 60, 100] });
        let mut seen = Vec::new();
        for block in 0..4_u32 {
            let mut out = EventList::with_capacity(4);
            let input = if block == 0 { Events::new(std::slice::from_ref(&event)) } else { Events::EMPTY };
            delay.process(4, input, &mut out);
            seen.extend(out.iter().map(|event| block * 4 + event.frame));
        }
        assert_eq!(seen, [13]);
    }
}
