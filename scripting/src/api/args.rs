//! Arguments of a method, with errors that name the method and the argument.

use mlua::{MultiValue, Table, Value};
use protocol::Beats;

use super::{Cx, Object};
use crate::sandbox::place::misuse;

/// The arguments after `self`.
pub(crate) struct Args<'a> {
    pub(super) cx: &'a Cx<'a>,
    pub(super) method: &'static str,
    pub(super) values: MultiValue,
}

impl Args<'_> {
    /// The argument at a place, from zero.
    pub(super) fn value(&self, index: usize) -> Value {
        self.values.get(index).cloned().unwrap_or(Value::Nil)
    }

    pub(super) fn error(&self, what: &str) -> mlua::Error {
        misuse(self.cx.lua, &format!("{}:{}: {what}", self.cx.object.class().name, self.method))
    }

    fn wrong(&self, index: usize, expected: &str) -> mlua::Error {
        let value = self.value(index);
        let found = if value.is_nil() { "nothing" } else { value.type_name() };
        self.error(&format!("argument {} must be {expected}, got {found}", index + 1))
    }

    pub(super) fn text(&self, index: usize) -> mlua::Result<String> {
        match self.value(index) {
            Value::String(text) => Ok(text.to_string_lossy()),
            _ => Err(self.wrong(index, "a string")),
        }
    }

    pub(super) fn number(&self, index: usize) -> mlua::Result<f64> {
        let number = match self.value(index) {
            Value::Integer(integer) => super::convert::float(integer),
            Value::Number(number) => number,
            _ => return Err(self.wrong(index, "a number")),
        };
        if number.is_finite() { Ok(number) } else { Err(self.error("the number must be finite")) }
    }

    pub(super) fn integer(&self, index: usize) -> mlua::Result<i64> {
        match self.value(index) {
            Value::Integer(integer) => Ok(integer),
            value @ Value::Number(_) => {
                self.cx.lua.coerce_integer(value)?.ok_or_else(|| self.wrong(index, "a whole number"))
            }
            _ => Err(self.wrong(index, "a whole number")),
        }
    }

    pub(super) fn beats(&self, index: usize) -> mlua::Result<Beats> {
        Ok(Beats::from_beats(self.number(index)?))
    }

    pub(super) fn table(&self, index: usize) -> mlua::Result<Table> {
        match self.value(index) {
            Value::Table(table) => Ok(table),
            _ => Err(self.wrong(index, "a table")),
        }
    }

    /// A table, or an empty one where there is none.
    pub(super) fn options(&self, index: usize) -> mlua::Result<Table> {
        if self.value(index).is_nil() { self.cx.lua.create_table() } else { self.table(index) }
    }

    /// An object of one of the classes.
    pub(super) fn object(&self, index: usize, classes: &[&str]) -> mlua::Result<Object> {
        let object = match self.value(index) {
            Value::UserData(data) => data.borrow::<Object>().ok().map(|object| object.clone()),
            _ => None,
        };
        let object = object.filter(|object| classes.contains(&object.class().name));
        object.ok_or_else(|| self.wrong(index, &format!("a {}", classes.join(" or a "))))
    }
}
