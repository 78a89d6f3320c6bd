//! What the log says, operation by operation.

use std::collections::BTreeMap;

use loro::{Counter, IdSpan, LoroValue, PeerID, VersionVector};
use protocol::{CommitId, EntityId};

use super::code::{self, EXISTENCE, Written};
use super::commit::{Commit, Message, StepState};
use super::log::Log;
use crate::entity::Cell;
use crate::project::Life;

/// What an operation of the log says.
#[derive(Debug)]
pub(crate) enum Told {
    /// An entity came or went.
    Existence { life: Life },
    /// What a cell holds.
    Cell(Cell, Box<Written>),
    /// Some part of a text or a list changed.
    Content(Cell),
}

/// Operations of the log, and the commits that made them.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) told: Vec<(EntityId, Told)>,
    pub(super) commits: Vec<Commit>,
}

/// Operations of some peers.
pub(super) type Spans = BTreeMap<PeerID, Span>;

/// From the first to before the last.
pub(super) type Span = (Counter, Counter);

impl Log {
    /// What the operations of some spans say, each peer's in order.
    pub(super) fn read(&self, spans: &Spans) -> Reading {
        let mut reading = Reading::default();
        for (&peer, &(start, end)) in spans {
            for change in self.doc.export_json_in_id_span(IdSpan::new(peer, start, end)) {
                reading.change(peer, &change);
            }
        }
        reading
    }

    /// The operations of one commit.
    pub(super) fn read_commit(&self, commit: &Commit) -> Reading {
        self.read(&[(commit.id.peer, commit.span())].into())
    }

    /// What is in one version and not in another.
    pub(super) fn spans(from: &VersionVector, to: &VersionVector) -> Spans {
        let span = |(&peer, &end): (&PeerID, &Counter)| {
            let start = from.get(&peer).copied().unwrap_or(0);
            (start < end).then_some((peer, (start, end)))
        };
        to.iter().filter_map(span).collect()
    }
}

impl Commit {
    /// Its operations.
    pub(super) fn span(&self) -> Span {
        let count = |number: u32| Counter::try_from(number).unwrap_or(Counter::MAX);
        (count(self.start), count(self.id.counter).saturating_add(1))
    }
}

impl Reading {
    fn change(&mut self, peer: PeerID, change: &loro::JsonChange) {
        let count = |counter: Counter| u32::try_from(counter).unwrap_or(0);
        let ops = change.ops.iter().filter_map(told);
        self.told.extend(ops);
        let message = change.msg.as_deref().and_then(|msg| serde_json::from_str::<Message>(msg).ok());
        let Some(message) = message else { return };
        let start = count(change.id.counter);
        let Some(len) = change.checked_op_len() else { return };
        let end = start.saturating_add(u32::try_from(len).unwrap_or(0)).saturating_sub(1);
        // The log keeps a large change in pieces.
        match self.commits.last_mut() {
            Some(last) if last.message == message && last.id.peer == peer && last.id.counter + 1 == start => {
                last.id.counter = end;
            }
            _ => {
                let id = CommitId { peer, counter: end };
                self.commits.push(Commit { id, start, message, state: StepState::Done });
            }
        }
    }
}

/// What one operation says; `None` for what a later version added.
fn told(op: &loro::JsonOp) -> Option<(EntityId, Told)> {
    let loro::ContainerID::Root { name, .. } = &op.container else { return None };
    let (id, field) = code::container(name)?;
    let told = match (&op.content, field) {
        (loro::JsonOpContent::Map(loro::JsonMapOp::Insert { key, value }), None) => {
            let LoroValue::String(json) = value else { return None };
            if key == EXISTENCE {
                let existence = code::existence(json)?;
                let life = match (existence.alive, existence.born) {
                    (false, _) => Life::Deleted,
                    (true, true) => Life::Created,
                    (true, false) => Life::Same,
                };
                Told::Existence { life }
            } else {
                Told::Cell(code::cell(key)?, code::written(json)?.into())
            }
        }
        (loro::JsonOpContent::Text(_) | loro::JsonOpContent::MovableList(_), Some(field)) => {
            Told::Content(code::cell(field)?)
        }
        _ => return None,
    };
    Some((id, told))
}
