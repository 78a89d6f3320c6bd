//! The parameters as the audio thread knows them: how values convert, and those waiting for the next block.

use protocol::ParamId;
use vst3::Steinberg::Vst::ParamID;

use super::params::{Param, Scale};

/// Made at activation, from what the controller said last.
pub(super) struct ParamTable {
    /// Sorted by id.
    entries: Box<[Entry]>,
    /// Places of the entries with a waiting value; never more than there are entries.
    waiting: Vec<usize>,
}

/// One parameter.
pub(super) struct Entry {
    pub(super) id: ParamID,
    pub(super) scale: Scale,
    pub(super) read_only: bool,
    pub(super) chooses_program: bool,
    waiting: Option<f64>,
}

impl ParamTable {
    /// A table of these parameters.
    pub(super) fn new(params: &[Param]) -> Self {
        let mut entries: Vec<_> = params
            .iter()
            .map(|param| Entry {
                id: param.id,
                scale: param.scale,
                read_only: param.is_read_only(),
                chooses_program: param.is_program_change(),
                waiting: None,
            })
            .collect();
        entries.sort_by_key(|entry| entry.id);
        entries.dedup_by_key(|entry| entry.id);
        Self { waiting: Vec::with_capacity(entries.len()), entries: entries.into() }
    }

    /// The parameters, sorted by identifier.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> + '_ {
        self.entries.iter()
    }

    /// The identifiers, sorted.
    pub(super) fn ids(&self) -> impl Iterator<Item = ParamID> + '_ {
        self.entries().map(|entry| entry.id)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The place of a parameter.
    #[inline]
    pub(super) fn index(&self, id: ParamID) -> Option<usize> {
        self.entries.binary_search_by_key(&id, |entry| entry.id).ok()
    }

    /// The parameter at a place.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// The place of a parameter, and the normalized form of a plain value for it.
    #[inline]
    pub(super) fn to_norm(&self, param: ParamId, plain: f64) -> Option<(usize, f64)> {
        let index = self.index(param.0)?;
        Some((index, self.entries[index].scale.to_norm(plain)?))
    }

    /// Keeps a plain value for the next block; of several for one parameter the last counts.
    pub(super) fn set(&mut self, param: ParamId, plain: f64) {
        if let Some((index, norm)) = self.to_norm(param, plain)
            && self.entries[index].waiting.replace(norm).is_none()
        {
            self.waiting.push(index);
        }
    }

    /// The waiting values, normalized, in the order in which their parameters were first set.
    #[inline]
    pub(super) fn take_waiting(&mut self, mut each: impl FnMut(usize, f64)) {
        for index in self.waiting.drain(..) {
            if let Some(norm) = self.entries[index].waiting.take() {
                each(index, norm);
            }
        }
    }
}
