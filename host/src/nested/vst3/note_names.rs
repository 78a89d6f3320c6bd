//! `IUnitInfo`'s names of pitches, such as those of drums, in the program that is chosen.
#![expect(unsafe_code, reason = "a controller is called through raw pointers")]

use protocol::plugin::NoteName;
use vst3::ComPtr;
use vst3::Steinberg::Vst::{IEditController, IUnitInfo, IUnitInfoTrait as _};
use vst3::Steinberg::{int16, int32, kResultTrue};

use super::params::{self, Param};
use super::text;
use super::units::{self, Units};

/// Asks the controller what it calls the keys of its event inputs. Main thread.
pub(super) fn read(
    controller: &ComPtr<IEditController>,
    units: &Units,
    known: &[Param],
    buses: usize,
) -> Vec<NoteName> {
    let Some(interface) = controller.cast::<IUnitInfo>() else { return Vec::new() };
    let mut names = Vec::new();
    for bus in 0..u16::try_from(buses).unwrap_or(0) {
        // Channels that play one unit have its names; a unit that plays all channels is named once.
        let played: Vec<_> =
            (0..16_u16).map(|channel| units::of_channel(controller, bus.into(), channel.into())).collect();
        let is_one = played.iter().all(|unit| *unit == played[0]);
        for (channel, &unit) in (0_u16..).zip(&played).take(if is_one { 1 } else { played.len() }) {
            let Some(list) = units.list_of(unit) else { continue };
            let program = chosen(controller, known, unit);
            // SAFETY: it takes no pointers.
            if unsafe { interface.hasProgramPitchNames(list.id, program) } != kResultTrue {
                continue;
            }
            for key in 0..128_u16 {
                let mut name = text::EMPTY;
                let pitch = int16::try_from(key).unwrap_or(0);
                // SAFETY: there is place for 128 characters.
                let result = unsafe { interface.getProgramPitchName(list.id, program, pitch, &raw mut name) };
                let name = text::from_wide(&name);
                if result == kResultTrue && !name.is_empty() {
                    let channel = (!is_one).then_some(channel);
                    names.push(NoteName { name, port: Some(bus), channel, key: Some(key) });
                }
            }
        }
    }
    names
}

/// The program that a unit plays; the first if it does not say.
fn chosen(controller: &ComPtr<IEditController>, known: &[Param], unit: int32) -> int32 {
    let chooser = known.iter().find(|param| param.is_program_change() && param.unit == unit);
    chooser.map_or(0, |param| {
        let step = param.scale.to_plain(params::norm(controller, param.id));
        #[expect(clippy::cast_possible_truncation, reason = "a step is a small whole number")]
        let program = step as int32;
        program
    })
}
