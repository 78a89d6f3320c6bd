//! `clap.remote-controls`: a plugin's knobs in pages of eight.

use std::sync::atomic::{AtomicU32, Ordering};

use clack_extensions::remote_controls::{
    HostRemoteControlsImpl, PluginRemoteControls, RemoteControlsPageBuffer,
};
use clack_host::prelude::*;
use protocol::ParamId;
use protocol::plugin::ControlPage;

use super::host::{HostState, MainThread};
use crate::nested::plugin::PluginRequest;
use crate::nested::requests::Request;

/// More pages than this are a mistake of the plugin.
const MAX_PAGES: u32 = 4_096;

/// All pages, in the plugin's order. Main thread.
pub(super) fn list(plugin: &PluginMainThreadHandle<'_>) -> Vec<ControlPage> {
    let Some(extension) = plugin.get_extension::<PluginRemoteControls>() else { return Vec::new() };
    let mut buffer = RemoteControlsPageBuffer::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut pages = Vec::new();
    for index in 0..extension.count(plugin).min(MAX_PAGES) {
        if let Some(page) = extension.get(plugin, index, &mut buffer) {
            pages.push(ControlPage {
                id: page.page_id.get(),
                section: text(page.section_name),
                name: text(page.page_name),
                params: page.param_ids.iter().map(|id| id.map(|id| ParamId(id.get()))).collect(),
                of_preset: page.is_for_preset,
            });
        }
    }
    pages
}

/// The page that the plugin suggested last.
#[derive(Default)]
pub(super) struct Suggested(AtomicU32);

/// Hands on what pages changed, and which should be shown. Main thread.
pub(super) fn poll(host: &HostState, requests: &mut Vec<PluginRequest>) {
    if host.requests.take(Request::PagesChanged) {
        requests.push(PluginRequest::PagesChanged);
    }
    if host.requests.take(Request::PageSuggested) {
        requests.push(PluginRequest::ShowPage(host.suggested_page.0.load(Ordering::Relaxed)));
    }
}

impl HostRemoteControlsImpl for MainThread {
    fn changed(&self) {
        if self.0.check_main_thread("remote_controls.changed") {
            self.0.requests.raise(Request::PagesChanged);
        }
    }

    fn suggest_page(&self, page_id: ClapId) {
        if self.0.check_main_thread("remote_controls.suggest_page") {
            self.0.suggested_page.0.store(page_id.get(), Ordering::Relaxed);
            self.0.requests.raise(Request::PageSuggested);
        }
    }
}
