//! `core.text` and `core.list`: edits of a part of a field.

use mlua::{Lua, MultiValue, Value};
use protocol::{Edit, EntityId, ListChange, TextChange, Value as Field};

use super::super::{Cx, convert, entity, none};
use super::{Entry, entry, text, with};
use crate::sandbox::place;

pub(super) const TEXT: &[Entry] = &[
    entry(
        "insert_at",
        &[("entity", "string|table"), ("field", "string"), ("at", "integer"), ("text", "string")],
        "",
        "Puts text in before a character.",
        |lua, args| {
            let at = position(lua, &args, 2)?;
            change_text(lua, &args, TextChange { at, delete: 0, insert: text(lua, &args, 3)? })
        },
    ),
    entry(
        "delete_range",
        &[("entity", "string|table"), ("field", "string"), ("from", "integer"), ("to", "integer")],
        "",
        "Takes the characters from one place to before another out.",
        |lua, args| {
            let (at, delete) = span(lua, &args)?;
            change_text(lua, &args, TextChange { at, delete, insert: String::new() })
        },
    ),
    entry(
        "replace_range",
        &[
            ("entity", "string|table"),
            ("field", "string"),
            ("from", "integer"),
            ("to", "integer"),
            ("text", "string"),
        ],
        "",
        "Puts text in place of the characters from one place to before another.",
        |lua, args| {
            let (at, delete) = span(lua, &args)?;
            change_text(lua, &args, TextChange { at, delete, insert: text(lua, &args, 4)? })
        },
    ),
];

pub(super) const LIST: &[Entry] = &[
    entry(
        "insert",
        &[("entity", "string|table"), ("field", "string"), ("at", "integer"), ("value", "any")],
        "",
        "Puts an item in at a position; those from there on move up.",
        |lua, args| {
            let at = index(lua, &args, 2)?;
            let value = item(lua, &args, 3)?;
            change_list(lua, &args, |_| Ok(ListChange::Insert { at, value }))
        },
    ),
    entry(
        "append",
        &[("entity", "string|table"), ("field", "string"), ("value", "any")],
        "",
        "Puts an item in at the end.",
        |lua, args| {
            let value = item(lua, &args, 2)?;
            change_list(lua, &args, |items| Ok(ListChange::Insert { at: items.len(), value }))
        },
    ),
    entry(
        "remove",
        &[("entity", "string|table"), ("field", "string"), ("value", "any")],
        "",
        "Takes the first item with a value out; an error if there is none.",
        |lua, args| {
            let value = item(lua, &args, 2)?;
            change_list(lua, &args, |items| match items.iter().position(|item| *item == value) {
                Some(at) => Ok(ListChange::Remove { at }),
                None => Err(place::misuse(lua, "the list has no such item")),
            })
        },
    ),
    entry(
        "remove_at",
        &[("entity", "string|table"), ("field", "string"), ("at", "integer")],
        "",
        "Takes the item at a position out.",
        |lua, args| {
            let at = index(lua, &args, 2)?;
            change_list(lua, &args, |_| Ok(ListChange::Remove { at }))
        },
    ),
    entry(
        "move",
        &[("entity", "string|table"), ("field", "string"), ("from", "integer"), ("to", "integer")],
        "",
        "Moves an item to another position.",
        |lua, args| {
            let (from, to) = (index(lua, &args, 2)?, index(lua, &args, 3)?);
            change_list(lua, &args, |_| Ok(ListChange::Move { from, to }))
        },
    ),
];

fn change_text(lua: &Lua, args: &MultiValue, change: TextChange) -> mlua::Result<MultiValue> {
    with(lua, args, |cx, id| {
        let edit = Edit::Text { id, field: path(cx, id, &text(lua, args, 1)?)?, changes: vec![change] };
        cx.session.write(lua, vec![edit])?;
        none()
    })
}

fn change_list(
    lua: &Lua,
    args: &MultiValue,
    change: impl FnOnce(&[Field]) -> mlua::Result<ListChange>,
) -> mlua::Result<MultiValue> {
    with(lua, args, |cx, id| {
        let field = path(cx, id, &text(lua, args, 1)?)?;
        let items = items(cx, id, &field)?;
        cx.session.write(lua, vec![Edit::List { id, field, changes: vec![change(&items)?] }])?;
        none()
    })
}

/// The name that the project has for a field.
fn path(cx: &Cx<'_>, id: EntityId, name: &str) -> mlua::Result<String> {
    let project = cx.session.project();
    let entity = project.entity(id).ok_or_else(|| place::misuse(cx.lua, "there is no such entity"))?;
    let found = entity::field(&project, entity, name);
    found.map(|(path, _)| path).map_err(|what| place::misuse(cx.lua, &what.to_string()))
}

/// The items that a list has now.
fn items(cx: &Cx<'_>, id: EntityId, field: &str) -> mlua::Result<Vec<Field>> {
    let items = match cx.session.project().value(id, field) {
        Some(Field::List(items)) => items,
        _ => return Err(place::misuse(cx.lua, &format!("'{field}' is not a list"))),
    };
    super::charge(cx.session, items.len())?;
    Ok(items)
}

fn item(lua: &Lua, args: &MultiValue, at: usize) -> mlua::Result<Field> {
    let value = args.get(at).unwrap_or(&Value::Nil);
    convert::plain(value).ok_or_else(|| {
        place::misuse(lua, &format!("argument {} must be true, false, a number or text", at + 1))
    })
}

/// A count of characters.
fn position(lua: &Lua, args: &MultiValue, at: usize) -> mlua::Result<usize> {
    let number = args.get(at).and_then(Value::as_integer).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| place::misuse(lua, &format!("argument {} must be a whole number from 0", at + 1)))
}

/// A position in a list, from 0 as the model counts.
fn index(lua: &Lua, args: &MultiValue, at: usize) -> mlua::Result<usize> {
    let number = position(lua, args, at)?.checked_sub(1);
    number.ok_or_else(|| place::misuse(lua, &format!("argument {}: lists count from 1", at + 1)))
}

/// Where a range begins, and how long it is.
fn span(lua: &Lua, args: &MultiValue) -> mlua::Result<(usize, usize)> {
    let (from, to) = (position(lua, args, 2)?, position(lua, args, 3)?);
    let length = to.checked_sub(from).ok_or_else(|| place::misuse(lua, "the range ends before it begins"))?;
    Ok((from, length))
}
