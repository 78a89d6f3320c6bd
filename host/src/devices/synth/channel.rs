//! What MIDI controllers say about a channel.

use crate::devices::math;
use crate::devices::smooth::{Change, Smooth};

/// Semitones of pitch bend until told otherwise.
const BEND_RANGE: f32 = 2.0;

/// A MIDI channel.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    /// In semitones.
    pub(super) bend: Smooth,
    /// Modulation wheel, 0..=1.
    pub(super) modulation: Smooth,
    /// 0..=1.
    pub(super) pressure: Smooth,
    /// -1..=1, 0 as played.
    pub(super) brightness: Smooth,
    /// Linear gain of volume and expression.
    pub(super) level: Smooth,
    /// The sustain pedal is down.
    pub(super) holds: bool,
    wheel: f32,
    bend_range: f32,
    volume: f32,
    expression: f32,
    /// Registered parameter that data entry goes to.
    registered: [u8; 2],
}

/// What a controller asks of the notes of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    None,
    /// The pedal was let go.
    LetGo,
    /// All notes off.
    Release,
    /// All sound off.
    Cut,
}

impl Channel {
    pub(super) fn new(ticks_per_sec: f64) -> Self {
        let glide = |value| Smooth::new(value, ticks_per_sec);
        Self {
            bend: glide(0.0),
            modulation: glide(0.0),
            pressure: glide(0.0),
            brightness: glide(0.0),
            level: glide(1.0),
            holds: false,
            wheel: 0.0,
            bend_range: BEND_RANGE,
            volume: 1.0,
            expression: 1.0,
            registered: [127; 2],
        }
    }

    pub(super) fn reset(&mut self) {
        for (value, rest) in [
            (&mut self.bend, 0.0),
            (&mut self.modulation, 0.0),
            (&mut self.pressure, 0.0),
            (&mut self.brightness, 0.0),
            (&mut self.level, 1.0),
        ] {
            value.set(rest, Change::Jump);
        }
        (self.holds, self.wheel, self.bend_range) = (false, 0.0, BEND_RANGE);
        (self.volume, self.expression, self.registered) = (1.0, 1.0, [127; 2]);
    }

    pub(super) fn tick(&mut self) {
        for value in
            [&mut self.bend, &mut self.modulation, &mut self.pressure, &mut self.brightness, &mut self.level]
        {
            value.next();
        }
    }

    /// Pitch bend, 0..16384 with 8192 in the middle.
    pub(super) fn bend(&mut self, position: u16, change: Change) {
        self.wheel = (f32::from(position) - 8_192.0) / 8_192.0;
        self.bend.set(self.wheel * self.bend_range, change);
    }

    /// A control change.
    pub(super) fn control(&mut self, controller: u8, value: u8, change: Change) -> Order {
        let part = f32::from(value) / 127.0;
        match controller {
            1 => self.modulation.set(part, change),
            6 if self.registered == [0, 0] => {
                self.bend_range = f32::from(value.min(96));
                self.bend.set(self.wheel * self.bend_range, change);
            }
            7 => self.volume = part * part,
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
pub(super) fn part(value: u8) -> f32 {
    math::single(f64::from(value) / 127.0)
}
