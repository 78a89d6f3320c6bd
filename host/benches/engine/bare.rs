//! The floor: the same processors in a loop, with nothing around them.

use loophole_host::{
    BlockTransport, EventList, Events, NodeBlock, Processor, RenderMode, StereoIn, StereoOut,
};

use super::Shape;
use super::gain::Gain;

pub struct Bare {
    shape: Shape,
    processors: Vec<Box<dyn Processor>>,
    input: Vec<f32>,
    buffers: [Vec<f32>; 4],
    sum: [Vec<f32>; 2],
    events: EventList,
    transport: BlockTransport,
}

impl Bare {
    pub fn new(shape: Shape, nodes: usize, frames: usize) -> Self {
        Self {
            shape,
            processors: (0..nodes).map(|_| Box::new(Gain) as Box<dyn Processor>).collect(),
            input: vec![0.5; frames],
            buffers: std::array::from_fn(|_| vec![0.5; frames]),
            sum: std::array::from_fn(|_| vec![0.0; frames]),
            events: EventList::default(),
            transport: BlockTransport::default(),
        }
    }

    pub fn block(&mut self) {
        let [left, right, other_left, other_right] = &mut self.buffers;
        let (mut from, mut to) = ((left, right), (other_left, other_right));
        if self.shape == Shape::Parallel {
            self.sum.iter_mut().for_each(|side| side.fill(0.0));
        }
        for processor in &mut self.processors {
            let source = match self.shape {
                Shape::Chain => StereoIn { left: from.0, right: from.1 },
                Shape::Parallel => StereoIn { left: &self.input, right: &self.input },
            };
            processor.process(&mut NodeBlock {
                frames: self.input.len(),
                audio_in: &[source],
                audio_out: &mut [StereoOut { left: to.0, right: to.1 }],
                events_in: Events::EMPTY,
                events_out: &mut self.events,
                transport: &self.transport,
                mode: RenderMode::Realtime,
            });
            if self.shape == Shape::Parallel {
                for (sum, side) in self.sum.iter_mut().zip([&*to.0, &*to.1]) {
                    sum.iter_mut().zip(side).for_each(|(sum, sample)| *sum += sample);
                }
            }
            std::mem::swap(&mut from, &mut to);
        }
    }
}
