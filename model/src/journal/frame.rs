//! The bytes of a journal's header and entries.

use protocol::BlobHash;

use super::{Entry, MAX_RECORD_BYTES};

/// 2: late marks.
pub(super) const VERSION: u32 = 2;
pub(super) const HEADER_BYTES: usize = 16;
/// Length and checksum.
pub(super) const PREFIX_BYTES: usize = 8;
/// The kind and the longest record.
pub(super) const MAX_BODY_BYTES: usize = 1 + MAX_RECORD_BYTES;

const MAGIC: &[u8; 8] = b"LOOPJRNL";
const RECORD: u8 = 0;
const MARK: u8 = 1;
const LATE_MARK: u8 = 2;

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    Sound,
    Newer(u32),
    Damaged,
}

pub(super) fn header() -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    let checksum = crc32fast::hash(&header[..12]);
    header[12..].copy_from_slice(&checksum.to_le_bytes());
    header
}

pub(super) fn read_header(header: &[u8; HEADER_BYTES]) -> Header {
    let [.., a, b, c, d, e, f, g, h] = *header;
    let version = u32::from_le_bytes([a, b, c, d]);
    let is_sound =
        header.starts_with(MAGIC) && crc32fast::hash(&header[..12]) == u32::from_le_bytes([e, f, g, h]);
    match is_sound {
        true if (1..=VERSION).contains(&version) => Header::Sound,
        true => Header::Newer(version),
        false => Header::Damaged,
    }
}

/// An entry as it is written; `None` when it is too long.
pub(super) fn encode(entry: Entry<'_>) -> Option<Vec<u8>> {
    let late;
    let (kind, content) = match &entry {
        Entry::Record(record) => (RECORD, *record),
        Entry::Mark { text, but: 0 } => (MARK, text.0.as_slice()),
        Entry::Mark { text, but } => {
            late = [text.0.as_slice(), &but.to_le_bytes()].concat();
            (LATE_MARK, late.as_slice())
        }
    };
    let body_bytes = 1 + content.len();
    let length = u32::try_from(body_bytes).ok().filter(|_| body_bytes <= MAX_BODY_BYTES)?.to_le_bytes();
    let mut frame = Vec::with_capacity(PREFIX_BYTES + body_bytes);
    frame.extend(length);
    frame.extend([0; 4]);
    frame.push(kind);
    frame.extend_from_slice(content);
    let checksum = checksum(length, &frame[PREFIX_BYTES..]);
    frame[4..PREFIX_BYTES].copy_from_slice(&checksum.to_le_bytes());
    Some(frame)
}

/// The length of the body that a prefix announces, and the checksum.
pub(super) fn read_prefix(prefix: [u8; PREFIX_BYTES]) -> (usize, u32) {
    let [a, b, c, d, e, f, g, h] = prefix;
    let length = u32::from_le_bytes([a, b, c, d]);
    (usize::try_from(length).unwrap_or(usize::MAX), u32::from_le_bytes([e, f, g, h]))
}

/// The entry in a body; `None` when it is not what was written.
pub(super) fn decode(body: &[u8], expected: u32) -> Option<Entry<'_>> {
    let length = u32::try_from(body.len()).ok()?.to_le_bytes();
    if checksum(length, body) != expected {
        return None;
    }
    match body.split_first()? {
        (&RECORD, record) => Some(Entry::Record(record)),
        (&MARK, hash) => Some(Entry::Mark { text: BlobHash(hash.try_into().ok()?), but: 0 }),
        (&LATE_MARK, content) => {
            let (hash, but) = content.split_first_chunk()?;
            Some(Entry::Mark { text: BlobHash(*hash), but: u64::from_le_bytes(but.try_into().ok()?) })
        }
        _ => None,
    }
}

fn checksum(length: [u8; 4], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(body);
    hasher.finalize()
}
