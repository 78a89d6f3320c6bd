//! A project in which queries find something: tracks, clips, notes, devices, users' tables with indexes, edges.

use model::edit::edge::{self, Place};
use model::edit::user::{self, Declaration, Holds};
use model::edit::{self, any};
use model::{ClipId, DeviceId, EdgeId, IdSource, ItemId, Project, Pulse, SendId, TrackId, TrackKind};
use protocol::{Beats, DeviceKind, Edit, EntityId, Note, Transaction, Value};

/// Instrument tracks.
const TRACKS: i64 = 6;
/// Clips on each.
const CLIPS: i64 = 8;
/// Members of the user's table `cues`.
const CUES: i64 = 24;

/// The same project each time.
pub(crate) fn project() -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(7));
    let ids = IdSource::seeded(8);
    let (mut edits, clips) = song(&ids);
    edits.extend(declarations());
    edits.extend(cues(&ids, &clips));
    let transaction = |edits| Transaction { name: "show".into(), author: "fuzz".into(), edits };
    pulse.commit(transaction(edits)).expect("PANIC: every edit is legal");
    for (at, &clip) in clips.iter().enumerate().skip(1) {
        let (source, place) = (clips[at / 4], if at % 2 == 0 { Place::First } else { Place::Last });
        let mut edits = edge::insert(&pulse.project(), "leads.to", source, clip, place)
            .expect("PANIC: the place is there");
        let id = EdgeId::between("leads.to", source, clip);
        edits.push(edge::set_properties(id, [("weight", Some(Value::Float(at as f64 / 4.0)))]));
        pulse.commit(transaction(edits)).expect("PANIC: every edit is legal");
    }
    pulse.project()
}

fn song(ids: &IdSource) -> (Vec<Edit>, Vec<EntityId>) {
    let (mut edits, mut clips) = (Vec::new(), Vec::new());
    let room = TrackId(ids.next_id());
    edits.push(edit::track::create(room, TrackKind::Bus, "Room"));
    for number in 0..TRACKS {
        let track = TrackId(ids.next_id());
        let name = ["Bass", "Keys", "Lead"][usize::try_from(number % 3).unwrap_or(0)];
        edits.push(edit::track::create(track, TrackKind::Instrument, name));
        edits.push(edit::track::set_mute(track, number % 2 == 0));
        edits.push(edit::send::create(SendId(ids.next_id()), track, room));
        let device = DeviceId(ids.next_id());
        edits.push(edit::device::create_builtin(device, track, DeviceKind::Synth, 0.0));
        edits.push(edit::device::set_params(device, [("cutoff", Some(200.0 * number as f64 + 100.0))]));
        for at in 0..CLIPS {
            let clip = ClipId(ids.next_id());
            edits.push(edit::clip::create_notes(clip, track, Beats::whole(4 * at), Beats::whole(4)));
            edits.push(any::set(clip, "name", Value::Text(format!("{name} {at}"))));
            let key = u8::try_from(40 + number + at).unwrap_or(0);
            let note =
                |beat| Note { start: Beats::whole(beat), length: Beats(1), key, velocity: 0.5, channel: 0 };
            edits.push(edit::clip::change_notes(clip, (0..3).map(|row| (row, Some(note(at % 4))))));
            clips.push(clip.0);
        }
    }
    (edits, clips)
}

fn declarations() -> Vec<Edit> {
    let plain = |name, holds| Declaration::new("cues", name, holds);
    let indexed = |name, holds| Declaration { indexed: true, ..plain(name, holds) };
    let grade = Declaration {
        indexed: true,
        default: Some(Value::Int(3)),
        ..Declaration::new("grading", "score", Holds::Int(0, 10))
    };
    let fields = [
        indexed("number", Holds::Int(0, 1_000)),
        indexed("call", Holds::Text),
        indexed("level", Holds::Float(0.0, 1.0)),
        plain("state", Holds::Choice(&["ready", "running"])),
        plain("clip", Holds::Ref(&["clips"])),
        plain("after", Holds::Ref(&["cues"])),
        plain("tags", Holds::List),
        plain("values", Holds::Numbers),
        grade,
    ];
    let tables = ["cues", "grading"].map(|name| user::create_table(name, ""));
    tables.into_iter().chain(fields.iter().map(user::declare)).collect()
}

fn cues(ids: &IdSource, clips: &[EntityId]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut before = Value::Null;
    for number in 0..CUES {
        let id = ids.next_id();
        let clip = clips[usize::try_from(number * 2).unwrap_or(0) % clips.len()];
        let fields = [
            ("number", Value::Int(number)),
            ("call", Value::Text(if number % 5 == 0 { "GO".into() } else { format!("call {number}") })),
            ("level", Value::Float(number as f64 / CUES as f64)),
            ("clip", Value::Ref(clip)),
            ("after", before),
            ("tags", Value::List(vec![Value::Text("wash".into()), Value::Int(number)])),
            ("values", Value::Numbers([("left".to_owned(), number as f64)].into())),
        ];
        edits.push(user::create(ItemId(id), "cues", fields));
        before = Value::Ref(id);
        if number % 3 == 0 {
            let score = (number % 2 == 0).then_some(Value::Int(number % 10));
            let fields = score.into_iter().map(|score| ("score".to_owned(), score)).collect();
            edits.push(Edit::Attach { id: clip, facet: "grading".into(), fields });
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use model::query::Query;

    #[test]
    fn every_good_query_finds_something() {
        let project = super::project();
        for seed in crate::seeds::queries() {
            let text = String::from_utf8(seed).expect("text");
            let query = Query::parse(&text).unwrap_or_else(|error| panic!("{error}"));
            let found =
                query.bind(crate::targets::params(query.params())).and_then(|bound| bound.run(&project));
            assert!(!found.unwrap_or_else(|error| panic!("{error}")).is_empty(), "{text}");
        }
    }
}
