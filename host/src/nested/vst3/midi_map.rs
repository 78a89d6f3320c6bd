//! `IMidiMapping`: which parameters MIDI controllers move, as VST3 has no events for them.
#![expect(unsafe_code, reason = "a controller is called through raw pointers")]

use vst3::ComPtr;
use vst3::Steinberg::Vst::ControllerNumbers_ as numbers;
use vst3::Steinberg::Vst::{IEditController, IMidiMapping, IMidiMappingTrait as _};
use vst3::Steinberg::{int16, int32, kResultOk};

use super::param_table::ParamTable;
use super::params::Param;
use super::units;

/// Controllers 0 to 127, channel pressure and pitch bend.
const CONTROLLERS: usize = numbers::kCountCtrlNumber as usize;
/// Channel pressure as a controller.
pub(super) const PRESSURE: usize = numbers::kAfterTouch as usize;
/// Pitch bend as a controller.
pub(super) const BEND: usize = numbers::kPitchBend as usize;
/// Channels of an event input.
const CHANNELS: usize = 16;
/// Event inputs beyond these have no controllers.
const MAX_BUSES: usize = 16;

/// The parameters behind the controllers, by their place in the table. Empty for a plugin without the interface.
#[derive(Default)]
pub(super) struct MidiMap {
    /// By bus, channel and controller.
    controllers: Box<[Option<u32>]>,
    /// By bus and channel: what a program change moves.
    programs: Box<[Option<u32>]>,
}

impl MidiMap {
    /// Asks the controller about so many event inputs. Main thread.
    pub(super) fn read(
        controller: &ComPtr<IEditController>,
        buses: usize,
        table: &ParamTable,
        params: &[Param],
    ) -> Self {
        let buses = buses.min(MAX_BUSES);
        let places = || (0..buses).flat_map(|bus| (0..CHANNELS).map(move |channel| (bus, channel)));
        let place_of = |id| table.index(id).and_then(|index| u32::try_from(index).ok());
        let controllers = match controller.cast::<IMidiMapping>() {
            Some(interface) => places()
                .flat_map(|(bus, channel)| (0..CONTROLLERS).map(move |number| (bus, channel, number)))
                .map(|(bus, channel, number)| place_of(assigned(&interface, bus, channel, number)?))
                .collect(),
            None => Box::default(),
        };
        let programs: Box<[Option<u32>]> = if params.iter().any(Param::is_program_change) {
            places()
                .map(|(bus, channel)| {
                    let unit = units::of_channel(controller, small(bus).into(), small(channel).into());
                    let mut changes = params.iter().filter(|param| param.is_program_change());
                    changes.find(|param| param.unit == unit).and_then(|param| place_of(param.id))
                })
                .collect()
        } else {
            Box::default()
        };
        Self { controllers, programs }
    }

    /// The parameter behind a controller.
    #[inline]
    pub(super) fn controller(&self, bus: usize, channel: usize, number: usize) -> Option<usize> {
        let place = (bus * CHANNELS + channel % CHANNELS) * CONTROLLERS + number;
        self.controllers.get(place).copied().flatten().and_then(|index| usize::try_from(index).ok())
    }

    /// The parameter that a program change moves.
    #[inline]
    pub(super) fn program(&self, bus: usize, channel: usize) -> Option<usize> {
        let place = bus * CHANNELS + channel % CHANNELS;
        self.programs.get(place).copied().flatten().and_then(|index| usize::try_from(index).ok())
    }
}

/// A number that is below `CONTROLLERS`.
fn small(number: usize) -> int16 {
    int16::try_from(number).unwrap_or(int16::MAX)
}

fn assigned(interface: &ComPtr<IMidiMapping>, bus: usize, channel: usize, number: usize) -> Option<u32> {
    let mut id = 0;
    // SAFETY: the place can be written.
    let result = unsafe {
        interface.getMidiControllerAssignment(
            int32::from(small(bus)),
            small(channel),
            small(number),
            &raw mut id,
        )
    };
    (result == kResultOk).then_some(id)
}
