//! What both halves of a plugin see.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use clack_extensions::params::HostParams;
use clack_plugin::events::event_types::ParamValueEvent;
use clack_plugin::prelude::*;

use super::spec::{Layout, Spec};

/// The parameters, and a few things for particular plugins.
pub struct Shared<'a> {
    /// The host.
    pub host: HostSharedHandle<'a>,
    /// The plugin's description.
    pub spec: Spec,
    values: Box<[AtomicU64]>,
    /// Bytes that are part of the state, whatever they are.
    pub blob: Mutex<Vec<u8>>,
    /// The id of the layout that the host chose; 0 before it did.
    layout: AtomicU32,
    /// The latency that holds since the last activation, in frames.
    pub latency: AtomicU32,
}

impl<'a> PluginShared<'a> for Shared<'a> {}

impl<'a> Shared<'a> {
    pub(crate) fn new(host: HostSharedHandle<'a>, spec: Spec) -> Self {
        let values = spec.params.iter().map(|param| AtomicU64::new(param.default.to_bits())).collect();
        Self {
            host,
            spec,
            values,
            blob: Mutex::new(Vec::new()),
            layout: AtomicU32::new(0),
            latency: AtomicU32::new(0),
        }
    }

    fn index(&self, id: u32) -> Option<usize> {
        self.spec.params.iter().position(|param| param.id == id)
    }

    /// The value of a parameter; 0 for one that does not exist.
    #[must_use]
    pub fn value(&self, id: u32) -> f64 {
        self.index(id).map_or(0.0, |index| f64::from_bits(self.values[index].load(Ordering::Relaxed)))
    }

    /// Sets a parameter, clamped to its range.
    pub fn set_value(&self, id: u32, value: f64) {
        if let Some(index) = self.index(id) {
            let param = &self.spec.params[index];
            self.values[index].store(value.clamp(param.min, param.max).to_bits(), Ordering::Relaxed);
        }
    }

    /// Adds to a parameter, whoever else does.
    pub fn add_value(&self, id: u32, amount: f64) {
        if let Some(index) = self.index(id) {
            let add = |bits| Some((f64::from_bits(bits) + amount).to_bits());
            let _ = self.values[index].fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
        }
    }

    /// Takes the value of an event, if it is one for the whole plugin.
    pub(crate) fn apply(&self, event: &UnknownEvent) {
        if let Some(event) = event.as_event::<ParamValueEvent>()
            && event.pckn().matches_all()
            && let Some(id) = event.param_id()
        {
            self.set_value(id.get(), event.value());
        }
    }

    /// The layout that the host chose.
    #[must_use]
    pub fn layout(&self) -> Option<&'static Layout> {
        let id = self.layout.load(Ordering::Relaxed);
        self.spec.layouts.iter().find(|layout| layout.id == id)
    }

    /// The host chooses a layout.
    pub(crate) fn choose_layout(&self, layout: &Layout) {
        self.layout.store(layout.id, Ordering::Relaxed);
    }

    /// A copy of the blob.
    #[must_use]
    pub fn blob(&self) -> Vec<u8> {
        self.blob.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the host to fetch parameter values.
    pub fn request_flush(&self) {
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.request_flush(&self.host);
        }
    }
}
