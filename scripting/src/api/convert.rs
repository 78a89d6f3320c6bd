//! Lua values and project values, by the schema.

use std::collections::BTreeMap;

use mlua::{IntoLua, Value};
use model::schema::{FieldKind, Presence};
use protocol::{Beats, EntityId, Value as Field};

use super::{Cx, Object, class_of, rows};

/// The nearest `f64`.
#[expect(clippy::cast_precision_loss, reason = "Lua does the same with its integers")]
pub(super) fn float(integer: i64) -> f64 {
    integer as f64
}

/// A count, as Lua counts.
pub(super) fn count(count: usize) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A finite number, if the value is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(integer) => Some(float(*integer)),
        Value::Number(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// Text, if the value is UTF-8 text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.to_str().ok().map(|text| text.to_owned()),
        _ => None,
    }
}

/// The longest name of a step, in bytes: it is kept with every commit, and read in a list.
const MAX_STEP_NAME: usize = 256;

/// The name of a step.
pub(super) fn step_name(name: &mlua::LuaString) -> Result<String, String> {
    match name.as_bytes().len() {
        0..=MAX_STEP_NAME => Ok(name.to_string_lossy()),
        bytes => Err(format!("a name has at most {MAX_STEP_NAME} bytes, this one has {bytes}")),
    }
}

/// The object of an entity.
pub(super) fn object(cx: &Cx<'_>, id: EntityId) -> mlua::Result<Value> {
    let project = cx.session.project();
    match project.entity(id) {
        Some(entity) => Object::entity(class_of(entity.table()), id).into_lua(cx.lua),
        None => Ok(Value::Nil),
    }
}

/// A field's value for Lua: beats are numbers, references objects, rows lists.
pub(super) fn to_lua(cx: &Cx<'_>, kind: &FieldKind, value: Field) -> mlua::Result<Value> {
    match value {
        Field::Null => Ok(Value::Nil),
        Field::Bool(on) => Ok(Value::Boolean(on)),
        Field::Int(integer) => Ok(Value::Integer(integer)),
        Field::Float(number) => Ok(Value::Number(number)),
        Field::Text(text) => text.into_lua(cx.lua),
        Field::Beats(beats) => Ok(Value::Number(beats.to_beats())),
        Field::Ref(id) => object(cx, id),
        Field::Blob(hash) => hash.to_string().into_lua(cx.lua),
        Field::Numbers(numbers) => numbers.into_lua(cx.lua),
        Field::List(items) => {
            let items =
                items.into_iter().map(|item| to_lua(cx, kind, item)).collect::<Result<Vec<_>, _>>()?;
            cx.lua.create_sequence_from(items).map(Value::Table)
        }
        Field::Properties(entries) => {
            let table = cx.lua.create_table()?;
            for (key, value) in entries {
                table.raw_set(key, to_lua(cx, kind, value)?)?;
            }
            Ok(Value::Table(table))
        }
        Field::Rows(content) => match kind {
            FieldKind::Points => rows::points_to_lua(cx, content),
            FieldKind::Events => rows::events_to_lua(cx, content),
            _ => rows::notes_to_lua(cx, content),
        },
    }
}

/// A field's value from Lua. The model checks ranges; this checks types.
pub(super) fn from_lua(cx: &Cx<'_>, name: &str, kind: &FieldKind, value: Value) -> Result<Field, String> {
    let field = read(cx, name, kind, value);
    if field.is_err() {
        // There will be no edit.
        cx.session.dropped();
    }
    field
}

fn read(cx: &Cx<'_>, name: &str, kind: &FieldKind, value: Value) -> Result<Field, String> {
    let found = value.type_name();
    let wrong = |expected: &str| Err(format!("must be {expected}, got a {found}"));
    if value.is_nil() {
        return Ok(Field::Null);
    }
    match kind {
        FieldKind::Bool { .. } => match value {
            Value::Boolean(on) => Ok(Field::Bool(on)),
            _ => wrong("true or false"),
        },
        FieldKind::Int { .. } => match &value {
            Value::Integer(integer) => Ok(Field::Int(*integer)),
            Value::String(_) if name == "color" => match text(&value).as_deref().and_then(color) {
                Some(color) => Ok(Field::Int(color)),
                None => Err("must be a number such as 0x5b8def or a text such as \"#5b8def\"".into()),
            },
            Value::Number(_) => match cx.lua.coerce_integer(value.clone()) {
                Ok(Some(integer)) => Ok(Field::Int(integer)),
                _ => wrong("a whole number"),
            },
            _ => wrong("a whole number"),
        },
        FieldKind::Float { .. } => {
            number(&value).map(Field::Float).map_or_else(|| wrong("a finite number"), Ok)
        }
        FieldKind::Text { .. } | FieldKind::Choice { .. } => {
            text(&value).map(Field::Text).map_or_else(|| wrong("UTF-8 text"), Ok)
        }
        FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => match number(&value) {
            Some(beats) => Ok(Field::Beats(Beats::from_beats(beats))),
            None => wrong("a finite number of beats"),
        },
        FieldKind::Ref { presence, .. } => match &value {
            Value::UserData(data) => match data.borrow::<Object>() {
                Ok(object) => Ok(Field::Ref(object.id())),
                Err(_) => wrong("an object"),
            },
            Value::String(_) => match text(&value).and_then(|text| text.parse().ok()) {
                Some(id) => Ok(Field::Ref(id)),
                None => wrong("an object or an id"),
            },
            _ if *presence == Presence::Optional => wrong("an object or nil"),
            _ => wrong("an object"),
        },
        FieldKind::Blob => match text(&value).and_then(|text| text.parse().ok()) {
            Some(hash) => Ok(Field::Blob(hash)),
            None => wrong("the hash of a blob"),
        },
        FieldKind::Numbers => match value {
            Value::Table(table) => {
                let mut numbers = BTreeMap::new();
                for pair in table.pairs::<String, f64>() {
                    let (key, number) =
                        pair.map_err(|_| "must have names for keys and numbers".to_owned())?;
                    numbers.insert(key, number);
                }
                Ok(Field::Numbers(numbers))
            }
            _ => wrong("a table of numbers"),
        },
        FieldKind::List => match value {
            Value::Table(table) => {
                let items = table.sequence_values::<Value>();
                let items = items.map(|item| counted(cx, &item.map_err(|_| not_plain())?));
                items.collect::<Result<Vec<_>, _>>().map(Field::List)
            }
            _ => wrong("a list"),
        },
        FieldKind::Properties => match value {
            Value::Table(table) => {
                let mut entries = BTreeMap::new();
                for pair in table.pairs::<String, Value>() {
                    let (key, value) = pair.map_err(|_| "must have names for keys".to_owned())?;
                    entries.insert(key, counted(cx, &value)?);
                }
                Ok(Field::Properties(entries))
            }
            _ => wrong("a table"),
        },
        FieldKind::Notes => rows::notes_from_lua(cx, &value).map(Field::Rows),
        FieldKind::Points => rows::points_from_lua(cx, &value).map(Field::Rows),
        FieldKind::Events => rows::events_from_lua(cx, &value).map(Field::Rows),
    }
}

/// A value that says by itself what it is.
pub(super) fn plain(value: &Value) -> Option<Field> {
    match value {
        Value::Boolean(on) => Some(Field::Bool(*on)),
        Value::Integer(integer) => Some(Field::Int(*integer)),
        Value::Number(_) => number(value).map(Field::Float),
        Value::String(_) => text(value).map(Field::Text),
        _ => None,
    }
}

/// The same as part of a larger value: one text of Lua's may be there any number of times, and ours are copies.
fn counted(cx: &Cx<'_>, value: &Value) -> Result<Field, String> {
    if let Value::String(text) = value {
        cx.session.copied(text.as_bytes().len()).map_err(|tripped| tripped.to_string())?;
    }
    plain(value).ok_or_else(not_plain)
}

fn not_plain() -> String {
    "must hold nothing but booleans, finite numbers and UTF-8 text".into()
}

/// The type that LuaCATS knows for a field.
pub(crate) fn lua_type(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Bool { .. } => "boolean".into(),
        FieldKind::Int { .. } => "integer".into(),
        FieldKind::Float { .. } | FieldKind::Beats { .. } => "number".into(),
        FieldKind::Text { .. } => "string".into(),
        FieldKind::Blob => "string?".into(),
        FieldKind::Choice { words } => {
            words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join("|")
        }
        FieldKind::OptionalBeats { .. } => "number?".into(),
        FieldKind::Ref { tables, presence } => {
            let names: Vec<_> = tables.iter().map(|table| class_of(table).name).collect();
            let optional = if *presence == Presence::Optional { "?" } else { "" };
            format!("{}{optional}", names.join("|"))
        }
        FieldKind::Numbers => "table<string, number>".into(),
        FieldKind::List => "(boolean|number|string)[]".into(),
        FieldKind::Properties => "table<string, boolean|number|string>".into(),
        FieldKind::Notes => "Note[]".into(),
        FieldKind::Points => "Point[]".into(),
        FieldKind::Events => "MidiEvent[]".into(),
    }
}

/// The range and unit of a field, for a person; empty where there is nothing to say.
pub(crate) fn range(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Int { min, max, .. } => format!("{min}..={max}"),
        FieldKind::Float { min, max, unit, .. } => format!("{min}..={max} {unit}").trim().to_owned(),
        FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => "in beats".into(),
        _ => String::new(),
    }
}

fn color(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    i64::from_str_radix(digits, 16).ok()
}
