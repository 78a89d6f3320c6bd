//! Collecting and relinking.

use std::ops::ControlFlow;

use super::*;

fn go_on(_: Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A saved project with two blobs, and what they hold.
fn with_blobs() -> (tempfile::TempDir, PathBuf, Project, Blobs) {
    let (folder, path, mut document, _, blobs) = saved();
    let mut log = Plain::with(sample(&blobs));
    let project = log.project();
    document.save(&mut log, &project, &blobs).unwrap();
    (folder, path, project, blobs)
}

#[test]
fn a_collected_project_needs_nothing_else() {
    let (folder, path, project, _) = with_blobs();
    let loaded = crate::file::load(&path).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let target = copy.path().join("Song.loophole");
    let mut seen = 0;
    let collected = collect(&project, &loaded.blobs, &target, &mut |at| {
        assert_eq!((at.done, at.total), (seen, 2));
        seen += 1;
    });
    let collected = collected.unwrap();
    assert_eq!((collected.blobs, collected.missing, seen), (2, vec![], 2));
    assert!(collected.bytes > 0);
    drop(folder);
    let loaded = crate::file::load(&target).unwrap();
    assert_eq!((loaded.warnings, missing(&loaded.project, &loaded.blobs)), (vec![], vec![]));
}

#[test]
fn missing_media_is_found_by_content_whatever_its_name() {
    let (_folder, path, project, blobs) = with_blobs();
    let elsewhere = tempfile::tempdir().unwrap();
    let deep = elsewhere.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    for (at, hash) in blobs.in_memory_hashes().iter().enumerate() {
        fs::write(deep.join(format!("take {at}.bin")), blobs.get(hash).unwrap()).unwrap();
    }
    fs::write(elsewhere.path().join("other.txt"), b"something else").unwrap();
    fs::remove_dir_all(crate::file::blob_folder(&path)).unwrap();
    let loaded = crate::file::load(&path).unwrap();
    assert_eq!(missing(&loaded.project, &loaded.blobs).len(), 2);
    let nowhere = elsewhere.path().join("nowhere");
    let none = relink(&project, &loaded.blobs, &path, std::slice::from_ref(&nowhere), &mut go_on).unwrap();
    assert_eq!((none.missing.len(), none.unreadable), (2, vec![nowhere]));
    let found = relink(&project, &loaded.blobs, &path, &[elsewhere.path().to_owned()], &mut go_on).unwrap();
    assert_eq!((found.found.len(), found.missing, found.unreadable), (2, vec![], vec![]));
    assert_eq!(missing(&loaded.project, &loaded.blobs), []);
    assert_eq!(crate::file::load(&path).unwrap().warnings, []);
}

#[test]
fn imported_audio_is_found_by_the_file_that_it_came_from() {
    let (_folder, path, _, _) = with_blobs();
    let sources = tempfile::tempdir().unwrap();
    // 24 bits become what the project stores, so the file and the blob differ.
    let wav = crate::media::tests::wav_bytes(1, 1, 24, 44_100, &[1, 2, 3, 4, 5, 6]);
    fs::write(sources.path().join("drums.wav"), &wav).unwrap();
    let decoded = crate::media::decode(&wav, crate::media::Limits::default()).unwrap();
    let mut log = Plain::new();
    let edits = vec![
        create("tracks", 0x50, &[("kind", Value::Text("audio".into()))]),
        create(
            "clips",
            0x51,
            &[
                ("track", Value::Ref(EntityId(0x50))),
                ("kind", Value::Text("audio".into())),
                ("media", Value::Blob(Blobs::hash(&decoded.wav))),
            ],
        ),
    ];
    log.commit(Transaction { name: "Import".into(), author: "test".into(), edits });
    let blobs = Blobs::new();
    blobs.attach(crate::file::blob_folder(&path));
    let found = relink(&log.project(), &blobs, &path, &[sources.path().to_owned()], &mut go_on).unwrap();
    assert_eq!((found.found.len(), found.missing), (1, vec![]));
    assert_eq!(blobs.read(&Blobs::hash(&decoded.wav)).unwrap()[..], decoded.wav[..]);
}

#[test]
fn a_search_can_be_ended() {
    let (_folder, path, project, _) = with_blobs();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("file"), b"x").unwrap();
    let mut looked = 0;
    let result = relink(&project, &Blobs::new(), &path, &[elsewhere.path().to_owned()], &mut |_| {
        looked += 1;
        ControlFlow::Break(())
    });
    assert_eq!((result.unwrap().missing.len(), looked), (2, 1));
}
