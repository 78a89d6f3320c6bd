//! JACK, or PipeWire in its place. The library is looked for at run time, so that we start without it, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ::jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientOptions, Control, MidiIn as JackMidiIn,
    NotificationHandler, Port, PortFlags, ProcessHandler, ProcessScope,
};
use arrayvec::ArrayVec;

use super::{
    Channels, Device, DeviceBlock, DeviceError, DeviceInfo, DeviceRequest, MAX_CHANNELS, MidiIn, Render,
    RenderSlot, Running, render_slot,
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

pub fn open(request: &DeviceRequest) -> Result<Box<dyn Device>, DeviceError> {
    let client = client().map_err(DeviceError::Jack)?;
    // At least those that the plugin has: what the hardware lacks, other programs may want.
    let channels = Channels {
        inputs: hardware(&client, PortFlags::IS_OUTPUT).len().max(Channels::VIRTUAL.inputs),
        outputs: hardware(&client, PortFlags::IS_INPUT).len().max(Channels::VIRTUAL.outputs),
    };
    let info = DeviceInfo {
        backend: BackendChoice::Jack,
        name: format!("JACK as {:?}", client.name()),
        rate: f64::from(client.sample_rate()),
        max_block: usize::try_from(client.buffer_size()).unwrap_or(8_192),
        channels: channels.wanted(request),
    };
    Ok(Box::new(Jack { client, info }))
}

struct Process {
    inputs: Vec<Port<AudioIn>>,
    outputs: Vec<Port<AudioOut>>,
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
        // There are no more than that.
        let inputs: ArrayVec<&[f32], MAX_CHANNELS> =
            self.inputs.iter().map(|port| port.as_slice(scope)).collect();
        let mut outputs: ArrayVec<&mut [f32], MAX_CHANNELS> =
            self.outputs.iter_mut().map(|port| port.as_mut_slice(scope)).collect();
        let frames = usize::try_from(scope.n_frames()).unwrap_or(0);
        if frames > 0 {
            let (inputs, outputs, midi) = (&*inputs, &mut *outputs, self.messages.as_slice());
            let xruns = self.xruns.swap(0, Ordering::Relaxed);
            render_slot(&self.slot, &mut DeviceBlock { frames, inputs, outputs, midi, xruns });
        }
        Control::Continue
    }
}

/// The ports of the hardware that take our output, or bring us input.
fn hardware(client: &Client, direction: PortFlags) -> Vec<String> {
    client.ports(None, Some("32 bit float mono audio"), PortFlags::IS_PHYSICAL | direction)
}

/// The name of the port of a channel: side by side in pairs, as buses are.
fn port_name(bus: &str, channel: usize) -> String {
    format!("{bus} {}", if channel.is_multiple_of(2) { "L" } else { "R" })
}

fn input_name(channel: usize) -> String {
    match channel / 2 {
        0 => port_name("in", channel),
        1 => port_name("sidechain", channel),
        bus => port_name(&format!("in {}", bus + 1), channel),
    }
}

fn output_name(channel: usize) -> String {
    port_name(&format!("out {}", channel / 2 + 1), channel)
}

impl Device for Jack {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn start(self: Box<Self>, slot: RenderSlot<Box<dyn Render>>) -> Result<Box<dyn Running>, DeviceError> {
        let client = self.client;
        let Channels { inputs, outputs } = self.info.channels;
        let inputs: Result<Vec<_>, _> = (0..inputs)
            .map(|channel| client.register_port(&input_name(channel), AudioIn::default()))
            .collect();
        let outputs: Result<Vec<_>, _> = (0..outputs)
            .map(|channel| client.register_port(&output_name(channel), AudioOut::default()))
            .collect();
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
        connect_to_hardware(client.as_client(), self.info.channels);
        Ok(Box::new(RunningJack { _client: client }))
    }
}

/// Each of our channels to the one of the hardware of the same number. A failure leaves the ports for a person to connect.
fn connect_to_hardware(client: &Client, channels: Channels) {
    let own = |port: String| format!("{}:{port}", client.name());
    for (channel, sink) in hardware(client, PortFlags::IS_INPUT).iter().enumerate().take(channels.outputs) {
        let _left_to_the_user = client.connect_ports_by_name(&own(output_name(channel)), sink);
    }
    for (channel, source) in hardware(client, PortFlags::IS_OUTPUT).iter().enumerate().take(channels.inputs) {
        let _left_to_the_user = client.connect_ports_by_name(source, &own(input_name(channel)));
    }
}

struct RunningJack {
    _client: AsyncClient<Xruns, Process>,
}

impl Running for RunningJack {}
