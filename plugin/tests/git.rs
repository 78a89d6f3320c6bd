//! `loophole diff` and `loophole merge`, by hand and from a real git.

use std::path::Path;
use std::process::{Command, Output};

use model::file;
use model::{Blobs, ClipId, Project, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, Edit, EntityId};

const BASS: TrackId = TrackId(EntityId(1));
const DRUMS: TrackId = TrackId(EntityId(2));
const VERSE: ClipId = ClipId(EntityId(3));

fn song() -> Project {
    let edits = [
        edit::track::create(BASS, TrackKind::Instrument, "Bass"),
        edit::track::create(DRUMS, TrackKind::Audio, "Drums"),
        edit::clip::create_notes(VERSE, BASS, Beats::whole(32), Beats::whole(4)),
        edit::clip::set_name(VERSE, "Verse"),
    ];
    Pulse::with_ids(model::IdSource::seeded(5)).project().apply(&edits).expect("legal edits")
}

fn save(project: &Project, path: &Path) {
    file::save(project, &Blobs::new(), path).expect("it can be saved");
}

fn load(path: &Path) -> Project {
    let loaded = file::load(path).expect("it opens");
    assert_eq!(loaded.warnings, []);
    loaded.project
}

/// A repository with a song in it, where git knows Loophole.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        let program = env!("CARGO_BIN_EXE_loophole");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in [
            ("user.name", "Ann"),
            ("user.email", "ann@example.org"),
            ("merge.loophole.name", "Loophole projects, cell by cell"),
            ("merge.loophole.driver", &format!("'{program}' merge %O %A %B --name %P")),
            ("diff.loophole.textconv", &format!("'{program}' diff --list")),
        ] {
            repository.git(&["config", key, value]);
        }
        std::fs::write(repository.path(".gitattributes"), "*.loophole diff=loophole merge=loophole\n")
            .expect("it can be written");
        repository.commit(&song(), "A song");
        repository
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn song(&self) -> std::path::PathBuf {
        self.path("Song.loophole")
    }

    fn try_git(&self, args: &[&str]) -> Output {
        let mut git = Command::new("git");
        git.args(args).current_dir(self.0.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", self.0.path());
        git.output().expect("git is installed")
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn commit(&self, project: &Project, message: &str) {
        save(project, &self.song());
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    /// Edits the song on a branch and on main, and merges the branch.
    fn merge(&self, ours: &[Edit], theirs: &[Edit]) -> Output {
        self.git(&["checkout", "--quiet", "-b", "theirs"]);
        self.commit(&load(&self.song()).apply(theirs).expect("theirs"), "Theirs");
        self.git(&["checkout", "--quiet", "main"]);
        self.commit(&load(&self.song()).apply(ours).expect("ours"), "Ours");
        self.try_git(&["merge", "--no-edit", "theirs"])
    }
}

fn loophole(args: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_loophole"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn git_merges_two_edits_of_a_song_on_neighbouring_lines() {
    let repository = Repository::new();
    let output = repository.merge(
        &[edit::track::set_volume_db(BASS, -3.0), edit::clip::set_start(VERSE, Beats::whole(64))],
        &[edit::track::set_pan(BASS, 0.5), edit::track::set_mute(DRUMS, true)],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let merged = load(&repository.song());
    let bass = merged.track(BASS).unwrap();
    assert_eq!((bass.volume_db(), bass.pan(), merged.track(DRUMS).unwrap().mute()), (-3.0, 0.5, true));
    let bytes = std::fs::read(repository.song()).unwrap();
    save(&merged, &repository.song());
    assert_eq!(std::fs::read(repository.song()).unwrap(), bytes, "what a merge writes is canonical");
}

#[test]
fn a_conflict_stays_in_the_file_which_still_opens() {
    let repository = Repository::new();
    let output = repository.merge(
        &[edit::track::set_volume_db(BASS, -3.0), edit::any::delete(DRUMS)],
        &[edit::track::set_volume_db(BASS, -6.0), edit::track::set_pan(DRUMS, 0.5)],
    );
    assert!(!output.status.success());
    assert!(repository.git(&["status", "--porcelain"]).contains("UU Song.loophole"));
    let merged = load(&repository.song());
    assert_eq!(merged.track(BASS).unwrap().volume_db(), -3.0);
    assert_eq!(merged.track(DRUMS).unwrap().pan(), 0.5);
    let conflicts: Vec<_> = merged.table("conflicts").filter_map(|id| merged.record(id)).collect();
    assert_eq!(conflicts.len(), 2);
    let text = |field: &str, value: &str| {
        let value = protocol::Value::Text(value.into());
        conflicts.iter().any(|conflict| conflict.fields.get(field) == Some(&value))
    };
    assert!(text("field", "volume_db") && text("origin", "Song.loophole"), "{conflicts:#?}");
    assert!(text("reason", "Bass: volume -3.0 dB in ours, -6.0 dB in theirs (was 0.0 dB)"), "{conflicts:#?}");
}

#[test]
fn git_shows_a_song_as_facts() {
    let repository = Repository::new();
    save(
        &load(&repository.song()).apply(&[edit::track::set_volume_db(DRUMS, -6.0)]).unwrap(),
        &repository.song(),
    );
    let shown = repository.git(&["diff", "--unified=0"]);
    let changed: Vec<&str> = shown.lines().filter(|line| line.starts_with(['+', '-'])).skip(2).collect();
    assert_eq!(changed, ["+  Drums: volume -6.0 dB"]);
}

#[test]
fn diff_ends_as_diff_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    save(&song(), &path("a.loophole"));
    let moved = [
        edit::clip::set_start(VERSE, Beats::whole(64)),
        edit::track::set_name(DRUMS, "Dr\u{1b}[2Jums"),
        edit::track::set_volume_db(BASS, -3.0),
    ];
    save(&song().apply(&moved).unwrap(), &path("b.loophole"));
    let run = |args: &[&str]| loophole(args, folder.path());
    assert_eq!(run(&["diff", "a.loophole", "a.loophole"]), (Some(0), String::new(), String::new()));
    let (code, out, _) = run(&["diff", "a.loophole", "b.loophole"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        out,
        "Bass: volume 0.0 dB -> -3.0 dB\nBass: clip 'Verse' moved from 9.1 to 17.1\n\
         Dr\u{fffd}[2Jums: renamed from 'Drums'\n"
    );
    let (code, out, _) = run(&["diff", "a.loophole", "b.loophole", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, json["same"].as_bool(), json["changes"].as_array().map(Vec::len)),
        (Some(1), Some(false), Some(3))
    );
    let (_, out, _) = run(&["diff", "a.loophole", "b.loophole", "--color", "always"]);
    assert!(out.starts_with("\u{1b}[1mBass:\u{1b}[0m \u{1b}[33mvolume"), "{out:?}");
    let (code, out, _) = run(&["diff", "/dev/null", "a.loophole"]);
    assert!(code == Some(1) && out.contains("Bass: instrument track added (1 clip)"), "{out}");
    let (code, _, errors) = run(&["diff", "a.loophole", "missing.loophole"]);
    assert!(code == Some(2) && errors.contains("missing.loophole does not exist"), "{errors}");
    std::fs::write(path("bad.loophole"), "{").unwrap();
    assert_eq!(run(&["merge", "a.loophole", "a.loophole", "bad.loophole"]).0, Some(2));
}

#[test]
fn merge_writes_where_it_is_told_and_takes_the_audio_along() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    save(&song(), &path("base.loophole"));
    save(&song().apply(&[edit::track::set_volume_db(BASS, -3.0)]).unwrap(), &path("ours.loophole"));
    let blobs = Blobs::new();
    let hash = blobs.put(*b"not really audio");
    let clip = edit::clip::create_audio(ClipId(EntityId(9)), DRUMS, Beats::ZERO, Beats::whole(4), hash);
    file::save(&song().apply(&[clip]).unwrap(), &blobs, &path("theirs.loophole")).unwrap();
    let ours = std::fs::read(path("ours.loophole")).unwrap();
    let args = ["merge", "base.loophole", "ours.loophole", "theirs.loophole", "-o", "out.loophole"];
    assert_eq!(loophole(&args, folder.path()), (Some(0), String::new(), String::new()));
    assert_eq!(std::fs::read(path("ours.loophole")).unwrap(), ours);
    let out = file::load(&path("out.loophole")).unwrap();
    assert_eq!(out.project.track(BASS).unwrap().volume_db(), -3.0);
    assert_eq!(out.blobs.get(&hash).as_deref(), Some(&b"not really audio"[..]));
    let alien = Pulse::new().project();
    save(&alien, &path("alien.loophole"));
    let (code, _, errors) =
        loophole(&["merge", "base.loophole", "ours.loophole", "alien.loophole"], folder.path());
    assert!(code == Some(2) && errors.contains("nothing in common"), "{errors}");
    assert_eq!(std::fs::read(path("ours.loophole")).unwrap(), ours);
}
