//! `core`: entities and fields by name.

use mlua::{MultiValue, Table, Value};
use model::edit;
use model::schema::TABLES;

use super::super::{Args, Cx, Object, class_of, convert, entity, none, one, root};
use super::{Entry, entry, text, with};
use crate::sandbox::place;
use crate::session::Session;

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "get_field",
        &[("entity", "string|table"), ("field", "string")],
        "any",
        "The value of a field.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let field = text(lua, &args, 1)?;
                let project = cx.session.project();
                let entity =
                    project.entity(id).ok_or_else(|| place::misuse(lua, "there is no such entity"))?;
                let kind = entity.descriptor().field(&field).map(|field| &field.kind);
                match (kind, entity.get(&field)) {
                    (Some(kind), Some(value)) => one(convert::to_lua(cx, kind, value)?),
                    _ => Err(place::misuse(lua, &format!("{} have no field '{field}'", entity.table()))),
                }
            })
        },
    ),
    entry(
        "set_field",
        &[("entity", "string|table"), ("field", "string"), ("value", "any")],
        "",
        "Sets a field.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let name = text(lua, &args, 1)?;
                let project = cx.session.project();
                let entity =
                    project.entity(id).ok_or_else(|| place::misuse(lua, "there is no such entity"))?;
                let Some(field) = entity.descriptor().field(&name) else {
                    return Err(place::misuse(lua, &format!("{} have no field '{name}'", entity.table())));
                };
                let value = convert::from_lua(cx, field, args.get(2).cloned().unwrap_or(Value::Nil));
                let value = value.map_err(|what| place::misuse(lua, &format!("'{name}' {what}")))?;
                cx.session.write(lua, vec![edit::any::set(id, field.name, value)])?;
                none()
            })
        },
    ),
    entry(
        "create_entity",
        &[("entity", "{table: string, fields: table?}")],
        "any",
        "A new entity, as an object.",
        |lua, args| {
            let session = Session::of(lua)?;
            let object = Object::singleton(&root::LOOPHOLE, &session);
            let cx = Cx { lua, session: &session, object: &object };
            let Some(Value::Table(options)) = args.front().cloned() else {
                return Err(place::misuse(lua, "core.create_entity takes a table"));
            };
            let table = convert::text(&options.raw_get("table")?).unwrap_or_default();
            let Some(descriptor) = model::schema::table(&table) else {
                return Err(place::misuse(lua, &format!("there is no table '{table}'")));
            };
            let fields = options.raw_get::<Option<Table>>("fields")?;
            let fields = fields.map_or_else(|| lua.create_table(), Ok)?;
            let args = Args { cx: &cx, method: "create_entity", values: MultiValue::new() };
            entity::create(&cx, &args, descriptor.name, &fields, &[])
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
            let Some(table) = model::schema::table(&name) else {
                return Err(place::misuse(lua, &format!("there is no table '{name}'")));
            };
            let project = session.project();
            let objects =
                project.table(table.name).map(|id| Object::entity(class_of(table.name), id)).collect();
            one(entity::list(&cx, objects)?)
        },
    ),
];

pub(super) const SCHEMA: &[Entry] = &[
    entry("list_tables", &[], "string[]", "The names of the tables.", |lua, _| {
        one(Value::Table(lua.create_sequence_from(TABLES.iter().map(|table| table.name))?))
    }),
    entry(
        "get_fields",
        &[("table", "string")],
        "{name: string, type: string, range: string, doc: string}[]",
        "The fields of a table.",
        |lua, args| {
            let name = text(lua, &args, 0)?;
            let Some(table) = model::schema::table(&name) else {
                return Err(place::misuse(lua, &format!("there is no table '{name}'")));
            };
            let list = lua.create_table()?;
            for field in table.fields {
                let entry = lua.create_table()?;
                entry.raw_set("name", field.name)?;
                entry.raw_set("type", convert::lua_type(&field.kind))?;
                entry.raw_set("range", convert::range(&field.kind))?;
                entry.raw_set("doc", field.doc)?;
                list.raw_push(entry)?;
            }
            one(Value::Table(list))
        },
    ),
];
