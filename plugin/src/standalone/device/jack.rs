//! JACK, or PipeWire in its place. The library is looked for at run time, so that we start without it, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ::jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientOptions, Control, MidiIn as JackMidiIn,
    NotificationHandler, Port, PortFlags, ProcessHandler, ProcessScope,
};

use super::{
    Device, DeviceBlock, DeviceError, DeviceInfo, DeviceRequest, INPUTS, MidiIn, OUTPUTS, Render, RenderSlot,
    Running, render_slot,
};
use crate::cli::args::BackendChoice;

/// MIDI messages in a block; what comes on top is left out.
const MIDI_CAPACITY: usize = 1_024;

struct Jack {
    client: Client,
    info: DeviceInfo,
}

fn client() -> Result<Client, ::jack::Error> {
    Client::new("Loophole", ClientOptions::NO_START_SERVER).map(|(client, _status)| client)
}

/// Whether a server answers.
pub fn is_running() -> bool {
    client().is_ok()
}

pub fn open(_request: &DeviceRequest) -> Result<Box<dyn Device>, DeviceError> {
    let client = client().map_err(DeviceError::Jack)?;
    let info = DeviceInfo {
        backend: BackendChoice::Jack,
        name: format!("JACK as {:?}", client.name()),
        rate: f64::from(client.sample_rate()),
        max_block: usize::try_from(client.buffer_size()).unwrap_or(8_192),
    };
    Ok(Box::new(Jack { client, info }))
}

struct Process {
    inputs: [[Port<AudioIn>; 2]; INPUTS],
    outputs: [[Port<AudioOut>; 2]; OUTPUTS],
    midi: Port<JackMidiIn>,
    messages: Vec<MidiIn>,
    slot: RenderSlot<Box<dyn Render>>,
    xruns: Arc<AtomicU32>,
}

/// Counts what JACK says went wrong, on a thread of its own.
struct Xruns(Arc<AtomicU32>);

impl NotificationHandler for Xruns {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

impl ProcessHandler for Process {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.messages.clear();
        for message in self.midi.iter(scope) {
            if message.bytes.len() <= 3 && self.messages.len() < MIDI_CAPACITY {
                let mut data = [0; 3];
                data[..message.bytes.len()].copy_from_slice(message.bytes);
                self.messages.push(MidiIn { frame: message.time, data });
            }
        }
        let inputs = self.inputs.each_ref().map(|bus| bus.each_ref().map(|port| port.as_slice(scope)));
        let mut outputs =
            self.outputs.each_mut().map(|bus| bus.each_mut().map(|port| port.as_mut_slice(scope)));
        let frames = usize::try_from(scope.n_frames()).unwrap_or(0);
        if frames > 0 {
            let (outputs, midi) = (&mut outputs, self.messages.as_slice());
            let xruns = self.xruns.swap(0, Ordering::Relaxed);
            render_slot(&self.slot, &mut DeviceBlock { frames, inputs, outputs, midi, xruns });
        }
        Control::Continue
    }
}

fn channel_name(bus: &str, channel: usize) -> String {
    format!("{bus} {}", if channel == 0 { "L" } else { "R" })
}

fn input_name(bus: usize) -> &'static str {
    if bus == 0 { "in" } else { "sidechain" }
}

fn output_name(bus: usize) -> String {
    format!("out {}", bus + 1)
}

/// An array from a fallible function.
fn try_array<T, E, const N: usize>(make: impl FnMut(usize) -> Result<T, E>) -> Result<[T; N], E> {
    let made: Vec<T> = (0..N).map(make).collect::<Result<_, E>>()?;
    // PANIC: there are exactly N of them.
    Ok(made.try_into().unwrap_or_else(|_| unreachable!()))
}

impl Device for Jack {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn start(self: Box<Self>, slot: RenderSlot<Box<dyn Render>>) -> Result<Box<dyn Running>, DeviceError> {
        let client = self.client;
        let inputs = try_array(|bus| {
            try_array(|side| client.register_port(&channel_name(input_name(bus), side), AudioIn::default()))
        });
        let outputs = try_array(|bus| {
            try_array(|side| {
                client.register_port(&channel_name(&output_name(bus), side), AudioOut::default())
            })
        });
        let midi = client.register_port("midi in", JackMidiIn::default());
        let xruns = Arc::new(AtomicU32::new(0));
        let process = Process {
            inputs: inputs.map_err(DeviceError::Jack)?,
            outputs: outputs.map_err(DeviceError::Jack)?,
            midi: midi.map_err(DeviceError::Jack)?,
            messages: Vec::with_capacity(MIDI_CAPACITY),
            slot,
            xruns: Arc::clone(&xruns),
        };
        let client = client.activate_async(Xruns(xruns), process).map_err(DeviceError::Jack)?;
        connect_to_hardware(client.as_client());
        Ok(Box::new(RunningJack { _client: client }))
    }
}

/// Our main output to the first two playback ports. A failure leaves the ports for a person to connect.
fn connect_to_hardware(client: &Client) {
    let sinks =
        client.ports(None, Some("32 bit float mono audio"), PortFlags::IS_PHYSICAL | PortFlags::IS_INPUT);
    for (side, sink) in sinks.iter().take(2).enumerate() {
        let ours = format!("{}:{}", client.name(), channel_name(&output_name(0), side));
        let _left_to_the_user = client.connect_ports_by_name(&ours, sink);
    }
}

struct RunningJack {
    _client: AsyncClient<Xruns, Process>,
}

impl Running for RunningJack {}
