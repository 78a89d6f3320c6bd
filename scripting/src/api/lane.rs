//! Automation.

use std::collections::BTreeMap;

use mlua::{IntoLua, MultiValue, Value};
use model::{LaneId, edit};
use protocol::{Point, Row};

use super::entity::{self, DELETE, ID};
use super::{Args, Class, Cx, Object, method, none, one, rows};

fn all(cx: &Cx<'_>) -> Vec<Object> {
    cx.session.project().table("lanes").map(|id| Object::entity(&LANE, id)).collect()
}

pub(crate) static AUTOMATION: Class = Class {
    name: "Automation",
    doc: "All automation lanes. `#automation`, `automation[i]` and `ipairs(automation)` work; `automate` of a track, \
          device or send makes one.",
    table: None,
    members: &[method("list", &[], "Lane[]", "The lanes as a list.", |cx, _| {
        one(entity::list(cx, all(cx))?)
    })],
    list: Some(("Lane", |cx| super::each(all(cx)))),
};

fn points(cx: &Cx<'_>) -> BTreeMap<u64, Point> {
    cx.session.project().lane(LaneId(cx.object.id())).into_iter().flat_map(|lane| lane.rows()).collect()
}

fn write(cx: &Cx<'_>, changes: Vec<(u64, Option<Point>)>) -> mlua::Result<MultiValue> {
    if !changes.is_empty() {
        let change = edit::lane::change_points(LaneId(cx.object.id()), changes);
        cx.session.write(cx.lua, vec![change])?;
    }
    none()
}

pub(crate) static LANE: Class = Class {
    name: "Lane",
    doc: "Automation of one parameter over the timeline.",
    table: Some("lanes"),
    members: &[
        ID,
        method("get_points", &[], "Point[]", "Its points by position, as copies.", |cx, _| {
            let rows = points(cx).into_iter().map(|(key, point)| (key, Row::Point(point))).collect();
            one(rows::points_to_lua(cx, rows)?)
        }),
        method("set_points", &[("points", "Point[]")], "", "Replaces all points.", |cx, args| {
            set_points(cx, args, 0)
        }),
        method(
            "add_point",
            &[("point", "{at: number, value: number, curve: string?}")],
            "",
            "Adds one point, in the parameter's unit.",
            |cx, args| {
                let point = rows::point(&args.table(0)?).map_err(|what| args.error(&what))?;
                let key = cx.session.project().lane(LaneId(cx.object.id())).map_or(1, |lane| lane.free_key());
                write(cx, vec![(key, Some(point))])
            },
        ),
        method("clear_points", &[], "", "Removes all points.", |cx, _| {
            write(cx, points(cx).into_keys().map(|key| (key, None)).collect())
        }),
        DELETE,
    ],
    list: None,
};

/// Writes only what differs, so that untouched points keep their history.
fn set_points(cx: &Cx<'_>, args: &Args<'_>, index: usize) -> mlua::Result<MultiValue> {
    let wanted = Value::Table(args.table(index)?);
    let wanted = rows::points_from_lua(cx, &wanted).map_err(|what| args.error(&what))?;
    let before = points(cx);
    let mut changes = Vec::new();
    for (key, row) in &wanted {
        if let Row::Point(point) = row
            && before.get(key) != Some(point)
        {
            changes.push((*key, Some(*point)));
        }
    }
    changes.extend(before.keys().filter(|key| !wanted.contains_key(key)).map(|key| (*key, None)));
    write(cx, changes)
}

/// The lanes of the object.
pub(super) fn lanes(cx: &Cx<'_>) -> mlua::Result<Value> {
    let project = cx.session.project();
    entity::list(cx, project.lanes_of(cx.object.id()).map(|lane| Object::entity(&LANE, lane.id())).collect())
}

/// `automate(key)` of whatever has parameters.
pub(super) fn automate(cx: &Cx<'_>, args: &Args<'_>) -> mlua::Result<MultiValue> {
    let key = args.text(0)?;
    let project = cx.session.project();
    let existing = project.lanes_of(cx.object.id()).find(|lane| lane.param() == key).map(|lane| lane.id());
    let id = match existing {
        Some(id) => id,
        None => {
            let id = LaneId(cx.session.new_id());
            cx.session.write(cx.lua, vec![edit::lane::create(id, cx.object.id(), &key)])?;
            id
        }
    };
    let lane = Object::entity(&LANE, id);
    if !args.value(1).is_nil() {
        set_points(&Cx { object: &lane, ..*cx }, args, 1)?;
    }
    one(lane.into_lua(cx.lua)?)
}
