//! Objects: handles to things of the project, whose properties read and write through.

use std::rc::Rc;

use mlua::{AnyUserData, IntoLua, Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, Value};
use protocol::{EntityId, Value as Field};

use super::entity::{self, NoSuchField};
use super::{Args, CLASSES, Class, Cx, Kind, Member, convert, root};
use crate::sandbox::place::misuse;
use crate::session::Session;

const METHODS: &str = "loophole.methods";

/// A handle. It holds no data: every read sees the project as the script has made it so far.
#[derive(Clone)]
pub(crate) struct Object {
    class: &'static Class,
    id: EntityId,
    /// For a parameter, which of its owner's.
    key: Option<Rc<str>>,
}

impl Object {
    pub(crate) fn entity(class: &'static Class, id: impl Into<EntityId>) -> Self {
        Self { class, id: id.into(), key: None }
    }

    pub(crate) fn parameter(owner: EntityId, key: &str) -> Self {
        Self { class: &super::param::PARAMETER, id: owner, key: Some(key.into()) }
    }

    /// An object there is one of; those with a table stand for the project's root.
    pub(crate) fn singleton(class: &'static Class, session: &Session) -> Self {
        Self::entity(class, session.project().root().id())
    }

    pub(crate) fn class(&self) -> &'static Class {
        self.class
    }

    pub(crate) fn id(&self) -> EntityId {
        self.id
    }

    pub(crate) fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    fn member(&self, name: &str) -> Option<&'static Member> {
        self.class.members.iter().find(|member| member.name == name)
    }

    /// `Track "Bass"`.
    fn label(&self, session: &Session) -> String {
        let class = self.class.name;
        let project = session.project();
        let name = project.name_of(self.id);
        match (&self.key, self.class.table) {
            (Some(key), _) => format!("{class} '{key}' of \"{name}\""),
            (None, Some(_)) if project.entity(self.id).is_none() => format!("{class} (deleted)"),
            (None, Some(_)) if !name.is_empty() => format!("{class} \"{name}\""),
            _ => class.to_owned(),
        }
    }

    fn error(&self, cx: &Cx<'_>, what: &str) -> mlua::Error {
        misuse(cx.lua, &format!("{}: {what}", self.label(cx.session)))
    }

    fn alive(&self, cx: &Cx<'_>) -> mlua::Result<()> {
        let owned = self.class.table.is_some() || self.key.is_some();
        if owned && cx.session.project().entity(self.id).is_none() {
            return Err(misuse(cx.lua, &format!("this {} was deleted", self.class.name)));
        }
        Ok(())
    }

    /// What the object lists. Listed once for as long as the project stays the same, since loops index one by one.
    fn items(&self, cx: &Cx<'_>, list: super::List) -> mlua::Result<Rc<Vec<Option<Self>>>> {
        let project = cx.session.project();
        let mut listing = cx.session.listing.borrow_mut();
        if let Some((of, class, items)) = &*listing
            && *class == self.class.name
            && of.is_same(&project)
        {
            return Ok(Rc::clone(items));
        }
        let items = Rc::new(list(cx));
        let cost = u64::try_from(items.len()).unwrap_or(u64::MAX);
        cx.session.budget.charge(cost).map_err(mlua::Error::external)?;
        *listing = Some((project, self.class.name, Rc::clone(&items)));
        Ok(items)
    }

    fn get(&self, cx: &Cx<'_>, key: &Value) -> mlua::Result<Value> {
        if let (Value::Integer(index), Some((_, list))) = (key, self.class.list) {
            let items = self.items(cx, list)?;
            let item = usize::try_from(*index).ok().and_then(|i| i.checked_sub(1)).and_then(|i| items.get(i));
            return item.cloned().flatten().into_lua(cx.lua);
        }
        let Value::String(name) = key else {
            return Err(self.error(cx, "has no such member"));
        };
        let name = name.to_string_lossy();
        let Some(member) = self.member(&name) else {
            self.alive(cx)?;
            let project = cx.session.project();
            let Some(entity) = self.class.table.and_then(|_| project.entity(self.id)) else {
                return Err(self.error(cx, &format!("has no member '{name}'")));
            };
            return match entity::field(&project, entity, &name) {
                Ok((path, kind)) => {
                    convert::to_lua(cx, kind, project.value(self.id, &path).unwrap_or(Field::Null))
                }
                Err(what @ NoSuchField::Several { .. }) => Err(self.error(cx, &what.to_string())),
                Err(NoSuchField::Unknown { .. }) => Err(self.error(cx, &format!("has no member '{name}'"))),
            };
        };
        match member.kind {
            Kind::Property(_, get, _) => {
                self.alive(cx)?;
                get(cx)
            }
            Kind::Method(..) => {
                let methods: Table = cx.lua.named_registry_value(METHODS)?;
                methods.raw_get::<Table>(self.class.name)?.raw_get(&*name)
            }
        }
    }

    fn set(&self, cx: &Cx<'_>, key: &Value, value: Value) -> mlua::Result<()> {
        let Value::String(name) = key else {
            return Err(self.error(cx, "cannot be assigned to by index"));
        };
        let name = name.to_string_lossy();
        self.alive(cx)?;
        match self.member(&name).map(|member| &member.kind) {
            Some(Kind::Property(_, _, Some(set))) => set(cx, value),
            Some(Kind::Property(_, _, None)) => Err(self.error(cx, &format!("'{name}' is read-only"))),
            Some(Kind::Method(..)) => Err(self.error(cx, &format!("'{name}' is a method"))),
            None => {
                let project = cx.session.project();
                let entity = self.class.table.and_then(|_| project.entity(self.id));
                let found = entity.map(|entity| entity::field(&project, entity, &name));
                let (path, kind) = match found {
                    Some(Ok(field)) => field,
                    Some(Err(what @ NoSuchField::Several { .. })) => {
                        return Err(self.error(cx, &what.to_string()));
                    }
                    _ => return Err(self.error(cx, &format!("has no property '{name}'"))),
                };
                let value = convert::from_lua(cx, &name, kind, value)
                    .map_err(|what| self.error(cx, &format!("'{name}' {what}")))?;
                drop(project);
                let edits = vec![model::edit::any::set(self.id, &path, value)];
                cx.session.write(cx.lua, edits)
            }
        }
    }
}

impl UserData for Object {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| {
            let session = Session::of(lua)?;
            this.get(&Cx { lua, session: &session, object: this }, &key)
        });
        methods.add_meta_method(MetaMethod::NewIndex, |lua, this, (key, value): (Value, Value)| {
            let session = Session::of(lua)?;
            this.set(&Cx { lua, session: &session, object: this }, &key, value)
        });
        methods.add_meta_method(MetaMethod::ToString, |lua, this, ()| Ok(this.label(&*Session::of(lua)?)));
        methods.add_meta_method(MetaMethod::Len, |lua, this, ()| {
            let session = Session::of(lua)?;
            let cx = Cx { lua, session: &session, object: this };
            match this.class.list {
                Some((_, list)) => Ok(this.items(&cx, list)?.len()),
                None => Err(this.error(&cx, "has no length")),
            }
        });
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (AnyUserData, AnyUserData)| {
            let (Ok(a), Ok(b)) = (a.borrow::<Self>(), b.borrow::<Self>()) else { return Ok(false) };
            Ok(std::ptr::eq(a.class, b.class) && a.id == b.id && a.key == b.key)
        });
    }
}

/// Makes the Lua function of every method.
pub(super) fn install(lua: &Lua) -> mlua::Result<()> {
    let all = lua.create_table()?;
    for class in CLASSES {
        let methods = lua.create_table()?;
        for member in class.members {
            let Kind::Method(_, _, call) = member.kind else { continue };
            let (class, name) = (*class, member.name);
            let function = lua.create_function(move |lua, mut values: MultiValue| {
                let session = Session::of(lua)?;
                let this = match values.pop_front() {
                    Some(Value::UserData(data)) => data.borrow::<Object>().ok().map(|object| object.clone()),
                    _ => None,
                };
                let this = this.filter(|object| std::ptr::eq(object.class, class));
                let Some(this) = this else {
                    let root = std::ptr::eq(class, &raw const root::LOOPHOLE);
                    let how = if root { "loophole:" } else { "object:" };
                    return Err(misuse(
                        lua,
                        &format!("call {}.{name} with a colon: {how}{name}(...)", class.name),
                    ));
                };
                let cx = Cx { lua, session: &session, object: &this };
                this.alive(&cx)?;
                call(&cx, &Args { cx: &cx, method: name, values })
            })?;
            methods.raw_set(member.name, function)?;
        }
        all.raw_set(class.name, methods)?;
    }
    lua.set_named_registry_value(METHODS, all)
}
