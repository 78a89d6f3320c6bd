//! Projects on disk, and what is left of them.

use std::path::{Path, PathBuf};

use protocol::Command;

use super::super::*;

/// What a crash would leave of the projects in a state folder.
fn left_by_a_crash(state: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let mut folders = vec![PathBuf::new()];
    while let Some(inside) = folders.pop() {
        std::fs::create_dir_all(copy.path().join(&inside)).expect("the folder is made");
        for entry in std::fs::read_dir(state.join(&inside)).expect("the folder is there") {
            let inside = inside.join(entry.expect("an entry").file_name());
            if state.join(&inside).is_dir() {
                folders.push(inside);
            } else {
                std::fs::copy(state.join(&inside), copy.path().join(&inside)).expect("the file is copied");
            }
        }
    }
    copy
}

/// A starter project whose journal and autosaves go to a folder.
fn kept(state: &Path) -> InstanceOptions {
    InstanceOptions {
        starter: Starter::Playable,
        state_folder: Some(state.to_owned()),
        ..InstanceOptions::default()
    }
}

#[test]
fn a_project_that_was_never_saved_survives_a_crash() {
    let state = tempfile::tempdir().expect("a folder");
    let instance = Instance::new(kept(state.path()));
    let rename = |name: &str| {
        let track = instance.project().tracks().next().expect("the starter has a track").id();
        let edits = vec![model::edit::track::set_name(track, name)];
        instance.call(Command::Commit { name: "Rename".into(), edits }).expect("it is legal");
    };
    rename("First");
    rename("Last words");
    let before = instance.project();

    let left = left_by_a_crash(state.path());
    let found = model::document::leftovers(left.path());
    assert_eq!(found.len(), 1, "one project was open: {found:?}");
    let other = Instance::new(kept(left.path()));
    other.call(Command::Open { path: found[0].clone() }).expect("it opens");
    assert_eq!(other.project(), before);
    assert!(other.published().status().dirty, "it was never saved");
    other.call(Command::Undo).expect("its history is back, too");
    assert_eq!(other.project().tracks().next().map(|track| track.name().to_owned()), Some("First".into()));
}

#[test]
fn undo_goes_back_beyond_a_save_and_a_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || kept(&folder.path().join("state"));
    let path = folder.path().join("Song.loophole");
    let first = Instance::new(options());
    let track = first.project().tracks().next().expect("the starter has a track").id();
    let edits = vec![model::edit::track::set_name(track, "Bass")];
    first.call(Command::Commit { name: "Rename".into(), edits }).expect("it is legal");
    first.call(Command::Save { path: Some(path.clone()) }).expect("it is saved");
    drop(first);
    assert!(model::document::leftovers(&folder.path().join("state")).is_empty(), "nothing is left unsaved");

    let second = Instance::new(options());
    second.call(Command::Open { path: path.clone() }).expect("it opens");
    assert!(!second.published().status().dirty);
    assert_eq!(second.call(Command::Undo).expect("it can be undone"), Reply::Stepped(Some("Rename".into())));

    let third = Instance::new(options());
    let Reply::Opened { warnings } = third.call(Command::Open { path }).expect("it opens to look at") else {
        panic!("it says how it was opened");
    };
    assert!(warnings.iter().any(|text| text.contains("save it elsewhere")), "{warnings:?}");
}

#[test]
fn what_lives_outside_is_saved_as_nobodys_step_and_found_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || kept(&folder.path().join("state"));
    let path = folder.path().join("Song.loophole");
    let first = Instance::new(options());
    let tone = model::MacroId(first.published().ids().next_id());
    let edits = vec![model::edit::macros::create(tone, 7, "Tone")];
    first.call(Command::Commit { name: "Add macro".into(), edits }).expect("it is legal");
    let steps = first.published().history();
    // As an outer host does.
    first.published().macros().set(7, 0.75);
    first.call(Command::Save { path: Some(path.clone()) }).expect("it is saved");
    assert_eq!(first.published().history(), steps, "saving is no step");
    let saved = first.project();
    let value = |project: &Project| project.macros().find(|of| of.id() == tone).map(|of| of.value());
    assert_eq!(value(&saved), Some(0.75));
    assert!(!first.published().status().dirty);
    drop(first);

    let second = Instance::new(options());
    second.call(Command::Open { path }).expect("it opens");
    assert_eq!(second.project(), saved);
    assert_eq!(
        second.call(Command::Undo).expect("it can be undone"),
        Reply::Stepped(Some("Add macro".into()))
    );
    let history = second.published().history();
    assert!(history.iter().all(|step| !step.name.contains("outside")), "{history:?}");
    assert_eq!(value(&second.project()), None);
}
