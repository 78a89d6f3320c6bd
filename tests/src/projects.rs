//! Projects for tests of the whole: the demo song, and some that are put together here.

use std::path::Path;

use host::nested::{PluginLocator, StaticEntry};
use loophole::instance::{Instance, InstanceOptions, Starter, own_entry};
use loophole::shell::{CLAP_ID, preset};
use model::{ClipId, DeviceId, IdSource, TrackId, TrackInput, TrackKind, edit};
use protocol::device::DeviceKind;
use protocol::{Beats, Command, Edit, Note, PluginFormat, PluginRef};

mod everything;

pub use everything::everything;

/// Commits edits.
///
/// # Panics
/// If they are not legal.
pub fn commit(instance: &Instance, edits: Vec<Edit>) {
    instance.call(Command::Commit { name: "Test".into(), edits }).expect("legal edits");
}

/// The plugins that the projects use: Loophole itself, and those of the tests.
///
/// # Panics
/// If there are none in this program.
#[must_use]
pub fn plugins() -> PluginLocator {
    let mut locator = PluginLocator::new();
    // SAFETY: the entry point is that of this program.
    let tests = unsafe { StaticEntry::new(test_units::entry(), c"test-units") };
    for entry in [own_entry(), tests] {
        locator.add_static(&entry).expect("an entry point of this program");
    }
    locator
}

/// An instance with an empty project.
#[must_use]
pub fn empty() -> Instance {
    let options = InstanceOptions { starter: Starter::Empty, locator: plugins(), ..Default::default() };
    Instance::new(options)
}

/// Two tracks: what comes into the main input goes to the main output, the sidechain to the first extra output.
#[must_use]
pub fn through() -> Instance {
    let (instance, ids) = (empty(), IdSource::random());
    let (main, side) = (TrackId(ids.next_id()), TrackId(ids.next_id()));
    let mut edits = Vec::new();
    for (track, input) in [(main, TrackInput::Main), (side, TrackInput::Sidechain)] {
        edits.push(edit::track::create(track, TrackKind::Audio, "Through"));
        edits.push(edit::track::set_input(track, input));
        edits.push(edit::track::set_armed(track, true));
    }
    edits.push(edit::track::set_output_bus(side, 1));
    commit(&instance, edits);
    instance
}

/// The demo song, as it is committed.
///
/// # Panics
/// If it cannot be opened.
#[must_use]
pub fn demo() -> Instance {
    let instance = empty();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/Demo.loophole");
    instance.call(Command::Open { path }).expect("the demo opens");
    instance
}

/// Notes on the beats of eight bars.
fn clip(ids: &IdSource, track: TrackId, keys: &[u8]) -> Vec<Edit> {
    let clip = ClipId(ids.next_id());
    let mut edits = vec![edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(32))];
    for (beat, &key) in (0..32).zip(keys.iter().cycle()) {
        let note =
            Note { start: Beats::whole(beat), length: Beats::whole(1), key, velocity: 0.7, channel: 0 };
        edits.push(edit::clip::set_note(clip, u64::from(key) << 16 | beat.unsigned_abs(), note));
    }
    edits
}

/// A synth through every effect, one track for each.
#[must_use]
pub fn every_device() -> Instance {
    let (instance, ids) = (empty(), IdSource::random());
    for (number, kind) in (0_u8..).zip(DeviceKind::ALL) {
        let (track, synth, device) =
            (TrackId(ids.next_id()), DeviceId(ids.next_id()), DeviceId(ids.next_id()));
        let mut edits = vec![
            edit::track::create(track, TrackKind::Instrument, kind.key()),
            edit::track::set_armed(track, true),
            edit::device::create_builtin(synth, track, DeviceKind::Synth, 0.0),
            edit::device::create_builtin(device, track, kind, 1.0),
        ];
        edits.extend(clip(&ids, track, &[40 + number, 52 + number, 47 + number]));
        commit(&instance, edits);
    }
    instance
}

/// Loophole within Loophole.
#[must_use]
pub fn nested() -> Instance {
    let (instance, ids) = (empty(), IdSource::random());
    let (track, device) = (TrackId(ids.next_id()), DeviceId(ids.next_id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: CLAP_ID.into() };
    let inner = Instance::new(InstanceOptions { starter: Starter::Playable, ..Default::default() });
    let blob = instance.published().blobs().put(preset::clap(&preset::plugin_state(&inner)));
    let mut edits = vec![
        edit::track::create(track, TrackKind::Instrument, "Inner"),
        edit::device::create_plugin(device, track, &plugin, "Loophole", 0.0),
        edit::device::set_blob(device, Some(blob)),
    ];
    edits.extend(clip(&ids, track, &[48, 55, 60]));
    commit(&instance, edits);
    instance
}

/// Many tracks with a synth each.
#[must_use]
pub fn many_tracks() -> Instance {
    let (instance, ids) = (empty(), IdSource::random());
    let mut edits = Vec::new();
    for number in 0..24_u8 {
        let (track, synth) = (TrackId(ids.next_id()), DeviceId(ids.next_id()));
        edits.push(edit::track::create(track, TrackKind::Instrument, "Synth"));
        edits.push(edit::device::create_builtin(synth, track, DeviceKind::Synth, 0.0));
        edits.extend(clip(&ids, track, &[36 + number, 43 + number]));
    }
    commit(&instance, edits);
    instance
}

/// All of them, by name.
#[must_use]
pub fn all() -> Vec<(&'static str, Instance)> {
    vec![
        ("demo", demo()),
        ("every device", every_device()),
        ("Loophole within Loophole", nested()),
        ("many tracks", many_tracks()),
        ("everything", everything()),
    ]
}
