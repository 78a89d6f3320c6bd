//! A component's buses: audio and events, in and out.
#![expect(unsafe_code, reason = "a component is called through raw pointers")]

use vst3::ComPtr;
use vst3::Steinberg::Vst::{
    BusDirections_, BusInfo as RawBusInfo, IAudioProcessor, IAudioProcessorTrait as _, IComponent,
    IComponentTrait as _, MediaTypes_, SpeakerArrangement,
};
use vst3::Steinberg::{int32, kResultOk};

use super::ints::{FALSE, TRUE, count, int};
use super::{speakers, text};
use crate::math::to_usize;
use crate::nested::error::LayoutError;
use crate::nested::offers::{Arrangement, BusDirection, BusRequest};
use crate::nested::plugin::BusInfo;
use crate::processor::{Buses, Ports};

/// More buses than this are a mistake of the plugin.
const MAX_BUSES: usize = 256;
/// More channels than this in a bus are a mistake of the plugin, which is not run then. The engine has fewer, but components
/// go by what they have.
const MAX_CHANNELS: u32 = 1_024;

/// What a bus carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Audio,
    Events,
}

impl Media {
    const fn raw(self) -> int32 {
        match self {
            Self::Audio => int(MediaTypes_::kAudio),
            Self::Events => int(MediaTypes_::kEvent),
        }
    }
}

const fn raw(direction: BusDirection) -> int32 {
    match direction {
        BusDirection::Input => int(BusDirections_::kInput),
        BusDirection::Output => int(BusDirections_::kOutput),
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
                // What was agreed on counts more than what the bus says of itself, if anything was.
                if let Some(arrangement) = arrangement(processor, direction, index).filter(|some| *some != 0)
                {
                    bus.channels = arrangement.count_ones();
                    bus.arrangement = speakers::describe(arrangement);
                }
                bus
            })
        };
        let events = |direction| buses(component, Media::Events, direction, |_, bus| bus.channels);
        Self {
            audio_in: audio(BusDirection::Input),
            audio_out: audio(BusDirection::Output),
            events_in: events(BusDirection::Input),
            events_out: events(BusDirection::Output),
        }
    }

    /// Whether there can be such buses.
    pub(super) fn is_sane(&self) -> bool {
        self.audio_in.iter().chain(&self.audio_out).all(|bus| bus.channels <= MAX_CHANNELS)
    }

    /// As the engine sees them.
    pub(super) fn ports(&self) -> Ports {
        let buses = |buses: &[BusInfo]| Buses::new(buses.iter().map(|bus| to_usize(bus.channels)));
        Ports {
            audio_in: buses(&self.audio_in),
            audio_out: buses(&self.audio_out),
            events_in: !self.events_in.is_empty(),
            events_out: !self.events_out.is_empty(),
        }
    }

    /// The audio buses of a direction.
    pub(super) fn audio(&self, direction: BusDirection) -> &[BusInfo] {
        match direction {
            BusDirection::Input => &self.audio_in,
            BusDirection::Output => &self.audio_out,
        }
    }

    /// Switches buses on, but for the audio buses that are not used. Main thread, inactive.
    pub(super) fn activate(&self, component: &ComPtr<IComponent>, unused: &[(BusDirection, usize)]) {
        for (media, direction, count) in [
            (Media::Audio, BusDirection::Input, self.audio_in.len()),
            (Media::Audio, BusDirection::Output, self.audio_out.len()),
            (Media::Events, BusDirection::Input, self.events_in.len()),
            (Media::Events, BusDirection::Output, self.events_out.len()),
        ] {
            for (number, index) in (0..count).zip(0..) {
                let is_off = media == Media::Audio && unused.contains(&(direction, number));
                let state = if is_off { FALSE } else { TRUE };
                // SAFETY: it takes no pointers. A component that cannot switch a bus has it on.
                unsafe { component.activateBus(media.raw(), raw(direction), index, state) };
            }
        }
    }

    /// Asks for channels, all or nothing. Main thread, inactive.
    pub(super) fn request(
        &self,
        processor: &ComPtr<IAudioProcessor>,
        wanted: &[BusRequest],
    ) -> Result<(), LayoutError> {
        let before = self.arrangements(processor);
        let Arrangements(mut after) = before.clone();
        for wish in wanted {
            let [inputs, outputs] = &mut after;
            let buses = if wish.direction == BusDirection::Input { inputs } else { outputs };
            let bus = usize::try_from(wish.index).ok().and_then(|index| buses.get_mut(index));
            let bus = bus.ok_or(LayoutError::Refused)?;
            *bus = speakers::find(&wish.arrangement, wish.channels).ok_or(LayoutError::Refused)?;
        }
        if arrange(processor, &after) {
            return Ok(());
        }
        // A component that refuses may have taken something nearer to the wish, which is nobody's.
        before.give_back(processor);
        Err(LayoutError::Refused)
    }

    /// The speakers of all audio buses, as they are.
    pub(super) fn arrangements(&self, processor: &ComPtr<IAudioProcessor>) -> Arrangements {
        Arrangements([BusDirection::Input, BusDirection::Output].map(|way| {
            let buses = 0..int32::try_from(self.audio(way).len()).unwrap_or(0);
            buses.map(|index| arrangement(processor, way, index).unwrap_or(0)).collect()
        }))
    }
}

/// The speakers of all inputs, and of all outputs.
#[derive(Clone)]
pub(super) struct Arrangements([Vec<SpeakerArrangement>; 2]);

impl Arrangements {
    /// Gives all buses these again, if the component will have that. Main thread, inactive.
    pub(super) fn give_back(&self, processor: &ComPtr<IAudioProcessor>) {
        arrange(processor, &self.0);
    }
}

/// Gives all buses their speakers; whether the component took them as they are.
fn arrange(processor: &ComPtr<IAudioProcessor>, wanted: &[Vec<SpeakerArrangement>; 2]) -> bool {
    let [mut inputs, mut outputs] = wanted.clone();
    let count = |buses: &[SpeakerArrangement]| int32::try_from(buses.len()).unwrap_or(0);
    let (ins, outs) = (count(&inputs), count(&outputs));
    // SAFETY: the numbers are those of the arrangements, which outlive the call.
    let result =
        unsafe { processor.setBusArrangements(inputs.as_mut_ptr(), ins, outputs.as_mut_ptr(), outs) };
    let is = |way, buses: &[SpeakerArrangement]| {
        buses.iter().zip(0..).all(|(wanted, index)| arrangement(processor, way, index) == Some(*wanted))
    };
    result == kResultOk && is(BusDirection::Input, &wanted[0]) && is(BusDirection::Output, &wanted[1])
}

/// Describes the buses of one kind.
fn buses<T>(
    component: &ComPtr<IComponent>,
    media: Media,
    direction: BusDirection,
    mut each: impl FnMut(int32, BusInfo) -> T,
) -> Vec<T> {
    // SAFETY: it takes no pointers.
    let number = unsafe { component.getBusCount(media.raw(), raw(direction)) };
    (0..count(number, MAX_BUSES))
        .map(|index| {
            // SAFETY: all zeros are a valid `BusInfo`, and the component writes one at most.
            let info = unsafe {
                let mut info: RawBusInfo = std::mem::zeroed();
                let result = component.getBusInfo(media.raw(), raw(direction), index, &raw mut info);
                (result == kResultOk).then_some(info)
            };
            let bus = match info {
                Some(info) => BusInfo {
                    name: text::from_wide(&info.name),
                    channels: u32::try_from(info.channelCount).unwrap_or(0),
                    arrangement: Arrangement::Unspecified,
                },
                // A bus that cannot be described still counts: the component will index past it.
                None => BusInfo { name: String::new(), channels: 2, arrangement: Arrangement::Unspecified },
            };
            each(index, bus)
        })
        .collect()
}

/// The speakers of an audio bus.
fn arrangement(
    processor: &ComPtr<IAudioProcessor>,
    direction: BusDirection,
    index: int32,
) -> Option<SpeakerArrangement> {
    let mut arrangement = 0;
    // SAFETY: the place can be written.
    let result = unsafe { processor.getBusArrangement(raw(direction), index, &raw mut arrangement) };
    (result == kResultOk).then_some(arrangement)
}
