//! `core`: the project by tables and fields, for scripts that go by the schema.

use std::collections::BTreeMap;
use std::rc::Rc;

use mlua::{Lua, Table, Value as LuaValue};
use model::edit;
use model::schema::{self, FieldKind};
use protocol::{Beats, EntityId, Value};

use super::convert::{note_table, point_table};
use super::{Shared, misuse, write};

/// The module.
pub(super) fn table(lua: &Lua, session: &Shared) -> mlua::Result<Table> {
    let core = lua.create_table()?;
    let shared = Rc::clone(session);
    let get = move |lua: &Lua, (id, field): (String, String)| {
        let id = entity(lua, &id)?;
        let project = shared.project();
        let found = project.entity(id).ok_or_else(|| misuse(lua, format!("there is no entity {id}")))?;
        let value = found
            .get(&field)
            .ok_or_else(|| misuse(lua, format!("{} have no field '{field}'", found.table())))?;
        to_lua(lua, &value)
    };
    core.set("get_field", lua.create_function(get)?)?;
    let shared = Rc::clone(session);
    let set = move |lua: &Lua, (id, field, value): (String, String, LuaValue)| {
        let id = entity(lua, &id)?;
        let project = shared.project();
        let found = project.entity(id).ok_or_else(|| misuse(lua, format!("there is no entity {id}")))?;
        let kind = found.descriptor().field(&field).map(|field| &field.kind);
        let kind = kind.ok_or_else(|| misuse(lua, format!("{} have no field '{field}'", found.table())))?;
        write(lua, &shared, edit::any::set(id, &field, from_lua(lua, kind, &field, &value)?))
    };
    core.set("set_field", lua.create_function(set)?)?;
    let shared = Rc::clone(session);
    let create = move |lua: &Lua, options: Table| {
        let name: String = options.get("table")?;
        let table = schema::table(&name).ok_or_else(|| misuse(lua, format!("there is no table '{name}'")))?;
        let mut fields = BTreeMap::new();
        if let Some(given) = options.get::<Option<Table>>("fields")? {
            for pair in given.pairs::<String, LuaValue>() {
                let (key, value) = pair?;
                let field =
                    table.field(&key).ok_or_else(|| misuse(lua, format!("{name} have no field '{key}'")))?;
                fields.insert(key.clone(), from_lua(lua, &field.kind, &key, &value)?);
            }
        }
        let id = shared.new_id();
        write(lua, &shared, edit::any::create(&name, id, fields))?;
        Ok(id.to_string())
    };
    core.set("create_entity", lua.create_function(create)?)?;
    let shared = Rc::clone(session);
    let delete = move |lua: &Lua, id: String| write(lua, &shared, edit::any::delete(entity(lua, &id)?));
    core.set("delete_entity", lua.create_function(delete)?)?;
    let shared = Rc::clone(session);
    let list = move |lua: &Lua, table: String| {
        if schema::table(&table).is_none() {
            return Err(misuse(lua, format!("there is no table '{table}'")));
        }
        let project = shared.project();
        lua.create_sequence_from(project.table(&table).map(|id| id.to_string()))
    };
    core.set("list", lua.create_function(list)?)?;
    core.set("schema", introspection(lua)?)?;
    Ok(core)
}

fn introspection(lua: &Lua) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    let tables = |lua: &Lua, ()| lua.create_sequence_from(schema::TABLES.iter().map(|table| table.name));
    module.set("list_tables", lua.create_function(tables)?)?;
    let fields = |lua: &Lua, name: String| {
        let table = schema::table(&name).ok_or_else(|| misuse(lua, format!("there is no table '{name}'")))?;
        let list = lua.create_table()?;
        for field in table.fields {
            let entry = lua.create_table()?;
            entry.set("name", field.name)?;
            entry.set("doc", field.doc)?;
            entry.set("default", to_lua(lua, &field.kind.default_value())?)?;
            list.raw_push(entry)?;
        }
        Ok(list)
    };
    module.set("get_fields", lua.create_function(fields)?)?;
    Ok(module)
}

fn entity(lua: &Lua, id: &str) -> mlua::Result<EntityId> {
    id.parse().map_err(|error| misuse(lua, format!("'{id}' is no id: {error}")))
}

fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    use mlua::IntoLua;
    match value {
        Value::Null => Ok(LuaValue::Nil),
        Value::Bool(value) => value.into_lua(lua),
        Value::Int(value) => value.into_lua(lua),
        Value::Float(value) => value.into_lua(lua),
        Value::Text(value) => value.as_str().into_lua(lua),
        Value::Beats(value) => value.to_beats().into_lua(lua),
        Value::Ref(id) => id.to_string().into_lua(lua),
        Value::Blob(hash) => hash.to_string().into_lua(lua),
        Value::Numbers(numbers) => numbers.clone().into_lua(lua),
        Value::Rows(rows) => {
            let list = lua.create_table()?;
            for (&id, row) in rows {
                list.raw_push(match row {
                    protocol::Row::Note(note) => note_table(lua, id, note)?,
                    protocol::Row::Point(point) => point_table(lua, id, point)?,
                })?;
            }
            list.into_lua(lua)
        }
    }
}

fn from_lua(lua: &Lua, kind: &FieldKind, field: &str, value: &LuaValue) -> mlua::Result<Value> {
    let wrong = || misuse(lua, format!("field '{field}' does not take a {}", value.type_name()));
    if value.is_nil() {
        return Ok(Value::Null);
    }
    Ok(match kind {
        FieldKind::Bool { .. } => Value::Bool(value.as_boolean().ok_or_else(wrong)?),
        FieldKind::Int { .. } => Value::Int(value.as_i64().ok_or_else(wrong)?),
        FieldKind::Float { .. } => Value::Float(value.as_f64().ok_or_else(wrong)?),
        FieldKind::Text { .. } | FieldKind::Choice { .. } => {
            let text = value.as_string().ok_or_else(wrong)?;
            Value::Text(text.to_string_lossy())
        }
        FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => {
            Value::Beats(Beats::from_beats(value.as_f64().ok_or_else(wrong)?))
        }
        FieldKind::Ref { .. } => {
            let text = value.as_string().ok_or_else(wrong)?.to_string_lossy();
            Value::Ref(entity(lua, &text)?)
        }
        FieldKind::Numbers => {
            let table = value.as_table().ok_or_else(wrong)?;
            Value::Numbers(table.pairs::<String, f64>().collect::<mlua::Result<_>>()?)
        }
        FieldKind::Blob | FieldKind::Notes | FieldKind::Points => return Err(wrong()),
        #[allow(unreachable_patterns, reason = "the schema may gain kinds")]
        _ => return Err(wrong()),
    })
}
