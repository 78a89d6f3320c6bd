//! Containers around any content, with the lengths and checksums that it should have: what is behind them is reached
//! too.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A bundle, see `model/src/bundle/container.rs`: the content is compressed.
pub(crate) fn bundle(content: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).ok()?;
    let stream = encoder.finish().ok()?;
    let mut bundle = b"LOOPHOLE\x01\x00\x00\x00".to_vec();
    bundle.extend((content.len() as u64).to_le_bytes());
    bundle.extend(blake3::hash(&stream).as_bytes());
    bundle.extend(stream);
    Some(bundle)
}

/// A journal, see `model/src/journal.rs`, with an entry for each part of the content: a byte that says how long it is,
/// and what is in it, its kind first.
pub(crate) fn journal(mut content: &[u8]) -> Vec<u8> {
    let mut journal = b"LOOPJRNL\x01\x00\x00\x00".to_vec();
    journal.extend(crc32fast::hash(&journal).to_le_bytes());
    while let Some((&length, rest)) = content.split_first() {
        let (body, rest) = rest.split_at(usize::from(length).min(rest.len()));
        content = rest;
        let length = u32::try_from(body.len()).unwrap_or(0).to_le_bytes();
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&length);
        checksum.update(body);
        journal.extend(length);
        journal.extend(checksum.finalize().to_le_bytes());
        journal.extend(body);
    }
    journal
}

/// A saved history, see `model/src/history/container.rs`.
pub(crate) fn history(content: &[u8]) -> Vec<u8> {
    [b"LOOPHIST\x01\x00\x00\x00", blake3::hash(content).as_bytes().as_slice(), content].concat()
}

/// How long the head of a history is that [`history`] makes anew.
pub(crate) const HISTORY_HEAD: usize = 8 + 4 + 32;

/// The parts of a record of commits, see `model/src/history/record.rs`: the tag and checksum, and which history it is of.
pub(crate) const RECORD_HEAD: usize = 1 + 32;

/// A record of commits, over what it says after its checksum.
pub(crate) fn record(baseline: &[u8], update: &[u8]) -> Vec<u8> {
    [&[1], blake3::hash(update).as_bytes().as_slice(), baseline, update].concat()
}
