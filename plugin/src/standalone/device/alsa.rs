//! The system's audio through cpal: ALSA on Linux.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize};

use super::{
    Device, DeviceBlock, DeviceError, DeviceInfo, DeviceRequest, INPUTS, OUTPUTS, Render, RenderSlot,
    Running, render_slot,
};
use crate::cli::args::BackendChoice;

/// Frames rendered at a time, whatever the device asks for at once.
const CHUNK: usize = 1_024;

struct Alsa {
    device: cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    info: DeviceInfo,
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
    let info = DeviceInfo {
        backend: BackendChoice::Alsa,
        name: name_of(&device),
        rate: f64::from(config.sample_rate),
        max_block: CHUNK,
    };
    Ok(Box::new(Alsa { device, config, format, info }))
}

/// Turns the planar blocks of the engine into the interleaved ones of the device.
struct Interleaver {
    slot: RenderSlot<Box<dyn Render>>,
    memory: Vec<f32>,
    silence: Vec<f32>,
    channels: usize,
    xruns: Arc<AtomicU32>,
}

impl Interleaver {
    fn new(slot: RenderSlot<Box<dyn Render>>, channels: usize, xruns: Arc<AtomicU32>) -> Self {
        Self {
            slot,
            memory: vec![0.0; CHUNK * 2 * OUTPUTS],
            silence: vec![0.0; CHUNK],
            channels: channels.max(1),
            xruns,
        }
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
            let (left, right) = (&self.memory[..frames], &self.memory[CHUNK..CHUNK + frames]);
            for ((frame, left), right) in part.chunks_exact_mut(self.channels).zip(left).zip(right) {
                match frame {
                    [mono] => *mono = T::from_sample(0.5 * (left + right)),
                    [first, second, rest @ ..] => {
                        (*first, *second) = (T::from_sample(*left), T::from_sample(*right));
                        rest.fill(T::EQUILIBRIUM);
                    }
                    [] => {}
                }
            }
        }
    }

    fn render(&mut self, frames: usize) {
        let mut channels = self.memory.chunks_exact_mut(CHUNK);
        let mut outputs: [[&mut [f32]; 2]; OUTPUTS] = std::array::from_fn(|_| {
            std::array::from_fn(|_| channels.next().map(|channel| &mut channel[..frames]).unwrap_or_default())
        });
        let inputs = [[&self.silence[..frames]; 2]; INPUTS];
        let xruns = self.xruns.swap(0, Ordering::Relaxed);
        let outputs = &mut outputs;
        render_slot(&self.slot, &mut DeviceBlock { frames, inputs, outputs, midi: &[], xruns });
    }
}

impl Alsa {
    fn stream<T: SizedSample + FromSample<f32>>(
        &self,
        slot: RenderSlot<Box<dyn Render>>,
    ) -> Result<cpal::Stream, DeviceError> {
        let xruns = Arc::new(AtomicU32::new(0));
        let mut interleaver = Interleaver::new(slot, usize::from(self.config.channels), Arc::clone(&xruns));
        // Under- and overruns end up here. A message from this thread would make more of them: those are counted.
        let count = move |error: cpal::Error| {
            if error.kind() == cpal::ErrorKind::Xrun {
                xruns.fetch_add(1, Ordering::Relaxed);
            }
        };
        let config = self.config;
        self.device
            .build_output_stream(config, move |data: &mut [T], _| interleaver.fill(data), count, None)
            .map_err(DeviceError::Audio)
    }
}

impl Device for Alsa {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn start(self: Box<Self>, slot: RenderSlot<Box<dyn Render>>) -> Result<Box<dyn Running>, DeviceError> {
        let stream = match self.format {
            SampleFormat::F32 => self.stream::<f32>(slot),
            SampleFormat::F64 => self.stream::<f64>(slot),
            SampleFormat::I16 => self.stream::<i16>(slot),
            SampleFormat::I24 => self.stream::<cpal::I24>(slot),
            SampleFormat::I32 => self.stream::<i32>(slot),
            SampleFormat::U8 => self.stream::<u8>(slot),
            SampleFormat::U16 => self.stream::<u16>(slot),
            _ => Err(DeviceError::Format(self.info.name.clone())),
        }?;
        stream.play().map_err(DeviceError::Audio)?;
        Ok(Box::new(RunningAlsa { _stream: stream }))
    }
}

struct RunningAlsa {
    _stream: cpal::Stream,
}

impl Running for RunningAlsa {}
