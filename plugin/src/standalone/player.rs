//! The engine on an audio device.

use std::sync::Arc;

use host::event::EventList;
use host::{EngineProcessor, Event, EventKind, ProcessBlock};
use rtrb::Consumer;

use super::device::{DeviceBlock, Render};
use crate::instance::Instance;

/// Room for the events of a block.
const EVENTS: usize = 4_096;

/// Feeds a device from the engine. Gives the engine back to the instance when dropped, off the audio thread.
pub struct Player {
    instance: Arc<Instance>,
    processor: Option<EngineProcessor>,
    midi: Vec<Consumer<[u8; 3]>>,
    events_in: EventList,
    events_out: EventList,
}

impl Player {
    /// A player of an activated engine, listening to `midi`.
    pub fn new(instance: Arc<Instance>, processor: EngineProcessor, midi: Vec<Consumer<[u8; 3]>>) -> Self {
        Self {
            instance,
            processor: Some(processor),
            midi,
            events_in: EventList::with_capacity(EVENTS),
            events_out: EventList::with_capacity(EVENTS),
        }
    }
}

impl Render for Player {
    fn render(&mut self, block: &mut DeviceBlock<'_, '_>) {
        let Some(processor) = self.processor.as_mut() else { return };
        self.events_in.clear();
        self.events_out.clear();
        processor.count_xruns(block.xruns);
        let last = u32::try_from(block.frames - 1).unwrap_or(u32::MAX);
        for ring in &mut self.midi {
            while let Ok(data) = ring.pop() {
                self.events_in.push(Event::new(0, kind_of(data)));
            }
        }
        for message in block.midi {
            self.events_in.push(Event::new(message.frame.min(last), kind_of(message.data)));
        }
        processor.process(&mut ProcessBlock {
            frames: block.frames,
            inputs: block.inputs,
            outputs: block.outputs,
            events_in: self.events_in.view(),
            events_out: &mut self.events_out,
            transport: None,
        });
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor);
        }
    }
}

/// Notes as notes, everything else as it came.
fn kind_of(data: [u8; 3]) -> EventKind {
    use host::event::Voice;
    let [status, key, velocity] = data;
    let voice = Voice::key(i16::from(status & 0x0F), i16::from(key));
    let level = f64::from(velocity) / 127.0;
    match status & 0xF0 {
        0x90 if velocity > 0 => EventKind::NoteOn { voice, velocity: level },
        0x80 | 0x90 => EventKind::NoteOff { voice, velocity: level },
        _ => EventKind::Midi { port: 0, data },
    }
}
