//! The libraries beside `loophole`: `log`, `json`, `core`, `context`, `args` and `require`.

use std::rc::Rc;

use mlua::{Function, IntoLua, Lua, MultiValue, Table, Value};
use protocol::EntityId;
use protocol::control::LogLevel;

use super::{Cx, Object, convert, json, root};
use crate::sandbox::{compile, place};
use crate::session::Session;

mod conflicts;
mod core;
mod overlay;
mod parts;
mod query;
mod relations;
mod schema;

/// A function of a library, documented beside its name. The functions themselves follow below.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [(&'static str, &'static str)],
    pub(crate) returns: &'static str,
    pub(crate) doc: &'static str,
    call: fn(&Lua, MultiValue) -> mlua::Result<MultiValue>,
}

impl Library {
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        self.entries.iter().copied().flatten()
    }
}

/// A global table of functions, declared in one or more parts.
pub(crate) struct Library {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    entries: &'static [&'static [Entry]],
}

const fn entry(
    name: &'static str,
    params: &'static [(&'static str, &'static str)],
    returns: &'static str,
    doc: &'static str,
    call: fn(&Lua, MultiValue) -> mlua::Result<MultiValue>,
) -> Entry {
    Entry { name, params, returns, doc, call }
}

const LINE: &[(&str, &str)] = &[("...", "any")];

/// The libraries, without `args` (a table) and `require` (a function with a `try`).
pub(crate) static LIBRARIES: &[Library] = &[
    Library {
        name: "log",
        doc: "Writes to the script console. Values are joined with a space.",
        entries: &[&[
            entry("debug", LINE, "", "For whoever looks for a fault.", |lua, v| log(lua, v, LogLevel::Debug)),
            entry("info", LINE, "", "Good to know; `print` does the same.", |lua, v| {
                log(lua, v, LogLevel::Info)
            }),
            entry("warn", LINE, "", "Something is not as it should be.", |lua, v| {
                log(lua, v, LogLevel::Warning)
            }),
            entry("error", LINE, "", "Something did not happen.", |lua, v| log(lua, v, LogLevel::Error)),
        ]],
    },
    Library {
        name: "json",
        doc: "JSON text from Lua values and back.",
        entries: &[&[
            entry(
                "encode",
                &[("value", "any")],
                "string?, string?",
                "Text of a value; nil and a message if it has none.",
                |lua, args| {
                    let session = Session::of(lua)?;
                    let encoded =
                        json::encode(args.front().unwrap_or(&Value::Nil), 0).map(|json| json.to_string());
                    if let Ok(text) = &encoded {
                        charge(&session, text.len())?;
                    }
                    outcome(lua, encoded.map(|text| text.into_lua(lua)))
                },
            ),
            entry(
                "decode",
                &[("text", "string")],
                "any, string?",
                "Value of a text; nil and a message if it is not JSON.",
                |lua, args| {
                    let session = Session::of(lua)?;
                    let text = args.front().and_then(convert::text).unwrap_or_default();
                    charge(&session, text.len())?;
                    let json =
                        serde_json::from_str::<serde_json::Value>(&text).map_err(|error| error.to_string());
                    outcome(lua, json.map(|json| json::decode(lua, &json)))
                },
            ),
        ]],
    },
    Library {
        name: "context",
        doc: "What is known of this run.",
        entries: &[&[
            entry("cancelled", &[], "boolean", "Whether somebody asked the script to end.", |lua, _| {
                super::one(Value::Boolean(Session::of(lua)?.budget.cancel_handle().is_cancelled()))
            }),
            entry("script_name", &[], "string", "What the script is called.", |lua, _| {
                super::one(Session::of(lua)?.name.as_str().into_lua(lua)?)
            }),
        ]],
    },
    Library {
        name: "core",
        doc: "The project by schema: any entity, any field. The objects of `loophole` are the comfortable way.",
        entries: &[core::ENTRIES, query::ENTRIES, relations::ENTRIES, conflicts::ENTRIES, overlay::ENTRIES],
    },
    Library {
        name: "core.schema",
        doc: "What there is: tables and their fields, and making one's own.",
        entries: &[schema::ENTRIES],
    },
    Library {
        name: "core.text",
        doc: "Edits texts in place: what others type elsewhere in them stays. Positions count characters from 0.",
        entries: &[parts::TEXT],
    },
    Library {
        name: "core.list",
        doc: "Edits lists in place: what others do elsewhere in them stays. Positions count from 1, as everywhere in Lua.",
        entries: &[parts::LIST],
    },
    Library {
        name: "core.overlay",
        doc: "What the script has done so far, before it reaches the project.",
        entries: &[overlay::OVERLAY],
    },
];

fn text(lua: &Lua, args: &MultiValue, index: usize) -> mlua::Result<String> {
    let value = args.get(index).and_then(convert::text);
    value.ok_or_else(|| place::misuse(lua, &format!("argument {} must be a string", index + 1)))
}

/// A table of options, or an empty one.
fn options(lua: &Lua, value: Option<&Value>) -> mlua::Result<Table> {
    match value {
        Some(Value::Table(table)) => Ok(table.clone()),
        None | Some(Value::Nil) => lua.create_table(),
        Some(other) => Err(place::misuse(lua, &format!("a table was expected, got a {}", other.type_name()))),
    }
}

/// The entity that an argument names: an object or an id.
fn id_of(lua: &Lua, args: &MultiValue, index: usize) -> mlua::Result<EntityId> {
    let id = match args.get(index) {
        Some(Value::UserData(data)) => data.borrow::<Object>().ok().map(|object| object.id()),
        Some(value) => convert::text(value).and_then(|text| text.parse().ok()),
        None => None,
    };
    id.ok_or_else(|| place::misuse(lua, &format!("argument {} must be an object or an id", index + 1)))
}

fn charge(session: &Session, bytes: usize) -> mlua::Result<()> {
    session.budget.charge(u64::try_from(bytes).unwrap_or(u64::MAX)).map_err(mlua::Error::external)
}

/// `value` or `nil, message`.
fn outcome(lua: &Lua, result: Result<mlua::Result<Value>, String>) -> mlua::Result<MultiValue> {
    match result {
        Ok(value) => super::one(value?),
        Err(message) => Ok(MultiValue::from_vec(vec![Value::Nil, message.into_lua(lua)?])),
    }
}

/// Runs `work` on the entity that the first argument names: an object or an id.
fn with(
    lua: &Lua,
    args: &MultiValue,
    work: impl FnOnce(&Cx<'_>, EntityId) -> mlua::Result<MultiValue>,
) -> mlua::Result<MultiValue> {
    let session = Session::of(lua)?;
    let id = id_of(lua, args, 0)?;
    let object = Object::singleton(&root::LOOPHOLE, &session);
    work(&Cx { lua, session: &session, object: &object }, id)
}

/// Writes the values to the log, joined with a space, as `tostring` shows them.
fn log(lua: &Lua, values: MultiValue, level: LogLevel) -> mlua::Result<MultiValue> {
    let session = Session::of(lua)?;
    let tostring: Function = lua.globals().raw_get("tostring")?;
    let mut line = String::new();
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        match &value {
            Value::String(text) => line.push_str(&text.to_string_lossy()),
            _ => line.push_str(&tostring.call::<mlua::LuaString>(value)?.to_string_lossy()),
        }
    }
    charge(&session, line.len() / 8)?;
    session.log(level, &line).map_err(mlua::Error::external)?;
    super::none()
}

/// Makes the globals beside `loophole`.
pub(super) fn install(lua: &Lua, session: &Rc<Session>) -> mlua::Result<()> {
    let globals = lua.globals();
    for library in LIBRARIES {
        let table = lua.create_table()?;
        for entry in library.entries() {
            let call = entry.call;
            table.raw_set(entry.name, lua.create_function(move |lua, args: MultiValue| call(lua, args))?)?;
        }
        match library.name.split_once('.') {
            Some((outer, inner)) => globals.raw_get::<Table>(outer)?.raw_set(inner, table)?,
            None => globals.raw_set(library.name, table)?,
        }
    }
    globals.raw_set("print", lua.create_function(|lua, args| log(lua, args, LogLevel::Info))?)?;
    let args = lua.create_table()?;
    for (key, value) in &session.args {
        args.raw_set(key.as_str(), json::decode(lua, value)?)?;
    }
    globals.raw_set("args", args)?;
    globals.raw_set("require", require(lua)?)
}

/// `require(name)` loads a script of the project; `require.try(name)` gives nil and a message instead of an error.
fn require(lua: &Lua) -> mlua::Result<Table> {
    let loaded = lua.create_table()?;
    let seen = loaded.clone();
    let strict = lua.create_function(move |lua, (_, name): (Value, String)| module(lua, &seen, &name))?;
    let attempt = lua.create_function(move |lua, name: String| match module(lua, &loaded, &name) {
        Ok(value) => super::one(value),
        Err(error) if place::tripped(&error).is_some() => Err(error),
        Err(error) => outcome(lua, Err(place::plain(&error))),
    })?;
    let require = lua.create_table()?;
    require.raw_set("try", attempt)?;
    let meta = lua.create_table()?;
    meta.raw_set("__call", strict)?;
    meta.raw_set("__metatable", false)?;
    require.set_metatable(Some(meta))?;
    Ok(require)
}

fn module(lua: &Lua, loaded: &Table, name: &str) -> mlua::Result<Value> {
    match loaded.raw_get::<Value>(name)? {
        Value::Nil => {}
        // The mark of a module that is being loaded.
        Value::Boolean(false) => return Err(place::misuse(lua, &format!("'{name}' requires itself"))),
        value => return Ok(value),
    }
    let session = Session::of(lua)?;
    let project = session.project();
    let names = [name.to_owned(), format!("{name}.lua")];
    let own = project.scripts().find(|script| names.iter().any(|name| name == script.name()));
    let given = || names.iter().find_map(|name| session.modules.get(name)).map(String::as_str);
    let Some(source) = own.map(|script| script.source()).or_else(given) else {
        return Err(place::misuse(lua, &format!("the project has no script '{name}'")));
    };
    loaded.raw_set(name, false)?;
    let run = || compile(lua, &session.budget, source.as_bytes(), name, None)?.call::<Value>(name);
    match run() {
        Ok(value) => {
            let value =
                if value.is_nil() || value == Value::Boolean(false) { Value::Boolean(true) } else { value };
            loaded.raw_set(name, value.clone())?;
            Ok(value)
        }
        Err(error) => {
            loaded.raw_set(name, Value::Nil)?;
            Err(error)
        }
    }
}
