//! What all entities have in common.

use std::collections::BTreeMap;

use mlua::{IntoLua, MultiValue, Table, Value};
use protocol::{EntityId, Value as Field};

use super::{Args, Class, Cx, Member, Object, class_of, convert, method, none, property};

/// `id`.
pub(super) const ID: Member =
    property("id", "string", "Identity, stable for the life of the project.", |cx| {
        cx.object.id().to_string().into_lua(cx.lua)
    });

/// `delete()`.
pub(super) const DELETE: Member = method("delete", &[], "", "Deletes it and everything it owns.", |cx, _| {
    cx.session.write(cx.lua, vec![model::edit::any::delete(cx.object.id())])?;
    none()
});

/// An entity of a table that has no class of its own.
pub(crate) static ENTITY: Class = Class {
    name: "Entity",
    doc: "An entity of any table. Its fields are properties, by the names that `core.schema.get_fields` lists.",
    table: Some("*"),
    members: &[
        ID,
        property("table", "string", "The table it is of.", |cx| {
            let project = cx.session.project();
            project.entity(cx.object.id()).map(|entity| entity.table()).into_lua(cx.lua)
        }),
        DELETE,
    ],
    list: None,
};

/// Creates an entity of `table` from a table of field values; `given` are values that the caller decides.
pub(super) fn create(
    cx: &Cx<'_>,
    args: &Args<'_>,
    table: &'static str,
    options: &Table,
    given: &[(&str, Field)],
) -> mlua::Result<MultiValue> {
    let id = create_id(cx, args, table, options, given)?;
    super::one(Object::entity(class_of(table), id).into_lua(cx.lua)?)
}

/// As [`create`], for callers that go on with the id.
pub(super) fn create_id(
    cx: &Cx<'_>,
    args: &Args<'_>,
    table: &'static str,
    options: &Table,
    given: &[(&str, Field)],
) -> mlua::Result<EntityId> {
    let mut fields = BTreeMap::new();
    let descriptor = model::schema::table(table);
    for pair in options.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let name = convert::text(&key).ok_or_else(|| args.error("takes a table of named values"))?;
        let Some(field) = descriptor.and_then(|table| table.field(&name)) else {
            return Err(args.error(&format!("there is no '{name}'")));
        };
        let value = convert::from_lua(cx, field, value);
        fields.insert(name.clone(), value.map_err(|what| args.error(&format!("'{name}' {what}")))?);
    }
    for (name, value) in given {
        fields.insert((*name).to_owned(), value.clone());
    }
    let id = cx.session.new_id();
    cx.session.write(cx.lua, vec![model::edit::any::create(table, id, fields)])?;
    Ok(id)
}

/// A Lua list of objects.
pub(super) fn list(cx: &Cx<'_>, objects: Vec<Object>) -> mlua::Result<Value> {
    cx.session.budget.charge(objects.len().try_into().unwrap_or(u64::MAX)).map_err(mlua::Error::external)?;
    Ok(Value::Table(cx.lua.create_sequence_from(objects)?))
}
