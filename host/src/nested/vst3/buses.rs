//! A component's buses: audio and events, in and out.
#![expect(unsafe_code, reason = "a component is called through raw pointers")]

use vst3::ComPtr;
use vst3::Steinberg::Vst::{
    BusDirections_, BusInfo as RawBusInfo, IAudioProcessor, IAudioProcessorTrait as _, IComponent,
    IComponentTrait as _, MediaTypes_, SpeakerArrangement,
};
use vst3::Steinberg::{int32, kResultOk};

use super::ints::{TRUE, count, int};
use super::{speakers, text};
use crate::math::to_u32;
use crate::nested::offers::Arrangement;
use crate::nested::plugin::BusInfo;
use crate::processor::Ports;

/// More buses than this are a mistake of the plugin.
const MAX_BUSES: usize = 256;
/// More channels than this in a bus are a mistake of the plugin; the silence flags of a bus have so many bits, too.
const MAX_CHANNELS: int32 = 64;

/// What a bus carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Audio,
    Events,
}

/// Which way a bus goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Input,
    Output,
}

impl Media {
    const fn raw(self) -> int32 {
        match self {
            Self::Audio => int(MediaTypes_::kAudio),
            Self::Events => int(MediaTypes_::kEvent),
        }
    }
}

impl Direction {
    const fn raw(self) -> int32 {
        match self {
            Self::Input => int(BusDirections_::kInput),
            Self::Output => int(BusDirections_::kOutput),
        }
    }
}

/// The buses of a component. They only change while it is inactive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) audio_in: Vec<BusInfo>,
    pub(super) audio_out: Vec<BusInfo>,
    /// How many channels each event input has.
    pub(super) events_in: Vec<u32>,
    pub(super) events_out: Vec<u32>,
}

impl Layout {
    /// Asks the component. Main thread.
    pub(super) fn read(component: &ComPtr<IComponent>, processor: &ComPtr<IAudioProcessor>) -> Self {
        let audio = |direction| {
            buses(component, Media::Audio, direction, |index, mut bus| {
                // What was agreed on counts more than what the bus says of itself.
                if let Some(arrangement) = arrangement(processor, direction, index) {
                    bus.channels = arrangement.count_ones();
                    bus.arrangement = speakers::describe(arrangement);
                }
                bus
            })
        };
        let events = |direction| buses(component, Media::Events, direction, |_, bus| bus.channels);
        Self {
            audio_in: audio(Direction::Input),
            audio_out: audio(Direction::Output),
            events_in: events(Direction::Input),
            events_out: events(Direction::Output),
        }
    }

    /// As the engine sees them.
    pub(super) fn ports(&self) -> Ports {
        let buses = |buses: &[BusInfo]| u16::try_from(buses.len()).unwrap_or(u16::MAX).min(Ports::MAX_BUSES);
        Ports {
            audio_in: buses(&self.audio_in),
            audio_out: buses(&self.audio_out),
            events_in: !self.events_in.is_empty(),
            events_out: !self.events_out.is_empty(),
        }
    }

    /// Switches all buses on. Main thread, inactive.
    pub(super) fn activate(&self, component: &ComPtr<IComponent>) {
        for (media, direction, count) in [
            (Media::Audio, Direction::Input, self.audio_in.len()),
            (Media::Audio, Direction::Output, self.audio_out.len()),
            (Media::Events, Direction::Input, self.events_in.len()),
            (Media::Events, Direction::Output, self.events_out.len()),
        ] {
            for index in 0..int32::try_from(count).unwrap_or(0) {
                // SAFETY: it takes no pointers. A component that cannot switch a bus has it on.
                unsafe { component.activateBus(media.raw(), direction.raw(), index, TRUE) };
            }
        }
    }
}

/// Describes the buses of one kind.
fn buses<T>(
    component: &ComPtr<IComponent>,
    media: Media,
    direction: Direction,
    mut each: impl FnMut(int32, BusInfo) -> T,
) -> Vec<T> {
    // SAFETY: it takes no pointers.
    let number = unsafe { component.getBusCount(media.raw(), direction.raw()) };
    (0..count(number, MAX_BUSES))
        .map(|index| {
            // SAFETY: all zeros are a valid `BusInfo`, and the component writes one at most.
            let info = unsafe {
                let mut info: RawBusInfo = std::mem::zeroed();
                let result = component.getBusInfo(media.raw(), direction.raw(), index, &raw mut info);
                (result == kResultOk).then_some(info)
            };
            let bus = match info {
                Some(info) => BusInfo {
                    name: text::from_wide(&info.name),
                    channels: to_u32_channels(info.channelCount),
                    arrangement: Arrangement::Unspecified,
                },
                // A bus that cannot be described still counts: the component will index past it.
                None => BusInfo { name: String::new(), channels: 2, arrangement: Arrangement::Unspecified },
            };
            each(index, bus)
        })
        .collect()
}

fn to_u32_channels(channels: int32) -> u32 {
    to_u32(usize::try_from(channels.clamp(0, MAX_CHANNELS)).unwrap_or(0))
}

/// The speakers of an audio bus.
fn arrangement(
    processor: &ComPtr<IAudioProcessor>,
    direction: Direction,
    index: int32,
) -> Option<SpeakerArrangement> {
    let mut arrangement = 0;
    // SAFETY: the place can be written.
    let result = unsafe { processor.getBusArrangement(direction.raw(), index, &raw mut arrangement) };
    (result == kResultOk).then_some(arrangement)
}
