//! `clap.thread-pool`: a plugin's work in parts that may be done in any order.
//!
//! The parts are done one after the other on the audio thread that asks: branches of the graph are what the engine
//! runs in parallel, and a plugin that takes more threads for itself takes them from another.
//!
//! clack's own host side answers a refusal by writing to the log, which allocates; so this is the C interface.
#![expect(unsafe_code, reason = "the C interface of the extension")]

use std::ffi::CStr;
use std::sync::OnceLock;

use clack_extensions::thread_pool::PluginThreadPool;
use clack_host::extensions::prelude::*;
use clack_host::extensions::{
    Extension, ExtensionImplementation, HostExtensionSide, RawExtension, RawExtensionImplementation,
};
use clap_sys::ext::thread_pool::{CLAP_EXT_THREAD_POOL, clap_host_thread_pool, clap_plugin_thread_pool};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use protocol::control::LogLevel;

use super::host::{Handlers, HostState};

/// More parts than this are a mistake of the plugin.
const MAX_TASKS: u32 = 65_536;

/// How the parts of a plugin are done, once it has been activated.
#[derive(Default)]
pub(super) struct Tasks(OnceLock<Exec>);

struct Exec {
    plugin: *const clap_plugin,
    exec: unsafe extern "C" fn(plugin: *const clap_plugin, task: u32),
}

// SAFETY: the pointer is only handed back to the plugin, through a function that CLAP lets any thread call.
unsafe impl Send for Exec {}
// SAFETY: as above.
unsafe impl Sync for Exec {}

impl Tasks {
    /// Learns how the plugin does its parts, if it has any. Main thread.
    pub(super) fn learn(&self, plugin: &PluginMainThreadHandle<'_>) {
        if self.0.get().is_some() || plugin.get_extension::<PluginThreadPool>().is_none() {
            return;
        }
        let raw = plugin.as_raw();
        // SAFETY: the plugin is alive; what it gives for an extension's name is that extension's table or null, and
        // lives as long as the plugin.
        let table = unsafe {
            raw.get_extension
                .map(|get| get(raw, CLAP_EXT_THREAD_POOL.as_ptr()).cast::<clap_plugin_thread_pool>())
                .and_then(|table| table.as_ref())
        };
        if let Some(exec) = table.and_then(|table| table.exec) {
            let _ = self.0.set(Exec { plugin: raw, exec });
        }
    }
}

impl HostState {
    /// Does the parts of a plugin that is being processed; refuses what it cannot do.
    ///
    /// # Real-time
    /// As long as the parts take.
    fn run_tasks(&self, count: u32) -> bool {
        if !self.threads.is_audio() {
            self.log.push_parts(
                LogLevel::Warning,
                &["the plugin called thread_pool.request_exec outside process"],
            );
            return false;
        }
        let Some(Exec { plugin, exec }) = self.tasks.0.get().filter(|_| count <= MAX_TASKS) else {
            return false;
        };
        for task in 0..count {
            // SAFETY: the plugin is alive, for it is in the middle of `process` on this very thread.
            unsafe { exec(*plugin, task) };
        }
        true
    }
}

/// The host side of the extension.
#[derive(Clone, Copy)]
pub(super) struct HostThreadPool {
    /// Only plugins look into it.
    _raw: RawExtension<HostExtensionSide, clap_host_thread_pool>,
}

// SAFETY: the identifier is that of the table.
unsafe impl Extension for HostThreadPool {
    const IDENTIFIERS: &'static [&'static CStr] = &[CLAP_EXT_THREAD_POOL];
    type ExtensionSide = HostExtensionSide;

    unsafe fn from_raw(raw: RawExtension<HostExtensionSide>) -> Self {
        // SAFETY: the caller guarantees that the pointer is to the table of this identifier.
        Self { _raw: unsafe { raw.cast() } }
    }
}

// SAFETY: the table is the one that the identifier names.
unsafe impl ExtensionImplementation<Handlers> for HostThreadPool {
    const IMPLEMENTATION: RawExtensionImplementation =
        RawExtensionImplementation::new(&clap_host_thread_pool { request_exec: Some(request_exec) });
}

unsafe extern "C" fn request_exec(host: *const clap_host, count: u32) -> bool {
    // SAFETY: a plugin calls with the host that clack gave it.
    unsafe { HostWrapper::<Handlers>::handle(host, |host| Ok(host.shared().0.run_tasks(count))) }
        .unwrap_or(false)
}
