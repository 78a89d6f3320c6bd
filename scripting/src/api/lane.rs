//! An automation lane.

use mlua::{Lua, Table, UserData, UserDataFields, UserDataMethods, Value};
use model::{LaneId, edit};

use super::convert::{point, point_table};
use super::{Shared, field, gone, identity, misuse, write};

/// An automation lane.
pub(super) struct LaneObject {
    pub(super) session: Shared,
    pub(super) id: LaneId,
}

impl LaneObject {
    /// Replaces all points by those of a list of `{ at, value, curve }`; nothing is an empty list.
    pub(super) fn set_points(&self, lua: &Lua, points: &Value) -> mlua::Result<()> {
        let project = self.session.project();
        let lane = project.lane(self.id).ok_or_else(|| gone(lua, "lane"))?;
        let mut changes: Vec<(u64, Option<protocol::Point>)> =
            lane.rows().map(|(key, _)| (key, None)).collect();
        let free = lane.free_key();
        match points {
            Value::Nil => {}
            Value::Table(points) => {
                for (key, table) in (free..).zip(points.sequence_values::<Table>()) {
                    changes.push((key, Some(point(lua, &table?)?)));
                }
            }
            other => return Err(misuse(lua, format!("points must be a list, not a {}", other.type_name()))),
        }
        write(lua, &self.session, edit::lane::change_points(self.id, changes))
    }
}

impl UserData for LaneObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("id", |_, this| Ok(this.id.to_string()));
        field!(fields, "parameter", lane, |l| l.param().to_owned());
        field!(fields, "enabled", lane, |l| l.enabled(), |id, on: bool| edit::lane::set_enabled(id, on));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        identity!(methods, "lane");
        methods.add_method("get_points", |lua, this, ()| {
            let project = this.session.project();
            let lane = project.lane(this.id).ok_or_else(|| gone(lua, "lane"))?;
            let list = lua.create_table()?;
            for (id, point) in lane.points() {
                list.raw_push(point_table(lua, id, &point)?)?;
            }
            Ok(list)
        });
        methods.add_method("set_points", |lua, this, points: Value| this.set_points(lua, &points));
    }
}
