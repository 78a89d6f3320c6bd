//! What a plugin is asked on its main thread.

use loophole_test_vst3::probe::{BEND, GAIN, LATENCY, LEVEL, PROGRAM};
use protocol::ParamId;

use crate::rig::Bundle;

#[test]
fn parameters_are_described_with_their_units() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Probe");
    let params = plugin.params();
    let find = |id: u32| params.iter().find(|param| param.id == ParamId(id)).unwrap();
    let gain = find(GAIN);
    assert_eq!((gain.name.as_str(), gain.min, gain.max, gain.default), ("Gain", 0.0, 1.0, 1.0));
    assert!(gain.automatable && !gain.stepped && !gain.hidden && gain.module.is_empty());
    let latency = find(LATENCY);
    assert!(latency.stepped && latency.max == 4.0 && !latency.automatable);
    assert_eq!((find(PROGRAM).module.as_str(), find(BEND).module.as_str()), ("Sound", "Sound/Wheel"));
    assert!(find(BEND).hidden && !find(LEVEL).automatable);
}

#[test]
fn texts_are_the_plugins_own_both_ways() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Probe");
    assert_eq!(plugin.param_text(ParamId(GAIN), 0.5).as_deref(), Some("50.0 %"));
    assert_eq!(plugin.param_text(ParamId(LATENCY), 1.0).as_deref(), Some("25.0 %"));
    assert_eq!(plugin.parse_param(ParamId(GAIN), "12.5 %"), Some(0.125));
    assert_eq!(plugin.parse_param(ParamId(GAIN), "loud"), None);
    assert_eq!(plugin.parse_param(ParamId(GAIN), "1000 %"), None);
    assert_eq!(plugin.param_text(ParamId(999), 0.5), None);
}

#[test]
fn keys_have_the_names_of_the_program() {
    let bundle = Bundle::new();
    let names = bundle.load("Probe").note_names();
    assert_eq!(names.len(), 1);
    assert_eq!((names[0].name.as_str(), names[0].key, names[0].channel), ("Kick", Some(36), None));
}
