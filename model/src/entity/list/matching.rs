//! Which items of one list are which of another.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use protocol::Value;

/// Stretches longer than this are matched by the items that are unlike all others, and not each item with each.
const MAX_COMPARED: usize = 512;
/// More items than this are not moved one by one: that list was made anew.
const MAX_MOVED: usize = 4_096;

/// Where an item of the new list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    New,
    /// It is where it was among those that stay.
    Kept(usize),
    /// It stays, with another value.
    Set(usize),
    Moved(usize),
}

/// An item of the old list and one of the new that are the same.
type Pair = (usize, usize);

/// Where each item of the new list comes from.
pub(super) fn origins(before: &[Value], after: &[Value]) -> Vec<Origin> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    let mut origins = vec![Origin::New; after.len()];
    (0..head).for_each(|at| origins[at] = Origin::Kept(at));
    for back in 1..=tail {
        origins[after.len() - back] = Origin::Kept(before.len() - back);
    }
    let (old, new) = numbered(old, new);
    let mut free: Vec<bool> = vec![true; old.len()];
    let kept = common(&old, &new);
    for &(from, to) in &kept {
        origins[head + to] = Origin::Kept(head + from);
        free[from] = false;
    }
    let is_new = |to: &usize| origins[head + to] == Origin::New;
    let moved = same(&old, &new, (0..old.len()).filter(|from| free[*from]), (0..new.len()).filter(is_new));
    if moved.len() <= MAX_MOVED {
        for (from, to) in moved {
            origins[head + to] = Origin::Moved(head + from);
            free[from] = false;
        }
    }
    // What goes and what comes between the same neighbours is one item with another value.
    for (gone, come) in gaps(&kept, old.len(), new.len()) {
        let mut gone = gone.filter(|from| free[*from]);
        for at in come {
            if origins[head + at] == Origin::New {
                let Some(item) = gone.next() else { break };
                origins[head + at] = Origin::Set(head + item);
            }
        }
    }
    origins
}

/// Both lists with a number for each value.
fn numbered(old: &[Value], new: &[Value]) -> (Vec<usize>, Vec<usize>) {
    let mut numbers = HashMap::new();
    let mut number = |value: &Value| {
        let next = numbers.len();
        *numbers.entry(super::item(value)).or_insert(next)
    };
    (old.iter().map(&mut number).collect(), new.iter().map(&mut number).collect())
}

/// A long run of items that both lists have in the same order: the longest if the lists are short.
fn common(old: &[usize], new: &[usize]) -> Vec<Pair> {
    if old.len().max(new.len()) <= MAX_COMPARED {
        return longest_common(old, new);
    }
    // Those that are there once on each side are surely the same (Cohen's patience diff); what is between them is shorter.
    let single = |list: &[usize]| {
        let mut places: HashMap<usize, Option<usize>> = HashMap::new();
        for (at, item) in list.iter().enumerate() {
            places.entry(*item).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let (singles, places) = (single(old), single(new));
    let mut anchors: Vec<Pair> =
        singles.iter().filter_map(|(item, from)| Some(((*from)?, (*places.get(item)?)?))).collect();
    anchors.sort_unstable();
    let anchors = rising(&anchors);
    let mut found = anchors.clone();
    for (gone, come) in gaps(&anchors, old.len(), new.len()) {
        let (first, second) = (&old[gone.clone()], &new[come.clone()]);
        let between = if first.len().max(second.len()) <= MAX_COMPARED {
            longest_common(first, second)
        } else {
            rising(&same(first, second, 0..first.len(), 0..second.len()))
        };
        found.extend(between.into_iter().map(|(from, to)| (gone.start + from, come.start + to)));
    }
    found.sort_unstable();
    found
}

/// Pairs equal items in order: the first of a kind with the first. In order of the old list.
fn same(
    old: &[usize],
    new: &[usize],
    from: impl Iterator<Item = usize>,
    to: impl Iterator<Item = usize>,
) -> Vec<Pair> {
    let mut places: HashMap<usize, VecDeque<usize>> = HashMap::new();
    to.for_each(|to| places.entry(new[to]).or_default().push_back(to));
    from.filter_map(|from| Some((from, places.get_mut(&old[from])?.pop_front()?))).collect()
}

/// The stretches of both lists between pairs.
fn gaps(
    pairs: &[Pair],
    old: usize,
    new: usize,
) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<'_> {
    let ends = pairs.iter().copied().chain([(old, new)]);
    let starts = std::iter::once((0, 0)).chain(pairs.iter().map(|(from, to)| (from + 1, to + 1)));
    starts.zip(ends).map(|((from, to), (next_from, next_to))| (from..next_from, to..next_to))
}

/// The longest run of pairs, given in order of the old list, that is in order of the new list too.
fn rising(pairs: &[Pair]) -> Vec<Pair> {
    // The last pair of the best run of each length, and what each pair follows in its run.
    let (mut ends, mut follows): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (at, (_, to)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *to);
        follows.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run: Vec<Pair> =
        std::iter::successors(ends.last().copied(), |at| follows[*at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
}

/// The longest run of items that both lists have in the same order.
fn longest_common(old: &[usize], new: &[usize]) -> Vec<Pair> {
    let width = new.len() + 1;
    let mut lengths = vec![0_u16; (old.len() + 1) * width];
    for from in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            lengths[from * width + to] = if old[from] == new[to] {
                lengths[(from + 1) * width + to + 1] + 1
            } else {
                lengths[(from + 1) * width + to].max(lengths[from * width + to + 1])
            };
        }
    }
    let (mut from, mut to, mut found) = (0, 0, Vec::new());
    while from < old.len() && to < new.len() {
        if old[from] == new[to] {
            found.push((from, to));
            (from, to) = (from + 1, to + 1);
        } else if lengths[(from + 1) * width + to] >= lengths[from * width + to + 1] {
            from += 1;
        } else {
            to += 1;
        }
    }
    found
}
