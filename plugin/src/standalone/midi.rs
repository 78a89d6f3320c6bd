//! MIDI inputs of the machine, through midir.

use midir::{Ignore, MidiInput, MidiInputConnection};
use rtrb::{Consumer, Producer, RingBuffer};

/// Messages between two blocks; what comes on top is left out.
const CAPACITY: usize = 1_024;

/// Why MIDI inputs cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MidiError {
    /// The machine's MIDI system does not answer.
    #[error("the MIDI system does not answer")]
    Init(#[source] midir::InitError),
    /// No input has such a name.
    #[error("no MIDI input has {0:?} in its name; `loophole --list-devices` shows the names")]
    Unknown(String),
    /// An input refuses.
    #[error("the MIDI input {0:?} cannot be opened")]
    Connect(String),
}

/// Where messages come out, one ring for each input.
pub type Rings = Vec<Consumer<[u8; 3]>>;

/// Opened inputs. They close when dropped.
pub struct MidiInputs {
    connections: Vec<(String, MidiInputConnection<Producer<[u8; 3]>>)>,
}

impl MidiInputs {
    /// The names of the inputs that are open.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.connections.iter().map(|(name, _)| name.as_str())
    }
}

/// The names of all inputs.
pub fn names() -> Result<Vec<String>, MidiError> {
    let input = MidiInput::new("Loophole").map_err(MidiError::Init)?;
    Ok(input.ports().iter().filter_map(|port| input.port_name(port).ok()).collect())
}

/// Opens the inputs with one of `wanted` in their name; `all` opens all. Messages come out of the rings.
pub fn open(wanted: &[String]) -> Result<(MidiInputs, Rings), MidiError> {
    let mut inputs = MidiInputs { connections: Vec::new() };
    let mut rings = Vec::new();
    if wanted.is_empty() {
        return Ok((inputs, rings));
    }
    let names = names()?;
    let matches = |name: &str, wanted: &str| name.to_lowercase().contains(&wanted.to_lowercase());
    for wanted in wanted.iter().filter(|wanted| wanted.as_str() != "all") {
        if !names.iter().any(|name| matches(name, wanted)) {
            return Err(MidiError::Unknown(wanted.clone()));
        }
    }
    let all = wanted.iter().any(|wanted| wanted == "all");
    for name in names.into_iter().filter(|name| all || wanted.iter().any(|wanted| matches(name, wanted))) {
        let mut input = MidiInput::new("Loophole").map_err(MidiError::Init)?;
        input.ignore(Ignore::All);
        let port = input.ports().into_iter().find(|port| input.port_name(port).is_ok_and(|n| n == name));
        let port = port.ok_or_else(|| MidiError::Connect(name.clone()))?;
        let (producer, consumer) = RingBuffer::new(CAPACITY);
        let connection = input.connect(&port, "in", receive, producer);
        let connection = connection.map_err(|_| MidiError::Connect(name.clone()))?;
        inputs.connections.push((name, connection));
        rings.push(consumer);
    }
    Ok((inputs, rings))
}

fn receive(_time: u64, bytes: &[u8], ring: &mut Producer<[u8; 3]>) {
    if (1..=3).contains(&bytes.len()) {
        let mut data = [0; 3];
        data[..bytes.len()].copy_from_slice(bytes);
        // A full ring means that nobody plays; the message is late anyway.
        let _dropped = ring.push(data);
    }
}
