//! What can be plugged into a processor: audio buses of so many channels, events.

/// The ports of a processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Audio inputs; 0 is the main one, 1 the sidechain of devices.
    pub audio_in: Buses,
    /// Audio outputs; 0 is the main one.
    pub audio_out: Buses,
    /// Whether it wants notes. (Parameter events come regardless.)
    pub events_in: bool,
    /// Whether it puts events out.
    pub events_out: bool,
}

impl Ports {
    /// One stereo bus in, one out.
    pub const EFFECT: Self =
        Self { audio_in: Buses::stereo(1), audio_out: Buses::stereo(1), events_in: false, events_out: false };
    /// Two stereo buses in, the second a sidechain, one out.
    pub const SIDECHAINED: Self = Self { audio_in: Buses::stereo(2), ..Self::EFFECT };
    /// Notes in, one stereo bus out.
    pub const INSTRUMENT: Self = Self { audio_in: Buses::NONE, events_in: true, ..Self::EFFECT };

    /// Whether what has these sounds by itself: nothing can come in.
    #[must_use]
    pub const fn is_generator(&self) -> bool {
        self.audio_in.is_empty() && !self.events_in
    }
}

/// The buses of one direction: how many channels each has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Buses {
    count: u8,
    channels: [u8; Buses::MAX],
}

impl Buses {
    /// The most buses of one direction. A plugin with more keeps them, but nothing can be plugged into them.
    pub const MAX: usize = 32;
    /// The most channels of a bus.
    pub const MAX_CHANNELS: usize = 64;

    /// No bus.
    pub const NONE: Self = Self { count: 0, channels: [0; Self::MAX] };

    /// So many stereo buses, at most [`Buses::MAX`].
    #[must_use]
    pub const fn stereo(count: usize) -> Self {
        let mut buses = Self::NONE;
        let mut index = 0;
        while index < count && index < Self::MAX {
            buses.channels[index] = 2;
            buses.count += 1;
            index += 1;
        }
        buses
    }

    /// Buses with so many channels each. What is beyond [`Buses::MAX`] is left out; a bus has at most
    /// [`Buses::MAX_CHANNELS`], and may have none.
    #[must_use]
    pub fn new(channels: impl IntoIterator<Item = usize>) -> Self {
        let mut buses = Self::NONE;
        for (bus, count) in buses.channels.iter_mut().zip(channels) {
            *bus = u8::try_from(count.min(Self::MAX_CHANNELS)).unwrap_or(0);
            buses.count += 1;
        }
        buses
    }

    /// How many buses there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there is a bus with an index.
    #[must_use]
    pub const fn has(&self, bus: u16) -> bool {
        bus < self.count as u16
    }

    /// How many channels a bus has; 0 if there is no such bus.
    #[must_use]
    pub fn channels(&self, bus: usize) -> usize {
        if bus < self.len() { usize::from(self.channels[bus]) } else { 0 }
    }

    /// The channels of each bus, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.channels[..usize::from(self.count)].iter().map(|&channels| usize::from(channels))
    }
}

impl Default for Buses {
    fn default() -> Self {
        Self::NONE
    }
}

impl std::fmt::Debug for Buses {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buses_beyond_the_limits_are_left_out() {
        let buses = Buses::new([1, 0, 99]);
        assert_eq!(buses.iter().collect::<Vec<_>>(), [1, 0, 64]);
        assert_eq!(Buses::new([2; 50]), Buses::stereo(32));
        assert_eq!((buses.channels(2), buses.channels(3)), (64, 0));
        assert!(buses.has(2) && !buses.has(3));
    }
}
