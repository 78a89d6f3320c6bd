//! `INoteExpressionController` and `INoteExpressionPhysicalUIMapping`: which expressions of a note a plugin hears.
#![expect(unsafe_code, reason = "a controller is called through raw pointers")]
#![allow(clippy::unnecessary_cast, clippy::cast_sign_loss, reason = "enumerations differ between systems")]

use vst3::ComPtr;
use vst3::Steinberg::Vst::NoteExpressionTypeIDs_ as types;
use vst3::Steinberg::Vst::PhysicalUITypeIDs_::{kPUIPressure, kPUIXMovement, kPUIYMovement};
use vst3::Steinberg::Vst::{
    IEditController, INoteExpressionController, INoteExpressionControllerTrait as _,
    INoteExpressionPhysicalUIMapping, INoteExpressionPhysicalUIMappingTrait as _, NoteExpressionTypeID,
    NoteExpressionTypeInfo, PhysicalUIMap, PhysicalUIMapList,
};
use vst3::Steinberg::{int32, kResultOk};

use super::ints::count;
use crate::event::Expression;

/// More expressions than this are a mistake of the plugin.
const MAX: usize = 1_024;
/// How many semitones a finger can bend a note to each side. Source: MIDI Polyphonic Expression 1.0.
const FINGER_SEMITONES: f64 = 48.0;

/// What becomes of each expression, on one event input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Expressions {
    by_kind: [Option<Way>; 7],
}

/// How an expression travels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    id: NoteExpressionTypeID,
    /// What a normalized value of 0 and of 1 stand for.
    range: (f64, f64),
}

const fn place(expression: Expression) -> usize {
    match expression {
        Expression::Volume => 0,
        Expression::Pan => 1,
        Expression::Tuning => 2,
        Expression::Vibrato => 3,
        Expression::Expression => 4,
        Expression::Brightness => 5,
        Expression::Pressure => 6,
    }
}

/// The expressions that have a type of their own, and their ranges. Source: VST3 `ivstnoteexpression.h`.
const STANDARD: [(Expression, NoteExpressionTypeID, (f64, f64)); 6] = [
    (Expression::Volume, types::kVolumeTypeID as u32, (0.0, 4.0)),
    (Expression::Pan, types::kPanTypeID as u32, (0.0, 1.0)),
    (Expression::Tuning, types::kTuningTypeID as u32, (-120.0, 120.0)),
    (Expression::Vibrato, types::kVibratoTypeID as u32, (0.0, 1.0)),
    (Expression::Expression, types::kExpressionTypeID as u32, (0.0, 1.0)),
    (Expression::Brightness, types::kBrightnessTypeID as u32, (0.0, 1.0)),
];

impl Expressions {
    /// Asks the controller about an event input; its first channel stands for all. Main thread.
    pub(super) fn read(controller: &ComPtr<IEditController>, bus: int32) -> Self {
        let mut known = Self::default();
        let offered = offered(controller, bus);
        for (expression, id, range) in STANDARD {
            if offered.contains(&id) {
                known.by_kind[place(expression)] = Some(Way { id, range });
            }
        }
        // Fingers on a surface: what has no type of its own goes where the plugin wants the movement.
        let fingers = [
            (kPUIXMovement, Expression::Tuning, (-FINGER_SEMITONES, FINGER_SEMITONES)),
            (kPUIYMovement, Expression::Brightness, (0.0, 1.0)),
            (kPUIPressure, Expression::Pressure, (0.0, 1.0)),
        ];
        let wanted = wanted_by_fingers(controller, bus);
        for (movement, expression, range) in fingers {
            let id = wanted
                .iter()
                .find(|map| map.physicalUITypeID == movement)
                .map(|map| map.noteExpressionTypeID);
            let way = &mut known.by_kind[place(expression)];
            if let (None, Some(id)) = (*way, id.filter(|id| offered.contains(id))) {
                *way = Some(Way { id, range });
            }
        }
        known
    }

    /// The type and the normalized value that say this; `None` if the plugin does not hear of it.
    #[inline]
    pub(super) fn of(&self, expression: Expression, value: f64) -> Option<(NoteExpressionTypeID, f64)> {
        let Way { id, range: (low, high) } = self.by_kind[place(expression)]?;
        Some((id, ((value - low) / (high - low)).clamp(0.0, 1.0)))
    }
}

/// What a type and a normalized value say; `None` for the plugin's own types.
pub(super) fn said(id: NoteExpressionTypeID, norm: f64) -> Option<(Expression, f64)> {
    let (expression, _, (low, high)) = STANDARD.iter().find(|(_, known, _)| *known == id)?;
    Some((*expression, low + norm.clamp(0.0, 1.0) * (high - low)))
}

/// The types that a plugin hears.
fn offered(controller: &ComPtr<IEditController>, bus: int32) -> Vec<NoteExpressionTypeID> {
    let Some(interface) = controller.cast::<INoteExpressionController>() else { return Vec::new() };
    // SAFETY: it takes no pointers.
    let number = count(unsafe { interface.getNoteExpressionCount(bus, 0) }, MAX);
    (0..number)
        .filter_map(|index| {
            // SAFETY: all zeros are a valid `NoteExpressionTypeInfo`, and the controller writes one at most.
            unsafe {
                let mut info: NoteExpressionTypeInfo = std::mem::zeroed();
                let result = interface.getNoteExpressionInfo(bus, 0, index, &raw mut info);
                (result == kResultOk).then_some(info.typeId)
            }
        })
        .collect()
}

/// Where a plugin wants the movements of fingers to go.
fn wanted_by_fingers(controller: &ComPtr<IEditController>, bus: int32) -> Vec<PhysicalUIMap> {
    let Some(interface) = controller.cast::<INoteExpressionPhysicalUIMapping>() else { return Vec::new() };
    let mut maps = [kPUIXMovement, kPUIYMovement, kPUIPressure].map(|movement| PhysicalUIMap {
        physicalUITypeID: movement,
        noteExpressionTypeID: types::kInvalidTypeID as u32,
    });
    let mut list = PhysicalUIMapList { count: 3, map: maps.as_mut_ptr() };
    // SAFETY: the list has three maps, which outlive the call.
    let result = unsafe { interface.getPhysicalUIMapping(bus, 0, &raw mut list) };
    if result == kResultOk { maps.to_vec() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_travel_in_their_ranges() {
        let mut known = Expressions::default();
        for (expression, id, range) in STANDARD {
            known.by_kind[place(expression)] = Some(Way { id, range });
        }
        for (expression, value, norm) in [
            (Expression::Volume, 1.0, 0.25),
            (Expression::Tuning, 0.0, 0.5),
            (Expression::Tuning, 120.0, 1.0),
            (Expression::Pan, 0.5, 0.5),
        ] {
            let (id, sent) = known.of(expression, value).unwrap();
            assert_eq!((sent, said(id, sent)), (norm, Some((expression, value))));
        }
        assert_eq!(known.of(Expression::Pressure, 1.0), None);
        assert_eq!(said(100_000, 0.5), None);
    }
}
