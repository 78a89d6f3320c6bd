//! The log: a Loro document that holds what changed since a baseline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use loro::{LoroDoc, LoroMap, LoroValue, PeerID, ValueOrContainer, VersionVector};
use protocol::{CommitId, EntityId, Hlc, Value};

use super::baseline::Baseline;
use super::code::{self, EXISTENCE, Existence, Written, WrittenRef};
use super::commit::{Commit, CommitKind, Message, StepState};
use super::content::{self, Home, Piece, Shape};
use super::reading::Told;
use super::steps::Steps;
use super::text::Splice;
use crate::entity::{Cell, CellChange, CellValue, Entity, cell};
use crate::project::Change;
use crate::schema::{self, UserSchema};

/// In logs with more commits than this, contents begin by operations of whoever begins them: what every peer makes
/// alike follows on nothing, and no commit before it could ever be dropped.
const YOUNG: usize = 1_000;

/// The document, what it is laid over, and its commits.
#[derive(Debug)]
pub(crate) struct Log {
    pub(super) doc: LoroDoc,
    pub(crate) baseline: Arc<Baseline>,
    pub(crate) steps: Steps,
    /// What the journal has.
    pub(super) recorded: VersionVector,
}

/// What one transaction does to one entity, ready to be written.
struct Plan<'a> {
    change: &'a Change,
    cells: Vec<CellChange>,
    existence: Option<Existence>,
    /// Where the cells of the same numbers have their contents, if they have any.
    homes: Vec<Option<Place>>,
}

/// Where a cell has its content, and what that was and becomes.
struct Place {
    home: Home,
    before: Value,
    after: Value,
}

impl Log {
    /// An empty log over a project.
    pub(crate) fn new(baseline: Arc<Baseline>) -> Self {
        Self::over(baseline, new_doc(LoroDoc::new()), Steps::default())
    }

    pub(super) fn over(baseline: Arc<Baseline>, doc: LoroDoc, steps: Steps) -> Self {
        let recorded = doc.oplog_vv();
        Self { doc, baseline, steps, recorded }
    }

    /// Writes what a transaction changed, as one commit. `user` is what users' tables are declared to be after it.
    pub(crate) fn commit(&mut self, changes: &[Change], user: &UserSchema, message: Message) -> CommitId {
        // PANIC: nobody else has the document, so it is attached and its containers take what their kind takes.
        let written = self.write(changes, user, &message).expect("the document is ours");
        let commit = Commit { id: written.1, start: written.0, message, state: StepState::Done };
        let id = commit.id;
        self.steps.extend(vec![commit]);
        id
    }

    fn write(
        &self,
        changes: &[Change],
        user: &UserSchema,
        message: &Message,
    ) -> loro::LoroResult<(u32, CommitId)> {
        let plans: Vec<Plan<'_>> = changes.iter().map(|change| self.plan(change, user, message)).collect();
        // First of all what contents begin with, which are changes of their own.
        for place in plans.iter().flat_map(|plan| plan.homes.iter().flatten()) {
            if let Some(value) = &place.home.begin {
                content::begin(&self.doc, &place.home.name, value)?;
            }
        }
        let peer = self.doc.peer_id();
        let start = self.counter(peer);
        for plan in &plans {
            self.write_entity(plan, user, message)?;
        }
        if self.doc.get_pending_txn_len() == 0 {
            // A commit of nothing would leave no trace; nothing reads this.
            self.doc.get_map("steps").insert("last", code::to_json(message))?;
        }
        self.doc.set_next_commit_message(&code::to_json(message));
        self.doc.commit();
        Ok((start, CommitId { peer, counter: self.counter(peer).saturating_sub(1) }))
    }

    /// Whether it has every commit since the baseline.
    pub(crate) fn is_whole(&self) -> bool {
        !self.doc.is_shallow()
    }

    fn counter(&self, peer: PeerID) -> u32 {
        let counter = self.doc.oplog_vv().get(&peer).copied().unwrap_or(0);
        u32::try_from(counter).unwrap_or(0)
    }

    fn plan<'a>(&self, change: &'a Change, user: &UserSchema, message: &Message) -> Plan<'a> {
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
        // A life begins, and ends, with its contents as plain values.
        let same_life = existence.as_ref().is_none_or(|existence| existence.alive && !existence.born);
        let entity = change.after.as_ref().filter(|_| same_life);
        let home = |cell: &CellChange| self.place(change.id, entity?, (user, message.at), cell);
        let homes = cells.iter().map(home).collect();
        Plan { change, cells, existence, homes }
    }

    fn place(
        &self,
        id: EntityId,
        entity: &Entity,
        (user, at): (&UserSchema, Hlc),
        change: &CellChange,
    ) -> Option<Place> {
        let CellChange { cell, before, after } = change;
        let shape = Shape::of(entity, cell, user)?;
        let before = shape.value(&cell.field, before.as_ref())?;
        let after = shape.value(&cell.field, after.as_ref())?;
        let mut home = Home::of((id, &cell.field), shape, self.written(id, cell), &before);
        if self.doc.is_shallow() || self.steps.all().len() >= YOUNG {
            home = home.in_long((id, &cell.field), at, self.doc.peer_id());
        }
        Some(Place { home, before, after })
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
            Told::Cell(cell, written) if of == id => {
                let (before, after) = match *written {
                    // Only texts were begun so, by older versions.
                    Written { splice: Some(Splice { cut, put, .. }), .. } => {
                        let text = |text| content::held(&cell.field, Value::Text(text));
                        (text(put), text(cut))
                    }
                    Written { value, was, .. } => (value, was),
                };
                Some(CellChange { cell, before, after })
            }
            _ => None,
        };
        self.read_commit(commit).told.into_iter().filter_map(back).collect()
    }

    fn write_entity(&self, plan: &Plan<'_>, user: &UserSchema, message: &Message) -> loro::LoroResult<()> {
        let (at, gathered) = (message.at, message.kind == CommitKind::Gathered);
        if plan.existence.is_none() && plan.cells.is_empty() {
            return Ok(());
        }
        let map = self.map(plan.change.id);
        if let Some(existence) = &plan.existence {
            map.insert(EXISTENCE, code::to_json(existence))?;
        }
        let is_born = plan.existence.as_ref().is_some_and(|existence| existence.born);
        let entity = plan.change.after.as_ref().or(plan.change.before.as_ref());
        for (CellChange { cell, before, after }, place) in plan.cells.iter().zip(&plan.homes) {
            let key = code::key(cell);
            let written = match place {
                Some(place) => self.write_content(place, at)?,
                None => {
                    // The log passes over what it already holds, but an entity that is made again is to be told anew.
                    let again = is_born && map.get(&key).is_some();
                    let may_merge = entity.is_some_and(|entity| Shape::of(entity, cell, user).is_some());
                    let at = code::stamp(after.as_ref(), at).or((again || may_merge).then_some(at));
                    let (value, was) = (after.as_ref(), before.as_ref());
                    code::to_json(&WrittenRef { value, was, gathered, at, ..WrittenRef::default() })
                }
            };
            map.insert(&key, written)?;
        }
        Ok(())
    }

    /// Changes a content, and gives what its cell is to say of that.
    fn write_content(&self, place: &Place, at: Hlc) -> loro::LoroResult<String> {
        let Place { home, before, after } = place;
        let mut written = WrittenRef { key: home.key.as_deref(), at: Some(at), ..WrittenRef::default() };
        let Some(piece) = Piece::between(before, after) else { return Ok(code::to_json(&written)) };
        let now = piece.shape().read(&self.doc, &home.name);
        // An id that lives again may find there what an earlier life has left; in a shortened log there is nothing yet.
        let in_log = if now == *before { None } else { Piece::between(&now, after) };
        in_log.as_ref().unwrap_or(&piece).write(&self.doc, &home.name)?;
        match &piece {
            Piece::Text(splice) => written.splice = Some(splice),
            Piece::List(edit) => written.list = Some(edit),
        }
        Ok(code::to_json(&written))
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
        match self.existence(id).filter(|_| !self.is_permanent(id)) {
            Some(existence) => self.latent_as(id, &existence),
            None => {
                let entity = self.baseline.project()?.entity(id)?.clone();
                Some(self.laid_over(id, entity))
            }
        }
    }

    /// Whether it is the project or the master, which are always there, and stay what they are whatever a peer says.
    pub(super) fn is_permanent(&self, id: EntityId) -> bool {
        self.baseline.project().is_some_and(|project| [project.root_id(), project.master_id()].contains(&id))
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
        match self.written(id, cell) {
            Some(written) => self.with(id, entity, cell, written),
            None => entity.clone(),
        }
    }

    fn with(&self, id: EntityId, entity: &Entity, cell: &Cell, written: Written) -> Entity {
        if *cell.field == *"kind" && self.is_permanent(id) {
            return entity.clone();
        }
        let value = match written.shape() {
            Some(shape) => {
                let name = code::content_name(id, &cell.field, written.key.as_deref());
                content::held(&cell.field, shape.read(&self.doc, &name))
            }
            None => written.value,
        };
        cell::with(entity, cell, value.filter(|value| crate::project::fits(entity, cell, value)))
    }

    /// What the log says of a cell, if anything.
    pub(super) fn written(&self, id: EntityId, cell: &Cell) -> Option<Written> {
        text_at(&self.map(id), &code::key(cell)).map(|json| code::written(&json).unwrap_or_default())
    }

    /// The cells of an entity that hold what nobody wrote.
    pub(super) fn gathered(&self, id: EntityId) -> Vec<(Cell, Option<CellValue>)> {
        let mut found = Vec::new();
        self.map(id).for_each(|key, value| {
            let ValueOrContainer::Value(LoroValue::String(json)) = value else { return };
            // Few are, so most need not be read.
            if !json.contains("\"g\":true") {
                return;
            }
            if let (Some(cell), Some(written)) = (code::cell(key), code::written(&json))
                && written.gathered
            {
                found.push((cell, written.value));
            }
        });
        found
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
