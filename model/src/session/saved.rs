//! Sessions that outlive the process: a record of each thing done for the journal, and all of them as bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{ConflictId, EntityId, Hlc, SessionId, Take};
use serde::{Deserialize, Serialize};

use super::{About, Choice, Isolation, Operation, Session, SessionConflict, SessionError, Sessions};
use crate::diff::EntityChange;
use crate::entity::{Cell, Entity};
use crate::history::Moment;
use crate::merge::{Clash, Conflict};
use crate::project::{Draft, EditError, Project, Record, required};

/// The version of the bytes, and the latest that is read.
const VERSION: u32 = 1;

/// One thing done to a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "session", rename_all = "snake_case")]
pub(crate) enum SessionRecord {
    Opened {
        id: SessionId,
        name: String,
        author: String,
        isolation: Isolation,
        opened: Hlc,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Moment>,
    },
    Edited {
        id: SessionId,
        operation: Operation,
    },
    /// It was worked in beside the store, which changed meanwhile.
    Adopted {
        /// A [`SavedSession`], as JSON: rows have numbers for keys, which would not be read from within this.
        saved: serde_json::Value,
    },
    /// A commit met conflicts.
    Held {
        id: SessionId,
    },
    Resolved {
        id: SessionId,
        conflict: ConflictId,
        /// Numbers depend on who looked when; places do not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<SavedPlace>,
        choice: Choice,
    },
    ResolvedAll {
        id: SessionId,
        take: Take,
    },
    Ended {
        id: SessionId,
    },
}

impl SessionRecord {
    /// That a session was taken over as it is.
    pub(super) fn adopted(session: &Session) -> Self {
        // Plain data always has a JSON form.
        Self::Adopted { saved: serde_json::to_value(saved(session)).unwrap_or_default() }
    }
}

/// Where a conflict is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedPlace {
    entity: EntityId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cell: Option<Cell>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    path: Vec<String>,
}

impl SavedPlace {
    pub(crate) fn of(conflict: &Conflict) -> Self {
        let (cell, path) = match &conflict.clash {
            Clash::Cell { cell, .. } => (Some(cell.clone()), Vec::new()),
            Clash::Unknown { path, .. } => (None, path.clone()),
            Clash::Deleted { .. } | Clash::LeftOut { .. } => (None, Vec::new()),
        };
        Self { entity: conflict.entity, cell, path }
    }
}

/// The past of a project, of which sessions were opened.
pub(crate) type Past<'a> = &'a dyn Fn(&Moment) -> Option<Project>;

/// Why saved sessions cannot be restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// Damaged, or something else.
    #[error("the saved sessions cannot be read")]
    Damaged(#[from] serde_json::Error),
    /// From a later Loophole.
    #[error("the saved sessions are of version {0}; this program reads up to version {VERSION}")]
    NewerVersion(u32),
    /// A session holds something that this version does not take.
    #[error("session '{name}' cannot be restored")]
    Entity {
        /// What the session is called.
        name: String,
        /// Why.
        #[source]
        source: EditError,
    },
    /// A record of something that cannot be done.
    #[error("a step of a session cannot be done again")]
    Step(#[from] SessionError),
}

#[derive(Serialize, Deserialize)]
struct SavedSessions {
    version: u32,
    sessions: Vec<SavedSession>,
}

#[derive(Serialize, Deserialize)]
struct SavedSession {
    id: SessionId,
    name: String,
    author: String,
    isolation: Isolation,
    opened: Hlc,
    /// What the history had when it was opened, for one that still sees that. Nothing in what the version before wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sees: Option<Sees>,
    operations: Vec<Operation>,
    next_conflict: u32,
    changes: Vec<SavedChange>,
    /// What the changes need, should the project delete it.
    context: Vec<Record>,
}

/// The snapshot that a session sees.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sees {
    /// The project that is saved beside it.
    Saved,
    /// The project as the history knows it.
    Past(Moment),
}

#[derive(Serialize, Deserialize)]
struct SavedChange {
    id: EntityId,
    before: Option<Record>,
    after: Option<Record>,
}

impl Sessions {
    /// The open sessions as bytes; empty if there are none. They say what was edited and what was seen then, and so need no
    /// history.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.open.is_empty() {
            return Vec::new();
        }
        let sessions = self.open.values().map(saved).collect();
        // Plain data always has a JSON form; the worst to fear is a session that is not kept.
        serde_json::to_vec(&SavedSessions { version: VERSION, sessions }).unwrap_or_default()
    }

    /// Opens the sessions again that [`to_bytes`](Self::to_bytes) saved. One that saw a snapshot sees it again, if the past
    /// still has it, and goes along with the project otherwise. Sessions of the same ids are replaced.
    ///
    /// # Errors
    /// The bytes are not what was saved; nothing changes.
    pub(crate) fn restore(
        &mut self,
        bytes: &[u8],
        project: &Project,
        past: Past<'_>,
    ) -> Result<(), RestoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let saved: SavedSessions = serde_json::from_slice(bytes)?;
        if saved.version > VERSION {
            return Err(RestoreError::NewerVersion(saved.version));
        }
        let sessions = saved.sessions.into_iter().map(|saved| restored(saved, project, past));
        for session in sessions.collect::<Result<Vec<_>, _>>()? {
            self.open.insert(session.id, session);
        }
        Ok(())
    }

    /// What was done since the last call, for the journal, one JSON object each.
    pub(crate) fn take_records(&mut self) -> Vec<Vec<u8>> {
        let records = std::mem::take(&mut self.records);
        records.iter().filter_map(|record| serde_json::to_vec(record).ok()).collect()
    }

    /// Does again what a record says. What is replayed is in the journal, and not among the records of
    /// [`take_records`](Self::take_records).
    pub(crate) fn replay(
        &mut self,
        record: &[u8],
        project: &Project,
        past: Past<'_>,
    ) -> Result<(), RestoreError> {
        let record: SessionRecord = serde_json::from_slice(record)?;
        let kept = std::mem::take(&mut self.records);
        let done = self.again(record, project, past);
        self.records = kept;
        done
    }

    fn again(
        &mut self,
        record: SessionRecord,
        project: &Project,
        past: Past<'_>,
    ) -> Result<(), RestoreError> {
        match record {
            SessionRecord::Opened { id, name, author, isolation, opened, since } => {
                let about = About { name, author, isolation };
                let ground = match isolation {
                    Isolation::Snapshot => since.as_ref().and_then(past),
                    Isolation::Live => None,
                };
                let mut session = Session::new(id, about, opened, ground.unwrap_or_else(|| project.clone()));
                session.since = since;
                self.open(session);
            }
            SessionRecord::Edited { id, operation } => {
                self.get_mut(id)?.follow(project);
                self.edit(id, operation)?;
            }
            SessionRecord::Adopted { saved } => {
                let session = restored(serde_json::from_value(saved)?, project, past)?;
                self.open.insert(session.id, session);
            }
            SessionRecord::Held { id } => {
                // Whether there still are conflicts is seen by whoever commits next.
                _ = self.get_mut(id)?.outcome(project);
            }
            SessionRecord::Resolved { id, conflict, place, choice } => {
                let session = self.get_mut(id)?;
                session.follow(project);
                let at_place = |known: &&SessionConflict| place == Some(SavedPlace::of(&known.conflict));
                let conflict = session.conflicts.iter().find(at_place).map_or(conflict, |known| known.id);
                self.resolve(id, conflict, choice)?;
            }
            SessionRecord::ResolvedAll { id, take } => {
                self.get_mut(id)?.follow(project);
                self.resolve_all(id, take)?;
            }
            SessionRecord::Ended { id } => _ = self.end(id)?,
        }
        Ok(())
    }
}

fn saved(session: &Session) -> SavedSession {
    let mut session = session.clone();
    let sees = (!session.follows).then(|| session.since.clone().map_or(Sees::Saved, Sees::Past));
    session.fold();
    let record =
        |id: EntityId, entity: &Option<Arc<Entity>>| entity.as_ref().map(|entity| Record::of(id, entity));
    let changes = session.moved.values().map(|change| SavedChange {
        id: change.id,
        before: record(change.id, &change.before),
        after: record(change.id, &change.after),
    });
    SavedSession {
        changes: changes.collect(),
        context: context(&session),
        id: session.id,
        name: session.name,
        author: session.author,
        isolation: session.isolation,
        opened: session.opened,
        sees,
        operations: session.operations,
        next_conflict: session.next_conflict,
    }
}

/// What the changed entities cannot be without, and have not changed.
fn context(session: &Session) -> Vec<Record> {
    let mut found: BTreeMap<EntityId, Record> = BTreeMap::new();
    let mut follow: Vec<EntityId> = session.moved.keys().copied().collect();
    while let Some(entity) = follow.pop().and_then(|id| session.overlay.entity(id)) {
        for needed in required(entity) {
            let Some(record) = session.overlay.record(needed) else { continue };
            if !session.moved.contains_key(&needed) && found.insert(needed, record).is_none() {
                follow.push(needed);
            }
        }
    }
    found.into_values().collect()
}

fn restored(saved: SavedSession, project: &Project, past: Past<'_>) -> Result<Session, RestoreError> {
    let snapshot = match &saved.sees {
        None => None,
        Some(Sees::Saved) => Some(project.clone()),
        Some(Sees::Past(moment)) => past(moment),
    };
    let follows = snapshot.is_none();
    let project = snapshot.as_ref().unwrap_or(project);
    let refuse = |source| RestoreError::Entity { name: saved.name.clone(), source };
    let entity = |record: &Record| record.to_entity().map(Arc::new).map_err(refuse);
    let mut moved = BTreeMap::new();
    // What the session has seen: only to be looked things up in, for it may break rules.
    let mut seen = Draft::new(project.state().clone());
    for record in &saved.context {
        if project.entity(record.id).is_none() {
            seen.put(record.id, entity(record)?);
        }
    }
    for change in &saved.changes {
        let before = change.before.as_ref().map(entity).transpose()?;
        let after = change.after.as_ref().map(entity).transpose()?;
        match &after {
            Some(after) => seen.put(change.id, after.clone()),
            // What follows has its deletions merged in.
            None if !follows => seen.take(change.id),
            None => {}
        }
        moved.insert(change.id, EntityChange { id: change.id, before, after });
    }
    let (overlay, _) = seen.finish();
    let about = About { name: saved.name.clone(), author: saved.author.clone(), isolation: saved.isolation };
    let mut session = Session::new(saved.id, about, saved.opened, project.clone());
    (session.operations, session.next_conflict) = (saved.operations, saved.next_conflict);
    (session.seen, session.overlay) = (overlay.clone(), overlay);
    if follows {
        (session.moved, session.follows) = (moved, true);
        session.merge_onto(project);
    } else {
        session.touched = moved.into_keys().collect();
        session.since = match saved.sees {
            Some(Sees::Past(moment)) => Some(moment),
            _ => None,
        };
    }
    Ok(session)
}
