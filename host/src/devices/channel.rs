//! What MIDI says about a channel, for every instrument.

use super::math;
use super::smooth::{Change, Smooth};

/// Semitones of pitch bend until told otherwise.
const BEND_RANGE: f32 = 2.0;

/// A MIDI channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// In semitones.
    pub(crate) bend: Smooth,
    /// Modulation wheel, 0..=1.
    pub(crate) modulation: Smooth,
    /// 0..=1.
    pub(crate) pressure: Smooth,
    /// -1..=1, 0 as played.
    pub(crate) brightness: Smooth,
    /// -1 left, 1 right.
    pub(crate) pan: Smooth,
    /// Linear gain of volume and expression.
    pub(crate) level: Smooth,
    /// What a program change chose.
    pub(crate) program: Option<u8>,
    /// What a bank selection chose.
    pub(crate) bank: Option<u8>,
    /// The sustain pedal is down.
    pub(crate) holds: bool,
    wheel: f32,
    bend_range: f32,
    volume: f32,
    expression: f32,
    /// Registered parameter that data entry goes to.
    registered: [u8; 2],
}

/// What a message asks of the notes of its channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    /// Nothing.
    None,
    /// Start a key with a velocity, 0..=1.
    NoteOn(u8, f64),
    /// Let go of a key.
    NoteOff(u8),
    /// Press on a key, 0..=1.
    Pressure(u8, f64),
    /// The pedal was let go.
    LetGo,
    /// All notes off.
    Release,
    /// All sound off.
    Cut,
}

impl Channel {
    pub(crate) fn new(ticks_per_sec: f64) -> Self {
        let glide = |value| Smooth::new(value, ticks_per_sec);
        Self {
            bend: glide(0.0),
            modulation: glide(0.0),
            pressure: glide(0.0),
            brightness: glide(0.0),
            pan: glide(0.0),
            level: glide(1.0),
            program: None,
            bank: None,
            holds: false,
            wheel: 0.0,
            bend_range: BEND_RANGE,
            volume: 1.0,
            expression: 1.0,
            registered: [127; 2],
        }
    }

    pub(crate) fn reset(&mut self) {
        for (value, rest) in [
            (&mut self.bend, 0.0),
            (&mut self.modulation, 0.0),
            (&mut self.pressure, 0.0),
            (&mut self.brightness, 0.0),
            (&mut self.pan, 0.0),
            (&mut self.level, 1.0),
        ] {
            value.set(rest, Change::Jump);
        }
        (self.program, self.bank) = (None, None);
        (self.holds, self.wheel, self.bend_range) = (false, 0.0, BEND_RANGE);
        (self.volume, self.expression, self.registered) = (1.0, 1.0, [127; 2]);
    }

    fn glides(&mut self) -> [&mut Smooth; 6] {
        let Self { bend, modulation, pressure, brightness, pan, level, .. } = self;
        [bend, modulation, pressure, brightness, pan, level]
    }

    pub(crate) fn tick(&mut self) {
        for value in self.glides() {
            value.next();
        }
    }

    pub(crate) fn settle(&mut self) {
        self.glides().into_iter().for_each(Smooth::settle);
    }

    /// Takes a message for this channel; gives what it asks of the notes.
    pub(crate) fn receive(&mut self, [status, one, two]: [u8; 3], change: Change) -> Order {
        match status >> 4 {
            8 => Order::NoteOff(one),
            9 if two == 0 => Order::NoteOff(one),
            9 => Order::NoteOn(one, part(two)),
            10 => Order::Pressure(one, part(two)),
            11 => self.control(one, two, change),
            12 => {
                self.program = Some(one);
                Order::None
            }
            13 => {
                self.pressure.set(math::single(part(one)), change);
                Order::None
            }
            14 => {
                self.bend(u16::from(one & 127) | u16::from(two & 127) << 7, change);
                Order::None
            }
            _ => Order::None,
        }
    }

    /// Pitch bend, 0..16384 with 8192 in the middle.
    fn bend(&mut self, position: u16, change: Change) {
        self.wheel = (f32::from(position) - 8_192.0) / 8_192.0;
        self.bend.set(self.wheel * self.bend_range, change);
    }

    /// A control change.
    fn control(&mut self, controller: u8, value: u8, change: Change) -> Order {
        let part = f32::from(value) / 127.0;
        match controller {
            0 => self.bank = Some(value),
            1 => self.modulation.set(part, change),
            6 if self.registered == [0, 0] => {
                self.bend_range = f32::from(value.min(96));
                self.bend.set(self.wheel * self.bend_range, change);
            }
            7 => self.volume = part * part,
            10 => self.pan.set(((f32::from(value) - 64.0) / 63.0).max(-1.0), change),
            11 => self.expression = part * part,
            64 => {
                let held = std::mem::replace(&mut self.holds, value >= 64);
                return if held && !self.holds { Order::LetGo } else { Order::None };
            }
            74 => self.brightness.set((f32::from(value) - 64.0) / 64.0, change),
            100 => self.registered[1] = value,
            101 => self.registered[0] = value,
            98 | 99 => self.registered = [127; 2],
            120 => return Order::Cut,
            121 => {
                let held = std::mem::replace(&mut self.holds, false);
                self.modulation.set(0.0, change);
                self.pressure.set(0.0, change);
                self.bend(8_192, change);
                self.expression = 1.0;
                self.level.set(self.volume, change);
                return if held { Order::LetGo } else { Order::None };
            }
            123..=127 => return Order::Release,
            _ => {}
        }
        if matches!(controller, 7 | 11) {
            self.level.set(self.volume * self.expression, change);
        }
        Order::None
    }
}

/// A data byte as a part of its range, 0..=1.
fn part(value: u8) -> f64 {
    f64::from(value.min(127)) / 127.0
}
