//! Audio devices, behind one interface: JACK, ALSA (whatever cpal finds), and a timer where there is neither.

use std::sync::{Arc, Mutex};

use host::{Buses, HostBuses};

use crate::cli::args::BackendChoice;
use crate::shell::layout::{INPUT_BUSES, OUTPUT_BUSES};

mod alsa;
mod dummy;
mod jack;

/// The most channels of a device in one direction that are used.
pub const MAX_CHANNELS: usize = 64;

/// How many channels a device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Of the inputs.
    pub inputs: usize,
    /// Of the outputs.
    pub outputs: usize,
}

impl Channels {
    /// Where there is no hardware to count: two stereo inputs, and nine stereo outputs, as the plugin has them.
    const VIRTUAL: Self = Self { inputs: 2 * INPUT_BUSES, outputs: 2 * OUTPUT_BUSES };

    /// As asked for, or else these.
    fn wanted(self, request: &DeviceRequest) -> Self {
        let count = |wanted: Option<usize>, own: usize| wanted.unwrap_or(own).min(MAX_CHANNELS);
        Self { inputs: count(request.inputs, self.inputs), outputs: count(request.outputs, self.outputs) }
    }

    /// The same in pairs, the last of which may be one alone: buses of the engine.
    #[must_use]
    pub fn buses(self) -> HostBuses {
        let pairs = |count: usize| Buses::new((0..count).step_by(2).map(|first| (count - first).min(2)));
        HostBuses { inputs: pairs(self.inputs), outputs: pairs(self.outputs) }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct DeviceRequest {
    /// The audio system; the first that works if not given.
    pub backend: Option<BackendChoice>,
    /// A part of the device's name.
    pub device: Option<String>,
    /// Frames per second, in Hz, where the device lets us choose.
    pub rate: Option<u32>,
    /// Frames per block, where the device lets us choose.
    pub buffer: Option<u32>,
    /// Channels of inputs; as many as the device has if not given.
    pub inputs: Option<usize>,
    /// Channels of outputs, likewise.
    pub outputs: Option<usize>,
}

/// What there is.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceInfo {
    /// The audio system.
    pub backend: BackendChoice,
    /// What a person calls the device.
    pub name: String,
    /// Frames per second, in Hz.
    pub rate: f64,
    /// The largest block to expect, in frames. Longer ones may still come.
    pub max_block: usize,
    /// The channels of each block.
    pub channels: Channels,
}

/// A MIDI message within a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiIn {
    /// When, in frames from the start of the block.
    pub frame: u32,
    /// Up to three bytes; the rest are zero.
    pub data: [u8; 3],
}

/// A block as a device hands it over.
pub struct DeviceBlock<'a, 'io> {
    /// Length in frames; never zero.
    pub frames: usize,
    /// The channels of all inputs.
    pub inputs: &'a [&'io [f32]],
    /// The channels of all outputs. What is not written stays as it is.
    pub outputs: &'a mut [&'io mut [f32]],
    /// MIDI that the device brings along, in order.
    pub midi: &'a [MidiIn],
    /// Times that the device ran dry since the block before.
    pub xruns: u32,
}

/// What a device calls for every block.
///
/// # Real-time
/// Runs on the device's thread: no allocation, lock, I/O, logging or panic.
pub trait Render: Send {
    /// Fills the outputs of a block.
    fn render(&mut self, block: &mut DeviceBlock<'_, '_>);
}

impl Render for Box<dyn Render> {
    fn render(&mut self, block: &mut DeviceBlock<'_, '_>) {
        (**self).render(block);
    }
}

/// Where a device finds what to call. The control thread takes it out before it stops the device, so that nothing is
/// dropped on the device's thread.
pub type RenderSlot<R> = Arc<Mutex<Option<R>>>;

/// Calls what is in the slot; silence if there is nothing, or if it is just being taken out.
///
/// # Real-time
/// Never waits: the lock is only tried.
fn render_slot<R: Render>(slot: &RenderSlot<R>, block: &mut DeviceBlock<'_, '_>) {
    match slot.try_lock() {
        Ok(mut slot) => match slot.as_mut() {
            Some(render) => render.render(block),
            None => silence(block),
        },
        Err(_) => silence(block),
    }
}

fn silence(block: &mut DeviceBlock<'_, '_>) {
    for channel in block.outputs.iter_mut() {
        channel.fill(0.0);
    }
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// There is no JACK library or server.
    #[error("no JACK server answers")]
    Jack(#[source] ::jack::Error),
    /// The system's audio refuses.
    #[error("the audio device cannot be used")]
    Audio(#[source] cpal::Error),
    /// There is no device.
    #[error("there is no audio output device")]
    NoDevice,
    /// No device has such a name.
    #[error("no audio output device has {0:?} in its name; `loophole --list-devices` shows the names")]
    UnknownDevice(String),
    /// The device offers no format that we can fill.
    #[error("the device {0:?} takes neither floating-point nor integer samples that we know")]
    Format(String),
    /// The timer thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] std::io::Error),
}

/// An opened device that does not run yet.
pub trait Device {
    /// What it is.
    fn info(&self) -> &DeviceInfo;

    /// Runs it. From now on the slot is called from the device's thread.
    fn start(self: Box<Self>, slot: RenderSlot<Box<dyn Render>>) -> Result<Box<dyn Running>, DeviceError>;
}

/// A device that runs until it is dropped.
pub trait Running {}

/// Opens the device that `request` describes, or, if it names no audio system, the first that works. What did not
/// work on the way is returned with it.
pub fn open(request: &DeviceRequest) -> Result<(Box<dyn Device>, Vec<DeviceError>), DeviceError> {
    let mut skipped = Vec::new();
    let order = match request.backend {
        Some(one) => vec![one],
        None => vec![BackendChoice::Jack, BackendChoice::Alsa, BackendChoice::Dummy],
    };
    for backend in order {
        let device = match backend {
            BackendChoice::Jack => jack::open(request),
            BackendChoice::Alsa => alsa::open(request),
            BackendChoice::Dummy => Ok(dummy::open(request)),
        };
        match device {
            Ok(device) => return Ok((device, skipped)),
            Err(error) => skipped.push(error),
        }
    }
    Err(skipped.pop().unwrap_or(DeviceError::NoDevice))
}

/// The names of the devices of every audio system that is there.
#[must_use]
pub fn list() -> Vec<(BackendChoice, String)> {
    let mut names = Vec::new();
    if jack::is_running() {
        names.push((BackendChoice::Jack, "the JACK server".into()));
    }
    names.extend(alsa::names().into_iter().map(|name| (BackendChoice::Alsa, name)));
    names.push((BackendChoice::Dummy, "no sound, driven by a timer".into()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_buses_in_pairs_and_the_last_may_be_alone() {
        let buses = Channels { inputs: 1, outputs: 5 }.buses();
        assert_eq!((buses.inputs, buses.outputs), (Buses::new([1]), Buses::new([2, 2, 1])));
        let most = Channels { inputs: 0, outputs: MAX_CHANNELS }.buses();
        assert_eq!((most.inputs, most.outputs), (Buses::NONE, Buses::stereo(32)));
    }

    #[test]
    fn who_asks_for_channels_gets_them_up_to_the_most_there_are() {
        let request = DeviceRequest { inputs: Some(0), outputs: Some(200), ..DeviceRequest::default() };
        assert_eq!(Channels::VIRTUAL.wanted(&request), Channels { inputs: 0, outputs: MAX_CHANNELS });
        assert_eq!(Channels::VIRTUAL.wanted(&DeviceRequest::default()), Channels::VIRTUAL);
    }
}
