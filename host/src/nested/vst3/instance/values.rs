//! Values of parameters on their way between us, the controller and the component.

use super::{Shown, Vst3Plugin};
use crate::config::RenderMode;
use crate::nested::requests::Request;
use crate::nested::vst3::edits::Edit;
use crate::nested::vst3::param_table::ParamTable;
use crate::nested::vst3::params::{self, Scale};

impl Vst3Plugin {
    /// Shows the controller what the audio thread did. Where both are one object this sets the value once more, which may
    /// be late: nobody hears that while playing, but a render is to be exact, so it is shown when it is over.
    pub(super) fn show_mirror(&self) {
        let (Some(shown), Some(controller)) = (&self.mirror, &self.parts.controller) else { return };
        let Shown { mirror, params, mode } = shown;
        if *mode == RenderMode::Offline && self.is_running() {
            return;
        }
        let mut any = false;
        mirror.take(|index, norm| {
            if let Some(&(id, ..)) = params.get(index) {
                params::show(self.parts.host(), controller, id, norm);
                any = true;
            }
        });
        if any && self.is_running() {
            // A reverb's tail is as long as its parameters make it.
            self.parts.read_tail();
        }
    }

    /// Forgets what the audio thread did and was to hear: a state that is loaded overrules it.
    pub(super) fn forget_values(&mut self) {
        self.unheard.clear();
        self.parts.host().edits.forget_values();
        self.forget_mirror();
    }

    pub(super) fn forget_mirror(&self) {
        self.parts.host().note_other_values();
        if let Some(shown) = &self.mirror {
            shown.mirror.take(|_, _| {});
        }
    }

    /// Whether the parameters are no more what the running processor takes them for.
    pub(super) fn has_other_params(&self) -> bool {
        self.is_running()
            && self.mirror.as_ref().is_some_and(|shown| shown.params != known(&ParamTable::new(&self.params)))
    }

    /// Sets a normalized value, in the controller and in the component.
    pub(super) fn set_norm(&mut self, id: u32, norm: f64) {
        let host = self.parts.host();
        if let Some(controller) = &self.parts.controller {
            params::show(host, controller, id, norm);
        }
        if self.is_running() {
            host.edits.push(Edit::Set(id, norm));
            // It may be at rest, and would not hear of it.
            host.requests.raise(Request::Process);
        } else {
            self.not_heard(id, norm);
        }
    }

    /// Keeps a value for when the component can hear of it.
    pub(super) fn not_heard(&mut self, id: u32, norm: f64) {
        self.unheard.retain(|(unheard, _)| *unheard != id);
        self.unheard.push((id, norm));
    }

    /// The values of all parameters that people set.
    pub(super) fn all_values(&self) -> Vec<(u32, f64)> {
        let Some(controller) = &self.parts.controller else { return Vec::new() };
        let own = self.params.iter().filter(|param| !param.is_read_only());
        own.map(|param| (param.id, params::norm(controller, param.id))).collect()
    }
}

/// A parameter as a processor knows it: its identifier, how its values convert, and whether only the plugin sets it.
pub(super) type Known = (u32, Scale, bool);

pub(super) fn known(table: &ParamTable) -> Vec<Known> {
    table.entries().map(|entry| (entry.id, entry.scale, entry.read_only)).collect()
}
