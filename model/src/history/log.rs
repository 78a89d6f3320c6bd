//! The log: a Loro document that holds what changed since a baseline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use loro::{Counter, IdSpan, LoroDoc, LoroMap, LoroValue, PeerID, ValueOrContainer, VersionVector};
use protocol::{CommitId, EntityId, Hlc};

use super::baseline::Baseline;
use super::code::{self, EXISTENCE, Existence, Written, WrittenRef};
use super::commit::{Commit, CommitKind, Message, StepState};
use super::steps::Steps;
use super::text::{self, Splice};
use crate::entity::{Cell, CellChange, Entity, cell};
use crate::project::{Change, Life, Project};
use crate::schema;

/// The document, what it is laid over, and its commits.
#[derive(Debug)]
pub(crate) struct Log {
    pub(super) doc: LoroDoc,
    pub(crate) baseline: Baseline,
    pub(crate) steps: Steps,
    /// What the journal has.
    pub(super) recorded: VersionVector,
}

/// What an operation of the log says.
#[derive(Debug)]
pub(crate) enum Told {
    /// An entity came or went.
    Existence { life: Life },
    /// What a cell holds.
    Cell(Cell, Box<Written>),
    /// Some letters of a text changed.
    Text(Cell),
}

/// Operations of the log, and the commits that made them.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) told: Vec<(EntityId, Told)>,
    pub(super) commits: Vec<Commit>,
}

/// Operations of some peers: from the first to before the last.
pub(super) type Spans = BTreeMap<PeerID, (Counter, Counter)>;

/// What one transaction does to one entity, ready to be written.
struct Plan<'a> {
    change: &'a Change,
    cells: Vec<CellChange>,
    existence: Option<Existence>,
}

impl Log {
    /// An empty log over a project.
    pub(crate) fn new(project: Project) -> Self {
        Self::over(Baseline::of(project), new_doc(LoroDoc::new()), Steps::default())
    }

    pub(super) fn over(baseline: Baseline, doc: LoroDoc, steps: Steps) -> Self {
        let recorded = doc.oplog_vv();
        Self { doc, baseline, steps, recorded }
    }

    /// Writes what a transaction changed, as one commit.
    pub(crate) fn commit(&mut self, changes: &[Change], message: Message) -> CommitId {
        // PANIC: nobody else has the document, so it is attached and its containers take what their kind takes.
        let written = self.write(changes, &message).expect("the document is ours");
        let commit = Commit { id: written.1, start: written.0, message, state: StepState::Done };
        let id = commit.id;
        self.steps.extend(vec![commit]);
        id
    }

    fn write(&self, changes: &[Change], message: &Message) -> loro::LoroResult<(u32, CommitId)> {
        let plans: Vec<Plan<'_>> = changes.iter().map(|change| self.plan(change, message)).collect();
        // First of all the baseline's texts, which are changes of their own.
        for plan in &plans {
            let Some(after) = &plan.change.after else { continue };
            for change in plan.cells.iter().filter(|change| code::is_text(after, &change.cell)) {
                let (map, key) = (self.map(plan.change.id), code::key(&change.cell));
                if map.get(&key).is_none() {
                    let name = code::text_name(plan.change.id, &change.cell.field);
                    text::begin(&self.doc, &name, code::text_of(change.before.as_ref()))?;
                }
            }
        }
        let peer = self.doc.peer_id();
        let start = self.counter(peer);
        for plan in &plans {
            self.write_entity(plan, message.at)?;
        }
        if self.doc.get_pending_txn_len() == 0 {
            // A commit of nothing would leave no trace; nothing reads this.
            self.doc.get_map("steps").insert("last", code::to_json(message))?;
        }
        self.doc.set_next_commit_message(&code::to_json(message));
        self.doc.commit();
        Ok((start, CommitId { peer, counter: self.counter(peer).saturating_sub(1) }))
    }

    fn counter(&self, peer: PeerID) -> u32 {
        let counter = self.doc.oplog_vv().get(&peer).copied().unwrap_or(0);
        u32::try_from(counter).unwrap_or(0)
    }

    fn plan<'a>(&self, change: &'a Change, message: &Message) -> Plan<'a> {
        let existence = |entity: &Entity, alive, born| Existence {
            table: entity.table().to_owned(),
            alive,
            born,
            again: false,
            extra: entity.extra.clone(),
            at: message.at,
        };
        let (cells, existence) = match (&change.before, &change.after) {
            (Some(before), None) => {
                (self.earlier_life(change.id, message), Some(existence(before, false, false)))
            }
            (Some(before), Some(after)) if before.table() == after.table() => {
                let renewed = (before.extra != after.extra).then(|| existence(after, true, false));
                (cell::changes(Some(before), Some(after)), renewed)
            }
            (_, Some(after)) => {
                // What the log has of it from an earlier life shows through, unless it is written over.
                let mut existence = existence(after, true, true);
                existence.again = self.tells_existence(change.id);
                let latent = existence.again.then(|| self.latent_as(change.id, &existence)).flatten();
                let mut cells = cell::changes(latent.as_ref(), Some(after));
                // A step that creates says all that it creates; one that brings back, only what was not there any more.
                if matches!(message.kind, CommitKind::Edit | CommitKind::Outside) {
                    let anew: BTreeSet<Cell> = cells.iter().map(|change| change.cell.clone()).collect();
                    let same = cell::changes(None, Some(after)).into_iter();
                    cells.extend(same.filter(|change| !anew.contains(&change.cell)).map(|change| {
                        let before = latent.as_ref().and_then(|latent| cell::get(latent, &change.cell));
                        CellChange { before, ..change }
                    }));
                }
                (cells, Some(existence))
            }
            (None, None) => (Vec::new(), None),
        };
        Plan { change, cells, existence }
    }

    /// What an entity held in an earlier life, where a step that made it again is taken back: bringing back the earlier life
    /// is then to find it as it was.
    fn earlier_life(&self, id: EntityId, message: &Message) -> Vec<CellChange> {
        let CommitKind::Undo(step) = message.kind else { return Vec::new() };
        if !self.existence(id).is_some_and(|existence| existence.again) {
            return Vec::new();
        }
        let Some(commit) = self.steps.all().iter().rfind(|commit| commit.id == step) else {
            return Vec::new();
        };
        let back = |(of, told): (EntityId, Told)| match told {
            Told::Cell(cell, written) if of == id => Some(match written.splice {
                Some(Splice { cut, put, .. }) => {
                    CellChange { cell, before: code::text_value(put), after: code::text_value(cut) }
                }
                None => CellChange { cell, before: written.value, after: written.was },
            }),
            _ => None,
        };
        self.read_commit(commit).told.into_iter().filter_map(back).collect()
    }

    fn write_entity(&self, plan: &Plan<'_>, at: Hlc) -> loro::LoroResult<()> {
        if plan.existence.is_none() && plan.cells.is_empty() {
            return Ok(());
        }
        let map = self.map(plan.change.id);
        if let Some(existence) = &plan.existence {
            map.insert(EXISTENCE, code::to_json(existence))?;
        }
        let is_born = plan.existence.as_ref().is_some_and(|existence| existence.born);
        for CellChange { cell, before, after } in &plan.cells {
            let key = code::key(cell);
            // The log passes over what it already holds, but an entity that is made again is to be told anew.
            let again = (is_born && map.get(&key).is_some()).then_some(at);
            let entity = plan.change.after.as_ref().or(plan.change.before.as_ref());
            let is_text = entity.is_some_and(|entity| code::is_text(entity, cell));
            let written = if is_text {
                let text = self.doc.get_text(code::text_name(plan.change.id, &cell.field));
                let (old, new) = (text.to_string(), code::text_of(after.as_ref()));
                // A life begins with all of its text, also where it is like that of an earlier one.
                let splice = if is_born { Splice::whole(old, new) } else { Splice::between(&old, new) };
                splice.write(&text)?;
                code::to_json(&WrittenRef { value: None, was: None, splice: Some(&splice), at: again })
            } else {
                let at = code::stamp(after.as_ref(), at).or(again);
                code::to_json(&WrittenRef { value: after.as_ref(), was: before.as_ref(), splice: None, at })
            };
            map.insert(&key, written)?;
        }
        Ok(())
    }

    fn map(&self, id: EntityId) -> LoroMap {
        self.doc.get_map(code::map_name(id))
    }

    fn tells_existence(&self, id: EntityId) -> bool {
        self.map(id).get(EXISTENCE).is_some()
    }

    /// What the log says of an entity's existence, if anything.
    pub(super) fn existence(&self, id: EntityId) -> Option<Existence> {
        code::existence(&text_at(&self.map(id), EXISTENCE)?)
    }

    /// An entity as the baseline and the log have it, whether it exists or not. `None` if neither knows it.
    pub(crate) fn latent(&self, id: EntityId) -> Option<Entity> {
        match self.existence(id) {
            Some(existence) => self.latent_as(id, &existence),
            None => {
                let entity = self.baseline.project()?.entity(id)?.clone();
                Some(self.laid_over(id, entity))
            }
        }
    }

    fn latent_as(&self, id: EntityId, existence: &Existence) -> Option<Entity> {
        let table = schema::table(&existence.table)?;
        let old = self.baseline.project().and_then(|project| project.entity(id));
        let old = old.filter(|entity| entity.table() == table.name);
        let mut entity = old.cloned().unwrap_or_else(|| Entity::new(table));
        entity.extra.clone_from(&existence.extra);
        Some(self.laid_over(id, entity))
    }

    /// An entity with every cell that the log has of it.
    fn laid_over(&self, id: EntityId, mut entity: Entity) -> Entity {
        let mut written = BTreeMap::new();
        self.map(id).for_each(|key, value| {
            if let (Some(cell), ValueOrContainer::Value(LoroValue::String(json))) = (code::cell(key), value) {
                written.insert(cell, json);
            }
        });
        for (cell, json) in written {
            let value = code::written(&json).unwrap_or_default();
            entity = self.with(id, &entity, &cell, value);
        }
        entity
    }

    /// The value of a cell as the log has it now, laid over an entity.
    pub(super) fn with_cell(&self, id: EntityId, entity: &Entity, cell: &Cell) -> Entity {
        match text_at(&self.map(id), &code::key(cell)) {
            Some(json) => self.with(id, entity, cell, code::written(&json).unwrap_or_default()),
            None => entity.clone(),
        }
    }

    fn with(&self, id: EntityId, entity: &Entity, cell: &Cell, written: Written) -> Entity {
        let value = match written.splice {
            Some(_) => code::text_value(self.doc.get_text(code::text_name(id, &cell.field)).to_string()),
            None => written.value,
        };
        cell::with(entity, cell, value.filter(|value| crate::project::fits(entity, cell, value)))
    }

    /// When a claim was made: an entity's creation, or a reference of it. The baseline's come before all others.
    pub(crate) fn claimed(&self, id: EntityId, field: Option<&str>) -> Hlc {
        let json = text_at(&self.map(id), field.unwrap_or(EXISTENCE));
        let at = match field {
            None => json.and_then(|json| code::existence(&json)).map(|existence| existence.at),
            Some(_) => json.and_then(|json| code::written(&json)).and_then(|written| written.at),
        };
        at.unwrap_or_default()
    }

    /// The entities that the log says anything of.
    pub(super) fn entities(&self) -> BTreeSet<EntityId> {
        let LoroValue::Map(roots) = self.doc.get_value() else { return BTreeSet::new() };
        roots.keys().filter_map(|name| Some(code::container(name)?.0)).collect()
    }

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
        let count = |number: u32| Counter::try_from(number).unwrap_or(Counter::MAX);
        let span = (count(commit.start), count(commit.id.counter).saturating_add(1));
        self.read(&[(commit.id.peer, span)].into())
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
        (loro::JsonOpContent::Text(_), Some(field)) => Told::Text(code::cell(field)?),
        _ => return None,
    };
    Some((id, told))
}

fn text_at(map: &LoroMap, key: &str) -> Option<Arc<str>> {
    match map.get(key)? {
        ValueOrContainer::Value(LoroValue::String(json)) => Some(json.as_str().into()),
        _ => None,
    }
}

/// A document set up as all of ours are.
pub(super) fn new_doc(doc: LoroDoc) -> LoroDoc {
    // Each commit is a change of its own, whose message is about it alone.
    doc.set_change_merge_interval(0);
    doc
}
