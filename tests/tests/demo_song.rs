//! The committed demo song is what its source writes, byte for byte: nobody edits one without the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every project and blob file under a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be listed") {
            let path = entry.expect("the entry can be read").path();
            let inside = path.strip_prefix(folder).expect("it is inside").to_owned();
            let is_blob = inside.starts_with("Demo.blobs");
            if path.is_dir() {
                folders.push(path);
            } else if is_blob || inside == Path::new("Demo.loophole") {
                found.insert(inside, std::fs::read(&path).expect("the file can be read"));
            }
        }
    }
    found
}

#[test]
fn the_demo_song_is_what_its_source_writes() {
    let made = tempfile::tempdir().expect("a temporary folder");
    let song = loophole_tests::demo::make();
    model::file::save(&song.project(), &song.blobs, &made.path().join("Demo.loophole"))
        .expect("it can be saved");
    let committed = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo"));
    let made = files(made.path());
    assert!(made.len() > 1, "there is media");
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        made.keys().collect::<Vec<_>>(),
        "run `cargo run -p loophole-tests --bin make-demo`"
    );
    for (path, bytes) in &made {
        assert!(
            committed[path] == *bytes,
            "{} differs: run `cargo run -p loophole-tests --bin make-demo`",
            path.display()
        );
    }
}
