//! Sessions that outlive the process: a record of each thing done for the journal, and all of them as bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{ConflictId, EntityId, Hlc, SessionId, Take};
use serde::{Deserialize, Serialize};

use super::{About, Choice, Isolation, Operation, Session, SessionError, Sessions};
use crate::diff::EntityChange;
use crate::entity::Entity;
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
    operations: Vec<Operation>,
    next_conflict: u32,
    changes: Vec<SavedChange>,
    /// What the changes need, should the project delete it.
    context: Vec<Record>,
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

    /// Opens the sessions again that [`to_bytes`](Self::to_bytes) saved. They go along with the project from now on, for
    /// nobody works in them any more. Sessions of the same ids are replaced.
    ///
    /// # Errors
    /// The bytes are not what was saved; nothing changes.
    pub(crate) fn restore(&mut self, bytes: &[u8], project: &Project) -> Result<(), RestoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let saved: SavedSessions = serde_json::from_slice(bytes)?;
        if saved.version > VERSION {
            return Err(RestoreError::NewerVersion(saved.version));
        }
        let sessions = saved.sessions.into_iter().map(|saved| restored(saved, project));
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
    pub(crate) fn replay(&mut self, record: &[u8], project: &Project) -> Result<(), RestoreError> {
        let record: SessionRecord = serde_json::from_slice(record)?;
        let kept = std::mem::take(&mut self.records);
        let done = self.again(record, project);
        self.records = kept;
        done
    }

    fn again(&mut self, record: SessionRecord, project: &Project) -> Result<(), RestoreError> {
        match record {
            SessionRecord::Opened { id, name, author, isolation, opened } => {
                let about = About { name, author, isolation };
                self.open(Session::new(id, about, opened, project.clone()));
            }
            SessionRecord::Edited { id, operation } => {
                self.get_mut(id)?.follow(project);
                self.edit(id, operation)?;
            }
            SessionRecord::Adopted { saved } => {
                let session = restored(serde_json::from_value(saved)?, project)?;
                self.open.insert(session.id, session);
            }
            SessionRecord::Held { id } => {
                // Whether there still are conflicts is seen by whoever commits next.
                self.get_mut(id)?.edits(project)?;
            }
            SessionRecord::Resolved { id, conflict, choice } => _ = self.resolve(id, conflict, choice)?,
            SessionRecord::ResolvedAll { id, take } => _ = self.resolve_all(id, take)?,
            SessionRecord::Ended { id } => _ = self.end(id)?,
        }
        Ok(())
    }
}

fn saved(session: &Session) -> SavedSession {
    let mut session = session.clone();
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

fn restored(saved: SavedSession, project: &Project) -> Result<Session, RestoreError> {
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
        if let Some(after) = &after {
            seen.put(change.id, after.clone());
        }
        moved.insert(change.id, EntityChange { id: change.id, before, after });
    }
    let (overlay, _) = seen.finish();
    let about = About { name: saved.name.clone(), author: saved.author.clone(), isolation: saved.isolation };
    let mut session = Session::new(saved.id, about, saved.opened, project.clone());
    (session.overlay, session.moved, session.follows) = (overlay, moved, true);
    (session.operations, session.next_conflict) = (saved.operations, saved.next_conflict);
    session.merge_onto(project);
    Ok(session)
}
