//! Taking in what other peers did.

use std::collections::{BTreeMap, BTreeSet};

use loro::{Counter, ExportMode, Frontiers, ID, LoroDoc, LoroError, VersionVector};
use protocol::EntityId;
use serde::{Deserialize, Serialize};

use super::baseline::Digest;
use super::code;
use super::content;
use super::error::MergeError;
use super::log::Log;
use super::reading::{Spans, Told};
use super::record;
use crate::entity::{Cell, CellValue};
use crate::project::{Draft, Life, Settled};

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// The entities that are not as they were, those included that were deleted or settled.
    pub touched: Vec<EntityId>,
    /// What both sides changed without knowing of each other. Each is decided already, the same on every peer; they are
    /// told so that a person can decide otherwise.
    pub clashes: Vec<Clash>,
    /// Everything that gives way in the project as it is now, see [`Settled`].
    pub settled: Vec<Settled>,
}

/// An entity that both sides changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    /// Which.
    pub entity: EntityId,
    /// How they clash.
    pub kind: ClashKind,
}

/// How the changes of two sides clash.
#[derive(Clone, Debug, PartialEq)]
pub enum ClashKind {
    /// Both wrote a cell; one of the values is in effect.
    Cell {
        /// Which.
        cell: Cell,
        /// What this side wrote; `None` for the default.
        ours: Option<CellValue>,
        /// What the other side wrote.
        theirs: Option<CellValue>,
    },
    /// This side deleted it, which is in effect. Undoing the deletion brings it back with what the other side wrote.
    DeletedHere {
        /// What the other side wrote.
        theirs: Vec<(Cell, Option<CellValue>)>,
    },
    /// The other side deleted it, which is in effect.
    DeletedThere {
        /// What this side wrote.
        ours: Vec<(Cell, Option<CellValue>)>,
    },
}

/// What a peer has of a history: what [`updates_since`](crate::Pulse::updates_since) need not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(Vec<u8>);

/// A version of a history that is known. Costs nothing to take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment(Vec<(u64, Counter)>);

impl Moment {
    pub(super) fn of(vv: &VersionVector) -> Self {
        let mut peers: Vec<(u64, Counter)> = vv.iter().map(|(&peer, &end)| (peer, end)).collect();
        peers.sort_unstable();
        Self(peers)
    }

    pub(super) fn to_vv(&self) -> VersionVector {
        self.0.iter().map(|&(peer, end)| (peer, end.max(0))).collect()
    }
}

impl Version {
    /// As bytes, to be sent to a peer.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// From bytes; whether they make sense shows when it is used.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    fn parts(&self) -> Option<(Digest, VersionVector)> {
        let (baseline, vv) = self.0.split_first_chunk()?;
        let (peers, []) = vv.as_chunks::<12>() else { return None };
        let peer = |peer: &[u8; 12]| {
            let [a, b, c, d, e, f, g, h, end @ ..] = *peer;
            (u64::from_le_bytes([a, b, c, d, e, f, g, h]), Counter::from_le_bytes(end).max(0))
        };
        Some((*baseline, peers.iter().map(peer).collect()))
    }
}

/// What arrived.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) clashes: Vec<Clash>,
    cells: BTreeMap<EntityId, BTreeSet<Cell>>,
}

/// Whether anybody wants to know what clashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clashes {
    Find,
    Ignore,
}

impl Log {
    /// What it has now.
    pub(crate) fn moment(&self) -> Moment {
        Moment::of(&self.doc.oplog_vv())
    }

    pub(crate) fn version(&self) -> Version {
        let mut bytes = self.baseline.id().to_vec();
        let vv = self.doc.oplog_vv();
        let peers: BTreeMap<u64, Counter> = vv.iter().map(|(&peer, &end)| (peer, end)).collect();
        for (peer, end) in peers {
            bytes.extend(peer.to_le_bytes());
            bytes.extend(end.to_le_bytes());
        }
        Version(bytes)
    }

    /// What a peer lacks.
    pub(crate) fn updates_since(&self, version: &Version) -> Result<Vec<u8>, MergeError> {
        let (theirs, vv) = version.parts().ok_or(MergeError::Damaged)?;
        if theirs != self.baseline.id() {
            return Err(MergeError::OtherHistory);
        }
        self.export(&vv).ok_or(MergeError::TooOld)
    }

    /// What the journal lacks, if anything.
    pub(crate) fn take_record(&mut self) -> Option<Vec<u8>> {
        let now = self.doc.oplog_vv();
        if now == self.recorded {
            return None;
        }
        let record = self.export(&self.recorded)?;
        self.recorded = now;
        Some(record)
    }

    /// Takes note that the journal has everything.
    pub(crate) fn mark_recorded(&mut self) {
        self.recorded = self.doc.oplog_vv();
    }

    fn export(&self, since: &VersionVector) -> Option<Vec<u8>> {
        if self.doc.is_shallow() && !since.includes_vv(&self.doc.shallow_since_vv().to_vv()) {
            return None;
        }
        let update = self.doc.export(ExportMode::updates(since)).ok()?;
        Some(record::update(&self.baseline.id(), &update))
    }

    /// Takes an update in, if it is sound.
    pub(crate) fn import(&mut self, update: &[u8], clashes: Clashes) -> Result<Arrived, MergeError> {
        let update = record::read_update(update, &self.baseline.id())?;
        let before = self.doc.oplog_vv();
        self.check(update, &before)?;
        let imported = self.doc.import(update).map_err(|error| refusal(&error))?;
        let spans = Self::spans(&before, &self.doc.oplog_vv());
        // What lacks others waits in the document until they come.
        if spans.is_empty() && imported.pending.is_some() {
            return Err(MergeError::Incomplete);
        }
        let reading = self.read(&spans);
        let ours = match clashes {
            Clashes::Find => self.unseen_by(&spans, &before),
            Clashes::Ignore => Spans::new(),
        };
        let mut arrived = Arrived::default();
        if !ours.is_empty() {
            arrived.clashes =
                clashes_of(self.side(self.read(&ours).told.iter()), &self.side(reading.told.iter()));
        }
        for (id, told) in reading.told {
            let cells = arrived.cells.entry(id).or_default();
            match told {
                Told::Cell(cell, _) | Told::Content(cell) => _ = cells.insert(cell),
                Told::Existence { .. } => {}
            }
        }
        self.steps.extend(reading.commits);
        Ok(arrived)
    }

    /// Refuses what would be taken in by halves: Loro keeps an update that lacks others for later.
    fn check(&self, update: &[u8], have: &VersionVector) -> Result<(), MergeError> {
        let meta = LoroDoc::decode_import_blob_meta(update, true).map_err(|error| refusal(&error))?;
        let lacking = |(peer, start): (&u64, &Counter)| have.get(peer).copied().unwrap_or(0) < *start;
        if meta.partial_start_vv.iter().any(lacking) {
            return Err(MergeError::Incomplete);
        }
        Ok(())
    }

    /// What this side did that the peers behind some operations had not seen.
    fn unseen_by(&self, theirs: &Spans, before: &VersionVector) -> Spans {
        let heads = theirs.iter().map(|(&peer, &(_, end))| ID::new(peer, end - 1));
        let heads: Frontiers = heads.collect::<Vec<_>>().into();
        let seen = self.doc.frontiers_to_vv(&heads).unwrap_or_default();
        Self::spans(&seen, before)
    }

    /// Brings what arrived into a project that is as the log was before.
    pub(crate) fn bring(&self, arrived: &Arrived, draft: &mut Draft) {
        for (&id, cells) in &arrived.cells {
            let now = draft.entity(id).cloned();
            let existence = self.existence(id).filter(|_| !draft.is_permanent(id));
            let alive = existence.as_ref().map_or(now.is_some(), |existence| existence.alive);
            match now {
                // The project and the master are always there.
                Some(_) if !alive && !draft.is_permanent(id) => draft.take(id),
                Some(entity) if existence.is_none_or(|existence| existence.table == entity.table()) => {
                    let entity = cells.iter().fold(entity, |entity, cell| self.with_cell(id, &entity, cell));
                    draft.put(id, entity);
                }
                now if alive => {
                    if let Some(entity) = self.latent(id) {
                        draft.put(id, entity);
                    } else if now.is_some() {
                        draft.take(id);
                    }
                }
                _ => {}
            }
        }
    }
}

fn refusal(error: &LoroError) -> MergeError {
    match error {
        LoroError::ImportUpdatesThatDependsOnOutdatedVersion => MergeError::TooOld,
        _ => MergeError::Damaged,
    }
}

/// What a side did last to each cell of an entity, and whether it deleted it.
#[derive(Default)]
struct Side {
    deleted: bool,
    cells: BTreeMap<Cell, Wrote>,
}

/// What a side did to a cell.
#[derive(Clone, PartialEq)]
struct Wrote {
    /// What it wrote; of a text or a list, what that has become.
    value: Option<CellValue>,
    /// The container of a text or a list. What two sides did in one is merged.
    content: Option<String>,
}

type Sides = BTreeMap<EntityId, Side>;

fn clashes_of(ours: Sides, theirs: &Sides) -> Vec<Clash> {
    let mut clashes = Vec::new();
    for (entity, ours) in ours {
        let Some(theirs) = theirs.get(&entity) else { continue };
        let mut push = |kind| clashes.push(Clash { entity, kind });
        let written = |side: &Side| {
            side.cells.iter().map(|(cell, wrote)| (cell.clone(), wrote.value.clone())).collect::<Vec<_>>()
        };
        match (ours.deleted, theirs.deleted) {
            (true, true) => {}
            (true, false) if !theirs.cells.is_empty() => {
                push(ClashKind::DeletedHere { theirs: written(theirs) })
            }
            (false, true) if !ours.cells.is_empty() => push(ClashKind::DeletedThere { ours: written(&ours) }),
            (true, false) | (false, true) => {}
            (false, false) => {
                for (cell, ours) in ours.cells {
                    match theirs.cells.get(&cell) {
                        Some(theirs) if *theirs != ours && !ours.merges_with(theirs) => {
                            push(ClashKind::Cell { cell, ours: ours.value, theirs: theirs.value.clone() });
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    clashes
}

impl Wrote {
    fn merges_with(&self, other: &Self) -> bool {
        self.content.is_some() && self.content == other.content
    }
}

impl Log {
    fn side<'a>(&self, told: impl Iterator<Item = &'a (EntityId, Told)>) -> Sides {
        let mut sides = Sides::new();
        for (id, told) in told {
            let side = sides.entry(*id).or_default();
            match told {
                Told::Existence { life } => side.deleted = *life == Life::Deleted,
                Told::Cell(cell, written) => {
                    let wrote = match written.shape() {
                        None => Wrote { value: written.value.clone(), content: None },
                        Some(shape) => {
                            let name = code::content_name(*id, &cell.field, written.key.as_deref());
                            let value = content::held(&cell.field, shape.read(&self.doc, &name));
                            Wrote { value, content: Some(name) }
                        }
                    };
                    side.cells.insert(cell.clone(), wrote);
                }
                Told::Content(_) => {}
            }
        }
        sides
    }
}
