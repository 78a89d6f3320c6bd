//! The menus of tracks and device cards: routes, presets, freezing.

use std::sync::Arc;

use egui::{Pos2, vec2};
use model::{TrackKind, edit};
use protocol::control::{SampleBits, Stems};
use protocol::plugin::{
    BusLayout, ControlPage, MenuItem, PageTurn, PluginParam, PresetInfo, PresetSource, ScanFailure, Voices,
};
use protocol::{Command, EntityId, ParamId, PluginFormat, PluginRef};

use super::bench::Bench;
use crate::frame::{PluginPorts, RenderStatus};
use crate::ids;

/// The song with a plugin of two inputs past the sidechain and three outputs on its first track, which is selected.
fn with_plugin() -> (Bench, EntityId, EntityId) {
    let mut bench = Bench::song();
    let track = bench.project().tracks().next().expect("a track").id();
    let device = bench.pulse.new_id();
    let plugin = PluginRef { format: PluginFormat::Clap, id: "org.example.mixer".into() };
    bench.commit("Add", vec![edit::device::create_plugin(device.into(), track, &plugin, "Mixer", 9.0)]);
    let names = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
    let ports = PluginPorts {
        inputs: names(&["Main", "Side", "Aux 1", "Aux 2"]),
        outputs: names(&["Main", "Kick", "Snare"]),
        layouts: ["Stereo", "Outputs"].iter().zip(1..).map(|(name, id)| layout_of(id, name)).collect(),
    };
    bench.plugins.ports.insert(device, ports);
    let header = bench.rect(ids::of("header", track.0));
    bench.click(header.left_top() + vec2(3.0, 3.0));
    bench.idle(2);
    bench.pause();
    bench.take();
    (bench, track.0, device)
}

fn layout_of(id: u32, name: &str) -> BusLayout {
    BusLayout { id, name: name.into(), inputs: 4, outputs: id, main_input: Some(2), main_output: Some(2) }
}

/// A place on a card where no control is.
fn on_card(bench: &Bench, device: EntityId) -> Pos2 {
    bench.rect(ids::of("card", device)).left_bottom() + vec2(6.0, -6.0)
}

fn other_track(bench: &Bench, nth: usize) -> (EntityId, String) {
    let project = bench.project();
    let track = project.tracks().nth(nth).expect("a track");
    (track.id().0, track.name().to_owned())
}

#[test]
fn a_sidechain_is_chosen_and_removed_in_the_cards_menu() {
    let (mut bench, _, device) = with_plugin();
    let (track, name) = other_track(&bench, 2);
    let at = on_card(&bench, device);
    bench.choose(at, &["Sidechain from", &name]);
    let sidechain = |bench: &Bench| bench.project().device(device.into()).expect("the device").sidechain();
    assert_eq!(sidechain(&bench).map(|track| track.0), Some(track));
    bench.choose(at, &["Sidechain from", "Nothing"]);
    assert_eq!(sidechain(&bench), None);
    assert_eq!(bench.commits(), [format!("Sidechain from {name}"), "Remove sidechain".into()]);
}

#[test]
fn an_extra_input_is_fed_by_tracks_and_not_any_more() {
    let (mut bench, _, device) = with_plugin();
    let (track, name) = other_track(&bench, 2);
    let at = on_card(&bench, device);
    let feeds = |bench: &Bench| -> Vec<EntityId> {
        let project = bench.project();
        let sends = project.tracks().flat_map(|track| track.sends().collect::<Vec<_>>());
        sends.filter(|send| send.input() == Some((device.into(), 3))).map(|send| send.track().0).collect()
    };
    bench.choose(at, &["Aux 2 from", &name]);
    assert_eq!(feeds(&bench), [track]);
    bench.choose(at, &["Aux 2 from", &name]);
    assert_eq!(feeds(&bench), []);
    assert_eq!(bench.commits().len(), 2);
}

#[test]
fn an_extra_output_gets_a_track_of_its_own() {
    let (mut bench, track, device) = with_plugin();
    let before = bench.project().tracks().count();
    let at = on_card(&bench, device);
    bench.choose(at, &["Snare to", "New track"]);
    let project = bench.project();
    assert_eq!(project.tracks().count(), before + 1);
    let track = project.track(track.into()).expect("the track");
    let send = track.sends().find(|send| send.output() == Some((device.into(), 2))).expect("a send");
    assert_eq!(project.name_of(send.target()), "Mixer Snare");
    assert_eq!(bench.commits(), ["Route Snare to a track of its own"], "one step");
}

#[test]
fn the_layout_of_a_plugins_buses_is_chosen_in_the_cards_menu() {
    let (mut bench, _, device) = with_plugin();
    let at = on_card(&bench, device);
    let layout = |bench: &Bench| {
        let project = bench.project();
        project.device(device.into()).expect("the device").layout().map(|layout| layout.as_str().to_owned())
    };
    bench.choose(at, &["Bus layout", "Outputs"]);
    assert_eq!(layout(&bench).as_deref(), Some("Outputs#2"));
    bench.plugins.ports.get_mut(&device).expect("its ports").layouts = [layout_of(7, "Stereo")].into();
    bench.choose(at, &["Bus layout", "Outputs: the plugin does not have it"]);
    assert_eq!(layout(&bench).as_deref(), Some("Outputs#2"), "it may be there again");
    bench.choose(at, &["Bus layout", "The plugin's own"]);
    assert_eq!(layout(&bench), None);
    let given = "Give the plugin its own bus layout".to_owned();
    assert_eq!(bench.commits(), ["Choose bus layout Outputs".into(), given]);
}

#[test]
fn presets_are_asked_for_once_and_loaded_by_a_click() {
    let (mut bench, _, device) = with_plugin();
    let at = on_card(&bench, device);
    bench.choose(at, &["Presets"]);
    bench.idle(20);
    assert_eq!(bench.take(), [Command::ListPresets { device }]);
    let preset = PresetInfo {
        name: "Bright bell".into(),
        source: PresetSource::Plugin,
        load_key: Some("7".into()),
        creators: Vec::new(),
        description: String::new(),
        features: Vec::new(),
    };
    bench.plugins.presets.insert(device, [preset.clone()].into());
    bench.click(Pos2::new(700.0, 20.0));
    bench.choose(at, &["Presets", "Bright bell"]);
    assert_eq!(bench.take(), [Command::LoadPreset { device, preset }]);
}

#[test]
fn a_track_is_frozen_and_a_render_is_stopped_in_its_menu() {
    let (mut bench, track, _) = with_plugin();
    let at = bench.rect(ids::of("header", track)).left_top() + vec2(3.0, 3.0);
    bench.choose(at, &["Freeze"]);
    assert_eq!(bench.take(), [Command::Freeze { track }]);
    bench.status.render = Some(RenderStatus { track, what: "Freezing Drums".into(), done: 0.25 });
    bench.choose(at, &["Stop: Freezing Drums (25 %)"]);
    assert_eq!(bench.take(), [Command::StopRender]);
}

#[test]
fn a_frozen_track_is_unfrozen_and_a_stale_one_can_be_frozen_again() {
    let (mut bench, track, _) = with_plugin();
    let (audio, of) = (protocol::BlobHash([1; 32]), protocol::BlobHash([2; 32]));
    bench.commit("Freeze", edit::track::freeze(track.into(), audio, of).to_vec());
    bench.idle(2);
    let at = bench.rect(ids::of("header", track)).left_top() + vec2(3.0, 3.0);
    bench.choose(at, &["Unfreeze"]);
    assert_eq!(bench.take(), [Command::Unfreeze { track }]);
    bench.status.stale = [track].into();
    bench.choose(at, &["Freeze again"]);
    assert_eq!(bench.take(), [Command::Freeze { track }]);
}

#[test]
fn audio_is_exported_with_or_without_stems_and_that_is_stopped_in_the_projects_menu() {
    let (mut bench, track, _) = with_plugin();
    bench.status.file = Some("/songs/Side Door.loophole".into());
    let menu = bench.rect(ids::one("project")).center();
    for (line, stems) in [("Mix…", Stems::None), ("Mix and a stem for each group…", Stems::Group)] {
        bench.click(menu);
        bench.pick(&["Export audio", line]);
        bench.click_on(ids::one("prompt yes"));
        let (path, bits) = ("/songs/Side Door.wav".into(), SampleBits::B24);
        assert_eq!(bench.take(), [Command::ExportAudio { path, stems, bits }]);
    }
    bench.status.render = Some(RenderStatus { track, what: "Writing Side Door.wav".into(), done: 0.5 });
    bench.click(menu);
    bench.pick(&["Stop: Writing Side Door.wav (50 %)"]);
    assert_eq!(bench.take(), [Command::StopRender]);
}

#[test]
fn a_preset_is_saved_under_a_name_from_the_cards_menu() {
    let (mut bench, _, device) = with_plugin();
    bench.plugins.presets.insert(device, [].into());
    let at = on_card(&bench, device);
    bench.choose(at, &["Presets", "Save as"]);
    bench.idle(2);
    bench.text("Warm");
    bench.key(egui::Key::Enter, egui::Modifiers::NONE);
    assert_eq!(bench.take(), [Command::SavePreset { device, name: "Warm".into() }]);
}

#[test]
fn a_plugin_file_that_could_not_be_used_is_tried_again() {
    let (mut bench, _, _) = with_plugin();
    let path = std::path::PathBuf::from("/usr/lib/vst3/Broken.vst3");
    let reason = "crashed when opened (signal 6)".to_owned();
    bench.failures = vec![ScanFailure { path: path.clone(), reason }];
    bench.idle(2);
    bench.click_on(ids::nth("not usable", 0).with("again"));
    assert_eq!(bench.take(), [Command::ScanAgain { path }]);
}

#[test]
fn a_value_of_a_plugin_is_typed_in_its_own_words() {
    let (mut bench, _, device) = with_plugin();
    bench.plugins.params.insert(device, [param(7)].into());
    bench.idle(2);
    bench.click_on(crate::devices::param_id(device, ParamId(7)).with("typed"));
    bench.idle(2);
    bench.text("-6 dB");
    bench.key(egui::Key::Enter, egui::Modifiers::NONE);
    assert_eq!(bench.take(), [Command::TypeParam { device, param: ParamId(7), text: "-6 dB".into() }]);
}

fn param(id: u32) -> PluginParam {
    PluginParam {
        id: ParamId(id),
        name: format!("Knob {id}"),
        module: String::new(),
        min: 0.0,
        max: 1.0,
        default: 0.5,
        stepped: false,
        hidden: false,
        automatable: true,
    }
}

#[test]
fn a_card_turns_to_the_page_that_its_plugin_suggests_and_to_the_one_that_a_person_chooses() {
    let (mut bench, _, device) = with_plugin();
    bench.plugins.params.insert(device, (1..=20).map(param).collect());
    let page = |id: u32, section: &str, name: &str, params: &[u32]| ControlPage {
        id,
        section: section.into(),
        name: name.into(),
        params: params.iter().map(|id| (*id > 0).then_some(ParamId(*id))).collect(),
        of_preset: false,
    };
    let pages = [page(5, "", "Essentials", &[3, 0, 20, 3]), page(6, "Filter", "Main", &[9])];
    bench.plugins.pages.insert(device, pages.into());
    bench.plugins.voices.insert(device, Voices { count: 6, capacity: 12, overlapping: true });
    let shown = |bench: &mut Bench| -> Vec<u32> {
        bench.idle(2);
        let known = |id: &u32| bench.is_shown(crate::devices::param_id(device, ParamId(*id)));
        (1..=20).filter(known).collect()
    };
    assert_eq!(shown(&mut bench), (1..=20).collect::<Vec<_>>());
    assert!(bench.is_shown(ids::of("voices", device)));
    bench.plugins.suggested.insert(device, PageTurn { page: 5, count: 1 });
    assert_eq!(shown(&mut bench), [3, 20]);
    let choose = |bench: &mut Bench, line: &str| {
        bench.click_on(ids::of("page", device));
        bench.pick(&[line]);
    };
    choose(&mut bench, "Filter: Main");
    assert_eq!(shown(&mut bench), [9], "what was suggested before does not come back");
    bench.plugins.suggested.insert(device, PageTurn { page: 5, count: 2 });
    assert_eq!(shown(&mut bench), [3, 20]);
    choose(&mut bench, "All controls");
    assert_eq!(shown(&mut bench).len(), 20);
    // A page that is gone.
    bench.plugins.suggested.insert(device, PageTurn { page: 7, count: 3 });
    assert_eq!(shown(&mut bench).len(), 20);
    assert!(bench.take().is_empty(), "nothing of this is the project's");
}

#[test]
fn a_device_is_duplicated_in_its_cards_menu() {
    let (mut bench, _, device) = with_plugin();
    let at = on_card(&bench, device);
    bench.choose(at, &["Duplicate"]);
    assert_eq!(bench.take(), [Command::DuplicateDevice { device }]);
}

#[test]
fn every_input_and_output_of_the_outside_is_in_the_menus_and_each_channel_of_an_input() {
    let (mut bench, first, _) = with_plugin();
    bench.status.inputs = vec![6, 2, 2, 1];
    bench.status.outputs = vec![6, 2, 2, 1];
    let track = bench.pulse.new_id();
    bench.commit("Add", vec![edit::track::create(track.into(), TrackKind::Audio, "Voice")]);
    bench.commit("Order", vec![edit::track::set_order(track.into(), -1.0)]);
    bench.idle(2);
    let input = |bench: &Bench| {
        let project = bench.project();
        let track = project.track(track.into()).expect("the track");
        (track.input_bus(), track.input_channel())
    };
    let at = bench.rect(ids::of("header", track)).left_top() + vec2(3.0, 3.0);
    for (lines, expected) in [
        (&["Input", "Sidechain"][..], (Some(1), None)),
        (&["Input", "Input 3"], (Some(2), None)),
        (&["Input", "Input 3, one channel", "right"], (Some(2), Some(1))),
        (&["Input", "Main input, one channel", "channel 5"], (Some(0), Some(4))),
        (&["Input", "Main input (6 channels)"], (Some(0), None)),
        (&["Input", "Input 4 (mono)"], (Some(3), None)),
        (&["Input", "None"], (None, None)),
    ] {
        bench.choose(at, lines);
        assert_eq!(input(&bench), expected, "{lines:?}");
    }
    let at = bench.rect(ids::of("header", first)).left_top() + vec2(3.0, 3.0);
    let output = |bench: &Bench| bench.project().track(first.into()).expect("the track").output_bus();
    bench.choose(at, &["Output", "Outer host", "Extra output 2"]);
    assert_eq!(output(&bench), 2);
    bench.choose(at, &["Output", "Outer host", "Extra output 3 (mono)"]);
    assert_eq!(output(&bench), 3);
    bench.choose(at, &["Output", "Master"]);
    assert_eq!(output(&bench), 0);
}

#[test]
fn the_steps_of_automation_are_chosen_in_the_projects_menu() {
    let (mut bench, ..) = with_plugin();
    let steps = |bench: &Bench| bench.project().root().control_frames().frames();
    assert_eq!(steps(&bench), 32);
    bench.click_on(ids::one("project"));
    bench.pick(&["Automation steps", "8 frames"]);
    assert_eq!(
        (steps(&bench), bench.commits().last().map(String::as_str)),
        (8, Some("Automation steps: 8 frames"))
    );
}

#[test]
fn a_plugins_own_menu_is_asked_for_and_a_line_of_it_chosen() {
    let (mut bench, _, device) = with_plugin();
    let at = on_card(&bench, device);
    bench.choose(at, &["Plugin's own menu"]);
    assert_eq!(bench.take(), [Command::ListMenu { device, param: None }]);
    let action = |id, label: &str| MenuItem::Action { id, label: label.into(), enabled: true, checked: None };
    let more = MenuItem::Submenu { label: "More".into(), enabled: true, items: vec![action(9, "Randomise")] };
    let items = [MenuItem::Title("Mixer".into()), action(3, "About"), MenuItem::Separator, more];
    bench.plugins.menus.insert((device, None), items.into());
    bench.click(Pos2::new(700.0, 20.0));
    bench.choose(at, &["Plugin's own menu", "More", "Randomise"]);
    assert_eq!(bench.take(), [Command::ChooseFromMenu { device, param: None, line: 9 }]);
}
