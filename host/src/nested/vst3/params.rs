//! A controller's parameters on the main thread.
//!
//! VST3 knows values from 0 to 1. The plain values that the rest of Loophole sees are just these for continuous parameters,
//! and the number of the step for stepped ones: both can be converted on the audio thread, where a controller, which knows
//! the plugin's own units, cannot be asked. People see the plugin's own texts either way.
#![expect(unsafe_code, reason = "a controller is called through raw pointers")]

use protocol::ParamId;
use protocol::plugin::PluginParam;
use vst3::ComPtr;
use vst3::Steinberg::Vst::ParameterInfo_::ParameterFlags_ as flags;
use vst3::Steinberg::Vst::{IEditController, IEditControllerTrait as _, ParamID, ParameterInfo, UnitID};
use vst3::Steinberg::{int32, kResultOk};

use super::host::HostState;
use super::ints::{count, has};
use super::text;
use super::units::Units;

/// More parameters than this are a mistake of the plugin.
const MAX_PARAMS: usize = 100_000;

/// A parameter as we know it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Param {
    pub(super) id: ParamID,
    pub(super) scale: Scale,
    pub(super) unit: UnitID,
    pub(super) flags: int32,
    default_norm: f64,
    name: String,
}

/// How plain and normalized values correspond. Source: VST3 documentation, *Parameters and Automation*.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// They are the same.
    Continuous,
    /// Plain values are 0 to this number.
    Steps(f64),
}

impl Scale {
    fn new(step_count: int32) -> Self {
        if step_count > 0 { Self::Steps(step_count.into()) } else { Self::Continuous }
    }

    /// The largest plain value.
    pub(super) const fn max(self) -> f64 {
        match self {
            Self::Continuous => 1.0,
            Self::Steps(steps) => steps,
        }
    }

    /// The normalized value of the nearest legal plain value; `None` for not-a-number.
    #[inline]
    pub(super) fn to_norm(self, plain: f64) -> Option<f64> {
        if plain.is_nan() {
            return None;
        }
        let plain = plain.max(0.0).min(self.max());
        match self {
            Self::Continuous => Some(plain),
            Self::Steps(steps) => Some((plain + 0.5).floor() / steps),
        }
    }

    /// The plain value of a normalized one.
    #[inline]
    pub(super) fn to_plain(self, norm: f64) -> f64 {
        match self {
            Self::Continuous => norm.clamp(0.0, 1.0),
            Self::Steps(steps) => (norm.clamp(0.0, 1.0) * (steps + 1.0)).floor().min(steps),
        }
    }
}

/// Asks the controller for its parameters, in its order.
pub(super) fn read(controller: &ComPtr<IEditController>) -> Vec<Param> {
    // SAFETY: it takes nothing.
    let number = count(unsafe { controller.getParameterCount() }, MAX_PARAMS);
    (0..number)
        .filter_map(|index| {
            // SAFETY: all zeros are a valid `ParameterInfo`, and the controller writes one at most.
            let info = unsafe {
                let mut info: ParameterInfo = std::mem::zeroed();
                (controller.getParameterInfo(index, &raw mut info) == kResultOk).then_some(info)?
            };
            Some(Param {
                id: info.id,
                scale: Scale::new(info.stepCount),
                unit: info.unitId,
                flags: info.flags,
                default_norm: legal(info.defaultNormalizedValue),
                name: text::from_wide(&info.title),
            })
        })
        .collect()
}

impl Param {
    /// Whether only the plugin sets it.
    pub(super) const fn is_read_only(&self) -> bool {
        has(self.flags, flags::kIsReadOnly)
    }

    /// Whether it chooses the program of its unit.
    pub(super) const fn is_program_change(&self) -> bool {
        has(self.flags, flags::kIsProgramChange)
    }

    /// As the rest of Loophole sees it.
    pub(super) fn describe(&self, units: &Units) -> PluginParam {
        PluginParam {
            id: ParamId(self.id),
            name: self.name.clone(),
            module: units.path(self.unit),
            min: 0.0,
            max: self.scale.max(),
            default: self.scale.to_plain(self.default_norm),
            stepped: self.scale != Scale::Continuous,
            hidden: has(self.flags, flags::kIsHidden),
            automatable: has(self.flags, flags::kCanAutomate) && !self.is_read_only(),
        }
    }
}

/// The normalized value that the controller shows.
pub(super) fn norm(controller: &ComPtr<IEditController>, id: ParamID) -> f64 {
    // SAFETY: it takes no pointers.
    legal(unsafe { controller.getParamNormalized(id) })
}

/// A normalized value that a plugin gave; what is no number is 0.
const fn legal(norm: f64) -> f64 {
    if norm.is_finite() { norm.clamp(0.0, 1.0) } else { 0.0 }
}

/// Shows a normalized value in the controller; what it says from within to `host` is no hand's doing.
pub(super) fn show(host: &HostState, controller: &ComPtr<IEditController>, id: ParamID, norm: f64) {
    let _showing = host.show();
    // SAFETY: it takes no pointers. A controller that does not take the value shows another; the component has it anyway.
    unsafe { controller.setParamNormalized(id, norm) };
}

/// A normalized value as the plugin writes it.
pub(super) fn to_text(controller: &ComPtr<IEditController>, id: ParamID, norm: f64) -> Option<String> {
    let mut string = text::EMPTY;
    // SAFETY: there is place for 128 characters.
    let result = unsafe { controller.getParamStringByValue(id, norm, &raw mut string) };
    (result == kResultOk).then(|| text::from_wide(&string))
}

/// The normalized value of a text.
pub(super) fn parse(controller: &ComPtr<IEditController>, id: ParamID, text: &str) -> Option<f64> {
    let mut string = text::to_wide(text);
    // Some plugins take it for a `String128`, whatever the standard says.
    string.resize(string.len().max(128), 0);
    let mut norm = 0.0;
    // SAFETY: the string ends with a zero, and the place can be written.
    let result = unsafe { controller.getParamValueByString(id, string.as_mut_ptr(), &raw mut norm) };
    (result == kResultOk && (0.0..=1.0).contains(&norm)).then_some(norm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_whole_numbers_both_ways() {
        let scale = Scale::new(3);
        for step in [0.0, 1.0, 2.0, 3.0] {
            assert_eq!(scale.to_plain(scale.to_norm(step).unwrap()), step);
        }
        assert_eq!(scale.to_norm(1.4), Some(1.0 / 3.0));
        assert_eq!(scale.to_norm(99.0), Some(1.0));
        assert_eq!(scale.to_norm(f64::NAN), None);
        assert_eq!(Scale::new(0).to_norm(1.5), Some(1.0));
        assert_eq!(Scale::new(-1), Scale::Continuous);
    }
}
