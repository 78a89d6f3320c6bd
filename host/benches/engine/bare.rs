//! The floor: the same processors in a loop, with nothing around them.

use loophole_host::{BlockTransport, BusBuffer, EventList, Events, NodeBlock, Processor, RenderMode};

use super::Shape;
use super::gain::Gain;

pub struct Bare {
    shape: Shape,
    processors: Vec<Box<dyn Processor>>,
    input: BusBuffer,
    buffers: [BusBuffer; 2],
    sum: BusBuffer,
    events: EventList,
    transport: BlockTransport,
}

impl Bare {
    pub fn new(shape: Shape, nodes: usize, frames: usize) -> Self {
        Self {
            shape,
            processors: (0..nodes).map(|_| Box::new(Gain) as Box<dyn Processor>).collect(),
            input: BusBuffer::of(&[&vec![0.5; frames], &vec![0.5; frames]]),
            buffers: std::array::from_fn(|_| BusBuffer::of(&[&vec![0.5; frames], &vec![0.5; frames]])),
            sum: BusBuffer::new(2, frames),
            events: EventList::default(),
            transport: BlockTransport::default(),
        }
    }

    pub fn block(&mut self) {
        let [mut from, mut to] = self.buffers.each_mut();
        if self.shape == Shape::Parallel {
            self.sum.output().silence();
        }
        for processor in &mut self.processors {
            let source = match self.shape {
                Shape::Chain => from.input(),
                Shape::Parallel => self.input.input(),
            };
            processor.process(&mut NodeBlock {
                frames: source.frames(),
                audio_in: &[source],
                audio_out: &mut [to.output()],
                events_in: Events::EMPTY,
                events_out: &mut self.events,
                transport: &self.transport,
                mode: RenderMode::Realtime,
            });
            if self.shape == Shape::Parallel {
                for side in 0..2 {
                    let sum = self.sum.channel_mut(side).iter_mut();
                    sum.zip(to.channel(side)).for_each(|(sum, sample)| *sum += sample);
                }
            }
            std::mem::swap(&mut from, &mut to);
        }
    }
}
