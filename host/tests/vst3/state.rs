//! States, presets and programs.

use std::sync::atomic::AtomicBool;

use loophole_host::nested::offers::StatePurpose;
use loophole_host::nested::{self, LoadError, PluginRequest, StateError, TrackContext, TrackPurpose};
use loophole_test_vst3::probe::GAIN;
use protocol::ParamId;
use protocol::plugin::{PresetInfo, PresetSource};

use crate::rig::{Bundle, Rig};

#[test]
fn component_and_controller_are_both_restored_byte_for_byte() {
    let bundle = Bundle::new();
    let mut first = bundle.load("Probe");
    first.set_param(ParamId(GAIN), 0.5);
    let track = TrackContext { name: "Bass".into(), color: 0x0011_2233, purpose: TrackPurpose::Track };
    first.set_track(track);
    let state = first.save_state().unwrap().unwrap();
    assert!(state.windows(13).any(|bytes| bytes == b"Bass ff112233"), "the controller's own state is in it");
    let mut second = nested::load(&bundle.plugin("Probe"), &bundle.locator, Some(&state)).unwrap();
    assert_eq!(second.param_value(ParamId(GAIN)), Some(0.5));
    assert_eq!(second.save_state().unwrap().unwrap(), state);
    let mut rig = Rig::new(second);
    rig.feed(0, 1.0);
    rig.process(4, &[]);
    assert_eq!(rig.outputs[0].channel(0)[0], 0.5, "the component has it, too");
    assert_eq!(rig.controller.save_state().unwrap().unwrap(), state, "while it runs");
    assert_eq!(rig.poll(), [PluginRequest::ValuesChanged]);
}

#[test]
fn damaged_and_foreign_states_are_refused() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Probe");
    let state = plugin.save_state().unwrap().unwrap();
    for bad in [&state[..state.len() - 1], &state[1..], b"", b"VST3"] {
        assert_eq!(plugin.load_state(bad), Err(StateError::Refused));
    }
    let mut inside = state.clone();
    inside[48] ^= 1;
    assert_eq!(plugin.load_state(&inside), Err(StateError::Refused), "the component checks its own");
    let error = nested::load(&bundle.plugin("Bare"), &bundle.locator, Some(&state)).err();
    assert!(matches!(error, Some(LoadError::State { .. })), "{error:?}");
    assert_eq!(plugin.load_state(&state), Ok(()));
}

#[test]
fn programs_and_preset_files_are_loaded() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Probe");
    let presets = plugin.presets().run(&AtomicBool::new(false)).unwrap();
    let names: Vec<_> = presets.iter().map(|preset| preset.name.as_str()).collect();
    assert_eq!(names, ["Off", "Soft", "Loud"]);
    plugin.load_preset(&presets[1]).unwrap();
    let mut rig = Rig::new(plugin);
    rig.feed(0, 1.0);
    rig.process(4, &[]);
    assert!((rig.outputs[0].channel(0)[0] - 1.0 / 3.0).abs() < 1e-6);
    assert!(rig.poll().contains(&PluginRequest::PresetLoaded));
    let mut plugin = rig.deactivate();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), plugin.save_state_for(StatePurpose::Preset).unwrap().unwrap()).unwrap();
    plugin.set_param(ParamId(GAIN), 0.0);
    let preset = |path: &std::path::Path| PresetInfo {
        name: "Mine".into(),
        source: PresetSource::File(path.into()),
        load_key: None,
        creators: Vec::new(),
        description: String::new(),
        features: Vec::new(),
    };
    plugin.load_preset(&preset(file.path())).unwrap();
    assert!((plugin.param_value(ParamId(GAIN)).unwrap() - 1.0 / 3.0).abs() < 1e-6);
    assert!(plugin.load_preset(&preset(std::path::Path::new("/nowhere"))).is_err());
}
