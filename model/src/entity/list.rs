//! How one list becomes another, item by item, and what becomes of a list that two sides changed.

use loro::{LoroDoc, LoroMovableList};
use protocol::Value;
use serde::{Deserialize, Serialize};

/// Lists of which the part that differs is longer than this are compared by their ends alone.
const MAX_COMPARED: usize = 512;

/// What is done to one item. Places count from 0, in the list as the steps before have left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ListStep {
    Insert { at: usize, value: Value },
    Remove { at: usize, was: Value },
    Move { from: usize, to: usize },
    Set { at: usize, value: Value, was: Value },
}

/// Steps that make one list of another, and back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ListEdit(pub(crate) Vec<ListStep>);

/// Where an item of the new list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    New,
    /// It is where it was among those that stay.
    Kept(usize),
    /// It stays, with another value.
    Set(usize),
    Moved(usize),
}

impl ListEdit {
    /// Few steps that make `after` of `before`: items that are in both are moved.
    pub(crate) fn between(before: &[Value], after: &[Value]) -> Self {
        let origins = origins(before, after);
        let mut stays = vec![false; before.len()];
        for origin in &origins {
            if let Origin::Kept(from) | Origin::Set(from) | Origin::Moved(from) = origin {
                stays[*from] = true;
            }
        }
        let mut steps = Vec::new();
        for at in (0..before.len()).rev().filter(|at| !stays[*at]) {
            steps.push(ListStep::Remove { at, was: before[at].clone() });
        }
        // Items that stay keep their order among themselves, so as long as none moves each is at its place already.
        let mut places = vec![0; before.len()];
        for (place, at) in (0..before.len()).filter(|at| stays[*at]).enumerate() {
            places[at] = place;
        }
        for (origin, value) in origins.iter().zip(after) {
            if let Origin::Set(from) = *origin {
                steps.push(ListStep::Set {
                    at: places[from],
                    value: value.clone(),
                    was: before[from].clone(),
                });
            }
        }
        if origins.iter().any(|origin| matches!(origin, Origin::Moved(_))) {
            place(&origins, after, &stays, &mut steps);
        } else {
            let new =
                origins.iter().zip(after).enumerate().filter(|(_, (origin, _))| **origin == Origin::New);
            steps.extend(new.map(|(at, (_, value))| ListStep::Insert { at, value: value.clone() }));
        }
        Self(steps)
    }

    pub(crate) fn inverse(&self) -> Self {
        let step = |step: &ListStep| match step.clone() {
            ListStep::Insert { at, value } => ListStep::Remove { at, was: value },
            ListStep::Remove { at, was } => ListStep::Insert { at, value: was },
            ListStep::Move { from, to } => ListStep::Move { from: to, to: from },
            ListStep::Set { at, value, was } => ListStep::Set { at, value: was, was: value },
        };
        Self(self.0.iter().rev().map(step).collect())
    }

    /// The list with the steps done; `None` if what they are about is not there.
    pub(crate) fn apply(&self, list: &[Value]) -> Option<Vec<Value>> {
        let mut list = list.to_vec();
        for step in &self.0 {
            match step {
                ListStep::Insert { at, value } if *at <= list.len() => list.insert(*at, value.clone()),
                ListStep::Remove { at, was } if list.get(*at) == Some(was) => _ = list.remove(*at),
                ListStep::Move { from, to } if (*from).max(*to) < list.len() => {
                    let item = list.remove(*from);
                    list.insert(*to, item);
                }
                ListStep::Set { at, value, was } if list.get(*at) == Some(was) => {
                    list[*at].clone_from(value);
                }
                _ => return None,
            }
        }
        Some(list)
    }

    /// What the steps have made of a list, without the items that they put in and that somebody else has put in since: who
    /// moves an item while another takes it out, keeps it, and taking it out is then taken back already.
    pub(crate) fn without_doubles(&self, then: &[Value], now: &[Value], mut after: Vec<Value>) -> Vec<Value> {
        let count = |list: &[Value], item: &Value| list.iter().filter(|other| *other == item).count();
        for step in &self.0 {
            let ListStep::Insert { value, .. } = step else { continue };
            if count(now, value) > count(then, value)
                && let Some(at) = after.iter().position(|item| item == value)
            {
                after.remove(at);
            }
        }
        after
    }

    /// Does the steps in a container.
    pub(crate) fn write(&self, list: &LoroMovableList) -> loro::LoroResult<()> {
        for step in &self.0 {
            match step {
                ListStep::Insert { at, value } => list.insert(*at, item(value))?,
                ListStep::Remove { at, .. } => list.delete(*at, 1)?,
                ListStep::Move { from, to } => list.mov(*from, *to)?,
                ListStep::Set { at, value, .. } => list.set(*at, item(value))?,
            }
        }
        Ok(())
    }
}

/// Puts new and moved items where they belong: each right behind the one that it follows, which is in place by then.
fn place(origins: &[Origin], after: &[Value], stays: &[bool], steps: &mut Vec<ListStep>) {
    let mut items: Vec<Option<usize>> = (0..stays.len()).filter(|at| stays[*at]).map(Some).collect();
    let mut next = 0;
    for (origin, value) in origins.iter().zip(after) {
        let found = |items: &[Option<usize>], item| items.iter().skip(next).position(|at| *at == Some(item));
        match *origin {
            Origin::Kept(item) | Origin::Set(item) => next += found(&items, item).map_or(0, |at| at + 1),
            Origin::New => {
                items.insert(next, None);
                steps.push(ListStep::Insert { at: next, value: value.clone() });
                next += 1;
            }
            Origin::Moved(item) => {
                let Some(from) = items.iter().position(|at| *at == Some(item)) else { continue };
                let moved = items.remove(from);
                let to = if from < next { next - 1 } else { next };
                items.insert(to, moved);
                if from != to {
                    steps.push(ListStep::Move { from, to });
                }
                next = to + 1;
            }
        }
    }
}

/// An item as a container holds it.
pub(crate) fn item(value: &Value) -> String {
    // PANIC: items of lists are plain, and plain values have a JSON form.
    serde_json::to_string(value).expect("plain data")
}

/// What both sides made of a list, brought together as peers would. `None` where they did different things to one item, or
/// put in the same.
pub(crate) fn merged(base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    if fates(base, ours).iter().zip(fates(base, theirs)).any(|(ours, theirs)| ours.clash(&theirs)) {
        return None;
    }
    let theirs_new: Vec<&Value> = new_items(base, theirs).collect();
    if new_items(base, ours).any(|item| theirs_new.contains(&item)) {
        return None;
    }
    brought_together(base, ours, theirs).ok()
}

fn brought_together(base: &[Value], ours: &[Value], theirs: &[Value]) -> loro::LoroResult<Vec<Value>> {
    let whole = |list: &[Value]| ListEdit::between(base, list);
    let peer = |id: u64| -> loro::LoroResult<LoroDoc> {
        let doc = LoroDoc::new();
        doc.set_peer_id(id)?;
        Ok(doc)
    };
    let (doc, other) = (peer(1)?, peer(2)?);
    ListEdit::between(&[], base).write(&doc.get_movable_list("list"))?;
    doc.commit();
    let bytes = |doc: &LoroDoc| {
        doc.export(loro::ExportMode::all_updates()).map_err(|_| loro::LoroError::DecodeError("list".into()))
    };
    other.import(&bytes(&doc)?)?;
    whole(ours).write(&doc.get_movable_list("list"))?;
    doc.commit();
    whole(theirs).write(&other.get_movable_list("list"))?;
    other.commit();
    doc.import(&bytes(&other)?)?;
    Ok(values(&doc.get_movable_list("list")))
}

/// What a container holds.
pub(crate) fn values(list: &LoroMovableList) -> Vec<Value> {
    let mut values = Vec::with_capacity(list.len());
    list.for_each(|held| values.extend(value(&held)));
    values
}

/// An item of a container; `None` for what only a later version knows.
pub(crate) fn value(held: &loro::ValueOrContainer) -> Option<Value> {
    match held {
        loro::ValueOrContainer::Value(loro::LoroValue::String(json)) => serde_json::from_str(json).ok(),
        _ => None,
    }
}

fn new_items<'a>(base: &[Value], list: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    let origins = origins(base, list).into_iter().zip(list);
    origins.filter(|(origin, _)| *origin == Origin::New).map(|(_, item)| item)
}

/// What a side did to one item.
#[derive(Clone, Debug, PartialEq)]
enum Fate<'a> {
    Gone,
    Kept,
    Set(&'a Value),
    Moved,
}

impl Fate<'_> {
    fn clash(&self, other: &Self) -> bool {
        let both = !matches!(self, Fate::Kept) && !matches!(other, Fate::Kept);
        both && (self != other || *self == Fate::Moved)
    }
}

fn fates<'a>(base: &[Value], list: &'a [Value]) -> Vec<Fate<'a>> {
    let mut fates = vec![Fate::Gone; base.len()];
    for (origin, value) in origins(base, list).into_iter().zip(list) {
        match origin {
            Origin::New => {}
            Origin::Kept(from) => fates[from] = Fate::Kept,
            Origin::Set(from) => fates[from] = Fate::Set(value),
            Origin::Moved(from) => fates[from] = Fate::Moved,
        }
    }
    fates
}

/// Where each item of the new list comes from.
fn origins(before: &[Value], after: &[Value]) -> Vec<Origin> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    let mut origins = vec![Origin::New; after.len()];
    (0..head).for_each(|at| origins[at] = Origin::Kept(at));
    for back in 1..=tail {
        origins[after.len() - back] = Origin::Kept(before.len() - back);
    }
    let mut free: Vec<bool> = vec![true; old.len()];
    let is_long = old.len().max(new.len()) > MAX_COMPARED;
    let common = if is_long { Vec::new() } else { common(old, new) };
    for &(from, to) in &common {
        origins[head + to] = Origin::Kept(head + from);
        free[from] = false;
    }
    for (to, value) in new.iter().enumerate().filter(|_| !is_long) {
        if origins[head + to] == Origin::New
            && let Some(from) = (0..old.len()).find(|&from| free[from] && old[from] == *value)
        {
            origins[head + to] = Origin::Moved(head + from);
            free[from] = false;
        }
    }
    // What goes and what comes between the same neighbours is one item with another value.
    let gaps = common.iter().copied().chain([(old.len(), new.len())]);
    let (mut from, mut to) = (0, 0);
    for (next_from, next_to) in gaps {
        let mut gone = (from..next_from).filter(|&from| free[from]).collect::<Vec<_>>().into_iter();
        for at in to..next_to {
            if origins[head + at] == Origin::New {
                let Some(item) = gone.next() else { break };
                origins[head + at] = Origin::Set(head + item);
            }
        }
        (from, to) = (next_from + 1, next_to + 1);
    }
    origins
}

/// The longest run of items that both lists have in the same order.
fn common(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
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

#[cfg(test)]
mod tests;
