//! The objects that a script sees. One file per object, all in one shape: what it reads, what it writes, what it does.

mod clip;
mod convert;
mod core;
mod device;
mod lane;
mod log;
mod macros;
mod param;
mod project;
mod send;
mod track;
mod tracks;
mod transport;

use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Value};
use protocol::Edit;

use crate::session::Session;

/// What every API object holds.
pub(crate) type Shared = Rc<Session>;

/// Puts the API into the globals.
pub(crate) fn install(lua: &Lua, session: &Shared) -> mlua::Result<()> {
    let loophole = lua.create_table()?;
    loophole.set("project", project::ProjectObject(Rc::clone(session)))?;
    loophole.set("tracks", tracks::TracksObject(Rc::clone(session)))?;
    loophole.set("macros", macros::MacrosObject(Rc::clone(session)))?;
    loophole.set("transport", transport::TransportObject(Rc::clone(session)))?;
    loophole.set("edit", edit(lua, session)?)?;
    loophole.set("loudness", transport::loudness(lua, session)?)?;
    let log = log::table(lua, session)?;
    let globals = lua.globals();
    globals.set("print", log.get::<Function>("info")?)?;
    globals.set("log", log)?;
    globals.set("json", convert::json(lua)?)?;
    globals.set("core", core::table(lua, session)?)?;
    globals.set("context", log::context(lua, session)?)?;
    globals.set("loophole", sealed(lua, loophole)?)
}

/// A table that can be read but not written, so that a slip of the pen is an error instead of nothing.
fn sealed(lua: &Lua, table: mlua::Table) -> mlua::Result<mlua::Table> {
    let outside = lua.create_table()?;
    let meta = lua.create_table()?;
    let inside = table.clone();
    let get = lua.create_function(move |lua, (_, key): (Value, Value)| {
        match inside.raw_get::<Value>(key.clone())? {
            Value::Nil => Err(misuse(lua, format!("loophole has no '{}'", key.to_string()?))),
            value => Ok(value),
        }
    })?;
    let set = lua.create_function(|lua, (_, key, _): (Value, Value, Value)| -> mlua::Result<()> {
        Err(misuse(lua, format!("loophole.{} cannot be assigned", key.to_string()?)))
    })?;
    meta.set("__index", get)?;
    meta.set("__newindex", set)?;
    meta.set("__metatable", false)?;
    outside.set_metatable(Some(meta))?;
    Ok(outside)
}

/// `loophole.edit(name, function)`: one undo step, taken back whole if the function raises.
fn edit(lua: &Lua, session: &Shared) -> mlua::Result<Function> {
    let session = Rc::clone(session);
    lua.create_function(move |_, (name, body): (String, Function)| {
        let savepoint = session.begin();
        match body.call::<MultiValue>(()) {
            Ok(results) => {
                session.end(&name);
                Ok(results)
            }
            Err(error) => {
                session.roll_back(savepoint);
                Err(error)
            }
        }
    })
}

/// An error of the script's own making, with the line it was made on.
fn misuse(lua: &Lua, message: impl std::fmt::Display) -> mlua::Error {
    let place = (1..8).find_map(|level| {
        let place = |debug: &mlua::debug::Debug<'_>| {
            let line = debug.current_line()?;
            let source = debug.source().short_src?.into_owned();
            (source != "prelude" && source != "require" && !source.starts_with("__mlua"))
                .then(|| format!("{source}:{line}: "))
        };
        lua.inspect_stack(level, place).flatten()
    });
    mlua::Error::runtime(format!("{}{message}", place.unwrap_or_default()))
}

/// Writes to the overlay; a refused edit raises with the rule that it broke.
fn write(lua: &Lua, session: &Session, edit: Edit) -> mlua::Result<()> {
    session.budget.charge(Session::write_cost(&edit)).map_err(mlua::Error::external)?;
    session.write(edit).map_err(|error| misuse(lua, error))
}

/// The error for an object whose entity is gone.
fn gone(lua: &Lua, what: &str) -> mlua::Error {
    misuse(lua, format!("this {what} was deleted"))
}

/// Fields that read and write one value of the entity behind an object.
macro_rules! field {
    ($fields:ident, $name:literal, $view:ident, |$v:ident| $get:expr) => {
        $fields.add_field_method_get($name, |lua, this| {
            let project = this.session.project();
            let $v = project.$view(this.id).ok_or_else(|| super::gone(lua, stringify!($view)))?;
            Ok($get)
        });
    };
    ($fields:ident, $name:literal, $view:ident, |$v:ident| $get:expr, |$id:ident, $value:ident: $ty:ty| $set:expr) => {
        field!($fields, $name, $view, |$v| $get);
        $fields.add_field_method_set($name, |lua, this, $value: $ty| {
            let $id = this.id;
            super::write(lua, &this.session, $set)
        });
    };
}
use field;

/// Objects are equal when they stand for the same entity.
macro_rules! identity {
    ($methods:ident, $kind:literal) => {
        $methods.add_meta_method(mlua::MetaMethod::Eq, |_, this, other: mlua::UserDataRef<Self>| {
            Ok(this.id == other.id)
        });
        $methods.add_meta_method(mlua::MetaMethod::ToString, |_, this, ()| {
            let project = this.session.project();
            Ok(format!("{} '{}'", $kind, project.name_of(this.id)))
        });
        $methods.add_method("delete", |lua, this, ()| {
            super::write(lua, &this.session, model::edit::any::delete(this.id))
        });
    };
}
use identity;
