//! The Loophole inside the Loophole: a rack of effects as a project of its own.

use loophole::instance::{Instance, InstanceOptions};
use loophole::shell::preset;
use model::edit;
use model::{Blobs, DeviceId, IdSource, Project, Pulse, TrackId, TrackInput, TrackKind};
use protocol::{DeviceKind, Transaction};

/// Loophole's own CLAP id.
pub const PLUGIN_ID: &str = "org.loophole.loophole";

/// The rack: what comes in goes through an equalizer, a slow echo and a widener.
pub fn project() -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(0x51de_d003));
    let root = pulse.project().root().id();
    let track = TrackId(pulse.new_id());
    let mut edits = vec![
        edit::root::set_name(root, "Wide echo"),
        edit::track::create(track, TrackKind::Audio, "Rack"),
        edit::track::set_input(track, TrackInput::Main),
        edit::track::set_armed(track, true),
    ];
    let devices: [(DeviceKind, &[(&str, f64)]); 3] = [
        (DeviceKind::Equalizer, &[("low_cut_on", 1.0), ("low_cut", 160.0), ("high_gain_db", 1.5)]),
        (
            DeviceKind::Delay,
            &[
                ("sync", 1.0),
                ("beats", 1.0),
                ("feedback", 0.45),
                ("damping", 3_000.0),
                ("mode", 1.0),
                ("mix", 0.25),
            ],
        ),
        (DeviceKind::Utility, &[("width", 1.4)]),
    ];
    for (order, (kind, params)) in (0_u8..).zip(devices) {
        let id = DeviceId(pulse.new_id());
        edits.push(edit::device::create_builtin(id, track, kind, order.into()));
        edits.push(edit::device::set_params(id, params.iter().map(|&(key, value)| (key, Some(value)))));
    }
    let transaction =
        Transaction { name: "Build the rack".into(), author: super::arrange::AUTHOR.into(), edits };
    pulse.commit(transaction).expect("PANIC: the rack breaks no rule");
    pulse.project()
}

/// The rack as the state of a nested plugin.
pub fn state() -> Vec<u8> {
    let instance = Instance::new(InstanceOptions::default());
    instance.adopt(project(), Blobs::new()).expect("PANIC: a new instance takes a project");
    preset::clap(&preset::plugin_state(&instance))
}
