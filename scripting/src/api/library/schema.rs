//! `core.schema`: what tables and fields there are, and declaring more.

use std::collections::BTreeMap;

use mlua::{Lua, MultiValue, Table, Value};
use model::{DeclaredFieldId, DeclaredTableId, Project, edit};
use protocol::{Beats, Edit, Value as Field};

use super::super::{Cx, Object, convert, none, one, root};
use super::{Entry, entry, options, text};
use crate::sandbox::place;
use crate::session::Session;

const FIELD: &str = "{name: string, holds: string, min: number?, max: number?, default: any, words: string[]?, \
                     tables: string[]?, unit: string?, indexed: boolean?, doc: string?}";

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "list_tables",
        &[],
        "string[]",
        "The names of the tables: the built-in ones, then the users'.",
        |lua, _| {
            let project = Session::of(lua)?.project();
            one(Value::Table(lua.create_sequence_from(project.schema().tables().map(|table| table.name()))?))
        },
    ),
    entry(
        "get_fields",
        &[("table", "string")],
        "{name: string, path: string, type: string, range: string, unit: string, indexed: boolean, doc: string}[]",
        "The fields of a table. `path` is the name by which any entity in the table has the field.",
        |lua, args| {
            let (name, project) = (text(lua, &args, 0)?, Session::of(lua)?.project());
            let Some(table) = project.schema().table(&name) else {
                return Err(place::misuse(lua, &format!("there is no table '{name}'")));
            };
            let list = lua.create_table()?;
            for field in table.fields() {
                let entry = lua.create_table()?;
                entry.raw_set("name", field.name)?;
                entry.raw_set("path", field.path)?;
                entry.raw_set("type", convert::lua_type(field.kind))?;
                entry.raw_set("range", convert::range(field.kind))?;
                entry.raw_set("unit", field.unit)?;
                entry.raw_set("indexed", field.indexed)?;
                entry.raw_set("doc", field.doc)?;
                list.raw_push(entry)?;
            }
            one(Value::Table(list))
        },
    ),
    entry(
        "define_table",
        &[("name", "string"), ("options", "{doc: string?, fields: table[]?}?")],
        "",
        "Makes a table of the user's own, with fields as for `define_field`. One of this name is brought to what is given.",
        |lua, args| {
            let name = text(lua, &args, 0)?;
            let options = options(lua, args.get(1))?;
            let session = Session::of(lua)?;
            let doc = convert::text(&options.raw_get("doc")?);
            let fields = options.raw_get::<Option<Table>>("fields")?;
            let id = DeclaredTableId::named(&name);
            let mut edits = match (session.project().entity(id.0).is_some(), doc) {
                (false, doc) => vec![edit::user::create_table(&name, doc.as_deref().unwrap_or(""))],
                (true, Some(doc)) => vec![edit::user::set_table_doc(id, &doc)],
                (true, None) => Vec::new(),
            };
            if let Some(fields) = fields {
                for field in fields.sequence_values::<Table>() {
                    edits.extend(define(lua, &session, &name, &field?)?);
                }
            }
            session.write(lua, edits)?;
            none()
        },
    ),
    entry(
        "define_field",
        &[("table", "string"), ("field", FIELD)],
        "",
        "Makes a field of a user's table. `holds` is `text`, `bool`, `int`, `float`, `choice` (of `words`), `beats`, `ref` (to \
         an entity of `tables`, of any without), `blob`, `numbers`, `list`, `properties`, `notes`, `points` or `events`. \
         What is `indexed` is found quickly. One of this name is brought to what is given.",
        |lua, args| {
            let table = text(lua, &args, 0)?;
            let session = Session::of(lua)?;
            let edits = define(lua, &session, &table, &options(lua, args.get(1))?)?;
            session.write(lua, edits)?;
            none()
        },
    ),
    entry(
        "remove_table",
        &[("name", "string")],
        "",
        "Removes a user's table and its fields. What entities hold for it comes back if it is made again.",
        |lua, args| remove(lua, DeclaredTableId::named(&text(lua, &args, 0)?).0),
    ),
    entry(
        "remove_field",
        &[("table", "string"), ("name", "string")],
        "",
        "Removes a field of a user's table, as `remove_table` does.",
        |lua, args| remove(lua, DeclaredFieldId::named(&text(lua, &args, 0)?, &text(lua, &args, 1)?).0),
    ),
];

fn remove(lua: &Lua, id: protocol::EntityId) -> mlua::Result<MultiValue> {
    let session = Session::of(lua)?;
    if session.project().entity(id).is_none() {
        return Err(place::misuse(lua, "no user has declared that"));
    }
    session.write(lua, vec![edit::any::delete(id)])?;
    none()
}

/// The edits that declare a field, or bring it to a declaration.
fn define(lua: &Lua, session: &std::rc::Rc<Session>, table: &str, field: &Table) -> mlua::Result<Vec<Edit>> {
    let name =
        convert::text(&field.raw_get("name")?).ok_or_else(|| place::misuse(lua, "a field has a name"))?;
    let wrong = |what: String| place::misuse(lua, &format!("field '{name}': {what}"));
    let holds = convert::text(&field.raw_get("holds")?).unwrap_or_else(|| "text".into());
    let object = Object::singleton(&root::LOOPHOLE, session);
    let cx = Cx { lua, session, object: &object };
    let mut fields = BTreeMap::new();
    let mut limits = BTreeMap::new();
    for pair in field.pairs::<String, Value>() {
        let (key, value) = pair.map_err(|_| wrong("goes by names".into()))?;
        match key.as_str() {
            "name" => {}
            "min" | "max" | "default" => {
                let limit = match (&*holds, convert::number(&value)) {
                    ("beats", Some(beats)) => Some(Field::Beats(Beats::from_beats(beats))),
                    _ => convert::plain(&value),
                };
                limits
                    .insert(key, limit.ok_or_else(|| wrong("limits and defaults are plain values".into()))?);
            }
            "holds" | "words" | "tables" | "unit" | "indexed" | "doc" => {
                let own = if key == "tables" { "targets" } else { &key };
                let kind = model::schema::table("fields").and_then(|table| table.field(own));
                let kind = &kind.ok_or_else(|| wrong(format!("has no '{key}'")))?.kind;
                let value = convert::from_lua(&cx, own, kind, value)
                    .map_err(|what| wrong(format!("'{key}' {what}")))?;
                fields.insert(own.to_owned(), value);
            }
            _ => return Err(wrong(format!("has no '{key}'"))),
        }
    }
    fields.insert("limits".to_owned(), Field::Properties(limits));
    let id = DeclaredFieldId::named(table, &name).0;
    if session.project().entity(id).is_some() {
        return Ok(brought_to(&session.project(), id, fields));
    }
    fields.insert("in_table".to_owned(), Field::Ref(DeclaredTableId::named(table).0));
    fields.insert("name".to_owned(), Field::Text(name.clone()));
    Ok(vec![edit::any::create("fields", id, fields)])
}

/// The edits that set what differs.
fn brought_to(project: &Project, id: protocol::EntityId, fields: BTreeMap<String, Field>) -> Vec<Edit> {
    let differs = |(name, value): &(String, Field)| project.value(id, name).as_ref() != Some(value);
    let set = |(name, value): (String, Field)| edit::any::set(id, &name, value);
    fields.into_iter().filter(differs).map(set).collect()
}
