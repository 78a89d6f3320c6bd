//! What each built-in device costs for a block of 64 frames at 48 kHz, and the synth for each voice.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loophole_host::config::{AudioConfig, RenderMode};
use loophole_host::event::{Event, EventKind, EventList, Events, Voice};
use loophole_host::processor::{BlockTransport, BusBuffer, NodeBlock, Processor};
use protocol::{DeviceKind, SampleRate};

const FRAMES: usize = 64;
const CONFIG: AudioConfig =
    AudioConfig { rate: SampleRate(48_000.0), max_block: FRAMES, mode: RenderMode::Realtime };

/// A device and the buffers it plays with.
struct Rig {
    device: Box<dyn Processor>,
    input: BusBuffer,
    output: BusBuffer,
    events: EventList,
}

impl Rig {
    fn new(kind: DeviceKind) -> Self {
        let Ok(device) = loophole_host::devices::build(kind, None, &CONFIG) else {
            panic!("{kind:?} is not made")
        };
        let noise = |seed: u32| -> Vec<f32> {
            (0..FRAMES)
                .map(|at| ((at as f32 * 12.9898 + seed as f32).sin() * 43_758.547).fract() * 0.3)
                .collect()
        };
        let (input, output) = (BusBuffer::of(&[&noise(1), &noise(2)]), BusBuffer::new(2, FRAMES));
        Self { device, input, output, events: EventList::default() }
    }

    fn block(&mut self, events: &[Event]) {
        let input = self.input.input();
        let buses = self.device.ports().audio_in.len();
        self.events.clear();
        let _ = self.device.process(&mut NodeBlock {
            frames: FRAMES,
            audio_in: &[input; 2][..buses],
            audio_out: &mut [self.output.output()],
            events_in: Events::new(events),
            events_out: &mut self.events,
            transport: &BlockTransport::default(),
            mode: RenderMode::Realtime,
        });
        black_box(&self.output);
    }
}

fn effects(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("devices/process");
    group.throughput(Throughput::Elements(FRAMES as u64));
    for kind in DeviceKind::ALL.into_iter().filter(|kind| !kind.is_instrument()) {
        let mut rig = Rig::new(kind);
        if kind == DeviceKind::Equalizer {
            // Every band at work.
            kind.params().iter().for_each(|param| rig.device.set_param(param.id, param.denormalize(0.7)));
        }
        group.bench_function(format!("{}/block={FRAMES}", kind.key()), |bench| bench.iter(|| rig.block(&[])));
    }
    group.finish();
}

fn synth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("devices/synth");
    for voices in [0_i16, 1, 8, 32] {
        let mut rig = Rig::new(DeviceKind::Synth);
        let notes: Vec<Event> = (0..voices)
            .map(|key| Event::new(0, EventKind::NoteOn { voice: Voice::key(0, 40 + key), velocity: 0.8 }))
            .collect();
        rig.block(&notes);
        group
            .bench_function(format!("voices={voices},block={FRAMES}"), |bench| bench.iter(|| rig.block(&[])));
    }
    group.finish();
}

criterion_group!(benches, effects, synth);
criterion_main!(benches);
