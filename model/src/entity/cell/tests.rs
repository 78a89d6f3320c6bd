use proptest::prelude::*;
use protocol::{Beats, EntityId, Note};

use super::*;
use crate::entity::Entity;
use crate::project::Project;
use crate::pulse::{IdSource, Pulse};
use crate::testing;
use crate::{edit, view};

const CLIP: view::ClipId = view::ClipId(EntityId(5));
const SYNTH: view::DeviceId = view::DeviceId(EntityId(6));

fn project() -> Project {
    let track = view::TrackId(EntityId(4));
    let edits = [
        edit::track::create(track, view::TrackKind::Instrument, "Keys"),
        edit::clip::create_notes(CLIP, track, Beats::ZERO, Beats::whole(4)),
        edit::device::create_builtin(SYNTH, track, protocol::DeviceKind::Synth, 0.0),
        edit::clip::set_note(CLIP, 1, note(60)),
        edit::clip::set_note(CLIP, 2, note(64)),
        edit::device::set_params(SYNTH, [("cutoff", Some(500.0))]),
    ];
    Project::empty(EntityId(1), EntityId(2)).apply(&edits).expect("legal")
}

fn note(key: u8) -> Note {
    Note { start: Beats::ZERO, length: Beats::whole(1), key, velocity: 0.5, channel: 0 }
}

fn check(id: impl Into<EntityId>, edit: protocol::Edit, expected: &[(&str, Part)]) {
    let id = id.into();
    let (before, after) = (project(), project().apply(&[edit]).expect("legal"));
    let changes = changes(before.entity(id), after.entity(id));
    let cells: Vec<_> =
        changes.iter().map(|change| (change.cell.field.as_str(), change.cell.part.clone())).collect();
    assert_eq!(cells, expected);
}

#[test]
fn a_change_touches_the_smallest_cell() {
    check(CLIP, edit::clip::set_start(CLIP, Beats(7)), &[("start", Part::Whole)]);
    check(CLIP, edit::clip::set_note(CLIP, 2, note(65)), &[("notes", Part::Row(2))]);
    check(CLIP, edit::clip::remove_note(CLIP, 1), &[("notes", Part::Row(1))]);
    check(
        SYNTH,
        edit::device::set_params(SYNTH, [("cutoff", None), ("resonance", Some(0.5))]),
        &[("params", Part::Entry("cutoff".into())), ("params", Part::Entry("resonance".into()))],
    );
    check(CLIP, edit::clip::set_start(CLIP, Beats::ZERO), &[]);
}

#[test]
fn a_cell_that_cannot_be_leaves_the_entity_as_it_is() {
    let project = project();
    let clip = project.entity(CLIP).expect("there");
    let number = Some(CellValue::Value(Value::Float(1.0)));
    for (field, part, value) in [
        ("groove", Part::Whole, number.clone()),
        ("start", Part::Row(1), Some(CellValue::Row(Row::Note(note(1))))),
        ("start", Part::Entry("x".into()), number.clone()),
        ("notes", Part::Entry("x".into()), number.clone()),
        ("notes", Part::Row(1), number),
    ] {
        let cell = Cell { field: field.into(), part };
        assert_eq!(&with(clip, &cell, value), clip, "{cell:?}");
    }
}

#[test]
fn a_cell_without_a_value_is_at_its_default() {
    let project = project();
    let mut clip = project.entity(CLIP).expect("there").clone();
    for change in changes(None, Some(&clip.clone())) {
        clip = with(&clip, &change.cell, None);
    }
    assert_eq!(clip, Entity::new(clip.descriptor()));
}

/// Goes over the changes from one state of an entity to another, one cell at a time.
fn go(from: &Entity, changes: &[CellChange]) -> Entity {
    changes.iter().fold(from.clone(), |entity, change| with(&entity, &change.cell, change.after.clone()))
}

proptest! {
    #[test]
    fn the_changes_lead_from_one_state_to_the_other_and_back(transactions in testing::ops(20)) {
        let mut pulse = Pulse::with_ids(IdSource::seeded(1));
        let ids = IdSource::seeded(2);
        for ops in &transactions {
            let before = pulse.project();
            if pulse.commit(testing::transaction(&before, &ids, "me", ops)).is_err() {
                continue;
            }
            let after = pulse.project();
            let all: std::collections::BTreeSet<EntityId> =
                before.records().chain(after.records()).map(|record| record.id).collect();
            for id in all {
                let (old, new) = (before.entity(id), after.entity(id));
                let Some(either) = new.or(old) else { continue };
                let bare = Entity::new(either.descriptor());
                let changes = changes(old, new);
                prop_assert_eq!(changes.is_empty(), old.unwrap_or(&bare) == new.unwrap_or(&bare));
                prop_assert_eq!(&go(old.unwrap_or(&bare), &changes), new.unwrap_or(&bare));
                let back: Vec<CellChange> = changes
                    .into_iter()
                    .map(|CellChange { cell, before, after }| CellChange { cell, before: after, after: before })
                    .collect();
                prop_assert_eq!(&go(new.unwrap_or(&bare), &back), old.unwrap_or(&bare));
            }
        }
    }
}
