//! `core`: entities and fields by name.

use mlua::{IntoLua, MultiValue, Table, Value};
use model::edit;
use protocol::Value as Field;

use super::super::{Args, Cx, Object, class_of, convert, entity, none, one, root};
use super::{Entry, entry, text, with};
use crate::sandbox::place;
use crate::session::Session;

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "get_field",
        &[("entity", "string|table"), ("field", "string")],
        "any",
        "The value of a field: one of its own, or `table.field` of a user's table that it is in, or just `field`. nil if it \
         is not in the table.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let field = text(lua, &args, 1)?;
                let project = cx.session.project();
                let entity =
                    project.entity(id).ok_or_else(|| place::misuse(lua, "there is no such entity"))?;
                let found = entity::field(&project, entity, &field);
                let (path, kind) = found.map_err(|what| place::misuse(lua, &what.to_string()))?;
                one(convert::to_lua(cx, kind, project.value(id, &path).unwrap_or(Field::Null))?)
            })
        },
    ),
    entry(
        "set_field",
        &[("entity", "string|table"), ("field", "string"), ("value", "any")],
        "",
        "Sets a field, named as for `get_field`; nil is the default.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let name = text(lua, &args, 1)?;
                let project = cx.session.project();
                let entity =
                    project.entity(id).ok_or_else(|| place::misuse(lua, "there is no such entity"))?;
                let found = entity::field(&project, entity, &name);
                let (path, kind) = found.map_err(|what| place::misuse(lua, &what.to_string()))?;
                let value = convert::from_lua(cx, &name, kind, args.get(2).cloned().unwrap_or(Value::Nil));
                let value = value.map_err(|what| place::misuse(lua, &format!("'{name}' {what}")))?;
                cx.session.write(lua, vec![edit::any::set(id, &path, value)])?;
                none()
            })
        },
    ),
    entry(
        "create_entity",
        &[("entity", "{table: string, fields: table?}")],
        "any",
        "A new entity of any table, as an object.",
        |lua, args| {
            let session = Session::of(lua)?;
            let object = Object::singleton(&root::LOOPHOLE, &session);
            let cx = Cx { lua, session: &session, object: &object };
            let Some(Value::Table(options)) = args.front().cloned() else {
                return Err(place::misuse(lua, "core.create_entity takes a table"));
            };
            let table = convert::text(&options.raw_get("table")?).unwrap_or_default();
            if session.project().schema().table(&table).is_none() {
                return Err(place::misuse(lua, &format!("there is no table '{table}'")));
            }
            let fields = options.raw_get::<Option<Table>>("fields")?;
            let fields = fields.map_or_else(|| lua.create_table(), Ok)?;
            let args = Args { cx: &cx, method: "create_entity", values: MultiValue::new() };
            entity::create(&cx, &args, &table, &fields, &[])
        },
    ),
    entry(
        "delete_entity",
        &[("entity", "string|table")],
        "",
        "Deletes an entity and everything it owns.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                cx.session.write(lua, vec![edit::any::delete(id)])?;
                none()
            })
        },
    ),
    entry("new_id", &[], "string", "An id that no entity has, for `split_entity`.", |lua, _| {
        one(Session::of(lua)?.new_id().to_string().into_lua(lua)?)
    }),
    entry(
        "entities",
        &[("table", "string")],
        "any[]",
        "All entities of a table, as objects.",
        |lua, args| {
            let session = Session::of(lua)?;
            let name = text(lua, &args, 0)?;
            let object = Object::singleton(&root::LOOPHOLE, &session);
            let cx = Cx { lua, session: &session, object: &object };
            let project = session.project();
            if project.schema().table(&name).is_none() {
                return Err(place::misuse(lua, &format!("there is no table '{name}'")));
            }
            let class = |id| class_of(project.entity(id).map_or("", |entity| entity.table()));
            let objects = project.table(&name).map(|id| Object::entity(class(id), id)).collect();
            one(entity::list(&cx, objects)?)
        },
    ),
];
