//! How one list becomes another, item by item, and what becomes of a list that two sides changed.

use loro::event::ListDiffItem;
use loro::{LoroDoc, LoroMovableList};
use protocol::Value;
use serde::{Deserialize, Serialize};

mod matching;

use matching::{Origin, origins};

use crate::project::check;
use crate::schema::MAX_ITEMS;

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
        let mut places = Places::of(list);
        if let Some(end) = places.cut() {
            list.delete(end, list.len() - end)?;
        }
        for step in &self.0 {
            match step {
                ListStep::Insert { at, value } => list.insert(places.insert(*at), item(value))?,
                ListStep::Remove { at, .. } => list.delete(places.remove(*at), 1)?,
                ListStep::Move { from, to } => {
                    let from = places.remove(*from);
                    list.mov(from, places.insert(*to))?;
                }
                ListStep::Set { at, value, .. } => list.set(places.of_item(*at), item(value))?,
            }
        }
        Ok(())
    }
}

/// Puts new and moved items where they belong: each right behind the one that it follows, which is in place by then.
fn place(origins: &[Origin], after: &[Value], stays: &[bool], steps: &mut Vec<ListStep>) {
    // What stands at each old item, itself included if it is not moved yet, and before them all.
    let mut standing = Counts::new(stays.len() + 1);
    for at in (0..stays.len()).filter(|at| stays[*at]) {
        standing.add(at + 1, 1);
    }
    // The last item that is in place and was never moved, counted from 1.
    let mut anchor = 0;
    for (origin, value) in origins.iter().zip(after) {
        match *origin {
            Origin::Kept(item) | Origin::Set(item) => anchor = item + 1,
            Origin::New => {
                steps.push(ListStep::Insert { at: standing.before(anchor + 1), value: value.clone() });
                standing.add(anchor, 1);
            }
            Origin::Moved(item) => {
                let from = standing.before(item + 1);
                standing.add(item + 1, -1);
                let to = standing.before(anchor + 1);
                standing.add(anchor, 1);
                if from != to {
                    steps.push(ListStep::Move { from, to });
                }
            }
        }
    }
}

/// Counts that are summed from the first on (Fenwick, 1994).
struct Counts(Vec<isize>);

impl Counts {
    fn new(len: usize) -> Self {
        Self(vec![0; len])
    }

    fn add(&mut self, mut at: usize, change: isize) {
        while let Some(sum) = self.0.get_mut(at) {
            *sum += change;
            at |= at + 1;
        }
    }

    /// The sum of those before one.
    fn before(&self, mut at: usize) -> usize {
        let mut sum = 0;
        while at > 0 {
            sum += self.0[at - 1];
            at &= at - 1;
        }
        sum.cast_unsigned()
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

/// What a container holds, as far as a list of ours can: neither what only a later version knows, nor more than it has room
/// for, which two sides may have put in together.
pub(crate) fn values(list: &LoroMovableList) -> Vec<Value> {
    let mut values = Vec::with_capacity(list.len());
    list.for_each(|held| values.extend(value(&held).filter(|_| values.len() < MAX_ITEMS)));
    values
}

/// An item of a container; `None` for what only a later version knows.
pub(crate) fn value(held: &loro::ValueOrContainer) -> Option<Value> {
    let value = match held {
        loro::ValueOrContainer::Value(loro::LoroValue::String(json)) => serde_json::from_str(json).ok(),
        _ => None,
    };
    value.filter(|value| check::plain(value).is_ok())
}

/// Which items of a container are shown. Whoever counts places counts those alone.
struct Places {
    /// Nothing where all are, which is nearly always.
    shown: Option<Vec<bool>>,
}

impl Places {
    fn of(list: &LoroMovableList) -> Self {
        let (mut shown, mut count) = (Vec::with_capacity(list.len()), 0);
        list.for_each(|held| {
            let is_shown = count < MAX_ITEMS && value(&held).is_some();
            count += usize::from(is_shown);
            shown.push(is_shown);
        });
        Self { shown: (count < shown.len()).then_some(shown) }
    }

    /// Lets go of what there is no room for, and says where that began.
    fn cut(&mut self) -> Option<usize> {
        let shown = self.shown.as_mut()?;
        let last = (0..shown.len()).filter(|at| shown[*at]).nth(MAX_ITEMS - 1)?;
        shown.truncate(last + 1);
        Some(last + 1)
    }

    /// Where the item at a place is.
    fn of_item(&self, place: usize) -> usize {
        let Some(shown) = &self.shown else { return place };
        (0..shown.len()).filter(|at| shown[*at]).nth(place).unwrap_or(shown.len())
    }

    /// Where an item goes so that it is at a place; takes note that it does.
    fn insert(&mut self, place: usize) -> usize {
        // Behind the one before it.
        let at = place.checked_sub(1).map_or(0, |before| self.of_item(before) + 1);
        if let Some(shown) = &mut self.shown {
            shown.insert(at.min(shown.len()), true);
        }
        at
    }

    /// Where the item at a place is, which is taken out.
    fn remove(&mut self, place: usize) -> usize {
        let at = self.of_item(place);
        if let Some(shown) = self.shown.as_mut().filter(|shown| at < shown.len()) {
            shown.remove(at);
        }
        at
    }
}

/// A change of a container in the places of what is shown of it before the change.
pub(crate) fn shown_delta(list: &LoroMovableList, delta: &[ListDiffItem]) -> Vec<ListDiffItem> {
    let Some(shown) = Places::of(list).shown else { return delta.to_vec() };
    let mut rest = shown.into_iter();
    let mut next = |count: usize| rest.by_ref().take(count).filter(|is_shown| *is_shown).count();
    let part = |part: &ListDiffItem| match part {
        ListDiffItem::Retain { retain } => ListDiffItem::Retain { retain: next(*retain) },
        ListDiffItem::Delete { delete } => ListDiffItem::Delete { delete: next(*delete) },
        insert @ ListDiffItem::Insert { .. } => insert.clone(),
    };
    delta.iter().map(part).collect()
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

#[cfg(test)]
mod tests;
