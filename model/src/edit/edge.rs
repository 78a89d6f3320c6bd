//! Edits of edges. Those with a place among others that end where they do (the cues in a list) get a rank between their
//! neighbours', so that moving one says nothing of the others.

use std::collections::BTreeMap;

use loro_fractional_index::FractionalIndex;
use protocol::{Edit, EntityId, Value};

use super::{create as new, set, text};
use crate::project::Project;
use crate::view::EdgeId;

/// A place among the edges of a kind to one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    First,
    /// After all others.
    Last,
    /// Right after another.
    After(EdgeId),
    /// Right before another.
    Before(EdgeId),
}

/// Why an edge has no such place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// The edge that is to be moved is not there.
    #[error("there is no edge {0}")]
    NoSuchEdge(EdgeId),
    /// The edge beside which it is to be is not there, or is of another kind or target.
    #[error("the edge {0} is not one of those that it is to stand among")]
    NotAmongThem(EdgeId),
}

/// Ranks that have grown longer than this, in bytes of text, are made anew.
const MAX_RANK_BYTES: usize = 128;

/// A new edge without a place. Anybody who makes one of this kind between these ends makes the same one.
#[must_use]
pub fn connect(kind: &str, source: impl Into<EntityId>, target: impl Into<EntityId>) -> Edit {
    let (source, target) = (source.into(), target.into());
    let fields = [("kind", text(kind)), ("source", Value::Ref(source)), ("target", Value::Ref(target))];
    new("edges", EdgeId::between(kind, source, target), fields)
}

/// A new edge with a place; if there is one of this kind between these ends, it is moved there.
///
/// # Errors
/// There is no such place.
pub fn insert(
    project: &Project,
    kind: &str,
    source: impl Into<EntityId>,
    target: impl Into<EntityId>,
    place: Place,
) -> Result<Vec<Edit>, PlaceError> {
    let (source, target) = (source.into(), target.into());
    let id = EdgeId::between(kind, source, target);
    if project.edge(id).is_some() {
        return move_to(project, id, place);
    }
    let (rank, mut edits) = rank(project, kind, target, id, place)?;
    let fields = [
        ("kind", text(kind)),
        ("source", Value::Ref(source)),
        ("target", Value::Ref(target)),
        ("rank", text(rank)),
    ];
    edits.push(new("edges", id, fields));
    Ok(edits)
}

/// Moves an edge.
///
/// # Errors
/// There is no such edge or place.
pub fn move_to(project: &Project, id: EdgeId, place: Place) -> Result<Vec<Edit>, PlaceError> {
    let edge = project.edge(id).ok_or(PlaceError::NoSuchEdge(id))?;
    if matches!(place, Place::After(other) | Place::Before(other) if other == id) {
        return Ok(Vec::new());
    }
    let (rank, mut edits) = rank(project, edge.kind(), edge.target(), id, place)?;
    edits.push(set(id, "rank", text(rank)));
    Ok(edits)
}

/// Sets or removes (`None`) some of what is known of a relation.
#[must_use]
pub fn set_properties<'a>(
    id: EdgeId,
    properties: impl IntoIterator<Item = (&'a str, Option<Value>)>,
) -> Edit {
    let changes: BTreeMap<String, Option<Value>> =
        properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Edit::Properties { id: id.0, field: "properties".to_owned(), changes }
}

/// The rank of an edge at a place, and new ranks for those that have the same as a neighbour, or none: two peers who
/// insert at one place give the same rank, and nothing is between.
fn rank(
    project: &Project,
    kind: &str,
    target: EntityId,
    id: EdgeId,
    place: Place,
) -> Result<(String, Vec<Edit>), PlaceError> {
    let bound = |rank: &str| (!rank.is_empty()).then(|| FractionalIndex::from_hex_string(rank));
    let edges = || project.edges_to(target, kind).filter(move |edge| edge.id() != id);
    if place == Place::Last {
        // The last place needs only the last edge.
        let last = edges().next_back().and_then(|last| bound(last.rank()));
        let rank = last.map(|last| FractionalIndex::new_after(&last).to_string());
        if let Some(rank) = rank.filter(|rank| rank.len() <= MAX_RANK_BYTES) {
            return Ok((rank, Vec::new()));
        }
    }
    let others: Vec<(EdgeId, &str)> = edges().map(|edge| (edge.id(), edge.rank())).collect();
    let find =
        |other: EdgeId| others.iter().position(|(id, _)| *id == other).ok_or(PlaceError::NotAmongThem(other));
    let at = match place {
        Place::First => 0,
        Place::Last => others.len(),
        Place::After(other) => find(other)? + 1,
        Place::Before(other) => find(other)?,
    };
    let low = at.checked_sub(1).map_or("", |at| others[at].1);
    let beside = others[at..].iter().take_while(|(_, rank)| *rank <= low || rank.is_empty()).count();
    let high = others.get(at + beside).map_or("", |(_, rank)| rank);
    let between = FractionalIndex::generate_n_evenly(bound(low).as_ref(), bound(high).as_ref(), beside + 1);
    let ranks = between.map(|ranks| ranks.iter().map(FractionalIndex::to_string).collect::<Vec<_>>());
    let good = |ranks: &Vec<String>| ranks.iter().all(|rank| rank.len() <= MAX_RANK_BYTES);
    // An edge before it without a rank would come to stand behind one with a rank.
    let unranked_before = low.is_empty() && at > 0;
    let (mut ranks, from) = match ranks.filter(|ranks| good(ranks) && !unranked_before) {
        Some(ranks) => (ranks, at),
        None => {
            // There is no room left: all get new ranks.
            let all = FractionalIndex::generate_n_evenly(None, None, others.len() + 1).unwrap_or_default();
            (all.iter().map(FractionalIndex::to_string).collect(), 0)
        }
    };
    if ranks.is_empty() {
        return Ok((String::new(), Vec::new()));
    }
    let own = ranks.remove(at - from);
    let changed = others[from..].iter().zip(&ranks).filter(|((_, old), new)| old != new);
    Ok((own, changed.map(|((id, _), rank)| set(*id, "rank", text(rank.as_str()))).collect()))
}

#[cfg(test)]
mod tests;
