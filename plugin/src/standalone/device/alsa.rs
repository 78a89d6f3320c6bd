//! The system's audio through cpal: ALSA on Linux.
//!
//! Input and output are two streams, each with a thread of its own: what comes in waits in a ring.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrayvec::ArrayVec;
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize};

use self::capture::{Capture, Captured, capture};
use super::{
    Channels, Device, DeviceBlock, DeviceError, DeviceInfo, DeviceRequest, MAX_CHANNELS, Render, RenderSlot,
    Running, render_slot,
};
use crate::cli::args::BackendChoice;

mod capture;

/// Frames rendered at a time, whatever the device asks for at once.
const CHUNK: usize = 1_024;
/// The most frames that devices usually bring at once where they choose themselves.
const USUAL_PERIOD: usize = 2_048;

struct Alsa {
    output: Line,
    /// What brings input, if anything does.
    input: Option<Line>,
    info: DeviceInfo,
}

/// One direction of a device.
struct Line {
    device: cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
}

fn name_of(device: &cpal::Device) -> String {
    device.description().map_or_else(|_| "unknown".into(), |description| description.name().to_owned())
}

/// The names of all output devices.
pub fn names() -> Vec<String> {
    let devices = cpal::default_host().output_devices();
    devices.map(|devices| devices.map(|device| name_of(&device)).collect()).unwrap_or_default()
}

pub fn open(request: &DeviceRequest) -> Result<Box<dyn Device>, DeviceError> {
    let host = cpal::default_host();
    let device = match &request.device {
        None => host.default_output_device().ok_or(DeviceError::NoDevice)?,
        Some(name) => host
            .output_devices()
            .map_err(DeviceError::Audio)?
            .find(|device| name_of(device).to_lowercase().contains(&name.to_lowercase()))
            .ok_or_else(|| DeviceError::UnknownDevice(name.clone()))?,
    };
    let supported = device.default_output_config().map_err(DeviceError::Audio)?;
    let (format, mut config) = (supported.sample_format(), supported.config());
    if let Some(rate) = request.rate {
        config.sample_rate = rate;
    }
    if let (Some(frames), SupportedBufferSize::Range { min, max }) = (request.buffer, supported.buffer_size())
    {
        config.buffer_size = BufferSize::Fixed(frames.clamp(*min, *max));
    }
    if let Some(channels) = request.outputs.and_then(|count| u16::try_from(count).ok()) {
        config.channels = channels.max(1);
    }
    let name = name_of(&device);
    let input = if request.inputs == Some(0) { None } else { input_line(&host, &name, &config, request) };
    let count = |line: &StreamConfig| usize::from(line.channels).min(MAX_CHANNELS);
    let info = DeviceInfo {
        backend: BackendChoice::Alsa,
        name,
        rate: f64::from(config.sample_rate),
        max_block: CHUNK,
        channels: Channels {
            inputs: input.as_ref().map_or(0, |line| count(&line.config)),
            outputs: count(&config),
        },
    };
    Ok(Box::new(Alsa { output: Line { device, config, format }, input, info }))
}

/// How many frames a device may bring at once.
fn period(config: &StreamConfig) -> usize {
    match config.buffer_size {
        BufferSize::Fixed(frames) => usize::try_from(frames).unwrap_or(USUAL_PERIOD),
        BufferSize::Default => USUAL_PERIOD,
    }
}

/// The input that goes with an output: of the same name, or else the system's own.
fn input_line(host: &cpal::Host, name: &str, output: &StreamConfig, request: &DeviceRequest) -> Option<Line> {
    let of_same_name = host.input_devices().ok()?.find(|device| name_of(device) == name);
    let device = of_same_name.or_else(|| host.default_input_device())?;
    let supported = device.default_input_config().ok()?;
    let mut config = supported.config();
    (config.sample_rate, config.buffer_size) = (output.sample_rate, output.buffer_size);
    if let Some(channels) = request.inputs.and_then(|count| u16::try_from(count).ok()) {
        config.channels = channels;
    }
    Some(Line { device, config, format: supported.sample_format() })
}

/// Turns the planar blocks of the engine into the interleaved ones of the device.
struct Interleaver {
    slot: RenderSlot<Box<dyn Render>>,
    /// A chunk of each output.
    memory: Vec<f32>,
    captured: Captured,
    /// Channels of the device: those beyond the most that we use stay silent.
    channels: usize,
    xruns: Arc<AtomicU32>,
}

impl Interleaver {
    fn new(
        slot: RenderSlot<Box<dyn Render>>,
        channels: usize,
        captured: Captured,
        xruns: Arc<AtomicU32>,
    ) -> Self {
        let memory = vec![0.0; CHUNK * channels.min(MAX_CHANNELS)];
        Self { slot, memory, captured, channels: channels.max(1), xruns }
    }

    /// Fills what the device wants.
    ///
    /// # Real-time
    /// Real-time safe.
    fn fill<T: SizedSample + FromSample<f32>>(&mut self, data: &mut [T]) {
        for part in data.chunks_mut(CHUNK * self.channels) {
            let frames = part.len() / self.channels;
            if frames == 0 {
                continue;
            }
            self.render(frames);
            part.fill(T::EQUILIBRIUM);
            for (channel, samples) in self.memory.chunks_exact(CHUNK).enumerate() {
                for (frame, sample) in part.chunks_exact_mut(self.channels).zip(samples) {
                    frame[channel] = T::from_sample(*sample);
                }
            }
        }
    }

    fn render(&mut self, frames: usize) {
        self.captured.take(frames);
        let inputs: ArrayVec<&[f32], MAX_CHANNELS> = self.captured.channels(frames).collect();
        let outputs = self.memory.chunks_exact_mut(CHUNK).map(|channel| &mut channel[..frames]);
        let mut outputs: ArrayVec<&mut [f32], MAX_CHANNELS> = outputs.collect();
        let xruns = self.xruns.swap(0, Ordering::Relaxed);
        let (inputs, outputs) = (&*inputs, &mut *outputs);
        render_slot(&self.slot, &mut DeviceBlock { frames, inputs, outputs, midi: &[], xruns });
    }
}

/// Calls a function that is generic in the kind of samples, with what a format holds.
macro_rules! with_format {
    ($format:expr, $name:expr, $call:ident($($arg:expr),*)) => {
        match $format {
            SampleFormat::F32 => $call::<f32>($($arg),*),
            SampleFormat::F64 => $call::<f64>($($arg),*),
            SampleFormat::I16 => $call::<i16>($($arg),*),
            SampleFormat::I24 => $call::<cpal::I24>($($arg),*),
            SampleFormat::I32 => $call::<i32>($($arg),*),
            SampleFormat::U8 => $call::<u8>($($arg),*),
            SampleFormat::U16 => $call::<u16>($($arg),*),
            _ => Err(DeviceError::Format($name.to_owned())),
        }
    };
}

/// What counts under- and overruns. A message from this thread would make more of them.
fn counter(xruns: &Arc<AtomicU32>) -> impl FnMut(cpal::Error) + Send + 'static {
    let xruns = Arc::clone(xruns);
    move |error: cpal::Error| {
        if error.kind() == cpal::ErrorKind::Xrun {
            xruns.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn output_stream<T: SizedSample + FromSample<f32>>(
    line: &Line,
    mut interleaver: Interleaver,
) -> Result<cpal::Stream, DeviceError> {
    let count = counter(&interleaver.xruns);
    line.device
        .build_output_stream(line.config, move |data: &mut [T], _| interleaver.fill(data), count, None)
        .map_err(DeviceError::Audio)
}

fn input_stream<T: SizedSample>(
    line: &Line,
    mut capture: Capture,
    xruns: &Arc<AtomicU32>,
) -> Result<cpal::Stream, DeviceError>
where
    f32: FromSample<T>,
{
    let count = counter(xruns);
    line.device
        .build_input_stream(line.config, move |data: &[T], _| capture.put(data), count, None)
        .map_err(DeviceError::Audio)
}

impl Device for Alsa {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn start(self: Box<Self>, slot: RenderSlot<Box<dyn Render>>) -> Result<Box<dyn Running>, DeviceError> {
        let Self { output, input, info } = *self;
        let xruns = Arc::new(AtomicU32::new(0));
        let device_channels = input.as_ref().map_or(0, |line| usize::from(line.config.channels));
        let period = input.as_ref().map_or(0, |line| period(&line.config));
        let (capture, captured) = capture(device_channels, info.channels.inputs, period);
        // Without input there is still all the rest: the tracks hear silence.
        let input = input.and_then(|line| {
            let stream = with_format!(line.format, info.name, input_stream(&line, capture, &xruns)).ok()?;
            stream.play().ok()?;
            Some(stream)
        });
        let channels = usize::from(output.config.channels);
        let interleaver = Interleaver::new(slot, channels, captured, xruns);
        let stream = with_format!(output.format, info.name, output_stream(&output, interleaver))?;
        stream.play().map_err(DeviceError::Audio)?;
        Ok(Box::new(RunningAlsa { _output: stream, _input: input }))
    }
}

struct RunningAlsa {
    _output: cpal::Stream,
    _input: Option<cpal::Stream>,
}

impl Running for RunningAlsa {}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes the number of each output channel, and adds the input channel of that number.
    struct Count;

    impl Render for Count {
        fn render(&mut self, block: &mut DeviceBlock<'_, '_>) {
            for (channel, out) in (0_u8..).zip(block.outputs.iter_mut()) {
                let input = block.inputs.get(usize::from(channel)).map_or(0.0, |input| input[0]);
                out.fill(f32::from(channel) + input);
            }
        }
    }

    #[test]
    fn every_channel_is_in_its_place() {
        for (channels, expected) in [(1, vec![0.5]), (3, vec![0.5, 1.25, 2.0])] {
            let slot: RenderSlot<Box<dyn Render>> = Arc::new(Mutex::new(Some(Box::new(Count))));
            let (mut capture, captured) = capture(2, 2, CHUNK);
            capture.put([[0.5_f32, 0.25]; 3 * CHUNK].as_flattened());
            let mut interleaver = Interleaver::new(slot, channels, captured, Arc::default());
            let mut data = vec![9.0_f32; 2_000 * channels];
            interleaver.fill(&mut data);
            assert!(data.chunks_exact(channels).all(|frame| frame == expected), "{channels} channels");
        }
    }
}
