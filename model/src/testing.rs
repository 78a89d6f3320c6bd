//! Random edits for the properties, some of them illegal.

use proptest::prelude::*;
use protocol::plugin::LayoutRef;
use protocol::{Beats, BlobHash, DeviceKind, Edit, EntityId, Note, Point, Transaction};

use crate::edit;
use crate::project::Project;
use crate::pulse::IdSource;
use crate::schema::TABLES;
use crate::view::{
    ClipId, DeviceId, LaneId, MacroId, MacroTargetId, MarkerId, ModulationId, ModulatorId, SendId,
    SignatureId, TempoId, TrackId, TrackInput, TrackKind,
};

mod user;

/// One random edit, to be understood in the light of a project: numbers pick among what is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    what: u8,
    a: usize,
    b: usize,
    x: f64,
}

/// Transactions of a few edits each.
pub(crate) fn ops(transactions: usize) -> impl Strategy<Value = Vec<Vec<Op>>> {
    let op = (0..22_u8, 0..40_usize, 0..40_usize, 0.0..1.1_f64);
    let op = op.prop_map(|(what, a, b, x)| Op { what, a, b, x });
    prop::collection::vec(prop::collection::vec(op, 1..5), 1..transactions)
}

/// The same, with users' tables, edges and parts of texts among them.
pub(crate) fn all_ops(transactions: usize) -> impl Strategy<Value = Vec<Vec<Op>>> {
    let op = (0..36_u8, 0..40_usize, 0..40_usize, 0.0..1.1_f64);
    let op = op.prop_map(|(what, a, b, x)| Op { what, a, b, x });
    prop::collection::vec(prop::collection::vec(op, 1..6), 1..transactions)
}

/// The same, most of them of users' tables and edges.
pub(crate) fn user_ops(transactions: usize) -> impl Strategy<Value = Vec<Vec<Op>>> {
    let what = prop_oneof![1 => 0..5_u8, 4 => 25..33_u8, 1 => 0..36_u8];
    let op = (what, 0..40_usize, 0..40_usize, 0.0..1.1_f64).prop_map(|(what, a, b, x)| Op { what, a, b, x });
    prop::collection::vec(prop::collection::vec(op, 1..6), 1..transactions)
}

/// The transaction that some ops mean, each in the light of those before it.
pub(crate) fn transaction(project: &Project, ids: &IdSource, author: &str, ops: &[Op]) -> Transaction {
    let mut seen = project.clone();
    let mut edits = Vec::new();
    for op in ops {
        let Some(edit) = op.edit(&seen, ids) else { continue };
        if let Ok(next) = seen.apply(std::slice::from_ref(&edit)) {
            seen = next;
        } else if op.a % 4 != 0 {
            // Most illegal edits are left out, or hardly any transaction would be legal.
            continue;
        }
        edits.push(edit);
    }
    Transaction { name: format!("step {}", edits.len()), author: author.into(), edits }
}

fn pick(project: &Project, table: &str, index: usize) -> Option<EntityId> {
    let ids: Vec<EntityId> = project.table(table).collect();
    ids.get(index % ids.len().max(1)).copied()
}

fn pick_owner(project: &Project, index: usize) -> Option<(EntityId, &'static str, f64)> {
    match index % 3 {
        0 => pick(project, "tracks", index)
            .map(|id| (id, if index.is_multiple_of(2) { "pan" } else { "volume_db" }, 1.0)),
        1 => pick(project, "sends", index).map(|id| (id, "level_db", 12.0)),
        _ => pick(project, "devices", index).map(|id| (id, "cutoff", 20_000.0)),
    }
}

/// A send of one of the three kinds, now and then with ends that are not where they should be.
fn send(project: &Project, Op { a, b, x, .. }: Op, id: SendId) -> Option<Edit> {
    let track = |index| pick(project, "tracks", index).map(TrackId);
    let device = pick(project, "devices", a).and_then(|id| project.device(DeviceId(id)));
    let bus = u16::try_from(b % 3 + 1).unwrap_or(1);
    Some(match device {
        Some(device) if x < 0.3 => {
            edit::send::create_from_output(id, device.track(), (device.id(), bus), track(b)?)
        }
        Some(device) if x < 0.6 => {
            edit::send::create_to_input(id, track(b)?, device.track(), (device.id(), bus))
        }
        Some(device) if x < 0.65 => edit::send::create_to_input(id, track(b)?, track(a)?, (device.id(), bus)),
        _ => edit::send::create(id, track(a)?, track(b)?),
    })
}

impl Op {
    fn edit(self, project: &Project, ids: &IdSource) -> Option<Edit> {
        let Self { what, a, b, x } = self;
        let id = || ids.next_id();
        let track = |index| pick(project, "tracks", index).map(TrackId);
        let clip = || pick(project, "clips", a).map(ClipId);
        let device = || pick(project, "devices", a).map(DeviceId);
        let at = Beats::from_beats(x * 64.0);
        Some(match what {
            0 => edit::track::create(TrackId(id()), TrackKind::Instrument, "Keys"),
            1 => edit::track::create(TrackId(id()), TrackKind::Audio, "Voice"),
            2 => edit::track::create(TrackId(id()), TrackKind::Bus, "Room"),
            3 => edit::clip::create_notes(ClipId(id()), track(a)?, at, Beats::whole(4)),
            4 => {
                let media = BlobHash([u8::try_from(b).unwrap_or(0); 32]);
                edit::clip::create_audio(ClipId(id()), track(a)?, at, Beats::whole(4), media)
            }
            5 => edit::clip::set_start(clip()?, at),
            6 => {
                let note = Note { start: at, length: Beats(1), key: 60, velocity: x, channel: 0 };
                edit::clip::change_notes(clip()?, [(b as u64 % 5, (b % 3 != 0).then_some(note))])
            }
            7 => edit::device::create_builtin(DeviceId(id()), track(a)?, DeviceKind::ALL[b % 7], x),
            8 => edit::device::set_params(device()?, [("cutoff", (b % 4 != 0).then_some(x * 20_000.0))]),
            9 => send(project, self, SendId(id()))?,
            10 => edit::track::set_output(track(a)?, track(b).filter(|_| x > 0.2)),
            11 => {
                let (owner, param, _) = pick_owner(project, a)?;
                edit::lane::create(LaneId(id()), owner, param)
            }
            12 => {
                let lane = pick(project, "lanes", a).map(LaneId)?;
                let point = Point { at, value: x, curve: Default::default() };
                edit::lane::change_points(lane, [(b as u64 % 5, (b % 3 != 0).then_some(point))])
            }
            13 => edit::any::delete(pick(project, TABLES[b % TABLES.len()].name, a)?),
            14 if x > 0.7 => edit::modulator::create_follower(ModulatorId(id()), track(a)?, track(b)?),
            14 if x > 0.3 => {
                let (owner, param, max) = pick_owner(project, b)?;
                let of = pick(project, "modulators", a).map(ModulatorId)?;
                edit::modulator::create_modulation(ModulationId(id()), of, owner, param, x * max)
            }
            14 => edit::macros::create(MacroId(id()), u8::try_from(b).unwrap_or(0), "Tone"),
            15 => {
                let (owner, param, max) = pick_owner(project, b)?;
                let of = pick(project, "macros", a).map(MacroId)?;
                edit::macros::create_target(MacroTargetId(id()), of, owner, param, max, x * max)
            }
            16 => edit::track::set_volume_db(track(a)?, x * 102.0 - 90.0),
            17 => edit::track::set_order(track(a)?, x),
            18 if b % 4 == 0 => edit::device::set_track(device()?, track(b)?),
            18 if b % 8 == 5 => edit::device::set_layout(
                device()?,
                LayoutRef::new(["Stereo#2", "", "5.1"][b / 8 % 3]).as_ref(),
            ),
            18 if b % 4 == 1 => edit::device::set_sidechain_input(device()?, TrackInput::Sidechain),
            18 => edit::device::set_sidechain(device()?, track(b).filter(|_| x > 0.2)),
            19 => match b % 3 {
                0 => edit::timeline::create_tempo(TempoId(id()), at, x * 1_000.0),
                1 => edit::timeline::create_signature(SignatureId(id()), at, 7, 8),
                _ => edit::timeline::create_marker(MarkerId(id()), at, "Verse"),
            },
            20 => match b % 6 {
                0 => edit::track::set_mute(track(a)?, x > 0.5),
                1 => edit::track::set_solo(track(a)?, x > 0.5),
                2 => edit::track::set_armed(track(a)?, x > 0.5),
                3 => {
                    let [audio, _of] = edit::track::freeze(track(a)?, BlobHash([1; 32]), BlobHash([2; 32]));
                    audio
                }
                4 => {
                    let [audio, _of] = edit::track::unfreeze(track(a)?);
                    audio
                }
                _ if b % 3 == 1 => edit::track::set_input_bus(track(a)?, 2),
                _ => edit::track::set_input(track(a)?, TrackInput::Main),
            },
            22.. => return user::edit(self, project, ids),
            _ => {
                let send = pick(project, "sends", a).map(SendId)?;
                if b % 2 == 0 {
                    edit::send::set_enabled(send, x > 0.5)
                } else {
                    edit::send::set_pre_fader(send, x > 0.5)
                }
            }
        })
    }
}
