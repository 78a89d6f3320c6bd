//! Values between Lua and the project: beats, notes, points, JSON.

use mlua::{Lua, LuaSerdeExt, Table, Value};
use protocol::{Beats, Curve, Note, Point};

use super::misuse;

/// Quarter notes as a script writes them.
pub(super) fn beats(lua: &Lua, value: f64) -> mlua::Result<Beats> {
    if value.is_finite() {
        Ok(Beats::from_beats(value))
    } else {
        Err(misuse(lua, "a position in beats must be finite"))
    }
}

fn get<T: mlua::FromLua>(lua: &Lua, table: &Table, key: &str, default: Option<T>) -> mlua::Result<T> {
    match table.get::<Value>(key)? {
        Value::Nil => default.ok_or_else(|| misuse(lua, format!("'{key}' must be given"))),
        value => T::from_lua(value, lua).map_err(|_| misuse(lua, format!("'{key}' is of the wrong type"))),
    }
}

/// `{ start, length, key, velocity, channel }`; velocity and channel have defaults.
pub(super) fn note(lua: &Lua, table: &Table) -> mlua::Result<Note> {
    let integer = |key: &str, default| -> mlua::Result<u8> {
        let value: f64 = get(lua, table, key, default)?;
        if value.fract() != 0.0 || !(0.0..=255.0).contains(&value) {
            return Err(misuse(lua, format!("'{key}' must be a whole number of 0..=127, not {value}")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        Ok(value as u8)
    };
    Ok(Note {
        start: beats(lua, get(lua, table, "start", None)?)?,
        length: beats(lua, get(lua, table, "length", None)?)?,
        key: integer("key", None)?,
        velocity: get(lua, table, "velocity", Some(0.8))?,
        channel: integer("channel", Some(0.0))?,
    })
}

/// A note as a table, with the id that names it in its clip.
pub(super) fn note_table(lua: &Lua, id: u64, note: &Note) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 6)?;
    table.raw_set("id", id)?;
    table.raw_set("start", note.start.to_beats())?;
    table.raw_set("length", note.length.to_beats())?;
    table.raw_set("key", note.key)?;
    table.raw_set("velocity", note.velocity)?;
    table.raw_set("channel", note.channel)?;
    Ok(table)
}

/// `{ at, value, curve }`; the curve is linear if not given.
pub(super) fn point(lua: &Lua, table: &Table) -> mlua::Result<Point> {
    let curve: String = get(lua, table, "curve", Some("linear".into()))?;
    let curve = match curve.as_str() {
        "hold" => Curve::Hold,
        "linear" => Curve::Linear,
        "smooth" => Curve::Smooth,
        "exponential" => Curve::Exponential,
        other => {
            return Err(misuse(
                lua,
                format!("there is no curve '{other}' (hold, linear, smooth, exponential)"),
            ));
        }
    };
    let at = beats(lua, get(lua, table, "at", None)?)?;
    Ok(Point { at, value: get(lua, table, "value", None)?, curve })
}

/// A point as a table.
pub(super) fn point_table(lua: &Lua, id: u64, point: &Point) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 4)?;
    table.raw_set("id", id)?;
    table.raw_set("at", point.at.to_beats())?;
    table.raw_set("value", point.value)?;
    let curve = match point.curve {
        Curve::Hold => "hold",
        Curve::Linear => "linear",
        Curve::Smooth => "smooth",
        Curve::Exponential => "exponential",
    };
    table.raw_set("curve", curve)?;
    Ok(table)
}

/// `json.encode` and `json.decode`.
pub(super) fn json(lua: &Lua) -> mlua::Result<Table> {
    let json = lua.create_table()?;
    let encode = |lua: &Lua, value: Value| {
        serde_json::to_string(&value).map_err(|error| misuse(lua, format!("json.encode: {error}")))
    };
    json.set("encode", lua.create_function(encode)?)?;
    let decode = |lua: &Lua, text: mlua::LuaString| match serde_json::from_slice::<serde_json::Value>(
        &text.as_bytes(),
    ) {
        Ok(value) => Ok((lua.to_value(&value)?, None)),
        Err(error) => Ok((Value::Nil, Some(error.to_string()))),
    };
    json.set("decode", lua.create_function(decode)?)?;
    Ok(json)
}
