//! Journals that are cut, damaged, full and resumed.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use protocol::BlobHash;

use super::*;

const BASE: BlobHash = BlobHash([7; 32]);

/// A journal of these records, with a mark after the second.
fn journal(records: &[Vec<u8>]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::create(&path, &BASE).unwrap();
    for (at, record) in records.iter().enumerate() {
        journal.append(record).unwrap();
        if at == 1 {
            journal.mark(&BlobHash([8; 32])).unwrap();
        }
    }
    (folder, path)
}

fn entries(bytes: &[u8]) -> (Vec<Vec<u8>>, Summary) {
    let mut found = Vec::new();
    let summary = read_from(bytes, bytes.len() as u64, |entry| {
        if let Entry::Record(record) = entry {
            found.push(record.to_vec());
        }
        ControlFlow::Continue(())
    });
    (found, summary.unwrap().unwrap())
}

fn records_at(path: &Path) -> Vec<Vec<u8>> {
    entries(&fs::read(path).unwrap()).0
}

fn some_records() -> Vec<Vec<u8>> {
    (0..12_u8).map(|number| vec![number; usize::from(number) * 7]).collect()
}

#[test]
fn what_was_added_is_read_in_order_with_its_marks() {
    let (_folder, path) = journal(&some_records());
    let mut marks = Vec::new();
    let summary = read(&path, |entry| {
        if let Entry::Mark { text: hash, .. } = entry {
            marks.push(hash);
        }
        ControlFlow::Continue(())
    });
    let length = fs::metadata(&path).unwrap().len();
    assert_eq!(summary.unwrap(), Summary { records: 12, sound_bytes: length, lost_bytes: 0 });
    assert_eq!(marks, [BASE, BlobHash([8; 32])]);
    assert_eq!(records_at(&path), some_records());
}

#[test]
fn a_journal_cut_at_any_byte_gives_the_records_that_are_whole() {
    let (_folder, path) = journal(&some_records());
    let bytes = fs::read(&path).unwrap();
    let mut counts = Vec::new();
    for cut in 0..=bytes.len() {
        let (found, summary) = entries(&bytes[..cut]);
        assert_eq!(found, some_records()[..found.len()], "cut at {cut}");
        assert_eq!(summary.sound_bytes + summary.lost_bytes, cut as u64);
        counts.push(found.len());
    }
    assert!(counts.is_sorted());
    assert_eq!(counts.last(), Some(&12));
}

#[test]
fn a_journal_cut_at_any_byte_can_be_gone_on_with() {
    let (folder, path) = journal(&some_records());
    let bytes = fs::read(&path).unwrap();
    let cut_path = folder.path().join("cut");
    for cut in 16..=bytes.len() {
        fs::write(&cut_path, &bytes[..cut]).unwrap();
        let (mut expected, summary) = entries(&bytes[..cut]);
        Journal::resume(&cut_path, &summary).unwrap().append(b"next").unwrap();
        expected.push(b"next".to_vec());
        assert_eq!(records_at(&cut_path), expected, "cut at {cut}");
    }
    assert!(Journal::resume(&cut_path, &Summary::default()).is_err());
}

#[test]
fn any_flipped_bit_ends_the_journal_before_it() {
    let (_folder, path) = journal(&some_records());
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            // A version that is not known is told apart only if its checksum is right, so none here is.
            let (found, summary) = entries(&damaged);
            assert_eq!(found, some_records()[..found.len()], "byte {at}, bit {bit}");
            assert!(summary.sound_bytes <= at as u64, "byte {at}, bit {bit}: {summary:?}");
        }
    }
}

#[test]
fn a_later_version_is_refused_and_untouched() {
    let (_folder, path) = journal(&some_records());
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 9;
    let checksum = crc32fast::hash(&bytes[..12]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let result = read(&path, |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(JournalError::NewerVersion { found: 9, .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_claim_of_length_allocates_nothing() {
    let mut bytes = frame::header().to_vec();
    bytes.extend(u32::MAX.to_le_bytes());
    bytes.extend([0; 40]);
    assert_eq!(entries(&bytes).1.sound_bytes, 16);
    let too_long = frame::encode(Entry::Record(&vec![0; MAX_RECORD_BYTES + 1]));
    assert_eq!(too_long, None);
}

#[test]
fn syncing_waits_and_ends_with_the_journal() {
    let (_folder, path) = journal(&[]);
    let (_, summary) = entries(&fs::read(&path).unwrap());
    let mut journal = Journal::resume(&path, &summary).unwrap();
    for number in 0..50_u8 {
        journal.append(&[number]).unwrap();
        if number % 10 == 0 {
            journal.sync().unwrap();
        }
    }
    drop(journal);
    assert_eq!(records_at(&path).len(), 50);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_a_named_error() {
    let missing = Path::new("/nowhere/at/all/journal");
    assert!(matches!(Journal::create(missing, &BASE), Err(JournalError::Io { .. })));
    assert!(matches!(
        read(Path::new("/dev"), |_| ControlFlow::Continue(())),
        Err(JournalError::NotAFile { .. })
    ));
    let summary = Summary { sound_bytes: 16, ..Summary::default() };
    let mut full = Journal::resume(Path::new("/dev/full"), &summary).unwrap();
    for _ in 0..2 {
        assert!(matches!(full.append(b"x"), Err(JournalError::DiskFull { .. })));
    }
    assert_eq!(full.length_bytes(), 16);
}

proptest! {
    #[test]
    fn random_bytes_are_a_journal_of_few_records(bytes in prop::collection::vec(any::<u8>(), 0..300), has_header: bool) {
        let mut journal = if has_header { frame::header().to_vec() } else { Vec::new() };
        journal.extend(bytes);
        let (found, _) = entries(&journal);
        prop_assert!(found.len() <= 1);
    }
}
