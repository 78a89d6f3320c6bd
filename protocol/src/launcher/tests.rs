use proptest::prelude::*;

use super::*;

const BAR: i64 = 4;

/// A column from rows such as `a4` (a clip that loops every four beats), `b2!` (one that plays once), `-` (stops) and
/// `.` (nothing there).
fn column(rows: &[&str], follow: &[(usize, Follow)]) -> Column {
    let slot = |(row, text): (u32, &&str)| {
        let clip = match *text {
            "." => return None,
            "-" => None,
            text => Some(SlotClip {
                clip: EntityId(u128::from(row) + 1),
                round: Beats::whole(text[1..].trim_end_matches('!').parse().expect("beats")),
                looped: !text.ends_with('!'),
            }),
        };
        let follow = follow.iter().find(|(at, _)| *at == row as usize).map(|(_, follow)| *follow);
        Some(SlotPlan {
            id: EntityId(u128::from(row) + 100),
            row,
            clip,
            mode: LaunchMode::Trigger,
            quantum: LaunchQuantum::Bar,
            follow: follow.unwrap_or_default(),
        })
    };
    Column { track: EntityId(9), slots: (0..).zip(rows).filter_map(slot).collect(), seed: 7 }
}

fn then(action: FollowAction, after: u32) -> Follow {
    Follow { actions: [action, FollowAction::None], after, ..Follow::default() }
}

/// Presses slots at beats and tells what plays from where, until a beat.
fn play(column: &Column, hands: &[(i64, usize)], until: i64) -> Vec<(i64, Option<usize>)> {
    let bars = SignatureMap::default();
    let mut state = ColumnState::default();
    let mut seen = Vec::new();
    let mut run = |state: &mut ColumnState, to: i64| {
        state.advance(column, Beats::whole(to), &bars, |change| {
            let slot = match change.to {
                Playing::Slot { slot, since } => {
                    assert_eq!(since, change.at);
                    Some(slot)
                }
                _ => None,
            };
            seen.push((change.at.0 / TICKS_PER_BEAT, slot));
        });
    };
    for &(at, slot) in hands {
        run(&mut state, at);
        state.press(column, slot, Beats::whole(at), &bars);
    }
    run(&mut state, until);
    seen
}

#[test]
fn a_launched_slot_starts_at_its_quantum_and_loops_on() {
    assert_eq!(play(&column(&["a4"], &[]), &[(1, 0)], 100), [(BAR, Some(0))]);
    assert_eq!(play(&column(&["a4"], &[]), &[(4, 0)], 100), [(BAR, Some(0))], "on the bar is in time");
}

#[test]
fn a_later_launch_takes_the_place_of_one_that_waits() {
    assert_eq!(play(&column(&["a4", "b4"], &[]), &[(1, 0), (2, 1)], 50), [(BAR, Some(1))]);
}

#[test]
fn a_clip_that_does_not_loop_ends_in_silence() {
    assert_eq!(play(&column(&["a6!"], &[]), &[(0, 0)], 50), [(0, Some(0)), (6, None)]);
}

#[test]
fn an_empty_slot_stops_its_track() {
    assert_eq!(play(&column(&["a4", "-"], &[]), &[(0, 0), (5, 1)], 50), [(0, Some(0)), (8, None)]);
}

#[test]
fn follow_actions_walk_through_their_group() {
    use FollowAction::{First, Last, Next, Previous, Stop};
    let rows = &["a4", "b2", "c4", ".", "d4"];
    let follow = |action| (0..3).map(|row| (row, then(action, 2))).collect::<Vec<_>>();
    let walk = |action, from| play(&column(rows, &follow(action)), &[(0, from)], 30);
    assert_eq!(walk(Next, 0)[..4], [(0, Some(0)), (8, Some(1)), (12, Some(2)), (20, Some(0))]);
    assert_eq!(walk(Previous, 0)[..3], [(0, Some(0)), (8, Some(2)), (16, Some(1))]);
    assert_eq!(walk(First, 2)[..2], [(0, Some(2)), (8, Some(0))]);
    assert_eq!(walk(Last, 0)[..2], [(0, Some(0)), (8, Some(2))]);
    assert_eq!(walk(Stop, 1), [(0, Some(1)), (4, None)]);
    assert_eq!(walk(Next, 3), [(0, Some(3))], "it has no action of its own");
}

#[test]
fn bars_are_counted_from_the_start_of_the_clip() {
    let follow = Follow { unit: FollowUnit::Bars, ..then(FollowAction::Again, 3) };
    let column = column(&["a1"], &[(0, follow)]);
    assert_eq!(play(&column, &[(4, 0)], 30), [(4, Some(0)), (16, Some(0)), (28, Some(0))]);
}

#[test]
fn chance_chooses_between_the_two_actions() {
    let follow =
        Follow { actions: [FollowAction::Again, FollowAction::Next], chance: 0.25, ..Follow::default() };
    let column = column(&["a1", "b1"], &[(0, follow), (1, follow)]);
    let seen = play(&column, &[(0, 0)], 4_000);
    let again = seen.windows(2).filter(|pair| pair[0].1 == pair[1].1).count();
    assert!((800..1_200).contains(&again), "{again} of {} stayed", seen.len());
    assert_eq!(seen, play(&column, &[(0, 0)], 4_000), "and does so again");
}

#[test]
fn other_is_never_the_same() {
    let rows: Vec<_> = (0..4).map(|row| (row, then(FollowAction::Other, 1))).collect();
    let seen = play(&column(&["a1", "b1", "c1", "d1"], &rows), &[(0, 0)], 1_000);
    assert!(seen.windows(2).all(|pair| pair[0].1 != pair[1].1));
    assert!((0..4).all(|slot| seen.iter().filter(|(_, at)| *at == Some(slot)).count() > 150), "all come up");
}

#[test]
fn a_toggle_stops_itself_and_a_gate_ends_with_the_hand() {
    let bars = SignatureMap::default();
    let mut column = column(&["a4"], &[]);
    let with = |column: &Column, mode| {
        let slot = SlotPlan { mode, quantum: LaunchQuantum::Quarter, ..column.slots[0].clone() };
        Column { slots: [slot].into(), ..column.clone() }
    };
    column = with(&column, LaunchMode::Toggle);
    assert_eq!(play(&column, &[(0, 0), (3, 0)], 20), [(0, Some(0)), (3, None)]);
    column = with(&column, LaunchMode::Gate);
    let mut state = ColumnState::default();
    let (tick, mut seen) = (Beats(1), Vec::new());
    state.press(&column, 0, Beats::ZERO, &bars);
    state.advance(&column, Beats::whole(2), &bars, |change| seen.push(change.at));
    state.release(&column, 0, Beats::whole(2) + tick, &bars);
    state.advance(&column, Beats::whole(9), &bars, |change| seen.push(change.at));
    assert_eq!(seen, [Beats::ZERO, Beats::whole(3)]);
    assert_eq!(state.playing(), Playing::Stopped);
    state.press(&column, 0, Beats::whole(9) + tick, &bars);
    state.release(&column, 0, Beats::whole(9) + tick, &bars);
    assert_eq!(state.queued(), None, "let go before it began");
}

#[test]
fn the_arrangement_comes_back_at_once() {
    let (column, bars) = (column(&["a4"], &[]), SignatureMap::default());
    let mut state = ColumnState::default();
    state.press(&column, 0, Beats::ZERO, &bars);
    state.advance(&column, Beats::whole(3), &bars, |_| {});
    state.back_to_arrangement(Beats::whole(3));
    state.advance(&column, Beats::whole(4), &bars, |change| assert_eq!(change.at, Beats::whole(3)));
    assert_eq!(state.playing(), Playing::Arrangement);
}

#[test]
fn quanta_follow_the_bars() {
    let seven_eight = SignatureMap::new(
        &[crate::SignaturePoint { at: Beats::ZERO, numerator: 7, denominator: 8 }],
        Beats::ZERO,
    );
    let next =
        |quantum: LaunchQuantum, beats: f64| quantum.next(Beats::from_beats(beats), &seven_eight).to_beats();
    assert_eq!(next(LaunchQuantum::Bar, 0.1), 3.5);
    assert_eq!(next(LaunchQuantum::TwoBars, 3.5), 7.0);
    assert_eq!(next(LaunchQuantum::FourBars, 14.0), 14.0);
    assert_eq!(next(LaunchQuantum::Half, 3.0), 4.0);
    assert_eq!(next(LaunchQuantum::Sixteenth, 0.3), 0.5);
    assert_eq!(next(LaunchQuantum::None, 0.3), Beats::from_beats(0.3).to_beats());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn changes_do_not_depend_on_how_time_is_cut(
        rounds in prop::collection::vec((1..6_i64, any::<bool>(), 0..9_usize, 0..9_usize, 0.0..1.0_f64, 1..4_u32), 1..6),
        hands in prop::collection::vec((0..64_i64, 0..6_usize), 0..6),
        cuts in prop::collection::vec(1..200_000_i64, 1..40),
    ) {
        let bars = SignatureMap::default();
        let slots = (0..).zip(&rounds).map(|(row, &(round, looped, a, b, chance, after))| SlotPlan {
            id: EntityId(row.into()),
            row,
            clip: Some(SlotClip { clip: EntityId(1), round: Beats::whole(round), looped }),
            mode: LaunchMode::Trigger,
            quantum: LaunchQuantum::Bar,
            follow: Follow {
                actions: [FollowAction::ALL[a], FollowAction::ALL[b]],
                chance,
                after,
                unit: FollowUnit::Loops,
            },
        });
        let column = Column { track: EntityId(1), slots: slots.collect(), seed: 3 };
        let mut hands = hands;
        hands.sort_unstable();
        let whole = play(&column, &hands, 100);
        let (mut state, mut seen, mut now, mut cut) = (ColumnState::default(), Vec::new(), 0, 0);
        let mut waiting = hands.iter().peekable();
        while now < 100 * TICKS_PER_BEAT {
            while let Some(&(_, slot)) = waiting.next_if(|(at, _)| at * TICKS_PER_BEAT <= now) {
                state.press(&column, slot, Beats(now), &bars);
            }
            let hand = waiting.peek().map_or(i64::MAX, |(at, _)| at * TICKS_PER_BEAT);
            let to = (now + cuts[cut % cuts.len()]).min(hand).min(100 * TICKS_PER_BEAT);
            cut += 1;
            state.advance(&column, Beats(to), &bars, |change| {
                let slot = if let Playing::Slot { slot, .. } = change.to { Some(slot) } else { None };
                seen.push((change.at.0 / TICKS_PER_BEAT, slot));
            });
            now = to;
        }
        prop_assert_eq!(seen, whole);
    }
}
