//! Macro slots between project, engine and outer host.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, Weak};

use arc_swap::ArcSwap;
use model::Project;

use super::control::Control;

/// How many macro slots there are.
pub const MACRO_SLOTS: usize = 128;

/// Who wants to know when the project moves a macro: the parameters of a plugin.
pub trait MacroSink: Send + Sync {
    /// The slot has a new value, 0..=1.
    fn set(&self, slot: usize, value: f32);
}

/// The values that the engine has for the slots, in the precision of outer hosts.
///
/// A host's parameter counts as moved only if it differs from here, so that a project keeps the exact values it was
/// saved with, and renders the same in every shell.
#[derive(Debug)]
pub struct MacroBank([AtomicU32; MACRO_SLOTS]);

impl Default for MacroBank {
    fn default() -> Self {
        Self([const { AtomicU32::new(0) }; MACRO_SLOTS])
    }
}

impl MacroBank {
    /// The value of a slot; slots beyond the last have 0. Real-time safe.
    #[must_use]
    pub fn get(&self, slot: usize) -> f32 {
        self.0.get(slot).map_or(0.0, |value| f32::from_bits(value.load(Ordering::Relaxed)))
    }

    /// Notes a value. Real-time safe.
    pub fn set(&self, slot: usize, value: f32) {
        if let Some(to) = self.0.get(slot) {
            to.store(value.to_bits(), Ordering::Relaxed);
        }
    }
}

/// The names of mapped slots, for the text of their values.
#[derive(Clone, Debug)]
pub struct MacroTexts(Arc<ArcSwap<Vec<String>>>);

impl Default for MacroTexts {
    fn default() -> Self {
        Self(Arc::new(ArcSwap::from_pointee(vec![String::new(); MACRO_SLOTS])))
    }
}

impl MacroTexts {
    /// How a value of a slot reads, such as `Brightness 42.0 %`.
    #[must_use]
    pub fn text(&self, slot: usize, value: f64) -> String {
        let names = self.0.load();
        match names.get(slot).map(String::as_str) {
            Some(name) if !name.is_empty() => format!("{name} {:.1} %", value * 100.0),
            _ => format!("{:.1} %", value * 100.0),
        }
    }

    /// Reads what [`text`](Self::text) writes, and a bare percentage.
    #[must_use]
    pub fn parse(text: &str) -> Option<f32> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let number = text.rsplit(char::is_whitespace).next()?;
        number
            .parse::<f32>()
            .ok()
            .filter(|value| value.is_finite())
            .map(|value| (value / 100.0).clamp(0.0, 1.0))
    }

    /// Takes the names from a project.
    pub fn update(&self, project: &Project) {
        let mut names = vec![String::new(); MACRO_SLOTS];
        for slot in project.macros() {
            if let Some(name) = names.get_mut(usize::from(slot.slot())) {
                *name = slot.name().trim().to_owned();
            }
        }
        if **self.0.load() != names {
            self.0.store(Arc::new(names));
        }
    }
}

/// In the precision of outer hosts.
#[expect(clippy::cast_possible_truncation, reason = "hosts take single precision here")]
#[must_use]
pub fn narrow(value: f64) -> f32 {
    value as f32
}

impl Control {
    /// Tells the outer host's parameters, and the audio side, what the project has moved.
    pub fn share_macros(&self, project: &Project) {
        let before = self.published.project();
        let sink = self.sink.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(Weak::upgrade);
        for slot in project.macros() {
            let known = before.macros().find(|other| other.id() == slot.id()).map(|other| other.value());
            if known != Some(slot.value()) {
                let (index, value) = (usize::from(slot.slot()), narrow(slot.value()));
                // The parameter first: were it the other way round, the audio side could take its old value for a
                // move by the host.
                if let Some(sink) = &sink {
                    sink.set(index, value);
                }
                self.published.macros().set(index, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back_as_the_value_they_show() {
        for (text, value) in [("Macro 2 42.0 %", 0.42), ("42", 0.42), ("7 %", 0.07), ("250 %", 1.0)] {
            assert_eq!(MacroTexts::parse(text), Some(value), "{text}");
        }
        assert_eq!(MacroTexts::parse("loud"), None);
        assert_eq!(MacroTexts::default().text(3, 0.375), "37.5 %");
    }
}
