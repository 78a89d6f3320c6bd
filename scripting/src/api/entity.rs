//! What all entities have in common.

use std::collections::BTreeMap;

use mlua::{IntoLua, MultiValue, Table, Value};
use model::Project;
use model::entity::{Entity, facet};
use model::schema::FieldKind;
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
    doc: "An entity of any table. Its fields are properties, by the names that `core.schema.get_fields` lists; so are those of \
          the users' tables that it is in.",
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

/// Why a name is not that of one field of an entity.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoSuchField {
    /// It has none of this name.
    #[error("{table} have no field '{name}'")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The entity's table.
        table: &'static str,
    },
    /// Several users' tables that it is in have one.
    #[error("'{name}' may be '{}' or '{}': say which", .paths[0], .paths[1])]
    Several {
        /// What was asked for.
        name: String,
        /// What it may be.
        paths: [String; 2],
    },
}

/// A field of an entity as scripts name it, and what it holds: its own, or one of a user's table that it is in, with or
/// without the table's name and a dot.
pub(super) fn field<'a>(
    project: &'a Project,
    entity: &Entity,
    name: &str,
) -> Result<(String, &'a FieldKind), NoSuchField> {
    if let Some(field) = entity.descriptor().field(name) {
        return Ok((name.to_owned(), &field.kind));
    }
    let schema = project.schema();
    if let Some(field) = schema.user_field(name) {
        return Ok((name.to_owned(), &field.kind));
    }
    let of = |facet: &str| schema.user_field(&facet::path(facet, name));
    let mut found = entity.facets().filter_map(of);
    match (found.next(), found.next()) {
        (Some(field), None) => Ok((field.path.to_string(), &field.kind)),
        (Some(one), Some(other)) => Err(NoSuchField::Several {
            name: name.to_owned(),
            paths: [one.path.to_string(), other.path.to_string()],
        }),
        (None, _) => Err(NoSuchField::Unknown { name: name.to_owned(), table: entity.table() }),
    }
}

/// Creates an entity of `table` from a table of field values; `given` are values that the caller decides.
pub(super) fn create(
    cx: &Cx<'_>,
    args: &Args<'_>,
    table: &str,
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
    table: &str,
    options: &Table,
    given: &[(&str, Field)],
) -> mlua::Result<EntityId> {
    let mut fields = BTreeMap::new();
    let project = cx.session.project();
    let declared = project.schema().table(table);
    for pair in options.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let name = convert::text(&key).ok_or_else(|| args.error("takes a table of named values"))?;
        let Some(field) = declared.and_then(|table| table.field(&name)) else {
            return Err(args.error(&format!("there is no '{name}'")));
        };
        let value = convert::from_lua(cx, &name, field.kind, value);
        fields.insert(name.clone(), value.map_err(|what| args.error(&format!("'{name}' {what}")))?);
    }
    for (name, value) in given {
        fields.insert((*name).to_owned(), value.clone());
    }
    let id = cx.session.new_id();
    drop(project);
    cx.session.write(cx.lua, vec![model::edit::any::create(table, id, fields)])?;
    Ok(id)
}

/// A Lua list of objects.
pub(super) fn list(cx: &Cx<'_>, objects: Vec<Object>) -> mlua::Result<Value> {
    cx.session.budget.charge(objects.len().try_into().unwrap_or(u64::MAX)).map_err(mlua::Error::external)?;
    Ok(Value::Table(cx.lua.create_sequence_from(objects)?))
}
