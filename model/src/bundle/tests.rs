use super::*;
use crate::file::tests::sample;
use crate::pulse::Pulse;

#[test]
fn a_project_comes_back_with_its_blobs_and_packs_to_the_same_bytes() {
    let blobs = Blobs::new();
    let project = sample(&blobs);
    blobs.put(b"used by nobody".as_slice());
    let bytes = to_bytes(&project, &blobs);
    let loaded = from_bytes(&bytes).unwrap();
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.project, project);
    assert_eq!(loaded.blobs.in_memory_hashes().len(), 2);
    assert_eq!(to_bytes(&loaded.project, &loaded.blobs), bytes);
}

#[test]
fn an_empty_project_is_small() {
    let project = Pulse::new().project();
    let bytes = to_bytes(&project, &Blobs::new());
    assert!(bytes.len() < 1_000, "{}", bytes.len());
    assert_eq!(from_bytes(&bytes).unwrap().project, project);
}

#[test]
fn a_blob_that_is_missing_keeps_its_name() {
    let project = sample(&Blobs::new());
    let bytes = to_bytes(&project, &Blobs::new());
    let loaded = from_bytes(&bytes).unwrap();
    assert!(matches!(
        loaded.warnings[..],
        [LoadWarning::MissingBlob { .. }, LoadWarning::MissingBlob { .. }]
    ));
    assert_eq!(to_bytes(&loaded.project, &loaded.blobs), bytes);
}

#[test]
fn a_blob_under_a_wrong_hash_is_told() {
    let (text, _) = file::to_text(&Pulse::new().project());
    let wrong = (Blobs::hash(b"right"), std::sync::Arc::from(b"wrong".as_slice()));
    let bytes = container::pack(&Content { project: text.into_bytes(), blobs: vec![wrong] });
    let loaded = from_bytes(&bytes).unwrap();
    assert!(matches!(loaded.warnings[..], [LoadWarning::DamagedBlob { .. }]));
}
