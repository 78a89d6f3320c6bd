//! The command line, as a person uses it: real files, real processes.

use std::path::Path;
use std::process::{Command, Output};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_loophole"))
            .args(args)
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.0.path().join("cache"))
            .env_remove("DISPLAY")
            .output()
            .expect("the program starts")
    }

    /// Runs it, expects success, and gives what it printed.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs it, expects failure with this text among the messages.
    fn fails(&self, args: &[&str], with: &str) {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?} did not fail: {errors}");
        assert!(errors.contains(with), "{args:?} said {errors:?}, not {with:?}");
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).expect(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).expect(name);
    }

    /// A project with something to hear.
    fn song(&self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/euclidean.lua");
        self.ok(&["run", script.to_str().expect("text"), "--output", "Song.loophole"]);
    }
}

#[test]
fn a_new_project_has_a_track_to_play_and_is_not_overwritten() {
    let place = Place::new();
    place.ok(&["new", "Song.loophole"]);
    let info: serde_json::Value =
        serde_json::from_str(&place.ok(&["info", "Song.loophole", "--json"])).expect("JSON");
    assert_eq!(info["tracks"][0]["kind"], "instrument");
    assert_eq!(info["tracks"][0]["devices"][0], "Synth");
    assert_eq!((&info["latency_policy"]["latency"], &info["latency"]["total"]), (&"auto".into(), &0.into()));
    assert!(place.ok(&["info", "Song.loophole"]).contains("latency: auto"));
    let before = place.bytes("Song.loophole");
    place.fails(&["new", "Song.loophole"], "--force");
    assert_eq!(place.bytes("Song.loophole"), before);
}

#[test]
fn a_render_is_the_same_every_time_and_at_every_block_size() {
    let place = Place::new();
    place.song();
    place.ok(&["render", "Song.loophole", "-o", "a.wav", "--tail", "0.5"]);
    place.ok(&["render", "Song.loophole", "-o", "b.wav", "--tail", "0.5", "--block", "17"]);
    assert_eq!(place.bytes("a.wav"), place.bytes("b.wav"));
    let samples: Vec<i32> = hound::WavReader::open(place.0.path().join("a.wav"))
        .expect("a WAV file")
        .into_samples::<i32>()
        .map(|sample| sample.expect("a sample"))
        .collect();
    assert_eq!(samples.len(), 2 * 48_000 * 9 / 2);
    assert!(samples.iter().any(|sample| sample.abs() > 100_000), "silence");
}

#[test]
fn a_range_is_as_long_as_it_says_and_stems_are_named_after_tracks() {
    let place = Place::new();
    place.song();
    let args =
        ["--from", "2", "--to", "3", "--tail", "0", "--rate", "44100", "--bits", "16", "--stems", "stems"];
    place.ok(&[["render", "Song.loophole", "-o", "bar.wav"].as_slice(), &args].concat());
    let reader = hound::WavReader::open(place.0.path().join("bar.wav")).expect("a WAV file");
    assert_eq!((reader.duration(), reader.spec().bits_per_sample), (88_200, 16));
    assert!(place.0.path().join("stems/02 Percussion.wav").exists());
    place.fails(&["render", "Song.loophole", "-o", "x.wav", "--from", "9", "--to", "3"], "nothing to render");
    place.fails(&["render", "Song.loophole", "-o", "x.wav", "--rate", "11"], "does not run at 11 Hz");
    assert!(!place.0.path().join("x.wav").exists());
}

#[test]
fn a_script_that_fails_names_its_line_and_leaves_the_file_alone() {
    let place = Place::new();
    place.ok(&["new", "Song.loophole"]);
    let before = place.bytes("Song.loophole");
    place.write("bad.lua", "log.info('started')\nerror('no such luck')\n");
    place.fails(&["run", "bad.lua", "Song.loophole", "--save"], ":2: no such luck");
    place.write("endless.lua", "while true do end\n");
    place.fails(&["run", "endless.lua", "Song.loophole", "--save"], "the project is unchanged");
    assert_eq!(place.bytes("Song.loophole"), before);
}

#[test]
fn bad_files_get_an_error_that_names_them() {
    let place = Place::new();
    place.fails(&["info", "none.loophole"], "none.loophole");
    place.write("junk.loophole", "junk");
    place.fails(&["render", "junk.loophole", "-o", "x.wav"], "junk.loophole");
    assert_eq!(place.bytes("junk.loophole"), b"junk");
    place.write("noise.mid", [0x4D, 0x54, 0x68, 0x64, 0, 0]);
    place.fails(&["import", "noise.mid", "-o", "Song.loophole"], "noise.mid");
    assert!(!place.0.path().join("Song.loophole").exists());
    place.ok(&["new", "Song.loophole"]);
    place.fails(&["preset", "Song.loophole", "-o", "Song.xyz"], ".vstpreset");
}

#[test]
fn audio_is_imported_onto_a_track_of_its_own() {
    let place = Place::new();
    place.song();
    place.ok(&["render", "Song.loophole", "-o", "loop.wav", "--tail", "0"]);
    place.ok(&["import", "loop.wav", "-o", "New.loophole", "--at", "2"]);
    let info: serde_json::Value =
        serde_json::from_str(&place.ok(&["info", "New.loophole", "--json"])).expect("JSON");
    assert_eq!((&info["tracks"][0]["name"], &info["tracks"][0]["audio_clips"]), (&"loop".into(), &1.into()));
    assert_eq!(info["length_secs"], 6.0);
}

#[test]
fn the_program_plays_without_display_and_device_and_ends_when_told() {
    let place = Place::new();
    place.song();
    let started = std::time::Instant::now();
    place.ok(&["run", "Song.loophole", "--play", "--headless", "--backend", "dummy", "--quit-after", "0.3"]);
    assert!(started.elapsed().as_secs_f64() >= 0.3);
    place.ok(&["run", "Song.loophole", "--play", "--headless", "--backend", "dummy", "--exit-at-end"]);
}

#[test]
fn presets_hold_the_whole_project() {
    let place = Place::new();
    place.song();
    place.ok(&["preset", "Song.loophole", "-o", "Song.clapstate"]);
    let bytes = place.bytes("Song.clapstate");
    let state: serde_json::Value = serde_json::from_slice(&bytes[8..]).expect("JSON after the length");
    assert_eq!(state["params"]["sync"]["string"], "host");
    assert!(state["fields"]["project"].as_str().is_some_and(|text| text.len() > 100));
    place.ok(&["preset", "Song.loophole", "-o", "Song.vstpreset"]);
    assert_eq!(&place.bytes("Song.vstpreset")[..4], b"VST3");
}

#[test]
fn a_plugin_file_that_cannot_be_used_is_listed_and_tried_again() {
    let place = Place::new();
    std::fs::create_dir(place.0.path().join("plugins")).expect("a folder");
    place.write("plugins/bad.clap", "no library");
    place.ok(&["scan", "--folder", "plugins"]);
    let blocked = place.ok(&["plugins", "--blocked"]);
    assert!(blocked.contains("bad.clap: not a loadable plugin library"), "{blocked}");
    let said = |args: &[&str]| String::from_utf8_lossy(&place.run(args).stderr).into_owned();
    let again = said(&["scan", "--again", "plugins/bad.clap", "--folder", "plugins"]);
    assert!(again.contains("bad.clap: not a loadable") && !again.contains("none of the folders"), "{again}");
    let elsewhere = said(&["scan", "--again", "nowhere.clap", "--folder", "plugins"]);
    assert!(elsewhere.contains("none of the folders"), "{elsewhere}");
}
