//! `clap.thread-pool`: a plugin's work in parts that may be done in any order.
//!
//! The parts are done by the thread that processes the plugin and those of the engine's helpers that have nothing to do, if
//! that pays; otherwise by that thread alone, one after the other.
//!
//! clack's own host side answers a refusal by writing to the log, which allocates; so this is the C interface.
#![expect(unsafe_code, reason = "the C interface of the extension")]

use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

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
use crate::processor::Parallel;

/// More parts than this are a mistake of the plugin.
const MAX_TASKS: u32 = 65_536;

/// How the parts of a plugin are done, once it has been activated.
#[derive(Default)]
pub(super) struct Tasks {
    exec: OnceLock<Exec>,
    /// What the processor that is out has been lent; only looked at while that processes.
    lent: AtomicPtr<Helpers>,
    /// How long a part takes, in nanoseconds.
    part_ns: AtomicU64,
}

/// Threads that were lent to a processor, and stay with it.
pub(super) struct Helpers(Arc<dyn Parallel>);

struct Exec {
    plugin: *const clap_plugin,
    exec: unsafe extern "C" fn(plugin: *const clap_plugin, task: u32),
}

// SAFETY: the pointer is only handed back to the plugin, through a function that CLAP lets any thread call.
unsafe impl Send for Exec {}
// SAFETY: as above.
unsafe impl Sync for Exec {}

impl Exec {
    /// Does a part.
    ///
    /// # Safety
    /// The plugin is alive, and is being processed.
    unsafe fn run(&self, part: u32) {
        // SAFETY: passed on.
        unsafe { (self.exec)(self.plugin, part) };
    }
}

impl Tasks {
    /// Lends helpers to a processor, which keeps them as long as it is there. Main thread, while no other is out.
    pub(super) fn lend(&self, helpers: &Arc<dyn Parallel>) -> Box<Helpers> {
        let helpers = Box::new(Helpers(helpers.clone()));
        self.lent.store(std::ptr::from_ref(&*helpers).cast_mut(), Ordering::Release);
        helpers
    }

    /// Does all parts.
    ///
    /// # Safety
    /// The plugin is being processed on the calling thread, by the processor that is out.
    ///
    /// # Real-time
    /// As long as the parts take.
    unsafe fn run(&self, exec: &Exec, count: u32) {
        // SAFETY: the plugin waits for its parts within `process`.
        let part = |part| unsafe { exec.run(part) };
        // SAFETY: the processor that is out has it.
        match unsafe { self.lent.load(Ordering::Acquire).as_ref() } {
            Some(Helpers(helpers)) => {
                let expected = self.part_ns.load(Ordering::Relaxed);
                let took = helpers.run(count, Duration::from_nanos(expected), &part).as_nanos();
                let took = u64::try_from(took).unwrap_or(u64::MAX);
                // Smoothed, as one part in a thousand may take ten times as long.
                let known = if expected == 0 { took } else { expected / 4 * 3 + took / 4 };
                self.part_ns.store(known, Ordering::Relaxed);
            }
            None => (0..count).for_each(part),
        }
    }

    /// Learns how the plugin does its parts, if it has any. Main thread.
    pub(super) fn learn(&self, plugin: &PluginMainThreadHandle<'_>) {
        // Of a processor that has gone.
        self.lent.store(std::ptr::null_mut(), Ordering::Release);
        if self.exec.get().is_some() || plugin.get_extension::<PluginThreadPool>().is_none() {
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
            let _ = self.exec.set(Exec { plugin: raw, exec });
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
        let Some(exec) = self.tasks.exec.get().filter(|_| count <= MAX_TASKS) else {
            return false;
        };
        // SAFETY: the plugin is in the middle of `process` on this very thread.
        unsafe { self.tasks.run(exec, count) };
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
