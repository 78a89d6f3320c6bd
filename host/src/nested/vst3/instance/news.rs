//! What a plugin wants from the engine, gathered at every poll.

use std::sync::Arc;

use protocol::ParamId;
use protocol::telemetry::Gesture;

use super::Vst3Plugin;
use crate::nested::plugin::PluginRequest;
use crate::nested::requests::Request;
use crate::nested::vst3::buses::Layout;
use crate::nested::vst3::edits::Edit;

impl Vst3Plugin {
    /// Hands what hands did to a plugin without a processor on to the engine.
    pub(super) fn poll_edits(&mut self, requests: &mut Vec<PluginRequest>) {
        for edit in self.parts.host().edits.take() {
            let (id, norm, gesture) = match edit {
                Edit::Set(id, norm) => {
                    self.unheard.push((id, norm));
                    continue;
                }
                Edit::Begin(id) => (id, None, Gesture::Begin),
                Edit::Move(id, norm) => (id, Some(norm), Gesture::Change),
                Edit::End(id) => (id, None, Gesture::End),
            };
            if let Some(norm) = norm {
                self.unheard.push((id, norm));
            }
            let scale = self.param(ParamId(id)).map(|param| param.scale);
            let value = norm.zip(scale).map_or(0.0, |(norm, scale)| scale.to_plain(norm));
            requests.push(PluginRequest::ParamMoved { param: ParamId(id), value, gesture });
        }
    }

    /// Serves the requests that end in a message to the engine.
    pub(super) fn poll_requests(&mut self, requests: &mut Vec<PluginRequest>) {
        let host = Arc::clone(self.parts.host());
        let raised = &host.requests;
        for (request, told) in [
            (Request::Process, PluginRequest::Wake),
            (Request::ParamsChanged, PluginRequest::ParamsChanged),
            (Request::ValuesChanged, PluginRequest::ValuesChanged),
            (Request::StateDirty, PluginRequest::StateDirty),
        ] {
            if raised.take(request) {
                if told == PluginRequest::ParamsChanged {
                    self.read_params();
                }
                requests.push(told);
            }
        }
        if std::mem::take(&mut self.preset_loaded) {
            requests.push(PluginRequest::PresetLoaded);
        }
        let mut restart = raised.take(Request::Restart);
        if raised.take(Request::PortsChanged) {
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
            restart = true;
        }
        if restart {
            requests.push(PluginRequest::Restart);
        }
    }
}
