//! What a component reads.
#![expect(unsafe_code, reason = "it is read as a component does")]

use super::*;
use assert_no_alloc::assert_no_alloc;
use vst3::ComRef;

/// Parameters that choose no programs.
fn params(ids: &[ParamID]) -> impl Iterator<Item = (ParamID, bool)> + '_ {
    ids.iter().map(|id| (*id, false))
}

/// What a component reads.
fn seen(changes: &mut ChangesIn) -> Vec<(ParamID, Vec<(int32, f64)>)> {
    assert_no_alloc(|| changes.give());
    let list = changes.pointer();
    // SAFETY: the list lives as long as `changes`.
    unsafe {
        let list = ComRef::from_raw(list).unwrap();
        (0..list.getParameterCount())
            .map(|index| {
                let queue = ComRef::from_raw(list.getParameterData(index)).unwrap();
                let points = (0..queue.getPointCount())
                    .map(|point| {
                        let (mut frame, mut value) = (0, 0.0);
                        assert_eq!(queue.getPoint(point, &raw mut frame, &raw mut value), kResultOk);
                        (frame, value)
                    })
                    .collect();
                (queue.getParameterId(), points)
            })
            .collect()
    }
}

#[test]
fn changes_are_given_by_parameter_in_order_and_for_one_block() {
    let mut changes = ChangesIn::new(params(&[10, 20, 30]), 8);
    for (index, frame, norm) in [(2, 0, 0.1), (0, 0, 0.2), (2, 0, 0.3), (2, 5, 0.4), (0, 9, 0.5)] {
        changes.line(index, frame, norm);
    }
    let expected = [(30, vec![(0, 0.3), (5, 0.4)]), (10, vec![(0, 0.2), (9, 0.5)])];
    assert_eq!(seen(&mut changes), expected);
    assert!(seen(&mut changes).is_empty());
}

#[test]
fn a_jump_has_a_point_before_it_where_the_old_value_is_certain() {
    let mut changes = ChangesIn::new([(1, false), (2, false), (3, true)].into_iter(), 8);
    let mut block = |given: &[(usize, int32, f64)], told: Option<(int32, f64)>| {
        given.iter().for_each(|&(index, frame, norm)| changes.jump(index, frame, norm));
        let mut points = seen(&mut changes);
        told.into_iter().for_each(|(frame, norm)| changes.told(0, frame, norm));
        points.retain(|(id, _)| *id == 1);
        points.pop().map(|(_, points)| points).unwrap_or_default()
    };
    assert_eq!(block(&[(0, 5, 0.1)], None), [(5, 0.1)], "nothing is known yet");
    assert_eq!(block(&[(0, 5, 0.2)], None), [(4, 0.1), (5, 0.2)]);
    assert_eq!(
        block(&[(0, 0, 0.3), (0, 1, 0.4), (0, 9, 0.4)], Some((8, 0.7))),
        [(0, 0.3), (1, 0.4), (9, 0.4)]
    );
    assert_eq!(block(&[(0, 5, 0.5)], Some((6, 0.9))), [(4, 0.4), (5, 0.5)], "what was told before is over");
    assert_eq!(block(&[(1, 5, 0.5), (0, 5, 0.6)], None), [(4, 0.9), (5, 0.6)]);
    assert_eq!(block(&[], Some((3, 0.8))), []);
    assert_eq!(block(&[(2, 1, 1.0), (0, 5, 0.5)], None), [(5, 0.5)], "a program was chosen");
}

#[test]
fn of_what_does_not_fit_the_last_value_of_each_parameter_is_kept() {
    let mut changes = ChangesIn::new(params(&[1, 2, 3]), 2);
    assert_no_alloc(|| {
        for frame in 0..100 {
            changes.line(0, frame, f64::from(frame) / 100.0);
        }
        changes.line(1, 100, 0.25);
        changes.line(1, 101, 0.5);
        changes.line(2, 102, 0.75);
    });
    assert_eq!(changes.take_dropped(), 97);
    let expected = [
        (1, vec![(0, 0.0), (1, 0.01), (2, 0.02), (99, 0.99)]),
        (2, vec![(101, 0.5)]),
        (3, vec![(102, 0.75)]),
    ];
    assert_eq!(seen(&mut changes), expected);
}

#[test]
fn a_reader_between_blocks_delays_changes_and_loses_none() {
    let mut changes = ChangesIn::new(params(&[1]), 4);
    changes.line(0, 7, 0.5);
    let shared = Arc::clone(&changes.list.shared);
    let reader = shared.points.read().unwrap();
    assert!(seen(&mut changes).is_empty());
    drop(reader);
    assert_eq!(seen(&mut changes), [(1, vec![(0, 0.5)])]);
    assert!(seen(&mut changes).is_empty());
}

#[test]
fn threads_of_a_component_read_at_the_same_time() {
    let mut changes = ChangesIn::new(params(&[1]), 4);
    changes.line(0, 7, 0.5);
    changes.give();
    let shared = Arc::clone(&changes.list.shared);
    let _other = shared.points.read().unwrap();
    // SAFETY: the list lives as long as `changes`, and the places can be written.
    unsafe {
        let list = changes.list.as_com_ref::<IParameterChanges>().unwrap();
        let queue = ComRef::from_raw(list.getParameterData(0)).unwrap();
        assert_eq!((list.getParameterCount(), queue.getPointCount()), (1, 1));
    }
}

#[test]
fn points_before_jumps_take_no_room_from_jumps() {
    let mut changes = ChangesIn::new(params(&[1]), 64);
    changes.jump(0, 0, 0.0);
    seen(&mut changes);
    (1..=40).for_each(|point| changes.jump(0, 2 * point, f64::from(point) / 100.0));
    let dropped = changes.take_dropped();
    assert_eq!(dropped, 0);
}
