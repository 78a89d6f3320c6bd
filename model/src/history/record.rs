//! The form of updates and of the journal's records: a tag, which history it belongs to, a checksum, and the contents.

use super::baseline::Digest;
use super::error::MergeError;

/// The tag of a record of commits.
pub const TAG_UPDATE: u8 = 1;
/// The tag of a record of overlay sessions.
pub const TAG_SESSION: u8 = 2;

const DIGEST: usize = 32;

/// A record of commits.
pub(super) fn update(baseline: &Digest, update: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(1 + 2 * DIGEST + update.len());
    record.push(TAG_UPDATE);
    record.extend(blake3::hash(update).as_bytes());
    record.extend(baseline);
    record.extend(update);
    record
}

/// The contents of such a record, checked.
pub(super) fn read_update<'a>(record: &'a [u8], baseline: &Digest) -> Result<&'a [u8], MergeError> {
    let (&tag, rest) = record.split_first().ok_or(MergeError::Damaged)?;
    if tag != TAG_UPDATE {
        return Err(MergeError::UnknownKind(tag));
    }
    let (checksum, rest) = rest.split_at_checked(DIGEST).ok_or(MergeError::Damaged)?;
    let (history, update) = rest.split_at_checked(DIGEST).ok_or(MergeError::Damaged)?;
    if blake3::hash(update).as_bytes() != checksum {
        return Err(MergeError::Damaged);
    }
    if history != baseline {
        return Err(MergeError::OtherHistory);
    }
    Ok(update)
}
