use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use protocol::plan::{NodeKind, NodePlan, Signal};
use protocol::plugin::LayoutRef;
use protocol::{Beats, BlobHash, DeviceKind, Edit, LatencyPolicy, Point, device::strip};

use super::*;
use crate::edit;
use crate::pulse::{IdSource, Pulse};
use crate::testing;
use crate::view::{DeviceId, LaneId, MacroId, MacroTargetId, ModulatorId, SendId, TrackId, TrackKind};

/// What the engine may rely on.
fn assert_playable(plan: &EnginePlan) {
    let nodes: BTreeMap<NodeId, &NodePlan> = plan.nodes().map(|node| (node.id, node)).collect();
    assert_eq!(nodes.len(), plan.nodes().count(), "two nodes share an id");
    let mut seen = BTreeSet::new();
    let mut inputs: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for cable in plan.connections() {
        assert!(nodes.contains_key(&cable.from.node), "from nowhere: {cable:?}");
        assert!(nodes.contains_key(&cable.to.node), "to nowhere: {cable:?}");
        assert!(seen.insert(format!("{cable:?}")), "twice: {cable:?}");
        inputs.entry(cable.to.node).or_default().insert(cable.from.node);
    }
    for node in plan.nodes() {
        for automation in &node.automation {
            assert!(!automation.points.is_empty());
            assert!(automation.points.is_sorted_by_key(|point| point.at));
        }
        match &node.kind {
            NodeKind::NotePlayer { clips } => {
                assert!(clips.is_sorted_by_key(|clip| clip.start));
                assert!(clips.iter().all(|clip| clip.notes.is_sorted_by_key(|note| note.start)));
            }
            NodeKind::AudioPlayer { clips } => assert!(clips.is_sorted_by_key(|clip| clip.start)),
            _ => {}
        }
    }
    for target in plan.macros.iter().flat_map(|entry| &entry.targets) {
        assert!(nodes.contains_key(&target.node), "a macro moves what is not there: {target:?}");
    }
    // Nodes whose inputs are all done are done: if that ends with all of them, there is no circle.
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    loop {
        let ready = |id: &NodeId| inputs.get(id).is_none_or(|from| from.is_subset(&done));
        let next: Vec<NodeId> =
            nodes.keys().filter(|id| !done.contains(id)).filter(|id| ready(id)).copied().collect();
        if next.is_empty() {
            break;
        }
        done.extend(next);
    }
    assert_eq!(done.len(), nodes.len(), "the graph has a circle");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_project_gives_a_plan_that_can_be_played(transactions in testing::ops(40)) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        let mut deriver = Deriver::new();
        for ops in &transactions {
            let transaction = testing::transaction(&pulse.project(), &ids, "me", ops);
            if pulse.commit(transaction).is_ok() {
                let plan = deriver.derive(&pulse.project());
                assert_playable(&plan);
                prop_assert_eq!(plan, derive(&pulse.project()), "what was kept differs");
            }
        }
    }

    #[test]
    fn a_plan_brought_up_to_date_is_the_plan_derived_anew(transactions in testing::ops(40)) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        let mut deriver = Deriver::new();
        deriver.derive(&pulse.project());
        for ops in &transactions {
            let before = pulse.project();
            let transaction = testing::transaction(&before, &ids, "me", ops);
            if pulse.commit(transaction).is_ok() {
                let touched = touched(&before, &pulse.project());
                let plan = deriver.update(&pulse.project(), &touched);
                prop_assert_eq!(plan, derive(&pulse.project()), "{:?} were touched", touched);
            }
        }
    }
}

/// The entities that two projects do not share.
fn touched(before: &Project, after: &Project) -> Vec<EntityId> {
    let ids = |project: &Project| -> BTreeSet<EntityId> {
        let tables = crate::schema::TABLES.iter().flat_map(|table| project.table(table.name));
        tables.collect()
    };
    let differs = |id: &EntityId| match (before.state().shared(*id), after.state().shared(*id)) {
        (Some(was), Some(is)) => !std::sync::Arc::ptr_eq(was, is),
        _ => true,
    };
    ids(before).union(&ids(after)).copied().filter(differs).collect()
}

struct Song {
    pulse: Pulse,
}

impl Song {
    fn new() -> Self {
        Self { pulse: Pulse::with_ids(IdSource::seeded(1)) }
    }

    fn commit(&mut self, edits: Vec<Edit>) {
        let transaction = protocol::Transaction { name: "step".into(), author: "me".into(), edits };
        self.pulse.commit(transaction).expect("legal");
    }

    fn track(&mut self, kind: TrackKind, name: &str) -> TrackId {
        let id = TrackId(self.pulse.new_id());
        self.commit(vec![edit::track::create(id, kind, name)]);
        id
    }

    fn device(&mut self, track: TrackId, kind: DeviceKind, order: f64) -> DeviceId {
        let id = DeviceId(self.pulse.new_id());
        self.commit(vec![edit::device::create_builtin(id, track, kind, order)]);
        id
    }

    fn send(&mut self, from: TrackId, to: TrackId) -> SendId {
        let id = SendId(self.pulse.new_id());
        self.commit(vec![edit::send::create(id, from, to)]);
        id
    }

    fn plan(&self) -> EnginePlan {
        let plan = derive(&self.pulse.project());
        assert_playable(&plan);
        plan
    }

    /// The connections, as `from -> to` by role and name, in order.
    fn cables(&self) -> Vec<String> {
        let plan = self.plan();
        let name = |id: NodeId| {
            let node = plan.nodes().find(|node| node.id == id).expect("there");
            format!("{} {:?}", node.name, id.role)
        };
        let mut cables: Vec<String> = plan
            .connections()
            .map(|cable| {
                let sort = if cable.signal == Signal::Events { "~" } else { "-" };
                format!("{} {sort}> {}:{}", name(cable.from.node), name(cable.to.node), cable.to.port)
            })
            .collect();
        cables.sort();
        cables
    }

    /// The names of the tracks whose strip is not muted.
    fn heard(&self) -> Vec<String> {
        let plan = self.plan();
        let strips = plan.nodes().filter(|node| node.id.role == NodeRole::Strip);
        let mut heard: Vec<String> = strips
            .filter(|node| node.params[&strip::MUTE] == 0.0)
            .map(|node| node.name.to_string())
            .collect();
        heard.sort();
        heard
    }
}

#[test]
fn an_instrument_plays_through_its_chain_to_the_outside() {
    let mut song = Song::new();
    let keys = song.track(TrackKind::Instrument, "Keys");
    song.device(keys, DeviceKind::Delay, 1.0);
    song.device(keys, DeviceKind::Synth, 0.0);
    song.commit(vec![edit::track::set_armed(keys, true)]);
    let expected = [
        "Delay Device -> Keys Strip:0",
        "Keys Input ~> Synth Device:0",
        "Keys Player ~> Synth Device:0",
        "Keys Strip -> Master Strip:0",
        "Master Strip -> Master Output:0",
        "Synth Device -> Delay Device:0",
    ];
    assert_eq!(song.cables(), expected);
}

#[test]
fn sends_leave_before_or_after_the_fader_and_enter_the_bus_at_its_first_effect() {
    let mut song = Song::new();
    let (keys, room) = (song.track(TrackKind::Instrument, "Keys"), song.track(TrackKind::Bus, "Room"));
    song.device(keys, DeviceKind::Synth, 0.0);
    song.device(room, DeviceKind::Reverb, 0.0);
    let send = song.send(keys, room);
    assert!(song.cables().contains(&"Keys Strip -> Room Send:0".to_owned()));
    assert!(song.cables().contains(&"Room Send -> Reverb Device:0".to_owned()));
    song.commit(vec![edit::send::set_pre_fader(send, true)]);
    assert!(song.cables().contains(&"Synth Device -> Room Send:0".to_owned()));
    song.commit(vec![edit::send::set_enabled(send, false)]);
    assert!(!song.cables().iter().any(|cable| cable.contains("Send")));
}

#[test]
fn a_sidechain_hears_the_track_after_its_fader() {
    let mut song = Song::new();
    let (drums, bass) = (song.track(TrackKind::Audio, "Drums"), song.track(TrackKind::Audio, "Bass"));
    let squash = song.device(bass, DeviceKind::Compressor, 0.0);
    song.commit(vec![edit::device::set_sidechain(squash, Some(drums))]);
    assert!(song.cables().contains(&"Drums Strip -> Compressor Device:1".to_owned()));
}

#[test]
fn a_sidechain_hears_an_input_of_the_outer_host_too() {
    let mut song = Song::new();
    let (kick, bass) = (song.track(TrackKind::Audio, "Kick"), song.track(TrackKind::Audio, "Bass"));
    let squash = song.device(bass, DeviceKind::Compressor, 0.0);
    let input = crate::view::TrackInput::Sidechain;
    song.commit(vec![
        edit::device::set_sidechain(squash, Some(kick)),
        edit::device::set_sidechain_input(squash, input),
    ]);
    let name = song.pulse.project().device(squash).expect("there").name().to_owned();
    let cables = song.cables();
    assert!(cables.contains(&format!("{name} Input -> {name} Device:1")), "{cables:?}");
    assert!(cables.contains(&format!("Kick Strip -> {name} Device:1")), "{cables:?}");
    assert!(song.plan().nodes().any(|node| node.kind == NodeKind::HostInput { bus: 1, channel: None }));
}

#[test]
fn solo_lets_through_what_the_soloed_tracks_need_and_mute_wins() {
    let mut song = Song::new();
    let (keys, voice) = (song.track(TrackKind::Instrument, "Keys"), song.track(TrackKind::Audio, "Voice"));
    let (room, group) = (song.track(TrackKind::Bus, "Room"), song.track(TrackKind::Bus, "Group"));
    song.send(keys, room);
    song.commit(vec![edit::track::set_output(keys, Some(group))]);
    assert_eq!(song.heard(), ["Group", "Keys", "Master", "Room", "Voice"]);
    song.commit(vec![edit::track::set_solo(keys, true)]);
    assert_eq!(song.heard(), ["Group", "Keys", "Master", "Room"]);
    song.commit(vec![edit::track::set_solo(keys, false), edit::track::set_solo(group, true)]);
    assert_eq!(song.heard(), ["Group", "Keys", "Master"]);
    song.commit(vec![edit::track::set_mute(keys, true), edit::track::set_solo(voice, true)]);
    assert_eq!(song.heard(), ["Group", "Master", "Voice"]);
}

#[test]
fn notes_without_a_device_go_to_the_outer_host() {
    let mut song = Song::new();
    song.track(TrackKind::Instrument, "Keys");
    assert!(song.cables().contains(&"Keys Player ~> Notes out Output:0".to_owned()));
}

#[test]
fn notes_at_the_end_of_a_chain_go_to_the_outer_host_if_the_track_says_so() {
    let mut song = Song::new();
    let (keys, voice) = (song.track(TrackKind::Instrument, "Keys"), song.track(TrackKind::Audio, "Voice"));
    song.device(keys, DeviceKind::Synth, 0.0);
    let mut edits = Vec::new();
    for (track, order) in [(keys, 1.0), (keys, 2.0), (voice, 1.0), (voice, 2.0)] {
        let plugin = protocol::PluginRef { format: protocol::PluginFormat::Clap, id: "x".into() };
        let id = DeviceId(song.pulse.new_id());
        edits.push(edit::device::create_plugin(id, track, &plugin, &format!("{order}"), order));
    }
    song.commit(edits);
    let notes = |song: &Song| -> Vec<String> {
        song.cables().into_iter().filter(|cable| cable.contains('~')).collect()
    };
    let inner = ["1 Device ~> 2 Device:0", "1 Device ~> 2 Device:0", "Keys Player ~> 1 Device:0"];
    let synth =
        notes(&song).into_iter().find(|cable| !inner.contains(&cable.as_str())).expect("to the synth");
    assert_eq!(notes(&song).len(), 4);
    let out = |track| edit::track::set_note_output(track, crate::view::NoteOutput::Host);
    song.commit(vec![out(keys), out(voice)]);
    let mut expected: Vec<String> = inner.map(String::from).to_vec();
    expected.extend([
        synth,
        "2 Device ~> Notes out Output:0".into(),
        "2 Device ~> Notes out Output:0".into(),
    ]);
    expected.sort();
    assert_eq!(notes(&song), expected);
    let bare = song.track(TrackKind::Instrument, "Bare");
    song.commit(vec![edit::track::set_note_output(bare, crate::view::NoteOutput::None)]);
    assert_eq!(notes(&song), expected);
}

#[test]
fn automated_mute_does_not_open_what_solo_silences() {
    let mut song = Song::new();
    let (keys, voice) = (song.track(TrackKind::Instrument, "Keys"), song.track(TrackKind::Audio, "Voice"));
    let lane = LaneId(song.pulse.new_id());
    let open = Point { at: Beats::ZERO, value: 0.0, curve: Default::default() };
    song.commit(vec![edit::lane::create(lane, keys, "mute"), edit::lane::set_point(lane, 1, open)]);
    let automated = |song: &Song| song.plan().nodes().any(|node| !node.automation.is_empty());
    assert!(automated(&song));
    song.commit(vec![edit::track::set_solo(voice, true)]);
    assert!(!automated(&song));
}

#[test]
fn extra_outputs_go_past_the_master() {
    let mut song = Song::new();
    let keys = song.track(TrackKind::Audio, "Keys");
    song.commit(vec![edit::track::set_output_bus(keys, 3)]);
    assert_eq!(song.cables(), ["Keys Strip -> Keys Output:0", "Master Strip -> Master Output:0"]);
    let plan = song.plan();
    assert!(plan.nodes().any(|node| node.kind == NodeKind::HostOutput { bus: 3 }));
}

#[test]
fn a_track_hears_any_input_or_one_channel_of_it() {
    let mut song = Song::new();
    let voice = song.track(TrackKind::Audio, "Voice");
    let input = |song: &Song| {
        song.plan().nodes().find_map(|node| match node.kind {
            NodeKind::HostInput { bus, channel } => Some((bus, channel)),
            _ => None,
        })
    };
    song.commit(vec![edit::track::set_armed(voice, true)]);
    assert_eq!(input(&song), None);
    song.commit(vec![edit::track::set_input(voice, crate::view::TrackInput::Sidechain)]);
    assert_eq!(input(&song), Some((1, None)));
    song.commit(vec![edit::track::set_input_bus(voice, 5), edit::track::set_input_channel(voice, Some(1))]);
    assert_eq!(input(&song), Some((5, Some(1))), "the extra input goes before");
    song.commit(vec![edit::track::set_input_bus(voice, 0), edit::track::set_input_channel(voice, None)]);
    assert_eq!(input(&song), Some((1, None)));
}

/// A kick, a bass with two devices, and followers: of the kick on the bass, and of the bass on itself.
fn ducked() -> (Song, [TrackId; 2], [DeviceId; 2], ModulatorId) {
    let mut song = Song::new();
    let (kick, bass) = (song.track(TrackKind::Audio, "Kick"), song.track(TrackKind::Audio, "Bass"));
    let devices = [(DeviceKind::Equalizer, 0.0), (DeviceKind::Delay, 1.0)];
    let devices = devices.map(|(kind, order)| song.device(bass, kind, order));
    let (duck, own) = (ModulatorId(song.pulse.new_id()), ModulatorId(song.pulse.new_id()));
    let mut edits = vec![
        edit::track::set_armed(kick, true),
        edit::track::set_input(kick, crate::view::TrackInput::Main),
        edit::modulator::create_follower(duck, bass, kick),
        edit::modulator::set_name(duck, "Duck"),
        edit::modulator::set_gain_db(duck, 6.0),
        edit::modulator::create_follower(own, bass, bass),
        edit::modulator::set_name(own, "Own"),
    ];
    for (of, owner, param) in [
        (duck, bass.into(), "volume_db"),
        (duck, devices[0].into(), "low_cut"),
        (own, devices[1].into(), "mix"),
        (own, EntityId::from(bass), "pan"),
    ] {
        let id = crate::view::ModulationId(song.pulse.new_id());
        edits.push(edit::modulator::create_modulation(id, of, owner, param, 1.0));
    }
    song.commit(edits);
    (song, [kick, bass], devices, duck)
}

#[test]
fn a_follower_hears_its_track_before_the_fader_and_a_device_of_its_own_before_that() {
    let (song, _, devices, _) = ducked();
    let cables: Vec<String> = song.cables().into_iter().filter(|cable| cable.contains("Follower")).collect();
    let name = |device: DeviceId| song.pulse.project().device(device).expect("there").name().to_owned();
    let (eq, delay) = (name(devices[0]), name(devices[1]));
    let expected = [
        "Duck Follower -> Bass Strip:0".to_owned(),
        format!("Duck Follower -> {eq} Device:0"),
        "Kick Input -> Duck Follower:0".into(),
        "Own Follower -> Bass Strip:0".into(),
        format!("Own Follower -> {delay} Device:0"),
        format!("{delay} Device -> Own Follower:0"),
        format!("{eq} Device -> Own Follower:0"),
    ];
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(cables, expected);
    let plan = song.plan();
    assert_eq!(plan.modulations.len(), 4);
    let gains = plan.nodes().filter(|node| node.kind == NodeKind::Follower);
    let gains: Vec<f64> = gains.map(|node| node.params[&protocol::device::follower::GAIN_DB]).collect();
    assert_eq!(gains.iter().sum::<f64>(), 6.0, "{gains:?}");
}

#[test]
fn a_follower_cannot_close_a_circle() {
    let (song, [kick, bass], ..) = ducked();
    let ids = IdSource::seeded(5);
    let back = ModulatorId(ids.next_id());
    let project = song.pulse.project();
    let edits = [
        edit::modulator::create_follower(back, kick, bass),
        edit::modulator::create_modulation(
            crate::view::ModulationId(ids.next_id()),
            back,
            kick,
            "volume_db",
            1.0,
        ),
    ];
    let error = project.apply(&edits).expect_err("a circle").to_string();
    assert!(error.contains("Kick") && error.contains("Bass") && error.contains(" -> "), "{error}");
    // The other way round: the cable is there, and the follower is pointed at what it feeds.
    let feeding = project.apply(&[edits[0].clone()]).expect("moves nothing yet");
    assert!(feeding.apply(&[edits[1].clone()]).is_err());
}

#[test]
fn a_follower_that_is_off_or_moves_nothing_is_not_in_the_plan() {
    let (mut song, _, _, duck) = ducked();
    song.commit(vec![edit::modulator::set_enabled(duck, false)]);
    let plan = song.plan();
    assert!(plan.nodes().all(|node| &*node.name != "Duck"));
    assert_eq!(plan.modulations.len(), 2);
}

#[test]
fn automation_and_macros_name_nodes_and_parameters() {
    let mut song = Song::new();
    let keys = song.track(TrackKind::Instrument, "Keys");
    let synth = song.device(keys, DeviceKind::Synth, 0.0);
    let cutoff = DeviceKind::Synth.param("cutoff").expect("a synth has one").id;
    let (lane, tone) = (LaneId(song.pulse.new_id()), MacroId(song.pulse.new_id()));
    let target = MacroTargetId(song.pulse.new_id());
    let point = |at, value| Some(Point { at: Beats::whole(at), value, curve: Default::default() });
    song.commit(vec![
        edit::lane::create(lane, synth, "cutoff"),
        edit::lane::change_points(lane, [(1, point(8, 900.0)), (2, point(0, 300.0))]),
        edit::macros::create(tone, 5, "Tone"),
        edit::macros::create_target(target, tone, keys, "pan", 1.0, -1.0),
    ]);
    let plan = song.plan();
    let node = plan.nodes().find(|node| node.id.entity == synth.0).expect("there");
    assert_eq!(node.automation.len(), 1);
    assert_eq!(node.automation[0].param, cutoff);
    assert_eq!(node.automation[0].points.iter().map(|point| point.value).collect::<Vec<_>>(), [300.0, 900.0]);
    assert_eq!(plan.macros.len(), 1);
    assert_eq!((plan.macros[0].slot, plan.macros[0].targets[0].param), (5, strip::PAN));
    assert_eq!(plan.macros[0].targets[0].node, NodeId { entity: keys.0, role: NodeRole::Strip });
    song.commit(vec![edit::lane::set_enabled(lane, false)]);
    assert!(song.plan().nodes().all(|node| node.automation.is_empty()));
}

#[test]
fn a_loop_that_ends_before_it_starts_is_none() {
    let mut song = Song::new();
    let root = song.pulse.project().root().id();
    song.commit(vec![edit::root::set_loop_on(root, true)]);
    assert_eq!(song.plan().loop_range, Some((Beats::ZERO, Beats::whole(16))));
    song.commit(vec![edit::root::set_loop_start(root, Beats::whole(16))]);
    assert_eq!(song.plan().loop_range, None);
}

#[test]
fn the_latency_policy_is_the_projects_and_undo_takes_it_back() {
    let mut song = Song::new();
    let root = song.pulse.project().root().id();
    assert_eq!(song.plan().latency, LatencyPolicy::Auto);
    song.commit(vec![
        edit::root::set_latency_frames(root, 2_048),
        edit::root::set_latency_policy(root, LatencyPolicy::Fixed { frames: 2_048 }),
    ]);
    assert_eq!(song.plan().latency, LatencyPolicy::Fixed { frames: 2_048 });
    song.commit(vec![edit::root::set_latency_policy(root, LatencyPolicy::Zero)]);
    assert_eq!(song.plan().latency, LatencyPolicy::Zero);
    assert_eq!(song.pulse.project().root().latency_frames(), 2_048, "they outlive another policy");
    let author = song.pulse.history().next().expect("a step").author.to_string();
    song.pulse.undo(&author).expect("the last step is known");
    assert_eq!(song.plan().latency, LatencyPolicy::Fixed { frames: 2_048 });
}

#[test]
fn what_an_edit_does_not_touch_is_shared_with_the_plan_before() {
    let mut song = Song::new();
    let tracks: Vec<TrackId> = (0..4).map(|_| song.track(TrackKind::Instrument, "keys")).collect();
    let mut deriver = Deriver::new();
    let before = deriver.derive(&song.pulse.project());
    song.commit(vec![edit::track::set_volume_db(tracks[2], -6.0)]);
    let after = deriver.update(&song.pulse.project(), &[tracks[2].0]);
    let shared = |a: &EnginePlan, b: &EnginePlan| -> Vec<bool> {
        a.parts.iter().zip(&*b.parts).map(|(a, b)| std::sync::Arc::ptr_eq(a, b)).collect()
    };
    assert_eq!(shared(&before, &after), [true, true, false, true, true, true]);
    let master = song.pulse.project().master().id();
    song.commit(vec![edit::track::set_volume_db(master, -3.0)]);
    let louder = deriver.update(&song.pulse.project(), &[master.0]);
    assert_eq!(shared(&after, &louder), [true, true, true, true, false, true], "its fader is its own affair");
    assert_eq!(shared(&louder, &deriver.derive(&song.pulse.project())), [true; 6], "nothing to do");
}

/// A project with a nested plugin on an instrument track, an audio track and a bus.
fn with_plugin() -> (Project, TrackId, DeviceId, TrackId, TrackId) {
    let ids = IdSource::seeded(1);
    let (keys, voice, room) = (TrackId(ids.next_id()), TrackId(ids.next_id()), TrackId(ids.next_id()));
    let plugin = DeviceId(ids.next_id());
    let of = protocol::PluginRef { format: protocol::PluginFormat::Clap, id: "org.example.drums".into() };
    let edits = [
        edit::track::create(keys, TrackKind::Instrument, "Keys"),
        edit::track::create(voice, TrackKind::Audio, "Voice"),
        edit::track::create(room, TrackKind::Bus, "Room"),
        edit::device::create_plugin(plugin, keys, &of, "Drums", 0.0),
    ];
    let project = Pulse::with_ids(IdSource::seeded(2)).project().apply(&edits).expect("a legal project");
    (project, keys, plugin, voice, room)
}

/// Where audio goes between two nodes: the ports.
fn ports(plan: &EnginePlan, from: NodeId, to: NodeId) -> Vec<(u16, u16)> {
    let cables = plan.connections().filter(|cable| cable.from.node == from && cable.to.node == to);
    cables.map(|cable| (cable.from.port, cable.to.port)).collect()
}

#[test]
fn the_layout_of_a_plugin_is_in_the_plan_and_comes_and_goes_with_undo() {
    let (project, _, plugin, ..) = with_plugin();
    let mut pulse = Pulse::from_project(project);
    let planned = |project: &Project| {
        let found = derive(project).nodes().find_map(|node| match &node.kind {
            NodeKind::Plugin { layout, .. } => Some(layout.clone()),
            _ => None,
        });
        found.expect("a plugin")
    };
    assert_eq!(planned(&pulse.project()), None);
    let plain = crate::file::text(&pulse.project());
    let surround = LayoutRef::new("5.1#3");
    let edits = vec![edit::device::set_layout(plugin, surround.as_ref())];
    let (name, author) = (String::from("Choose buses"), String::from("ada"));
    pulse.commit(protocol::Transaction { name, author, edits }).expect("a text");
    assert_eq!(planned(&pulse.project()), surround);
    let text = crate::file::text(&pulse.project());
    assert!(text.contains("\"layout\": \"5.1#3\""), "{text}");
    let loaded = crate::file::parse(text.as_bytes(), crate::Blobs::new()).expect("it loads");
    assert_eq!((planned(&loaded.project), crate::file::text(&loaded.project)), (surround, text));
    pulse.undo("ada").expect("it is undone");
    assert_eq!((planned(&pulse.project()), crate::file::text(&pulse.project())), (None, plain));
}

#[test]
fn an_extra_output_of_a_plugin_goes_to_a_track_of_its_own() {
    let (project, keys, plugin, voice, _) = with_plugin();
    let send = SendId(IdSource::seeded(3).next_id());
    let project = project
        .apply(&[edit::send::create_from_output(send, keys, (plugin, 2), voice)])
        .expect("an output goes to an audio track");
    let plan = derive(&project);
    let device = NodeId { entity: plugin.0, role: NodeRole::Device };
    let tap = NodeId { entity: send.0, role: NodeRole::Send };
    let strip = NodeId { entity: voice.0, role: NodeRole::Strip };
    assert_eq!(ports(&plan, device, tap), [(2, 0)]);
    assert_eq!(ports(&plan, tap, strip), [(0, 0)]);

    // Elsewhere, or gone, it has nothing to give; what stays is not the sound of the track instead.
    for edit in [edit::device::set_track(plugin, voice), edit::any::delete(plugin)] {
        let plan = derive(&project.apply(&[edit]).expect("legal"));
        assert!(plan.connections().all(|cable| cable.to.node != tap), "{plan:?}");
    }
}

#[test]
fn an_extra_input_of_a_plugin_hears_another_track() {
    let (project, keys, plugin, voice, room) = with_plugin();
    let send = SendId(IdSource::seeded(3).next_id());
    let create = edit::send::create_to_input(send, voice, keys, (plugin, 2));
    let project = project.apply(&[create]).expect("an input hears any track");
    let mut deriver = Deriver::new();
    deriver.derive(&project);
    let device = NodeId { entity: plugin.0, role: NodeRole::Device };
    let tap = NodeId { entity: send.0, role: NodeRole::Send };
    assert_eq!(ports(&derive(&project), tap, device), [(0, 2)]);

    // The track with the send is not touched, and yet its part is another.
    let moved = project.apply(&[edit::device::set_track(plugin, room)]).expect("legal");
    let plan = deriver.update(&moved, &[plugin.0]);
    assert_eq!(plan, derive(&moved));
    assert!(plan.connections().all(|cable| cable.from.node != tap));
}

#[test]
fn a_track_whose_devices_are_heard_elsewhere_is_not_frozen() {
    let (project, keys, plugin, voice, _) = with_plugin();
    let ids = IdSource::seeded(3);
    let (out, side) = (SendId(ids.next_id()), SendId(ids.next_id()));
    let hears = project.apply(&[edit::send::create_to_input(side, voice, keys, (plugin, 2))]).expect("legal");
    let frozen =
        hears.apply(&edit::track::freeze(keys, BlobHash([1; 32]), BlobHash([2; 32]))).expect("legal");
    assert_playable(&derive(&frozen));
    let mut deriver = Deriver::new();
    deriver.derive(&hears);
    assert_eq!(deriver.update(&frozen, &[keys.0]), derive(&frozen));
    let tapped = tap(&frozen, keys).expect("its inputs are rendered, too");
    assert!(tapped.nodes().any(|node| node.id.entity == side.0));

    let gives =
        project.apply(&[edit::send::create_from_output(out, keys, (plugin, 2), voice)]).expect("legal");
    assert!(matches!(tap(&gives, keys), Err(TapError::ExtraOutputs(_))));
}

#[test]
fn the_steps_of_automation_are_the_projects() {
    let mut song = Song::new();
    assert_eq!(song.plan().control.frames(), 32);
    let root = song.pulse.project().root().id();
    song.commit(vec![edit::root::set_control_frames(root, 8)]);
    assert_eq!(song.plan().control.frames(), 8);
    let plan: EnginePlan = serde_json::from_str(
        r#"{"revision":0,"tempo":[],"signatures":[],"loop_range":null,"parts":[],"macros":[],"control":0}"#,
    )
    .expect("a plan");
    assert_eq!(plan.control.frames(), 8, "what is out of range is as near as legal");
}

#[test]
fn a_track_that_hears_the_outer_host_is_not_frozen() {
    let mut song = Song::new();
    let keys = song.track(TrackKind::Instrument, "Keys");
    song.device(keys, DeviceKind::Synth, 0.0);
    let duck = song.device(keys, DeviceKind::Compressor, 1.0);
    song.commit(vec![edit::track::set_armed(keys, true)]);
    assert!(tap(&song.pulse.project(), keys).is_ok(), "what would be played live is not part of it");
    song.commit(vec![edit::device::set_sidechain_input(duck, crate::view::TrackInput::Sidechain)]);
    assert!(matches!(tap(&song.pulse.project(), keys), Err(TapError::OuterInput(_))));
    song.commit(vec![edit::device::set_sidechain_input(duck, crate::view::TrackInput::None)]);
    assert!(tap(&song.pulse.project(), keys).is_ok());
}

#[test]
fn extra_ports_cannot_close_a_circle() {
    let (project, keys, plugin, _, room) = with_plugin();
    let ids = IdSource::seeded(3);
    let out = edit::send::create_from_output(SendId(ids.next_id()), keys, (plugin, 1), room);
    let back = edit::send::create_to_input(SendId(ids.next_id()), room, keys, (plugin, 1));
    let error = project.apply(&[out, back]).expect_err("a circle");
    assert!(error.to_string().contains("Keys") || format!("{error:?}").contains("RoutingCycle"), "{error:?}");
}

#[test]
fn a_frozen_track_plays_its_audio_in_place_of_clips_and_devices() {
    let mut song = Song::new();
    let keys = song.track(TrackKind::Instrument, "Keys");
    let synth = song.device(keys, DeviceKind::Synth, 0.0);
    let (tone, target) = (MacroId(song.pulse.new_id()), MacroTargetId(song.pulse.new_id()));
    song.commit(vec![
        edit::macros::create(tone, 5, "Tone"),
        edit::macros::create_target(target, tone, synth, "cutoff", 200.0, 900.0),
    ]);
    let before = song.cables();
    let (audio, of) = (BlobHash([1; 32]), BlobHash([2; 32]));
    song.commit(edit::track::freeze(keys, audio, of).into());
    assert_eq!(
        song.cables(),
        ["Keys Player -> Keys Strip:0", "Keys Strip -> Master Strip:0", "Master Strip -> Master Output:0"]
    );
    let plan = song.plan();
    let plays =
        |node: &NodePlan| matches!(&node.kind, NodeKind::AudioPlayer { clips } if clips[0].media == audio);
    assert!(plan.nodes().any(plays));
    assert!(plan.macros.is_empty(), "what a macro moves is not there");
    song.commit(edit::track::unfreeze(keys).into());
    assert_eq!(song.cables(), before);
    assert_eq!(song.plan().macros.len(), 1);
}

#[test]
fn buses_are_not_frozen() {
    let mut song = Song::new();
    let (keys, group) = (song.track(TrackKind::Audio, "Keys"), song.track(TrackKind::Bus, "Group"));
    song.commit(vec![edit::track::set_output(keys, Some(group))]);
    let before = song.cables();
    song.commit(edit::track::freeze(group, BlobHash([1; 32]), BlobHash([2; 32])).into());
    assert_eq!(song.cables(), before);
    assert!(matches!(tap(&song.pulse.project(), group), Err(TapError::Track(_))));
}

#[test]
fn a_tap_has_what_comes_in_at_the_strip_and_nothing_else() {
    let mut song = Song::new();
    let (keys, drums) =
        (song.track(TrackKind::Instrument, "Keys"), song.track(TrackKind::Instrument, "Drums"));
    let other = song.track(TrackKind::Instrument, "Other");
    song.device(keys, DeviceKind::Synth, 0.0);
    let squash = song.device(keys, DeviceKind::Compressor, 1.0);
    song.device(drums, DeviceKind::Synth, 0.0);
    song.device(other, DeviceKind::Synth, 0.0);
    song.commit(vec![
        edit::device::set_sidechain(squash, Some(drums)),
        edit::track::set_solo(other, true),
        edit::track::set_armed(keys, true),
    ]);
    let plan = tap(&song.pulse.project(), keys).expect("it has a strip");
    assert_playable(&plan);
    let mut names: Vec<String> =
        plan.nodes().map(|node| format!("{} {:?}", node.name, node.id.role)).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Compressor Device",
            "Drums Player",
            "Drums Strip",
            "Keys Output",
            "Keys Player",
            "Synth Device",
            "Synth Device"
        ]
    );
    let muted = plan.nodes().any(|node| node.params.get(&strip::MUTE) == Some(&1.0));
    assert!(!muted, "the solo of another track does not matter");
}

#[test]
fn a_frozen_track_is_out_of_date_when_it_would_sound_otherwise_and_only_then() {
    let mut song = Song::new();
    let (keys, drums) =
        (song.track(TrackKind::Instrument, "Keys"), song.track(TrackKind::Instrument, "Drums"));
    let synth = song.device(keys, DeviceKind::Synth, 0.0);
    let squash = song.device(keys, DeviceKind::Compressor, 1.0);
    let noise = song.device(drums, DeviceKind::Synth, 0.0);
    song.commit(vec![edit::device::set_sidechain(squash, Some(drums))]);
    let tempo = crate::view::TempoId(song.pulse.new_id());
    let of = fingerprint(&song.pulse.project(), keys).expect("it can be frozen");
    song.commit(edit::track::freeze(keys, BlobHash([1; 32]), of).into());
    let mut frozen = Frozen::new();
    let mut is_stale = |song: &Song| {
        let project = song.pulse.project();
        let stale = frozen.stale(&project);
        assert_eq!(stale, Frozen::new().stale(&project), "what was kept differs");
        stale.contains(&keys)
    };
    assert!(!is_stale(&song));
    let harmless = [
        edit::track::set_volume_db(keys, -6.0),
        edit::track::set_name(keys, "Piano"),
        edit::track::set_solo(drums, true),
        edit::device::set_name(synth, "Grand"),
    ];
    for edit in harmless {
        song.commit(vec![edit]);
        assert!(!is_stale(&song));
    }
    let telling = [
        edit::device::set_param(synth, "cutoff", 500.0),
        edit::device::set_param(noise, "cutoff", 500.0),
        edit::track::set_volume_db(drums, -3.0),
        edit::timeline::create_tempo(tempo, Beats::whole(4), 90.0),
        edit::device::set_bypassed(squash, true),
    ];
    for edit in telling {
        song.commit(vec![edit.clone()]);
        assert!(is_stale(&song), "{edit:?}");
        song.pulse.undo("me").expect("a step");
        assert!(!is_stale(&song), "{edit:?}");
    }
}
