//! `clap.render`: whether somebody is listening.

use clack_extensions::render::{PluginRender, RenderMode as ClapRenderMode};
use clack_host::prelude::*;
use protocol::control::LogLevel;

use super::host::HostState;
use crate::config::RenderMode;

/// Tells the plugin, if it cares. A refusal only shows in the log: the plugin goes on as it likes. Main thread.
pub(super) fn set(plugin: &PluginMainThreadHandle<'_>, host: &HostState, mode: RenderMode) {
    let Some(render) = plugin.get_extension::<PluginRender>() else { return };
    let mode = match mode {
        RenderMode::Realtime => ClapRenderMode::Realtime,
        RenderMode::Offline => ClapRenderMode::Offline,
    };
    if render.set(plugin, mode).is_err() && mode == ClapRenderMode::Offline {
        host.log.push_parts(LogLevel::Warning, &["the plugin refuses to render offline"]);
    }
}
