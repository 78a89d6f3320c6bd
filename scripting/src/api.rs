//! The API that scripts see, declared once: [`CLASSES`] and [`LIBRARIES`] hold every name with its documentation and
//! the function behind it, so that bindings, stubs and reference cannot differ.

use std::rc::Rc;

use mlua::{Lua, MultiValue, Value};

use crate::session::Session;

mod args;
mod clip;
mod convert;
mod device;
mod entity;
mod json;
mod lane;
mod library;
mod macros;
mod object;
mod param;
mod project;
mod root;
mod rows;
mod track;
mod transport;

pub(crate) use args::Args;
pub(crate) use object::Object;

/// What a function of the API works with.
pub(crate) struct Cx<'a> {
    pub(crate) lua: &'a Lua,
    pub(crate) session: &'a Rc<Session>,
    pub(crate) object: &'a Object,
}

type Get = fn(&Cx<'_>) -> mlua::Result<Value>;
type Set = fn(&Cx<'_>, Value) -> mlua::Result<()>;
type Call = fn(&Cx<'_>, &Args<'_>) -> mlua::Result<MultiValue>;
type List = fn(&Cx<'_>) -> Vec<Option<Object>>;
/// The items of a list, as long as the project stays the same.
pub(crate) type Listing = (model::Project, &'static str, Rc<Vec<Option<Object>>>);

/// A type of object.
pub(crate) struct Class {
    /// LuaCATS name.
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// The table of the schema whose fields are properties too.
    pub(crate) table: Option<&'static str>,
    pub(crate) members: &'static [Member],
    /// What `#`, `[i]` and `ipairs` go over, and the class of it.
    pub(crate) list: Option<(&'static str, List)>,
}

/// A property or method.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// Type, getter, setter.
    Property(&'static str, Get, Option<Set>),
    /// Parameters (name, type), what it returns, the function.
    Method(&'static [(&'static str, &'static str)], &'static str, Call),
}

const fn property(name: &'static str, ty: &'static str, doc: &'static str, get: Get) -> Member {
    Member { name, doc, kind: Kind::Property(ty, get, None) }
}

const fn writable(name: &'static str, ty: &'static str, doc: &'static str, get: Get, set: Set) -> Member {
    Member { name, doc, kind: Kind::Property(ty, get, Some(set)) }
}

const fn method(
    name: &'static str,
    params: &'static [(&'static str, &'static str)],
    returns: &'static str,
    doc: &'static str,
    call: Call,
) -> Member {
    Member { name, doc, kind: Kind::Method(params, returns, call) }
}

/// Every type of object, the root first.
pub(crate) static CLASSES: &[&Class] = &[
    &root::LOOPHOLE,
    &project::PROJECT,
    &track::TRACKS,
    &track::TRACK,
    &clip::CLIPS,
    &clip::CLIP,
    &device::DEVICES,
    &device::DEVICE,
    &param::PARAMETERS,
    &param::PARAMETER,
    &track::SEND,
    &lane::AUTOMATION,
    &lane::LANE,
    &macros::MACROS,
    &macros::MACRO,
    &macros::TARGET,
    &project::TEMPO,
    &project::SIGNATURE,
    &project::MARKER,
    &project::SCENE,
    &project::SCRIPT,
    &transport::TRANSPORT,
    &transport::MIXER,
    &transport::DIAGNOSTICS,
    &entity::ENTITY,
];

/// The class of a table's entities.
pub(crate) fn class_of(table: &str) -> &'static Class {
    CLASSES.iter().copied().find(|class| class.table == Some(table)).unwrap_or(&entity::ENTITY)
}

pub(crate) use convert::{lua_type, range};
pub(crate) use library::{LIBRARIES, Library};

/// Puts the API into a sandbox.
pub(crate) fn install(lua: &Lua, session: &Rc<Session>) -> mlua::Result<()> {
    lua.set_app_data(Rc::clone(session));
    object::install(lua)?;
    lua.globals().raw_set("loophole", Object::singleton(&root::LOOPHOLE, session))?;
    library::install(lua, session)
}

/// A list without gaps.
fn each(objects: Vec<Object>) -> Vec<Option<Object>> {
    objects.into_iter().map(Some).collect()
}

/// One value to return.
fn one(value: Value) -> mlua::Result<MultiValue> {
    Ok(MultiValue::from_vec(vec![value]))
}

/// Nothing to return.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every function of the API")]
fn none() -> mlua::Result<MultiValue> {
    Ok(MultiValue::new())
}

/// An expected failure: `nil, message`.
fn failure(cx: &Cx<'_>, message: &str) -> mlua::Result<MultiValue> {
    Ok(MultiValue::from_vec(vec![Value::Nil, Value::String(cx.lua.create_string(message)?)]))
}
