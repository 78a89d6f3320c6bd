use std::sync::Arc;
use std::time::{Duration, Instant};

use host::{AudioConfig, RenderMode};
use model::{ClipId, TrackId, TrackKind, edit};
use protocol::device::strip;
use protocol::{Beats, Command, EntityId, Note, SampleRate};

use super::*;
use crate::offline::{Job, Render};

fn playable() -> Instance {
    Instance::new(InstanceOptions { starter: Starter::Playable, ..Default::default() })
}

fn id() -> EntityId {
    model::IdSource::random().next_id()
}

/// A project with a clip of four notes for the starter's synth.
fn with_notes() -> Instance {
    let instance = playable();
    let project = instance.project();
    let track = project.tracks().next().expect("the starter has a track").id();
    let clip = ClipId(id());
    let note = |beat, key| Note {
        start: Beats::whole(beat),
        length: Beats::whole(1),
        key,
        velocity: 0.8,
        channel: 0,
    };
    let mut edits = vec![edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(4))];
    for (beat, key) in [60, 64, 67, 72].into_iter().enumerate() {
        let at = i64::try_from(beat).expect("four notes");
        edits.push(edit::clip::set_note(clip, u64::from(key), note(at, key)));
    }
    instance.call(Command::Commit { name: "Notes".into(), edits }).expect("legal edits");
    instance
}

fn render(instance: &Instance, block: usize, frames: u64) -> Vec<f32> {
    let job = Job { rate: SampleRate(44_100.0), block, from: Beats::ZERO, frames };
    let mut render = Render::start(instance, &job).expect("the engine starts");
    let mut samples = Vec::new();
    while let Some((left, right)) = render.next_block() {
        samples.extend(left.iter().zip(right).flat_map(|(left, right)| [*left, *right]));
    }
    samples
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

#[test]
fn a_commit_shows_and_undo_takes_it_back() {
    let instance = playable();
    let before = instance.project();
    let edits = vec![edit::track::create(TrackId(id()), TrackKind::Audio, "Vocals")];
    instance.call(Command::Commit { name: "Add track".into(), edits }).expect("legal edits");
    assert_eq!(instance.project().tracks().count(), before.tracks().count() + 1);
    assert_eq!(instance.published().status().undo.as_deref(), Some("Add track"));

    let undone = instance.call(Command::Undo).expect("there is a step");
    assert_eq!(undone, Reply::Stepped(Some("Add track".into())));
    assert_eq!(instance.project().tracks().count(), before.tracks().count());
    assert_eq!(instance.published().status().redo.as_deref(), Some("Add track"));

    let redone = instance.call(Command::Redo).expect("there is a step");
    assert_eq!(redone, Reply::Stepped(Some("Add track".into())));
    assert_eq!(instance.call(Command::Redo).expect("nothing to do"), Reply::Stepped(None));
}

#[test]
fn an_illegal_commit_is_refused_and_logged() {
    let instance = playable();
    let before = instance.project();
    let edits = vec![edit::any::delete(EntityId(42))];
    let error =
        instance.call(Command::Commit { name: "Nonsense".into(), edits }).expect_err("no such entity");
    assert!(matches!(error, CallError::Refused(CommandError::Edit(_))), "{error:?}");
    assert_eq!(instance.project().revision(), before.revision());
    assert_eq!(instance.published().log_lines().len(), 1);
}

#[test]
fn the_starter_plays_notes_and_every_block_size_gives_the_same() {
    let instance = with_notes();
    let reference = render(&instance, 512, 22_050);
    assert!(energy(&reference) > 1.0, "silence");
    for block in [1, 17, 64, 4_096] {
        assert!(render(&instance, block, 22_050) == reference, "blocks of {block} differ");
    }
}

#[test]
fn a_state_comes_back_as_the_same_bytes_and_the_same_sound() {
    let instance = with_notes();
    let state = instance.state();
    let other = playable();
    other.load_state(&state).expect("our own state");
    assert_eq!(other.state(), state);
    assert!(render(&other, 256, 10_000) == render(&instance, 256, 10_000));
}

#[test]
fn a_damaged_state_is_refused_and_changes_nothing() {
    let instance = with_notes();
    let state = instance.state();
    let cut = state.len() / 2;
    let mut flipped = state.clone();
    flipped[cut] ^= 0x55;
    for (what, bytes) in [
        ("empty", &[][..]),
        ("text", b"hello"),
        ("truncated", &state[..cut]),
        ("flipped", flipped.as_slice()),
    ] {
        assert!(instance.load_state(bytes).is_err(), "{what} was taken");
        assert_eq!(instance.state(), state, "{what} changed something");
    }
}

#[test]
fn a_state_loads_while_audio_runs() {
    let instance = Arc::new(with_notes());
    let state = instance.state();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 128, mode: RenderMode::Offline };
    let processor = instance.activate(config).expect("the engine starts");
    instance.load_state(&state).expect("our own state");
    instance.call(Command::New).expect("always possible");
    instance.load_state(&state).expect("our own state");
    instance.deactivate(processor);
    assert_eq!(instance.state(), state);
}

#[test]
fn a_second_engine_is_refused_until_the_first_is_back() {
    let instance = playable();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 64, mode: RenderMode::Realtime };
    let first = instance.activate(config).expect("the engine starts");
    assert!(instance.activate(config).is_err());
    instance.deactivate(first);
    let again = instance.activate(config).expect("the engine starts again");
    instance.deactivate(again);
}

#[test]
fn fifty_instances_live_side_by_side() {
    let instances: Vec<_> = (0..50).map(|_| with_notes()).collect();
    let first = render(&instances[0], 64, 4_410);
    for instance in &instances[1..] {
        assert!(render(instance, 64, 4_410) == first);
    }
    let started = Instant::now();
    drop(instances);
    assert!(started.elapsed() < Duration::from_secs(10), "dropping hangs");
}

#[test]
fn saving_and_opening_is_identity() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Song.loophole");
    let instance = with_notes();
    let saved = instance.call(Command::Save { path: Some(path.clone()) }).expect("saves");
    assert_eq!(saved, Reply::Saved { path: path.clone() });
    assert!(!instance.published().status().dirty);
    let other = Instance::new(InstanceOptions::default());
    other.call(Command::Open { path }).expect("opens");
    assert_eq!(other.state(), instance.state());
}

#[test]
fn a_project_that_has_no_file_says_so() {
    let error = playable().call(Command::Save { path: None }).expect_err("no file");
    assert!(matches!(error, CallError::Refused(CommandError::NoFile)));
}

#[test]
fn learning_maps_the_touched_parameter_and_keeps_its_value() {
    let instance = playable();
    let track = instance.project().tracks().next().expect("the starter has a track").id();
    let node = protocol::NodeId { entity: track.0, role: protocol::NodeRole::Strip };
    instance.call(Command::Learn { slot: Some(4) }).expect("a slot");
    instance
        .call(Command::GestureBegin { node, param: protocol::device::strip::VOLUME_DB })
        .expect("a strip");
    let project = instance.project();
    let slot = project.macros().next().expect("a macro");
    assert_eq!((slot.slot(), slot.targets().count()), (4, 1));
    let target = slot.targets().next().expect("a target");
    let value = target.min() + (target.max() - target.min()) * slot.value();
    assert!((value - project.track(track).expect("still there").volume_db()).abs() < 1e-6);
    assert_eq!(instance.published().status().learn, None);
    assert!(instance.call(Command::Learn { slot: Some(128) }).is_err());
}

#[test]
fn a_macro_that_a_host_moved_is_saved_and_not_moved_back() {
    let instance = playable();
    let edits = vec![edit::macros::create(model::MacroId(id()), 2, "Depth")];
    instance.call(Command::Commit { name: "Macro".into(), edits }).expect("legal edits");
    instance.published().macros().set(2, 0.25);
    let other = Instance::new(InstanceOptions::default());
    other.load_state(&instance.state()).expect("our own state");
    assert_eq!(other.project().macros().next().map(|slot| slot.value()), Some(0.25));
    assert_eq!(other.published().macros().get(2), 0.25);
}

#[test]
fn a_soundfont_goes_into_a_player_on_the_track_and_one_undo_takes_it_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Piano.sf2");
    std::fs::write(&path, b"RIFF").expect("a file");
    let instance = playable();
    let track = instance.project().tracks().next().expect("the starter has a track").id();
    let import = |track: Option<TrackId>| Command::Import {
        path: path.clone(),
        track: track.map(|track| track.0),
        at: Beats::ZERO,
    };
    let players = || instance.project().devices().filter(|device| device.blob().is_some()).count();
    instance.call(import(Some(track))).expect("imports");
    instance.call(import(Some(track))).expect("into the same player");
    assert_eq!((instance.project().tracks().count(), players()), (1, 1));
    instance.call(import(None)).expect("onto a new track");
    assert_eq!((instance.project().tracks().count(), players()), (2, 2));
    instance.call(Command::Undo).expect("there is a step");
    assert_eq!((instance.project().tracks().count(), players()), (1, 1));
}

#[test]
fn a_script_is_one_step_and_a_stopped_one_leaves_nothing() {
    let instance = playable();
    let run = |source: &str| Command::RunScript {
        name: "test".into(),
        source: source.into(),
        args: std::collections::BTreeMap::new(),
        ending: protocol::control::ScriptEnding::Commit,
    };
    let rename = "loophole.edit('Rename', function() loophole.tracks[1].name = 'Lead' end)";
    let reply = instance.call(run(rename)).expect("runs");
    assert_eq!(reply, Reply::ScriptEnded { edits: 1 });
    assert_eq!(instance.published().status().undo.as_deref(), Some("Rename"));
    let before = instance.project().revision();
    instance.send(run("loophole.tracks[1].name = 'Never' while true do end"));
    while instance.published().status().running_script.is_none() {
        std::thread::yield_now();
    }
    assert!(instance.call(run(rename)).is_err(), "two at once");
    instance.call(Command::StopScript).expect("stops");
    assert_eq!(instance.project().revision(), before);
    instance.call(run(rename)).expect("the next one runs");
}

#[test]
fn a_hand_on_an_armed_lane_writes_points_as_one_step() {
    let instance = playable();
    let track = instance.project().tracks().next().expect("the starter has a track").id();
    let lane = model::LaneId(id());
    let edits = vec![
        edit::lane::create(lane, track, "volume_db"),
        edit::lane::set_mode(lane, model::LaneMode::Touch),
    ];
    instance.call(Command::Commit { name: "Arm".into(), edits }).expect("legal edits");
    let points = || instance.project().lane(lane).expect("there").points();
    let config = AudioConfig { rate: SampleRate(44_100.0), max_block: 512, mode: RenderMode::Realtime };
    let mut engine = instance.activate(config).expect("nothing else runs");
    let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
    let mut run = |until: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !until() {
            assert!(Instant::now() < deadline, "it never comes");
            engine.process(&mut host::ProcessBlock {
                frames: 512,
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                events_in: host::Events::EMPTY,
                events_out: &mut host::EventList::default(),
                transport: None,
            });
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let (node, param) =
        (protocol::NodeId { entity: track.0, role: protocol::NodeRole::Strip }, strip::VOLUME_DB);
    let heard = || instance.published().telemetry();
    instance.call(Command::GestureBegin { node, param }).expect("a hand");
    instance.stream(protocol::StreamFrame::Param { node, param, value: -20.0 });
    instance.call(Command::GestureEnd { node, param }).expect("it lets go");
    assert_eq!(points(), [], "nothing is written while the transport stands");
    instance.call(Command::Transport(protocol::control::TransportCommand::Play)).expect("it plays");
    run(&|| heard().playing && heard().playhead_beats > 0.2);
    instance.call(Command::GestureBegin { node, param }).expect("a hand");
    instance.stream(protocol::StreamFrame::Param { node, param, value: -30.0 });
    let from = heard().playhead_beats;
    run(&|| heard().playhead_beats > from + 0.5);
    instance.stream(protocol::StreamFrame::Param { node, param, value: -12.0 });
    instance.call(Command::GestureEnd { node, param }).expect("it lets go");
    run(&|| !points().is_empty());
    let written: Vec<f64> = points().into_iter().map(|(_, point)| point.value).collect();
    assert!(written.contains(&-30.0) && written.contains(&-12.0), "{written:?}");
    instance.call(Command::Undo).expect("one step");
    assert_eq!(points(), []);
    instance.deactivate(engine);
}

#[test]
fn what_a_script_did_waits_for_review_until_it_is_accepted() {
    let instance = playable();
    let run = |name: &str| {
        let command = Command::RunScript {
            name: "test".into(),
            source: format!("loophole.edit('Rename', function() loophole.tracks[1].name = '{name}' end)"),
            args: std::collections::BTreeMap::new(),
            ending: protocol::control::ScriptEnding::Review,
        };
        match instance.call(command).expect("runs") {
            Reply::WaitsForReview { session, edits: 1 } => session,
            other => panic!("{other:?}"),
        }
    };
    let name = || instance.project().tracks().next().expect("a track").name().to_owned();
    let before = name();
    let (first, second, third) = (run("First"), run("Second"), run("Third"));
    assert_eq!(name(), before, "nothing is committed yet");
    let shown = instance.published().sessions();
    assert_eq!((shown.len(), shown[0].name.as_str(), shown[0].lines.len()), (3, "Rename", 1));
    instance.call(Command::RejectSession { session: first }).expect("is open");
    instance.call(Command::AcceptSession { session: second }).expect("nothing clashes");
    assert_eq!(name(), "Second");
    assert!(instance.call(Command::AcceptSession { session: third }).is_err(), "both renamed it");
    let shown = instance.published().sessions();
    let conflict = shown[0].conflicts.first().expect("a conflict").id;
    let take = protocol::Take::Session;
    instance.call(Command::ResolveConflict { session: third, conflict, take }).expect("a conflict");
    instance.call(Command::AcceptSession { session: third }).expect("all is decided");
    assert_eq!(name(), "Third");
    assert!(instance.published().sessions().is_empty());
    let step = instance.published().history().iter().next_back().expect("a step").clone();
    instance.call(Command::ShowChange { commit: Some(step.id) }).expect("the last step is known");
    let change = instance.published().change();
    assert_eq!(change.as_ref().as_ref().map(|change| change.lines.len()), Some(1));
}

mod hands;
mod keeping;
mod plugins;
mod recording;

/// A script that is run, and committed at its end.
fn script(source: &str) -> Command {
    Command::RunScript {
        name: "test".into(),
        source: source.into(),
        args: std::collections::BTreeMap::new(),
        ending: protocol::control::ScriptEnding::Commit,
    }
}

#[test]
fn a_running_script_sees_what_others_do_and_is_merged_with_it() {
    let instance = playable();
    instance.send(script(
        "local track = loophole.tracks[1]
         local before = track.name
         track.pan = 0.5
         while #core.query_live(\"table == 'tracks' AND name != '\" .. before .. \"' AND pan == 0.5\") == 0 do end
         assert(track.name == before)",
    ));
    let track = instance.project().tracks().next().expect("a track").id();
    // The script may begin after the first of these, but not after all.
    let mut take = 0;
    let mut rename = || {
        take += 1;
        let edits = vec![edit::track::set_name(track, &format!("Take {take}"))];
        instance.call(Command::Commit { name: "Rename".into(), edits }).expect("legal");
        std::thread::sleep(std::time::Duration::from_millis(5));
        format!("Take {take}")
    };
    let mut last = rename();
    while instance.published().status().running_script.is_some() {
        last = rename();
    }
    let project = instance.project();
    let track = project.track(track).expect("still there");
    assert_eq!((track.name(), track.pan()), (last.as_str(), 0.5));
    assert!(instance.published().sessions().is_empty());
}

#[test]
fn what_a_script_did_before_it_reached_a_limit_waits_for_review() {
    let instance = playable();
    let before = instance.project().revision();
    let endless = "loophole.tracks[1].name = 'Half' local text = {} while true do text[#text + 1] = ('x'):rep(20000000) .. #text end";
    let error = instance.call(script(endless)).expect_err("it takes all memory");
    assert!(matches!(error, CallError::Refused(CommandError::Script { .. })), "{error}");
    assert_eq!(instance.project().revision(), before);
    let shown = instance.published().sessions();
    assert_eq!((shown.len(), shown[0].operations), (1, 1));
    instance.call(Command::AcceptSession { session: shown[0].id }).expect("nothing clashes");
    assert_eq!(instance.project().tracks().next().expect("a track").name(), "Half");
}

#[test]
fn what_a_script_did_before_its_error_waits_for_review_but_for_the_step_that_failed() {
    let instance = playable();
    let before = instance.project();
    let source = "loophole.edit('Whole', function() loophole.tracks[1].name = 'Whole' end)
         loophole.edit('Half', function() loophole.tracks[1].pan = 1 error('no') end)";
    let error = instance.call(script(source)).expect_err("it raises");
    assert!(matches!(error, CallError::Refused(CommandError::Script { .. })), "{error}");
    assert!(instance.project().is_same(&before));
    let shown = instance.published().sessions();
    assert_eq!((shown.len(), shown[0].name.as_str(), shown[0].lines.len()), (1, "Whole", 1));
    let told = instance.published().log_lines();
    assert!(told.iter().any(|line| line.text.contains("accept or discard it")), "somebody is told");
    instance.call(Command::AcceptSession { session: shown[0].id }).expect("nothing clashes");
    let project = instance.project();
    let track = project.tracks().next().expect("a track");
    assert_eq!((track.name(), track.pan()), ("Whole", 0.0));
    instance
        .call(script("loophole.edit('Half', function() loophole.tracks[1].pan = 1 error('no') end)"))
        .expect_err("raises");
    assert!(instance.published().sessions().is_empty(), "there is nothing to look at");
}

#[test]
fn scripts_are_told_which_plugins_there_are() {
    let instance = playable();
    let source = "local own
         for _, plugin in ipairs(loophole.devices.plugins) do
             if plugin.name == 'Loophole' and plugin.format == 'clap' then own = plugin end
         end
         assert(own and #own.id > 0)";
    instance.call(script(source)).expect("Loophole can be nested in itself");
}
