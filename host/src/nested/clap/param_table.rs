//! The parameters as the audio thread knows them: ranges, cookies, and values waiting for the next block.

use clack_extensions::params::ParamInfoFlags;
use clack_host::events::Pckn;
use clack_host::events::event_types::ParamValueEvent;
use clack_host::prelude::*;
use clack_host::utils::Cookie;
use protocol::ParamId;

use super::params;

/// Made at activation: a plugin must be inactive to change what is in here.
pub(super) struct ParamTable {
    /// Sorted by id.
    entries: Box<[Entry]>,
    /// Indices of the entries with a waiting value; never more than there are entries.
    waiting: Vec<usize>,
}

/// One parameter.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) id: ClapId,
    pub(super) cookie: Cookie,
    min: f64,
    max: f64,
    stepped: bool,
    read_only: bool,
    waiting: Option<f64>,
}

impl Entry {
    /// The nearest legal value; `None` for not-a-number.
    pub(super) fn legal(&self, value: f64) -> Option<f64> {
        let value = value.max(self.min).min(self.max);
        if value.is_nan() { None } else { Some(if self.stepped { value.round() } else { value }) }
    }
}

impl ParamTable {
    /// Asks the plugin. Main thread.
    pub(super) fn read(plugin: &PluginMainThreadHandle<'_>) -> Self {
        let mut entries = Vec::new();
        params::for_each(plugin, |info| {
            entries.push(Entry {
                id: info.id,
                cookie: info.cookie,
                min: info.min_value,
                max: info.max_value,
                stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
                read_only: info.flags.contains(ParamInfoFlags::IS_READONLY),
                waiting: None,
            });
        });
        entries.sort_by_key(|entry| entry.id);
        entries.dedup_by_key(|entry| entry.id);
        Self { waiting: Vec::with_capacity(entries.len()), entries: entries.into() }
    }

    /// A parameter by its id.
    pub(super) fn get(&self, param: ParamId) -> Option<&Entry> {
        self.entries.get(self.index(param)?)
    }

    /// The parameters, sorted.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether only the plugin sets it.
    pub(super) fn is_read_only(&self, param: ParamId) -> bool {
        self.get(param).is_some_and(|entry| entry.read_only)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn index(&self, param: ParamId) -> Option<usize> {
        self.entries.binary_search_by_key(&param.0, |entry| entry.id.get()).ok()
    }

    /// Keeps a value for the next block; of several for one parameter the last counts.
    pub(super) fn set(&mut self, param: ParamId, value: f64) {
        let Some(index) = self.index(param) else { return };
        let entry = &mut self.entries[index];
        let Some(value) = entry.legal(if value.is_nan() { return } else { value }) else { return };
        if entry.waiting.replace(value).is_none() {
            self.waiting.push(index);
        }
    }

    /// The waiting values, in the order in which their parameters were first set, as events at frame 0.
    pub(super) fn take_waiting(&mut self, mut each: impl FnMut(ParamValueEvent)) {
        for index in self.waiting.drain(..) {
            let entry = &mut self.entries[index];
            if let Some(value) = entry.waiting.take() {
                each(value_event(0, entry, Pckn::match_all(), value));
            }
        }
    }
}

/// A value for a parameter, cookie included.
#[expect(unsafe_code, reason = "clack cannot know that a cookie is the plugin's own")]
pub(super) fn value_event(frame: u32, entry: &Entry, voice: Pckn, value: f64) -> ParamValueEvent {
    let event = ParamValueEvent::new(frame, entry.id, voice, value);
    // SAFETY: the cookie is the one the plugin gave for this parameter, and it has not been able to withdraw it:
    // the table is made at activation, and a plugin must be inactive for that.
    unsafe { event.with_cookie(entry.cookie) }
}
