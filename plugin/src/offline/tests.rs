use std::ffi::CString;

use host::nested::{PluginLocator, StaticEntry};
use model::{Blobs, DeviceId, Pulse, TrackId, TrackKind, edit, plan};
use protocol::{NodeId, NodeRole, ParamId, PluginFormat, PluginRef};
use test_units::plugins::probe;

use super::*;

#[test]
fn nested_plugins_know_that_they_render_offline() {
    let pulse = Pulse::new();
    let (track, device) = (TrackId(pulse.new_id()), DeviceId(pulse.new_id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: "org.loophole.test.probe".into() };
    let edits = [
        edit::track::create(track, TrackKind::Audio, "Voice"),
        edit::device::create_plugin(device, track, &plugin, "Probe", 0.0),
    ];
    let project = pulse.project().apply(&edits).expect("legal edits");
    // SAFETY: the test plugins guarantee their entry.
    #[expect(unsafe_code, reason = "an entry point is a raw pointer")]
    let entry = unsafe { StaticEntry::new(test_units::entry(), &CString::default()) };
    let mut plugins = PluginLocator::new();
    plugins.add_static(&entry).expect("there are plugins in it");
    let job = Job { rate: SampleRate(44_100.0), block: 128, from: Beats::whole(2), frames: 4_000 };
    let tap = plan::tap(&project, track).expect("an audio track");
    let mut render = Render::of_plan(tap, Blobs::new(), plugins, &job).expect("all is there");
    while render.next_block().is_some() {}
    let node = NodeId { entity: device.0, role: NodeRole::Device };
    let Home::Own(controller) = &mut render.home else { panic!("it has an engine of its own") };
    let mut value = |param| controller.plugin(node).and_then(|plugin| plugin.param_value(ParamId(param)));
    assert_eq!(value(probe::OFFLINE), Some(1.0));
    assert_eq!(value(probe::PLAYING), Some(1.0));
    assert_eq!(value(probe::RATE), Some(44_100.0));
}
