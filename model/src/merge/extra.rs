//! What this version does not know: plain JSON, merged key by key.

use std::collections::{BTreeMap, BTreeSet};

use protocol::EntityId;
use serde_json::Value as Json;

use super::Merge;
use super::conflict::{Clash, Conflict};
use crate::project::{Extra, Project};

/// Merges what is beside the tables, and the entities that were set aside.
pub(super) fn project(base: &Project, ours: &Project, theirs: &Project, merge: &mut Merge) {
    let all = [base, ours, theirs].map(Project::extra);
    if all[0] == all[2] {
        return;
    }
    let place = (ours.root_id(), &[][..]);
    let merged = objects(place, Some(all[0]), Some(all[1]), Some(all[2]), &mut merge.conflicts);
    merge.project = merge.project.clone().with_extra(merged);
}

/// Merges objects; where both sides changed a key differently, ours stays and a conflict says so.
pub(super) fn objects(
    place: (EntityId, &[String]),
    base: Option<&Extra>,
    ours: Option<&Extra>,
    theirs: Option<&Extra>,
    conflicts: &mut Vec<Conflict>,
) -> Extra {
    let keys: BTreeSet<&String> =
        [base, ours, theirs].into_iter().flatten().flat_map(BTreeMap::keys).collect();
    let mut merged = Extra::new();
    for key in keys {
        let get = |object: Option<&Extra>| object.and_then(|object| object.get(key)).cloned();
        let (was, mine, other) = (get(base), get(ours), get(theirs));
        let value = if mine == other || other == was {
            mine
        } else if mine == was {
            other
        } else {
            let path: Vec<String> = place.1.iter().chain([key]).cloned().collect();
            match (object(&was), object(&mine), object(&other)) {
                (was, Some(mine), Some(other)) => {
                    let place = (place.0, &path[..]);
                    let merged = objects(place, was.as_ref(), Some(&mine), Some(&other), conflicts);
                    Some(Json::Object(merged.into_iter().collect()))
                }
                _ => {
                    let clash = Clash::Unknown { path, base: was, ours: mine.clone(), theirs: other };
                    conflicts.push(Conflict { entity: place.0, clash });
                    mine
                }
            }
        };
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    merged
}

fn object(json: &Option<Json>) -> Option<Extra> {
    match json {
        Some(Json::Object(entries)) => {
            Some(entries.iter().map(|(key, entry)| (key.clone(), entry.clone())).collect())
        }
        _ => None,
    }
}
