//! No device at all: a timer drives the engine, so that everything but the sound works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{
    Channels, Device, DeviceBlock, DeviceError, DeviceInfo, DeviceRequest, Render, RenderSlot, Running,
    render_slot,
};
use crate::cli::args::BackendChoice;

const DEFAULT_RATE: u32 = 48_000;
const DEFAULT_BLOCK: u32 = 512;

struct Dummy(DeviceInfo);

/// Always works.
pub fn open(request: &DeviceRequest) -> Box<dyn Device> {
    Box::new(Dummy(DeviceInfo {
        backend: BackendChoice::Dummy,
        name: "no sound".into(),
        rate: f64::from(request.rate.unwrap_or(DEFAULT_RATE)),
        max_block: usize::try_from(request.buffer.unwrap_or(DEFAULT_BLOCK)).unwrap_or(512),
        channels: Channels::VIRTUAL.wanted(request),
    }))
}

impl Device for Dummy {
    fn info(&self) -> &DeviceInfo {
        &self.0
    }

    fn start(self: Box<Self>, slot: RenderSlot<Box<dyn Render>>) -> Result<Box<dyn Running>, DeviceError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (info, stopped) = (self.0, Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("loophole-dummy".into())
            .spawn(move || run(&slot, &info, &stopped))
            .map_err(DeviceError::Thread)?;
        Ok(Box::new(RunningDummy { stop, thread: Some(thread) }))
    }
}

fn run(slot: &RenderSlot<Box<dyn Render>>, info: &DeviceInfo, stop: &AtomicBool) {
    let DeviceInfo { max_block: frames, rate, channels, .. } = *info;
    let silence = vec![0.0_f32; frames];
    let inputs = vec![silence.as_slice(); channels.inputs];
    let mut memory = vec![0.0_f32; frames * channels.outputs];
    let mut outputs: Vec<&mut [f32]> = memory.chunks_exact_mut(frames).collect();
    #[expect(clippy::cast_precision_loss, reason = "at most 8192 frames")]
    let period = Duration::from_secs_f64(frames as f64 / rate);
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let (inputs, outputs) = (inputs.as_slice(), outputs.as_mut_slice());
        render_slot(slot, &mut DeviceBlock { frames, inputs, outputs, midi: &[], xruns: 0 });
        due += period;
        let now = Instant::now();
        match due.checked_duration_since(now) {
            Some(wait) => std::thread::sleep(wait),
            // Too slow for real time: do not try to catch up.
            None => due = now,
        }
    }
}

struct RunningDummy {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running for RunningDummy {}

impl Drop for RunningDummy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by then, and there is nothing left to stop.
            let _ended = thread.join();
        }
    }
}
