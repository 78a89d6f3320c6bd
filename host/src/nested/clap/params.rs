//! `clap.params`: a plugin's parameters on the main thread.

use std::ffi::CString;

use clack_extensions::params::{
    HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamInfo, ParamInfoBuffer,
    ParamInfoFlags, ParamRescanFlags, PluginParams,
};
use clack_host::events::event_types::{ParamGestureBeginEvent, ParamGestureEndEvent, ParamValueEvent};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::plugin::InactivePluginMainThreadHandle;
use clack_host::prelude::*;
use protocol::ParamId;
use protocol::plugin::PluginParam;
use protocol::telemetry::Gesture;

use super::host::{MainThread, Shared};
use crate::nested::plugin::PluginRequest;
use crate::nested::requests::Request;

/// More parameters than this are a mistake of the plugin.
const MAX_PARAMS: u32 = 100_000;
/// How many bytes the text of a value may have.
const TEXT_BYTES: usize = 256;

/// Describes the parameters one by one. Main thread.
pub(super) fn for_each(plugin: &PluginMainThreadHandle<'_>, mut each: impl FnMut(&ParamInfo<'_>)) {
    let Some(extension) = plugin.get_extension::<PluginParams>() else { return };
    let mut buffer = ParamInfoBuffer::new();
    for index in 0..extension.count(plugin).min(MAX_PARAMS) {
        if let Some(info) = extension.get_info(plugin, index, &mut buffer) {
            each(&info);
        }
    }
}

/// All parameters, in the plugin's order. Main thread.
pub(super) fn list(plugin: &PluginMainThreadHandle<'_>) -> Vec<PluginParam> {
    let mut params = Vec::new();
    for_each(plugin, |info| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        params.push(PluginParam {
            id: ParamId(info.id.get()),
            name: text(info.name),
            module: text(info.module),
            min: info.min_value,
            max: info.max_value,
            default: info.default_value,
            stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
            hidden: info.flags.contains(ParamInfoFlags::IS_HIDDEN),
            automatable: info.flags.contains(ParamInfoFlags::IS_AUTOMATABLE)
                && !info.flags.contains(ParamInfoFlags::IS_READONLY),
        });
    });
    params
}

/// The value a parameter has. Main thread.
pub(super) fn value(plugin: &PluginMainThreadHandle<'_>, param: ParamId) -> Option<f64> {
    plugin.get_extension::<PluginParams>()?.get_value(plugin, ClapId::from_raw(param.0)?)
}

/// A value as the plugin shows it. Main thread.
pub(super) fn text(plugin: &PluginMainThreadHandle<'_>, param: ParamId, value: f64) -> Option<String> {
    let mut buffer = [0; TEXT_BYTES];
    let extension = plugin.get_extension::<PluginParams>()?;
    let text = extension.value_to_text(plugin, ClapId::from_raw(param.0)?, value, &mut buffer).ok()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// The value of a text. Main thread.
pub(super) fn parse(plugin: &PluginMainThreadHandle<'_>, param: ParamId, text: &str) -> Option<f64> {
    let text = CString::new(text).ok()?;
    plugin.get_extension::<PluginParams>()?.text_to_value(plugin, ClapId::from_raw(param.0)?, &text)
}

/// Hands values to an inactive plugin, and collects what it has to say about its own, but for the echo of these. Main thread.
pub(super) fn flush(
    plugin: &mut InactivePluginMainThreadHandle<'_>,
    values: &[ParamValueEvent],
    requests: &mut Vec<PluginRequest>,
) {
    let Some(extension) = plugin.get_extension::<PluginParams>() else { return };
    let mut moved = Moved { told: values, requests };
    extension.flush(plugin, &InputEvents::from_buffer(&values), &mut OutputEvents::from_buffer(&mut moved));
}

/// Turns the events of a flush into requests.
struct Moved<'a> {
    told: &'a [ParamValueEvent],
    requests: &'a mut Vec<PluginRequest>,
}

impl Moved<'_> {
    /// Whether a plugin only says what it was just told.
    fn is_echo(&self, event: &ParamValueEvent) -> bool {
        self.told.iter().any(|told| told.param_id() == event.param_id() && told.value() == event.value())
    }
}

impl OutputEventBuffer for Moved<'_> {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        let (param, value, gesture) = if let Some(event) = event.as_event::<ParamValueEvent>() {
            if self.is_echo(event) || !event.value().is_finite() {
                return Ok(());
            }
            (event.param_id(), event.value(), Gesture::Change)
        } else if let Some(event) = event.as_event::<ParamGestureBeginEvent>() {
            (event.param_id(), 0.0, Gesture::Begin)
        } else if let Some(event) = event.as_event::<ParamGestureEndEvent>() {
            (event.param_id(), 0.0, Gesture::End)
        } else {
            return Ok(());
        };
        if let Some(param) = param {
            self.requests.push(PluginRequest::ParamMoved { param: ParamId(param.get()), value, gesture });
        }
        Ok(())
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {
        self.0.requests.raise(Request::Flush);
    }
}

impl HostParamsImplMainThread for MainThread {
    fn rescan(&self, flags: ParamRescanFlags) {
        if !self.0.check_main_thread("params.rescan") {
            return;
        }
        if flags.intersects(ParamRescanFlags::ALL | ParamRescanFlags::INFO | ParamRescanFlags::TEXT) {
            self.0.requests.raise(Request::ParamsChanged);
        }
        if flags.contains(ParamRescanFlags::ALL) {
            self.0.requests.raise(Request::ParamsReplaced);
        }
        if flags.intersects(ParamRescanFlags::ALL | ParamRescanFlags::VALUES) {
            self.0.requests.raise(Request::ValuesChanged);
        }
    }

    /// The engine keeps no reference to a parameter that the next list of parameters would not end.
    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {
        if self.0.check_main_thread("params.clear") {
            self.0.requests.raise(Request::ParamsChanged);
        }
    }
}
