//! Ids that follow from what an entity is, so that two peers who make the same thing make one.

use protocol::EntityId;

/// The tables whose ids are derived. Such an entity can be made again after it was deleted.
pub(crate) const DERIVED: [&str; 3] = ["tables", "fields", "edges"];

/// The id of a user's table with a name.
#[must_use]
pub fn table_id(name: &str) -> EntityId {
    derive(&[b"table", name.as_bytes()])
}

/// The id of a field of a user's table, by its name.
#[must_use]
pub fn field_id(table: EntityId, name: &str) -> EntityId {
    derive(&[b"field", &table.0.to_be_bytes(), name.as_bytes()])
}

/// The id of the edge of a kind from one entity to another.
#[must_use]
pub fn edge_id(kind: &str, source: EntityId, target: EntityId) -> EntityId {
    derive(&[b"edge", kind.as_bytes(), &source.0.to_be_bytes(), &target.0.to_be_bytes()])
}

fn derive(parts: &[&[u8]]) -> EntityId {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // With their lengths, or else two different lists of parts would be one.
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut id = [0; 16];
    hasher.finalize_xof().fill(&mut id);
    // Neither the lowest nor the highest id, which are nobody's.
    EntityId(u128::from_be_bytes(id).clamp(1, u128::MAX - 1))
}
