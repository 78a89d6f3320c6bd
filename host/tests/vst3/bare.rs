//! A plugin that has no more than the standard makes mandatory: it offers less, and works.

use loophole_host::nested::{
    PluginRequest, StateError, TrackContext, TrackPurpose, WindowError, WindowOptions, WindowParent,
};
use protocol::ParamId;

use crate::rig::{Bundle, Rig};

#[test]
fn what_is_missing_is_just_not_there() {
    let bundle = Bundle::new();
    let mut plugin = bundle.load("Bare");
    assert!(plugin.params().is_empty() && plugin.note_names().is_empty() && plugin.voices().is_none());
    assert_eq!(plugin.param_value(ParamId(0)), None);
    assert_eq!(plugin.param_text(ParamId(0), 0.5), None);
    plugin.set_param(ParamId(0), 1.0);
    plugin.set_track(TrackContext { name: "Bass".into(), color: 0, purpose: TrackPurpose::Track });
    assert_eq!(plugin.save_state(), Ok(None));
    assert_eq!(plugin.load_state(b"VST3"), Err(StateError::Refused));
    assert!(!plugin.has_window());
    let options = WindowOptions { parent: WindowParent::Desktop, title: String::new(), scale: 1.0 };
    assert!(matches!(plugin.open_window(&options), Err(WindowError::Unsupported)));
    let (inputs, outputs) = plugin.buses();
    assert_eq!((inputs.len(), outputs.len(), inputs[0].channels), (1, 1, 2));
    let mut requests: Vec<PluginRequest> = Vec::new();
    plugin.poll(&mut requests);
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn it_processes() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Bare"));
    rig.feed(0, 0.5);
    rig.process(100, &[]);
    assert!(rig.outputs[0].channel(1)[..100].iter().all(|sample| *sample == 0.25));
    rig.processor.reset();
    rig.process(1, &[]);
    rig.deactivate();
}

#[test]
fn what_it_said_of_one_block_is_not_about_the_next() {
    let bundle = Bundle::new();
    let mut rig = Rig::new(bundle.load("Scribbler"));
    for (fed, heard) in [(0.5, 0.25), (1.0, 0.0), (0.5, 0.25)] {
        rig.feed(0, fed);
        rig.process(100, &[]);
        assert!(rig.outputs[0].channel(1)[..100].iter().all(|sample| *sample == heard), "{fed}");
    }
    rig.deactivate();
}

#[test]
fn a_library_is_entered_once_however_many_plugins_it_has() {
    let bundle = Bundle::new();
    // The library refuses to be entered twice.
    let first = bundle.load("Bare");
    let second = bundle.load("Probe");
    drop(first);
    let third = bundle.load("Bare");
    drop((second, third));
    bundle.load("Probe");
}
