//! What the outer host sees of Loophole: 128 macro slots, two transport switches, and the project as saved state.
#![allow(unsafe_code, reason = "nice-plug reads parameters through pointers")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nice_plug::params::InternalParamMut;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

use super::state::PROJECT_FIELD;
use crate::instance::{Instance, MACRO_SLOTS, MacroSink, MacroTexts, narrow};

/// Whose clock runs the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Sync {
    /// The outer host's.
    #[id = "host"]
    Host,
    /// Our own, started and stopped by [`HostParams::play`].
    #[id = "internal"]
    Internal,
}

/// The parameters, in the order hosts list them. Ids never change; names are fixed, because hosts cope badly with
/// slots that change theirs, so the mapping shows in the text of the value.
pub struct HostParams {
    /// Slots 0..=127, `macro_1`..`macro_128`.
    pub macros: Arc<MacroParams>,
    /// Whose clock runs the transport.
    pub sync: EnumParam<Sync>,
    /// Runs our own transport while [`sync`](Self::sync) is internal; for hosts that have none.
    pub play: BoolParam,
    instance: Arc<Instance>,
}

/// The macro slots, in a place of their own so that Pulse's thread can move them.
pub struct MacroParams {
    slots: Vec<FloatParam>,
    /// A bit for each slot that the project has moved, until the host is told.
    moved: [AtomicU64; MACRO_SLOTS / 64],
}

impl MacroParams {
    fn new(texts: &MacroTexts) -> Self {
        let slot = |index: usize| {
            let texts = texts.clone();
            FloatParam::new(format!("Macro {}", index + 1), 0.0, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_value_to_string(Arc::new(move |value| texts.text(index, f64::from(value))))
                .with_string_to_value(Arc::new(MacroTexts::parse))
                // Hosts may modulate a macro for single notes; those offsets come with the events.
                .with_poly_modulation_id(u32::try_from(index).unwrap_or(u32::MAX))
        };
        Self { slots: (0..MACRO_SLOTS).map(slot).collect(), moved: Default::default() }
    }

    /// The slots that the project has moved since this was last asked. What the host moves is none of them: to tell it would
    /// take the slot out of its automation.
    pub fn take_moved(&self) -> impl Iterator<Item = usize> + use<> {
        let moved = self.moved.each_ref().map(|bits| bits.swap(0, Ordering::Relaxed));
        (0..MACRO_SLOTS).filter(move |slot| moved[slot / 64] & (1 << (slot % 64)) != 0)
    }

    /// The parameter of a slot below [`MACRO_SLOTS`].
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&FloatParam> {
        self.slots.get(slot)
    }

    /// The value of every slot, in order, modulation included. Real-time safe.
    pub fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.slots.iter().map(FloatParam::value)
    }
}

impl MacroSink for MacroParams {
    fn set(&self, slot: usize, value: f32) {
        if let Some(param) = self.slots.get(slot) {
            // SAFETY: the call only stores atomics; "internal" is a warning that the host is not told, which is
            // done where a GUI context exists (`shell::editor`), and by the rescan after a state was loaded.
            unsafe { param._internal_set_plain_value(value) };
            self.moved[slot / 64].fetch_or(1 << (slot % 64), Ordering::Relaxed);
        }
    }
}

impl HostParams {
    /// The parameters of an instance, with the slots following its mappings.
    #[must_use]
    pub fn new(instance: Arc<Instance>) -> Self {
        let macros = Arc::new(MacroParams::new(instance.macro_texts()));
        Self {
            macros,
            sync: EnumParam::new("Sync", Sync::Host),
            play: BoolParam::new("Play", false),
            instance,
        }
    }

    /// Moves one of them, in the order of hosts, to 0..=1. Real-time safe.
    pub fn set(&self, index: usize, value: f64) {
        let value = narrow(value);
        // SAFETY: the calls only store atomics; the host knows the value, for it is the host's.
        unsafe {
            match (self.macros.get(index), index.checked_sub(MACRO_SLOTS)) {
                (Some(slot), _) => slot._internal_set_normalized_value(value),
                (None, Some(0)) => self.sync._internal_set_normalized_value(value),
                (None, Some(1)) => self.play._internal_set_normalized_value(value),
                (None, _) => false,
            };
        }
    }

    /// Takes over what a host has kept, of which [`filter`](crate::shell::state::filter) has left what there can be.
    pub fn restore(&self, kept: &PluginState) {
        for (name, param, _) in self.param_map() {
            // SAFETY: the pointers are to parameters of `self`; the calls only store atomics.
            unsafe {
                match (param, kept.params.get(&name)) {
                    (ParamPtr::FloatParam(param), Some(ParamValue::F32(value))) => {
                        (*param)._internal_set_plain_value(*value);
                    }
                    (ParamPtr::BoolParam(param), Some(ParamValue::Bool(value))) => {
                        (*param)._internal_set_plain_value(*value);
                    }
                    (ParamPtr::EnumParam(param), Some(ParamValue::String(id))) => {
                        (*param).set_from_id(id);
                    }
                    _ => {}
                }
            }
        }
        self.deserialize_fields(&kept.fields);
    }
}

// SAFETY: the pointers are to fields of `self` or to heap memory that `self.macros` owns and never reallocates; they
// are valid as long as `self`, which is what the trait asks for.
unsafe impl Params for HostParams {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        let macros = self.macros.slots.iter().enumerate();
        let mut map: Vec<_> = macros
            .map(|(slot, param)| (format!("macro_{}", slot + 1), param.as_ptr(), String::new()))
            .collect();
        map.push(("sync".into(), self.sync.as_ptr(), String::new()));
        map.push(("play".into(), self.play.as_ptr(), String::new()));
        map
    }

    /// With what the host has moved while nothing was processed; the audio side takes in the rest. The engine hears of it
    /// by the project.
    fn serialize_fields(&self) -> BTreeMap<String, String> {
        let bank = self.instance.published().macros();
        self.macros.values().enumerate().for_each(|(slot, value)| bank.set(slot, value));
        BTreeMap::from([(PROJECT_FIELD.into(), BASE64.encode(self.instance.state()))])
    }

    /// A project that cannot be read is reported in the log and changes nothing: see
    /// [`filter`](crate::shell::state::filter), which has taken the parameters out of such a state already.
    fn deserialize_fields(&self, fields: &BTreeMap<String, String>) {
        let Some(bytes) = fields.get(PROJECT_FIELD).and_then(|text| BASE64.decode(text).ok()) else { return };
        // The error is in the instance's log by now; there is nobody to return it to.
        let _reported = self.instance.load_state(&bytes);
        // Who gives us a state looks for what is in it.
        self.macros.take_moved().for_each(drop);
    }
}

#[cfg(test)]
mod tests {
    use model::{MacroId, edit};
    use protocol::Command;

    use super::*;
    use crate::instance::InstanceOptions;

    #[test]
    fn the_host_is_told_of_what_the_project_moves_and_of_nothing_else() {
        let instance = Arc::new(Instance::new(InstanceOptions::default()));
        let params = HostParams::new(Arc::clone(&instance));
        let sink: Arc<dyn MacroSink> = params.macros.clone();
        instance.set_macro_sink(&sink);
        let moved = || params.macros.take_moved().collect::<Vec<_>>();
        params.set(3, 0.5);
        params.set(127, 0.5);
        assert!(moved().is_empty(), "its own moves");
        let id = MacroId(instance.published().ids().next_id());
        let edits = vec![edit::macros::create(id, 70, "Depth"), edit::macros::set_value(id, 0.25)];
        instance.call(Command::Commit { name: "Macro".into(), edits }).expect("legal edits");
        assert_eq!(moved(), [70]);
        let state = params.serialize_fields();
        instance.call(Command::Undo).expect("there is a step");
        params.deserialize_fields(&state);
        assert!(moved().is_empty(), "its own state");
    }
}
