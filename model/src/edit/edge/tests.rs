use proptest::prelude::*;
use protocol::EntityId;

use super::*;
use crate::edit;
use crate::view::{TrackId, TrackKind};

const HUB: TrackId = TrackId(EntityId(9));

fn source(number: u128) -> EntityId {
    EntityId(100 + number)
}

fn id(number: u128) -> EdgeId {
    EdgeId::between("plays", source(number), HUB)
}

fn project() -> Project {
    let track = |id| edit::track::create(TrackId(id), TrackKind::Bus, "");
    let edits: Vec<Edit> = (0..12).map(|number| track(source(number))).chain([track(HUB.0)]).collect();
    Project::empty(EntityId(1), EntityId(2)).apply(&edits).expect("legal")
}

fn order(project: &Project) -> Vec<u128> {
    project.edges_to(HUB.0, "plays").map(|edge| edge.source().0 - 100).collect()
}

/// The project with an edge inserted, or moved if it is there.
fn put(project: &Project, number: u128, place: Place) -> Project {
    let edits = insert(project, "plays", source(number), HUB, place).expect("there is such a place");
    project.apply(&edits).expect("legal")
}

#[test]
fn edges_stand_where_they_are_put() {
    let project = [0, 1, 2].into_iter().fold(project(), |project, number| put(&project, number, Place::Last));
    assert_eq!(order(&project), [0, 1, 2]);
    assert_eq!(order(&put(&project, 3, Place::First)), [3, 0, 1, 2]);
    assert_eq!(order(&put(&project, 3, Place::After(id(0)))), [0, 3, 1, 2]);
    assert_eq!(order(&put(&project, 3, Place::Before(id(2)))), [0, 1, 3, 2]);
    assert_eq!(order(&put(&project, 0, Place::Last)), [1, 2, 0], "moved, not made twice");
    assert_eq!(move_to(&project, id(7), Place::First), Err(PlaceError::NoSuchEdge(id(7))));
    assert_eq!(move_to(&project, id(0), Place::After(id(7))), Err(PlaceError::NotAmongThem(id(7))));
    assert_eq!(move_to(&project, id(0), Place::After(id(0))), Ok(Vec::new()));
}

#[test]
fn there_is_a_place_between_edges_that_two_peers_put_at_one() {
    let base = put(&put(&project(), 0, Place::Last), 1, Place::Last);
    let (ours, theirs) = (put(&base, 2, Place::After(id(0))), put(&base, 3, Place::After(id(0))));
    let rank = |project: &Project, number| project.edge(id(number)).expect("there").rank().to_owned();
    assert_eq!(rank(&ours, 2), rank(&theirs, 3));
    let merged = put(&ours, 3, Place::Last);
    let merged = merged.apply(&[set(id(3), "rank", text(rank(&theirs, 3)))]).expect("legal");
    let tied = order(&merged);
    let between = put(&merged, 4, Place::After(id(tied[1])));
    assert_eq!(order(&between), [tied[0], tied[1], 4, tied[2], tied[3]]);
}

#[test]
fn edges_without_a_place_come_first_and_can_be_given_one() {
    let edits: Vec<Edit> = (0..3).map(|number| connect("plays", source(number), HUB)).collect();
    let project = project().apply(&edits).expect("legal");
    let unranked = order(&project);
    let moved = put(&project, unranked[0], Place::After(id(unranked[2])));
    assert_eq!(order(&moved), [unranked[1], unranked[2], unranked[0]]);
    assert_eq!(order(&put(&project, 5, Place::Last)), [unranked.clone(), vec![5]].concat());
    assert_eq!(order(&put(&project, 5, Place::First)), [vec![5], unranked].concat());
}

#[test]
fn ranks_stay_short_however_often_one_place_is_used() {
    let mut project = put(&put(&project(), 0, Place::Last), 1, Place::Last);
    for round in 0..2_000_u128 {
        let number = 2 + round % 10;
        project = put(&project, number, Place::After(id(0)));
        assert_eq!(order(&project)[..2], [0, number]);
    }
    assert!(project.edges_to(HUB.0, "plays").all(|edge| edge.rank().len() <= MAX_RANK_BYTES));
}

proptest! {
    #[test]
    fn moves_do_what_moves_in_a_list_do(moves in prop::collection::vec((0..12_u128, 0..4_u8, 0..12_usize), 1..40)) {
        let mut project = project();
        let mut list: Vec<u128> = Vec::new();
        for (number, kind, at) in moves {
            list.retain(|other| *other != number);
            let beside = list.get(at % list.len().max(1)).copied();
            let (place, at) = match (kind, beside) {
                (1, Some(other)) => (Place::After(id(other)), at % list.len() + 1),
                (2, Some(other)) => (Place::Before(id(other)), at % list.len()),
                (3, _) => (Place::First, 0),
                _ => (Place::Last, list.len()),
            };
            list.insert(at, number);
            project = put(&project, number, place);
            prop_assert_eq!(&order(&project), &list);
        }
    }
}
