//! What a thread needs for itself while it runs tasks.

use protocol::telemetry::Gesture;
use protocol::{NodeId, ParamId, TelemetryFrame};

use crate::automation::Step;
use crate::event::{EventList, Voice};

/// Room for a node at work, and what is to be told about it.
pub(crate) struct Worker {
    /// Notes and steps in one list.
    pub events: EventList,
    /// What a node says whose events nobody hears. Empty between nodes.
    pub unread: EventList,
    pub steps: Vec<Step>,
    pub dry: [Box<[f32]>; 2],
    /// For the telemetry plane, and for whoever started notes.
    pub reports: Reports,
}

/// What is to be told on the telemetry plane. Bounded: what does not fit is lost, and counted.
pub(crate) struct Reports {
    frames: Vec<TelemetryFrame>,
    moves: Vec<OwnMove>,
    voices: Vec<VoiceNews>,
    lost: u32,
}

/// What a plugin did to one of its own parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OwnMove {
    pub node: NodeId,
    pub param: ParamId,
    pub value: f64,
    pub gesture: Gesture,
    /// The frame of the stretch.
    pub frame: u32,
}

/// What became of a note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum VoiceNews {
    /// An instrument that will tell its end got it.
    Heard(Voice),
    /// It has died away, at this frame of the stretch.
    Ended(u32, Voice),
}

impl Reports {
    const ROOM: usize = 1_024;
    /// A preset that is loaded in a plugin's window may move a thousand parameters, and each is taken, moved and let go of.
    const MOVES: usize = 4_096;

    /// Adds something to be told.
    pub fn push(&mut self, frame: TelemetryFrame) {
        if self.frames.len() < self.frames.capacity() {
            self.frames.push(frame);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Adds what a plugin did to a parameter of its own.
    pub fn own_move(&mut self, moved: OwnMove) {
        if self.moves.len() < self.moves.capacity() {
            self.moves.push(moved);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Tells what plugins did to their parameters, in order.
    pub fn flush_moves(&mut self, tell: impl FnMut(OwnMove)) {
        self.moves.drain(..).for_each(tell);
    }

    /// Adds something about a note.
    pub fn voice(&mut self, news: VoiceNews) {
        if self.voices.len() < self.voices.capacity() {
            self.voices.push(news);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Tells what became of notes, in order.
    pub fn flush_voices(&mut self, tell: impl FnMut(VoiceNews)) {
        self.voices.drain(..).for_each(tell);
    }

    /// Tells it. Returns how much was lost.
    pub fn flush(&mut self, mut tell: impl FnMut(TelemetryFrame)) -> u32 {
        self.frames.drain(..).for_each(&mut tell);
        std::mem::take(&mut self.lost)
    }
}

impl Worker {
    const EVENTS: usize = 4_096;
    const STEPS: usize = 4_096;

    pub fn new(max_block: usize) -> Self {
        Self {
            events: EventList::with_capacity(Self::EVENTS),
            unread: EventList::with_capacity(Reports::MOVES),
            steps: Vec::with_capacity(Self::STEPS),
            dry: [0, 1].map(|_| vec![0.0; max_block].into()),
            reports: Reports {
                frames: Vec::with_capacity(Reports::ROOM),
                moves: Vec::with_capacity(Reports::MOVES),
                voices: Vec::with_capacity(Reports::ROOM),
                lost: 0,
            },
        }
    }

    /// Events for which there was no room since this was last asked.
    pub fn take_dropped(&mut self) -> u32 {
        self.events.take_dropped()
    }
}
