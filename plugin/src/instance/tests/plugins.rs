//! What a person does with nested plugins, and what these are told.

use std::ffi::CString;
use std::time::{Duration, Instant};

use editor::PluginParams;
use host::nested::{PluginLocator, StaticEntry};
use host::{AudioConfig, RenderMode};
use protocol::plugin::MenuItem;
use protocol::{ParamId, PluginFormat, PluginRef, SampleRate};
use test_units::plugins::{gain, probe, studio};

use super::super::*;
use super::id;
use model::{DeviceId, TrackId, TrackKind, edit};
use protocol::EntityId;

/// An instance with one of the test plugins on its only track.
struct Bench {
    instance: Instance,
    track: TrackId,
    device: EntityId,
    presets: tempfile::TempDir,
}

/// The plugins of the tests.
pub fn test_plugins() -> PluginLocator {
    // SAFETY: the test plugins guarantee their entry.
    #[expect(unsafe_code)]
    let entry = unsafe { StaticEntry::new(test_units::entry(), &CString::default()) };
    let mut locator = PluginLocator::new();
    locator.add_static(&entry).expect("an entry with plugins");
    locator
}

impl Bench {
    fn new(plugin: &str) -> Self {
        let locator = test_plugins();
        let presets = tempfile::tempdir().expect("a folder");
        let instance = Instance::new(InstanceOptions {
            starter: Starter::Empty,
            locator,
            preset_folder: Some(presets.path().into()),
            ..InstanceOptions::default()
        });
        let (track, device) = (TrackId(id()), id());
        let reference = PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{plugin}") };
        let bench = Self { instance, track, device, presets };
        bench.commit(vec![
            edit::track::create(track, TrackKind::Bus, "Drums"),
            edit::device::create_plugin(DeviceId(device), track, &reference, "Plugin", 0.0),
        ]);
        bench
    }

    fn commit(&self, edits: Vec<protocol::Edit>) {
        self.call(Command::Commit { name: "Test".into(), edits });
    }

    fn call(&self, command: Command) {
        self.instance.call(command).expect("it can be done");
    }

    fn value(&self, param: u32) -> Option<f64> {
        self.instance.published().params().value(self.device, ParamId(param))
    }

    fn presets(&self) -> Vec<protocol::plugin::PresetInfo> {
        self.call(Command::ListPresets { device: self.device });
        let listed = self.instance.published().params().presets(self.device);
        listed.expect("they were asked for").to_vec()
    }

    fn type_param(&self, param: u32, text: &str) -> Result<Reply, CallError> {
        let (device, param) = (self.device, ParamId(param));
        self.instance.call(Command::TypeParam { device, param, text: text.into() })
    }
}

#[test]
fn a_plugin_knows_the_track_that_it_is_on() {
    let bench = Bench::new("probe");
    let told = |bench: &Bench| {
        // All are read anew when there is another one.
        let another = PluginRef { format: PluginFormat::Clap, id: "org.loophole.test.gain".into() };
        bench.commit(vec![edit::device::create_plugin(DeviceId(id()), bench.track, &another, "Gain", 1.0)]);
        let (device, known) = (bench.device, bench.instance.published().params());
        [probe::TRACK_LETTERS, probe::TRACK_GREEN].map(|param| known.value(device, ParamId(param)))
    };
    assert_eq!(told(&bench)[0], Some(5.0));
    bench.commit(vec![
        edit::track::set_name(bench.track, "Percussion"),
        edit::track::set_color(bench.track, 0x00_2200),
    ]);
    assert_eq!(told(&bench), [Some(10.0), Some(f64::from(0x22))]);
    // The other plugin, then the name.
    bench.call(Command::Undo);
    bench.call(Command::Undo);
    assert_eq!(told(&bench)[0], Some(5.0));
    let other = TrackId(id());
    bench.commit(vec![
        edit::track::create(other, TrackKind::Audio, "Voice 2"),
        edit::device::set_track(DeviceId(bench.device), other),
    ]);
    assert_eq!(told(&bench)[0], Some(7.0));
}

#[test]
fn a_value_is_typed_in_the_plugins_own_words() {
    let bench = Bench::new("gain");
    bench.type_param(gain::GAIN, " -7.5 dB ").expect("a level");
    assert_eq!(bench.value(gain::GAIN), Some(-7.5));
    let text = bench.instance.published().params().text(bench.device, ParamId(gain::GAIN), -7.5);
    assert_eq!(text.as_deref(), Some("-7.5 dB"));
    bench.type_param(gain::GAIN, "90 dB").expect("too loud is as loud as it gets");
    assert_eq!(bench.value(gain::GAIN), Some(12.0));
    assert_eq!(bench.instance.published().status().undo.as_deref(), Some("Set Gain"));
    for (param, text) in [(gain::GAIN, "loud"), (gain::GAIN, ""), (99, "1")] {
        assert!(bench.type_param(param, text).is_err(), "{text:?}");
    }
    bench.call(Command::Undo);
    assert_eq!(bench.value(gain::GAIN), Some(-7.5));
}

#[test]
fn what_a_plugin_is_set_to_is_kept_as_a_preset() {
    let bench = Bench::new("studio");
    let own = bench.presets().len();
    bench.type_param(studio::LEVEL, "0.25").expect("a level");
    let save =
        |name: &str| bench.instance.call(Command::SavePreset { device: bench.device, name: name.into() });
    save("Quiet / mine").expect("there is a folder");
    bench.type_param(studio::LEVEL, "1").expect("a level");
    save("Loud").expect("there is a folder");
    assert!(save("  ").is_err());
    let presets = bench.presets();
    let names: Vec<_> = presets.iter().map(|preset| preset.name.as_str()).take(2).collect();
    assert_eq!((names, presets.len()), (vec!["Loud", "Quiet _ mine"], own + 2));
    bench.call(Command::LoadPreset { device: bench.device, preset: presets[1].clone() });
    assert_eq!(bench.value(studio::LEVEL), Some(0.25));
    assert_eq!(bench.value(studio::CONTEXT), Some(1.0), "it was told what for");
    assert!(bench.instance.published().status().dirty);
    // Another one of that name takes its place.
    save("Loud").expect("there is a folder");
    assert_eq!(bench.presets().len(), own + 2);
    let folder = bench.presets.path().join("clap/org.loophole.test.studio");
    assert_eq!(std::fs::read_dir(&folder).expect("the folder is there").count(), 2, "nothing is left beside");
    std::fs::write(folder.join("Loud.clapstate"), b"").expect("a file");
    let damaged = Command::LoadPreset { device: bench.device, preset: presets[0].clone() };
    assert!(bench.instance.call(damaged).is_err());
}

#[test]
fn a_plugin_is_copied_with_a_state_that_is_for_that() {
    let bench = Bench::new("studio");
    let lane = model::LaneId(id());
    bench.commit(vec![
        edit::device::set_param(DeviceId(bench.device), &studio::LEVEL.to_string(), 0.25),
        edit::device::set_bypassed(DeviceId(bench.device), true),
        edit::lane::create(lane, bench.device, &studio::LEVEL.to_string()),
    ]);
    bench.call(Command::DuplicateDevice { device: bench.device });
    let project = bench.instance.project();
    let devices: Vec<_> = project.track(bench.track).expect("the track").devices().collect();
    assert_eq!((devices.len(), devices[0].id().0), (2, bench.device), "the copy is behind it");
    let copy = &devices[1];
    assert_eq!((copy.name(), copy.bypassed(), copy.params()), ("Plugin", true, devices[0].params()));
    assert_eq!(
        copy.lanes().map(|lane| lane.param().to_owned()).collect::<Vec<_>>(),
        [studio::LEVEL.to_string()]
    );
    let blobs = bench.instance.published().blobs();
    let state = blobs.get(&copy.blob().expect("it has a state")).expect("it is kept");
    assert_eq!(state[0], 2, "it was asked for a duplicate");
    assert_eq!(bench.instance.published().status().undo.as_deref(), Some("Duplicate Plugin"));
    bench.call(Command::Undo);
    assert_eq!(bench.instance.project().track(bench.track).expect("the track").devices().count(), 1);
    assert!(bench.instance.call(Command::DuplicateDevice { device: id() }).is_err());
}

#[test]
fn a_plugin_suggests_a_page_and_says_how_many_voices_it_plays() {
    let bench = Bench::new("studio");
    let known = || bench.instance.published().params();
    wait_until(|| known().suggested_page(bench.device).is_some());
    let turn = known().suggested_page(bench.device).expect("just seen");
    assert_eq!((turn.page, turn.count), (7, 1));
    assert_eq!(known().pages(bench.device)[0].id, 7);
    let voices = known().voices(bench.device).expect("it says so");
    assert_eq!((voices.count, voices.capacity, voices.overlapping), (6, 12, true));
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "nothing came of it");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Blocks of silence through an instance until something is so; what is done first is done while it runs.
fn play_until(bench: &Bench, is_so: impl Fn() -> bool, first: impl FnOnce()) {
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 64, mode: RenderMode::Realtime };
    let mut processor = bench.instance.activate(config).expect("the engine starts");
    let mut out = host::EventList::with_capacity(64);
    first();
    wait_until(|| {
        processor.process(&mut host::ProcessBlock {
            frames: 64,
            inputs: &[],
            outputs: &mut [],
            events_in: host::Events::EMPTY,
            events_out: &mut out,
            transport: None,
        });
        is_so()
    });
    bench.instance.deactivate(processor);
}

#[test]
fn a_hand_in_the_window_of_a_plugin_is_a_step_that_can_be_taken_back() {
    let bench = Bench::new("gain");
    // Its hidden hand moves the gain to -6 dB in the next block, with a gesture.
    let is_a_step = || bench.instance.published().status().undo.as_deref() == Some("Set Gain");
    play_until(&bench, is_a_step, || {
        bench.type_param(gain::WIGGLE, "1").expect("a switch");
    });
    assert_eq!(bench.value(gain::GAIN), Some(-6.0));
    let kept = |bench: &Bench| {
        let project = bench.instance.project();
        let device = project.device(bench.device.into()).expect("the device");
        device.param(&gain::GAIN.to_string())
    };
    assert_eq!(kept(&bench), Some(-6.0), "what the plugin gets when the project is opened again");
    bench.call(Command::Undo);
    assert_eq!((kept(&bench), bench.value(gain::GAIN)), (Some(0.0), Some(0.0)));
}

#[test]
fn a_preset_overrules_what_was_set_before_it_when_the_project_is_opened_again() {
    let bench = Bench::new("studio");
    // It has a habit of resetting its level when it is new.
    let level = studio::LEVEL.to_string();
    let kept =
        || bench.instance.project().device(bench.device.into()).and_then(|device| device.param(&level));
    wait_until(|| kept() == Some(0.5));
    bench.type_param(studio::LEVEL, "0.25").expect("a level");
    let own = bench.presets().into_iter().find(|preset| preset.name == "Loud").expect("it has this one");
    bench.call(Command::LoadPreset { device: bench.device, preset: own });
    // The plugin tells in its own time that it has loaded it.
    wait_until(|| kept() == Some(1.0));
    assert_eq!(bench.value(studio::LEVEL), Some(1.0));
    // What was done before can still be taken back.
    bench.call(Command::Undo);
    assert_eq!((kept(), bench.value(studio::LEVEL)), (Some(0.5), Some(0.5)));
}

#[test]
fn a_plugins_own_menu_is_shown_and_chosen_from() {
    let bench = Bench::new("studio");
    let (device, param) = (bench.device, Some(ParamId(studio::LEVEL)));
    bench.call(Command::ListMenu { device, param });
    let menu = bench.instance.published().params().menu(device, param).expect("it was asked for");
    assert!(
        menu.iter().any(|item| matches!(item, MenuItem::Action { id: 3, label, .. } if label == "Randomise"))
    );
    bench.call(Command::ChooseFromMenu { device, param, line: 3 });
    assert!(bench.instance.published().params().menu(device, param).is_none(), "it may be another now");
    assert!(bench.instance.call(Command::ChooseFromMenu { device, param: None, line: 99 }).is_err());
}

#[test]
fn a_layout_is_chosen_in_the_project_and_what_it_takes_from_the_routing_is_told() {
    let bench = Bench::new("multi-out");
    let third = TrackId(id());
    let send = model::SendId(id());
    bench.commit(vec![
        edit::track::create(third, TrackKind::Audio, "Third"),
        edit::send::create_from_output(send, bench.track, (DeviceId(bench.device), 2), third),
    ]);
    let outputs = || {
        let ports = bench.instance.published().params().ports(bench.device).expect("it is loaded");
        (ports.outputs.len(), ports.layouts.iter().map(|layout| layout.name.clone()).collect::<Vec<_>>())
    };
    let names = ["One output", "Three outputs", "No output"].map(String::from).to_vec();
    assert_eq!(outputs(), (3, names.clone()));
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 64, mode: RenderMode::Offline };
    let mut processor = bench.instance.activate(config).expect("it runs");
    let mut play_until = |is_so: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !is_so() {
            assert!(Instant::now() < deadline, "it never came so far");
            let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
            processor.process(&mut host::ProcessBlock {
                frames: 64,
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                events_in: host::Events::EMPTY,
                events_out: &mut host::EventList::default(),
                transport: None,
            });
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let told = || {
        let log = bench.instance.published().log_lines();
        let told = log.iter().filter(|line| line.source == "Plugin").map(|line| line.text.clone());
        told.collect::<Vec<_>>()
    };
    let choose = |layout: &str| {
        let layout = protocol::plugin::LayoutRef::new(layout);
        bench.commit(vec![edit::device::set_layout(DeviceId(bench.device), layout.as_ref())]);
    };
    let lost = "there is no audio output 2: a cable there is silent".to_owned();
    choose("One output#10");
    play_until(&|| outputs().0 == 1 && !told().is_empty());
    assert_eq!(told(), std::slice::from_ref(&lost));
    assert!(bench.instance.project().send(send).is_some(), "the project keeps what goes nowhere");
    bench.call(Command::Undo);
    play_until(&|| outputs().0 == 3);
    bench.call(Command::Redo);
    play_until(&|| outputs().0 == 1 && told().len() > 1);
    assert_eq!(told(), [lost.clone(), lost]);
    choose("Quad#4");
    play_until(&|| outputs().0 == 3 && told().len() > 2);
    assert_eq!(told()[2], "the plugin has no bus layout \"Quad\"; it keeps its own");
    bench.instance.deactivate(processor);

    // It is there again when the project is.
    choose("One output#10");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("song.loophole");
    bench.call(Command::Save { path: Some(path.clone()) });
    let other = Bench::new("gain");
    other.call(Command::Open { path });
    let ports = other.instance.published().params().ports(bench.device).expect("it is loaded");
    assert_eq!(ports.outputs.len(), 1);
}
