//! `core`: who is in users' tables, edges, and making one entity of two.

use std::collections::BTreeMap;

use mlua::{IntoLua, Lua, MultiValue, Table, Value};
use model::edit::edge::{self, Place};
use model::edit::{identity, user};
use model::entity::facet;
use model::schema::FieldKind;
use model::{Edge, EdgeId};
use protocol::{Edit, EntityId, Keep, Value as Field};

use super::super::{Cx, Object, class_of, convert, entity, failure, none, one};
use super::{Entry, charge, entry, id_of, options, text, with};
use crate::sandbox::place;
use crate::session::Session;

const FACET: &[(&str, &str)] = &[("entity", "string|table"), ("table", "string"), ("fields", "table?")];

const EDGES: &str = "{id: string, source_id: string, target_id: string, properties: table}[]";

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "add_to_table",
        FACET,
        "",
        "Puts an entity into a user's table, with values by field name. Its fields are then `table.field`.",
        attach,
    ),
    entry(
        "remove_from_table",
        &[("entity", "string|table"), ("table", "string")],
        "",
        "Takes an entity out of a user's table and forgets its values there.",
        |lua, args| detach(lua, &args, Keep::Discard),
    ),
    entry(
        "attach_facet",
        FACET,
        "",
        "As `add_to_table`; values that were preserved are there again.",
        attach,
    ),
    entry(
        "detach_facet",
        &[("entity", "string|table"), ("table", "string"), ("options", "{preserve: boolean?}?")],
        "",
        "As `remove_from_table`; with `preserve`, the values are kept for when it is attached again.",
        |lua, args| {
            let preserve = match args.get(2) {
                Some(Value::Table(options)) => options.raw_get::<Value>("preserve")? == Value::Boolean(true),
                _ => false,
            };
            detach(lua, &args, if preserve { Keep::Preserve } else { Keep::Discard })
        },
    ),
    entry(
        "create_edge",
        &[
            ("kind", "string"),
            ("source", "string|table"),
            ("target", "string|table"),
            ("properties", "table?"),
        ],
        "string",
        "Joins two entities by an edge of a kind, and gives its id. There is one of a kind between two entities.",
        |lua, args| {
            let (kind, source, target) = ends(lua, &args)?;
            let session = Session::of(lua)?;
            let id = EdgeId::between(&kind, source, target);
            let mut edits = Vec::new();
            if session.project().edge(id).is_none() {
                edits.push(edge::connect(&kind, source, target));
            }
            edits.extend(properties(lua, id, args.get(3))?);
            session.write(lua, edits)?;
            one(id.to_string().into_lua(lua)?)
        },
    ),
    entry(
        "delete_edge",
        &[("edge", "string|table")],
        "",
        "Takes an edge away; its ends stay.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                if cx.session.project().edge(EdgeId(id)).is_none() {
                    return Err(place::misuse(lua, "there is no such edge"));
                }
                cx.session.write(lua, vec![model::edit::any::delete(id)])?;
                none()
            })
        },
    ),
    entry(
        "create_ordered_edge",
        &[
            ("kind", "string"),
            ("source", "string|table"),
            ("target", "string|table"),
            ("options", "{after: string?, before: string?, first: boolean?, properties: table?}?"),
        ],
        "string",
        "As `create_edge`, with a place among the edges of its kind to the target: the last one unless `after` or \
         `before` another edge, or `first`.",
        |lua, args| {
            let (kind, source, target) = ends(lua, &args)?;
            let session = Session::of(lua)?;
            let options = options(lua, args.get(3))?;
            let id = EdgeId::between(&kind, source, target);
            let edits = edge::insert(&session.project(), &kind, source, target, where_to(lua, &options)?);
            let mut edits = edits.map_err(|error| place::misuse(lua, &error.to_string()))?;
            edits.extend(properties(lua, id, Some(&options.raw_get("properties")?))?);
            session.write(lua, edits)?;
            one(id.to_string().into_lua(lua)?)
        },
    ),
    entry(
        "move_ordered_edge",
        &[("edge", "string|table"), ("options", "{after: string?, before: string?, first: boolean?}")],
        "",
        "Moves an edge among those of its kind to its target.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let to = where_to(lua, &options(lua, args.get(1))?)?;
                let edits = edge::move_to(&cx.session.project(), EdgeId(id), to);
                cx.session.write(lua, edits.map_err(|error| place::misuse(lua, &error.to_string()))?)?;
                none()
            })
        },
    ),
    entry(
        "query_ordered_edges",
        &[("target", "string|table"), ("kind", "string")],
        EDGES,
        "The edges of a kind to an entity, in order.",
        |lua, args| {
            with(lua, &args, |cx, target| {
                let project = cx.session.project();
                edges(cx, project.edges_to(target, &text(lua, &args, 1)?))
            })
        },
    ),
    entry(
        "query_edges",
        &[("source", "string|table"), ("kind", "string")],
        EDGES,
        "The edges of a kind from an entity.",
        |lua, args| {
            with(lua, &args, |cx, source| {
                let project = cx.session.project();
                edges(cx, project.edges_from(source, &text(lua, &args, 1)?))
            })
        },
    ),
    entry(
        "merge_entities",
        &[("keep", "string|table"), ("gone", "string|table"), ("resolutions", "table?")],
        "boolean?, string?",
        "Makes one entity of two: the first stays, and what named the second names it. `resolutions` has the values of \
         fields in which they differ; nil and a message that names those still undecided.",
        |lua, args| {
            with(lua, &args, |cx, keep| {
                let gone = id_of(lua, &args, 1)?;
                let project = cx.session.project();
                let kept = project.entity(keep);
                // By the names that the model knows them by, which a table's own may be part of.
                let path = |name: &str| Some(entity::field(&project, kept?, name).ok()?.0);
                let kind = |name: &str| Some(entity::field(&project, kept?, name).ok()?.1);
                let given = fields(cx, args.get(2), kind)?;
                let given =
                    given.into_iter().filter_map(|(name, value)| Some((path(&name)?, value))).collect();
                match identity::merge(&project, keep, gone, &given) {
                    Ok(edits) => {
                        cx.session.write(lua, edits)?;
                        one(Value::Boolean(true))
                    }
                    Err(error) => failure(cx, &explained(&error)),
                }
            })
        },
    ),
    entry(
        "split_entity",
        &[("entity", "string|table"), ("options", "{facet_distribution: table<string, string[]>}")],
        "table<string, Entity>?, string?",
        "Takes an entity apart: for each new id (`core.new_id()`, or any name) there is a new entity in the users' tables of \
         its list, with the values there, which the old one leaves. Gives the new entities by what they were called.",
        |lua, args| {
            with(lua, &args, |cx, id| {
                let wanted: Option<Table> = options(lua, args.get(1))?.raw_get("facet_distribution")?;
                let wanted =
                    wanted.ok_or_else(|| place::misuse(lua, "'facet_distribution' says what goes where"))?;
                let mut parts: BTreeMap<String, (EntityId, Vec<String>)> = BTreeMap::new();
                for pair in wanted.pairs::<String, Vec<String>>() {
                    let (key, facets) = pair
                        .map_err(|_| place::misuse(lua, "'facet_distribution' has lists of tables by id"))?;
                    let id = key.parse().unwrap_or_else(|_| cx.session.new_id());
                    parts.insert(key, (id, facets));
                }
                let (keys, parts): (Vec<String>, Vec<_>) = parts.into_iter().unzip();
                match identity::split(&cx.session.project(), id, &parts) {
                    Ok(edits) => {
                        cx.session.write(lua, edits)?;
                        let made = lua.create_table()?;
                        for (key, (id, _)) in keys.into_iter().zip(parts) {
                            made.raw_set(key, Object::entity(class_of("items"), id))?;
                        }
                        one(Value::Table(made))
                    }
                    Err(error) => failure(cx, &explained(&error)),
                }
            })
        },
    ),
];

/// Edges, as a Lua list.
fn edges<'a>(cx: &Cx<'_>, edges: impl Iterator<Item = Edge<'a>>) -> mlua::Result<MultiValue> {
    let lua = cx.lua;
    let list = lua.create_table()?;
    for edge in edges {
        charge(cx.session, 50)?;
        let properties = lua.create_table()?;
        for (key, value) in edge.properties() {
            properties.raw_set(key, convert::to_lua(cx, &FieldKind::Properties, value.clone())?)?;
        }
        let entry = lua.create_table_with_capacity(0, 4)?;
        entry.raw_set("id", edge.id().0.to_string())?;
        entry.raw_set("source_id", edge.source().to_string())?;
        entry.raw_set("target_id", edge.target().to_string())?;
        entry.raw_set("properties", properties)?;
        list.raw_push(entry)?;
    }
    one(Value::Table(list))
}

/// An error with its cause.
fn explained(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn attach(lua: &Lua, args: MultiValue) -> mlua::Result<MultiValue> {
    with(lua, &args, |cx, id| {
        let facet = text(lua, &args, 1)?;
        let project = cx.session.project();
        let kind =
            |name: &str| project.schema().user_field(&facet::path(&facet, name)).map(|field| &field.kind);
        let fields = fields(cx, args.get(2), kind)?;
        cx.session.write(lua, vec![Edit::Attach { id, facet: facet.clone(), fields }])?;
        none()
    })
}

fn detach(lua: &Lua, args: &MultiValue, keep: Keep) -> mlua::Result<MultiValue> {
    with(lua, args, |cx, id| {
        cx.session.write(lua, vec![user::detach(id, &text(lua, args, 1)?, keep)])?;
        none()
    })
}

/// Values by name, from a table or nothing.
fn fields<'a>(
    cx: &Cx<'_>,
    given: Option<&Value>,
    kind: impl Fn(&str) -> Option<&'a FieldKind>,
) -> mlua::Result<BTreeMap<String, Field>> {
    let mut fields = BTreeMap::new();
    for pair in options(cx.lua, given)?.pairs::<Value, Value>() {
        let (name, value) = pair?;
        let name = convert::text(&name).ok_or_else(|| place::misuse(cx.lua, "fields go by name"))?;
        let kind =
            kind(&name).ok_or_else(|| place::misuse(cx.lua, &format!("there is no field '{name}'")))?;
        let value = convert::from_lua(cx, &name, kind, value);
        let value = value.map_err(|what| place::misuse(cx.lua, &format!("'{name}' {what}")))?;
        fields.insert(name, value);
    }
    Ok(fields)
}

/// A kind of edge and its two ends.
fn ends(lua: &Lua, args: &MultiValue) -> mlua::Result<(String, EntityId, EntityId)> {
    Ok((text(lua, args, 0)?, id_of(lua, args, 1)?, id_of(lua, args, 2)?))
}

fn where_to(lua: &Lua, options: &Table) -> mlua::Result<Place> {
    let edge = |name: &str| match options.raw_get::<Value>(name)? {
        Value::Nil => Ok(None),
        value => match convert::text(&value).and_then(|text| text.parse().ok()) {
            Some(id) => Ok(Some(EdgeId(id))),
            None => Err(place::misuse(lua, &format!("'{name}' must be the id of an edge"))),
        },
    };
    Ok(match (edge("after")?, edge("before")?) {
        (Some(after), None) => Place::After(after),
        (None, Some(before)) => Place::Before(before),
        (None, None) if options.raw_get::<Value>("first")? == Value::Boolean(true) => Place::First,
        (None, None) => Place::Last,
        (Some(_), Some(_)) => return Err(place::misuse(lua, "give 'after' or 'before', not both")),
    })
}

/// The edit that sets properties of an edge, if there are any.
fn properties(lua: &Lua, id: EdgeId, given: Option<&Value>) -> mlua::Result<Option<Edit>> {
    let mut changes = Vec::new();
    for pair in options(lua, given)?.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let (key, value) = (convert::text(&key), convert::plain(&value));
        let (Some(key), Some(value)) = (key, value) else {
            return Err(place::misuse(lua, "properties are true, false, numbers or text, by name"));
        };
        changes.push((key, Some(value)));
    }
    let named = changes.iter().map(|(key, value)| (key.as_str(), value.clone()));
    Ok((!changes.is_empty()).then(|| edge::set_properties(id, named)))
}
