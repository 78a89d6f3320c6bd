//! `json`: text from tables and back.

use mlua::{IntoLua, Lua, Table, Value};
use serde_json::Value as Json;

use super::convert::float;

/// Deepest nesting, either way.
const MAX_DEPTH: usize = 64;

/// JSON of a Lua value. A table with `[1]`, or an empty one, is an array.
pub(super) fn encode(value: &Value, depth: usize) -> Result<Json, String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels (or in a circle)"));
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Boolean(on) => Json::Bool(*on),
        Value::Integer(integer) => Json::from(*integer),
        Value::Number(number) => serde_json::Number::from_f64(*number)
            .map(Json::Number)
            .ok_or("not-a-number and infinity are not JSON")?,
        Value::String(text) => Json::String(text.to_str().map_err(|_| "text is not UTF-8")?.to_owned()),
        Value::Table(table) => table_json(table, depth)?,
        other => return Err(format!("a {} is not JSON", other.type_name())),
    })
}

fn table_json(table: &Table, depth: usize) -> Result<Json, String> {
    let length = table.raw_len();
    let mut object = serde_json::Map::new();
    let mut entries = 0_usize;
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair.map_err(|error| error.to_string())?;
        entries += 1;
        let key = match &key {
            Value::String(text) => text.to_str().map_err(|_| "text is not UTF-8")?.to_owned(),
            Value::Integer(index) => index.to_string(),
            other => return Err(format!("a {} cannot be a key in JSON", other.type_name())),
        };
        object.insert(key, encode(&value, depth + 1)?);
    }
    if entries == length {
        let items = (1..=length).map(|index| object.remove(&index.to_string()).ok_or("mixed keys"));
        return Ok(Json::Array(items.collect::<Result<_, _>>()?));
    }
    Ok(Json::Object(object))
}

/// A Lua value of JSON; `null` is nil.
pub(super) fn decode(lua: &Lua, json: &Json) -> mlua::Result<Value> {
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(on) => Value::Boolean(*on),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Number(number.as_f64().unwrap_or_else(|| float(0))),
        },
        Json::String(text) => text.as_str().into_lua(lua)?,
        Json::Array(items) => {
            let list = lua.create_table_with_capacity(items.len(), 0)?;
            for (index, item) in items.iter().enumerate() {
                list.raw_set(index + 1, decode(lua, item)?)?;
            }
            Value::Table(list)
        }
        Json::Object(fields) => {
            let table = lua.create_table_with_capacity(0, fields.len())?;
            for (key, value) in fields {
                table.raw_set(key.as_str(), decode(lua, value)?)?;
            }
            Value::Table(table)
        }
    })
}
