//! A project with one of everything that the engine does.

use loophole::instance::Instance;
use model::{
    ClipId, DeviceId, IdSource, LaneId, LfoRate, MacroId, MacroTargetId, ModulatorId, SendId, TempoId,
    TrackId, TrackKind, edit,
};
use protocol::device::DeviceKind;
use protocol::plan::LfoShape;
use protocol::tempo::Transition;
use protocol::{Beats, Command, Curve, Edit, EntityId, PluginFormat, PluginRef, Point};

use super::{clip, commit, empty};

/// The project in the making.
struct Maker {
    ids: IdSource,
    edits: Vec<Edit>,
}

impl Maker {
    fn id<T: From<EntityId>>(&self) -> T {
        self.ids.next_id().into()
    }

    fn track(&mut self, kind: TrackKind, name: &str) -> TrackId {
        let id: TrackId = self.id();
        self.edits.push(edit::track::create(id, kind, name));
        id
    }

    fn device(&mut self, track: TrackId, kind: DeviceKind, order: f64) -> DeviceId {
        let id: DeviceId = self.id();
        self.edits.push(edit::device::create_builtin(id, track, kind, order));
        id
    }

    /// A plugin of the tests.
    fn plugin(&mut self, track: TrackId, key: &str, order: f64) -> DeviceId {
        let id: DeviceId = self.id();
        let plugin = PluginRef { format: PluginFormat::Clap, id: format!("org.loophole.test.{key}") };
        self.edits.push(edit::device::create_plugin(id, track, &plugin, key, order));
        id
    }

    /// A synth that plays on the beats.
    fn synth(&mut self, name: &str, keys: &[u8]) -> TrackId {
        let track = self.track(TrackKind::Instrument, name);
        self.device(track, DeviceKind::Synth, 0.0);
        self.edits.extend(clip(&self.ids, track, keys));
        track
    }

    fn send(&mut self, from: TrackId, to: TrackId) -> SendId {
        let id: SendId = self.id();
        self.edits.push(edit::send::create(id, from, to));
        id
    }

    /// From beat to beat: values and the way to the next.
    fn lane(&mut self, owner: impl Into<EntityId>, param: &str, points: &[(i64, f64, Curve)]) {
        let id: LaneId = self.id();
        self.edits.push(edit::lane::create(id, owner, param));
        for (key, &(beat, value, curve)) in (1..).zip(points) {
            let point = Point { at: Beats::whole(beat), value, curve };
            self.edits.push(edit::lane::set_point(id, key, point));
        }
    }

    fn modulate(&mut self, modulator: ModulatorId, owner: impl Into<EntityId>, param: &str, amount: f64) {
        self.edits.push(edit::modulator::create_modulation(self.id(), modulator, owner, param, amount));
    }
}

/// A second of a decaying sine, as a file.
fn drum() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let (channels, sample_rate, bits_per_sample) = (1, 44_100, 32);
    let spec =
        hound::WavSpec { channels, sample_rate, bits_per_sample, sample_format: hound::SampleFormat::Float };
    let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("in memory");
    for frame in 0..sample_rate {
        let secs = f64::from(frame) / f64::from(sample_rate);
        #[expect(clippy::cast_possible_truncation, reason = "a sample")]
        let sample = ((secs * 377.0).sin() * (-8.0 * secs).exp()) as f32;
        writer.write_sample(sample).expect("in memory");
    }
    writer.finalize().expect("in memory");
    bytes.into_inner()
}

/// Audio at another rate, instruments, plugins that are late and have several outputs, sidechains, sends before and behind
/// faders, buses within buses, a tempo that bends, a loop, automation with every curve, waves, followers and macros, a
/// track that is frozen and a device that is bypassed.
///
/// # Panics
/// If anything of it is not there.
#[must_use]
pub fn everything() -> Instance {
    let instance = empty();
    let mut make = Maker { ids: IdSource::random(), edits: Vec::new() };
    let drums = make.track(TrackKind::Audio, "Drums");
    let media = instance.published().blobs().put(drum());
    for beat in 0..32 {
        let hit: ClipId = make.id();
        make.edits.extend([
            edit::clip::create_audio(hit, drums, Beats::whole(beat), Beats::whole(1), media),
            edit::clip::set_fade_out_secs(hit, 0.05),
        ]);
    }
    let (bass, lead, ice) =
        (make.synth("Bass", &[36, 43]), make.synth("Lead", &[64, 67, 71]), make.synth("Ice", &[72, 79]));
    let (group, room) = (make.track(TrackKind::Bus, "Group"), make.track(TrackKind::Bus, "Room"));
    make.device(room, DeviceKind::Reverb, 0.0);
    make.edits
        .extend([edit::track::set_output(bass, Some(group)), edit::track::set_output(lead, Some(group))]);

    // What is late, on one of two paths that meet; and what hears both.
    let late = make.plugin(bass, "delay", 1.0);
    make.edits.push(edit::device::set_param(late, "1", 300.0));
    let duck = make.device(bass, DeviceKind::Compressor, 2.0);
    make.edits.push(edit::device::set_sidechain(duck, Some(drums)));
    let ducker = make.plugin(lead, "ducker", 1.0);
    make.edits.push(edit::device::set_sidechain(ducker, Some(drums)));
    let before = make.send(lead, room);
    make.edits.push(edit::send::set_pre_fader(before, true));
    let behind = make.send(group, room);
    let split = make.plugin(lead, "multi-out", 2.0);
    let extra: SendId = make.id();
    make.edits.push(edit::send::create_from_output(extra, lead, (split, 1), room));

    // What moves by itself.
    let gain = make.plugin(lead, "gain", 3.0);
    use Curve::{Exponential, Hold, Linear, Smooth};
    make.lane(gain, "1", &[(0, -3.0, Linear), (2, -12.0, Smooth), (4, 0.0, Exponential), (7, -6.0, Hold)]);
    make.lane(bass, "volume_db", &[(1, -6.0, Linear), (5, 0.0, Linear)]);
    make.lane(behind, "level_db", &[(0, -30.0, Linear), (8, -6.0, Hold)]);
    make.lane(drums, "mute", &[(0, 0.0, Hold), (6, 1.0, Hold), (7, 0.0, Hold)]);
    let (wave, follower, knob, slow): (ModulatorId, ModulatorId, ModulatorId, MacroId) =
        (make.id(), make.id(), make.id(), make.id());
    let target: MacroTargetId = make.id();
    make.edits.extend([
        edit::modulator::create_lfo(wave, lead, LfoShape::Drift),
        edit::modulator::create_follower(follower, bass, drums),
        edit::macros::create(slow, 3, "Slow"),
        edit::macros::set_value(slow, 0.3),
        edit::macros::create_target(target, slow, ice, "volume_db", -20.0, 0.0),
        edit::modulator::create_macro(knob, ice, slow),
    ]);
    make.edits.extend(edit::modulator::set_rate(wave, LfoRate::Hz(3.0)));
    make.modulate(wave, lead, "pan", 0.5);
    make.modulate(follower, bass, "volume_db", -6.0);
    make.modulate(knob, ice, "pan", 0.4);

    // Time that bends, and comes round.
    let root = instance.project().root().id();
    let (first, second): (TempoId, TempoId) = (make.id(), make.id());
    make.edits.extend([
        edit::timeline::create_tempo(first, Beats::ZERO, 120.0),
        edit::timeline::set_transition(first, Transition::Ramp),
        edit::timeline::create_tempo(second, Beats::whole(8), 150.0),
        edit::root::set_loop_start(root, Beats::whole(2)),
        edit::root::set_loop_end(root, Beats::whole(11)),
        edit::root::set_loop_on(root, true),
    ]);
    let off = make.device(group, DeviceKind::Delay, 0.0);
    make.edits.push(edit::device::set_bypassed(off, true));
    commit(&instance, make.edits);
    let missing = instance.published().status().missing.clone();
    assert!(missing.is_empty(), "{:?}", instance.published().log_lines());
    instance.call(Command::Freeze { track: ice.0 }).expect("it can be frozen");
    instance
}
