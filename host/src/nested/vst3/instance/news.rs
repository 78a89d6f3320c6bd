//! What a plugin wants from the engine, gathered at every poll.

use std::sync::Arc;

use protocol::ParamId;
use protocol::telemetry::Gesture;

use super::Vst3Plugin;
use crate::nested::plugin::PluginRequest;
use crate::nested::requests::Request;
use crate::nested::usual::Found;
use crate::nested::vst3::buses::Layout;
use crate::nested::vst3::edits::Edit;

impl Vst3Plugin {
    /// Takes what no processor took: values are for the next one, and what hands did is for the next poll.
    pub(super) fn take_edits(&mut self) {
        for edit in self.parts.host().edits.take() {
            if let Some((id, norm)) = edit.value() {
                self.not_heard(id, norm);
            }
            let (id, norm, gesture) = match edit {
                Edit::Set(..) => continue,
                Edit::Begin(id) => (id, None, Gesture::Begin),
                Edit::Move(id, norm) | Edit::Own(id, norm) => (id, Some(norm), Gesture::Change),
                Edit::End(id) => (id, None, Gesture::End),
            };
            let scale = self.param(ParamId(id)).map(|param| param.scale);
            let value = norm.zip(scale).map_or(0.0, |(norm, scale)| scale.to_plain(norm));
            self.pending.push(PluginRequest::ParamMoved { param: ParamId(id), value, gesture });
        }
    }

    /// Serves the requests that end in a message to the engine.
    pub(super) fn poll_requests(&mut self, requests: &mut Vec<PluginRequest>) {
        let host = Arc::clone(self.parts.host());
        let raised = &host.requests;
        let mut restart = raised.take(Request::Restart);
        for (request, told) in [
            (Request::Process, PluginRequest::Wake),
            (Request::ParamsChanged, PluginRequest::ParamsChanged),
            (Request::ValuesChanged, PluginRequest::ValuesChanged),
            (Request::StateDirty, PluginRequest::StateDirty),
            (Request::NoteNamesChanged, PluginRequest::NoteNamesChanged),
        ] {
            if !raised.take(request) {
                continue;
            }
            match request {
                Request::ParamsChanged => {
                    self.read_params();
                    // A processor knows the parameters that there were when it was made.
                    restart |= self.has_other_params();
                }
                Request::ValuesChanged if self.is_running() => self.parts.read_tail(),
                _ => {}
            }
            requests.push(told);
        }
        if raised.take(Request::PortsChanged) {
            self.layouts = Found::default();
            if self.is_running() {
                // The next activation reads them.
                restart = true;
            } else {
                self.layout = Layout::read(&self.parts.component, &self.parts.processor);
                requests.push(PluginRequest::PortsChanged);
            }
        }
        // A latency is read when the component is activated again.
        if raised.take(Request::LatencyChanged) && self.is_running() {
            let known = u32::try_from(host.latency_frames()).unwrap_or(0);
            restart |= self.latency_news.is_worth_it(known, &self.parts.latency());
        }
        if restart {
            requests.push(PluginRequest::Restart);
        }
    }
}
