//! `core.query` and its kin: entities by condition.

use std::ops::ControlFlow;
use std::rc::Rc;

use mlua::{IntoLua, Lua, MultiValue, Value};
use model::Project;
use model::query::{Bound, Param, Query, QueryProblem};
use protocol::{EntityId, Value as Field};

use super::super::{Cx, Object, class_of, convert, entity, one, root};
use super::{Entry, charge, entry, text};
use crate::sandbox::place;
use crate::session::Session;

/// What one step of a query costs, in instructions.
const STEP_COST: u64 = 4;
/// The longest list that can be bound to `IN ?`.
const MAX_LIST: usize = 100_000;

const PARAMS: &[(&str, &str)] = &[("query", "string"), ("...", "any")];

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "query",
        PARAMS,
        "any[]",
        "The entities that meet a condition, as objects: `core.query(\"table == 'clips' AND start >= ?\", 16)`. The \
         values for `?` follow; a list goes with `IN ?`. The language is in `docs/query.md`.",
        |lua, args| {
            let session = Session::of(lua)?;
            let (project, bound) = (session.project(), bind(lua, &args)?);
            let ids = run(lua, &session, &project, &bound)?;
            objects(lua, &session, &project, ids)
        },
    ),
    entry("query_one", PARAMS, "any", "The first of them, or nil.", |lua, args| {
        let session = Session::of(lua)?;
        let (project, bound) = (session.project(), bind(lua, &args)?.first_only());
        let first = run(lua, &session, &project, &bound)?.into_iter().next();
        one(first.map(|id| object(&project, id)).into_lua(lua)?)
    }),
    entry(
        "query_live",
        PARAMS,
        "any[]",
        "As `query`, over the project as it is now with what the script did on top, rather than as it was when the \
         script started. Where others did something else, the script's way is seen.",
        |lua, args| {
            let session = Session::of(lua)?;
            let bound = bind(lua, &args)?;
            let project = session.current(lua)?;
            let ids = run(lua, &session, &project, &bound)?;
            objects(lua, &session, &project, ids)
        },
    ),
    entry(
        "explain",
        PARAMS,
        "string",
        "How a query is answered: which index is walked, and what is left to test and sort.",
        |lua, args| {
            let session = Session::of(lua)?;
            let told = bind(lua, &args)?.explain(&session.project());
            one(told.map_err(|error| place::misuse(lua, &error.to_string()))?.to_string().into_lua(lua)?)
        },
    ),
];

/// The query of the first argument, with the others for its parameters.
fn bind(lua: &Lua, args: &MultiValue) -> mlua::Result<Bound> {
    let text = text(lua, args, 0)?;
    charge(&*Session::of(lua)?, text.len().saturating_mul(4))?;
    let query = Query::parse(&text).map_err(|error| place::misuse(lua, &error.to_string()))?;
    // Lua leaves out nils at the end.
    let given = args.len().saturating_sub(1).max(query.params());
    let params = (1..=given).map(|index| param(lua, index, args.get(index).unwrap_or(&Value::Nil)));
    let params = params.collect::<mlua::Result<Vec<_>>>()?;
    query.bind(params).map_err(|error| place::misuse(lua, &error.to_string()))
}

fn param(lua: &Lua, index: usize, value: &Value) -> mlua::Result<Param> {
    let Value::Table(list) = value else { return Ok(Param::Value(scalar(lua, index, value)?)) };
    let length = list.raw_len();
    if length > MAX_LIST {
        return Err(place::misuse(lua, &format!("parameter {index} has more than {MAX_LIST} items")));
    }
    charge(&*Session::of(lua)?, length.saturating_mul(8))?;
    let items = (1..=length).map(|at| scalar(lua, index, &list.raw_get::<Value>(at)?));
    Ok(Param::List(items.collect::<mlua::Result<_>>()?))
}

fn scalar(lua: &Lua, index: usize, value: &Value) -> mlua::Result<Field> {
    let wrong = || {
        let found = value.type_name();
        place::misuse(lua, &format!("parameter {index} of the query cannot be a {found}"))
    };
    Ok(match value {
        Value::Nil => Field::Null,
        Value::Boolean(on) => Field::Bool(*on),
        Value::Integer(number) => Field::Int(*number),
        Value::Number(number) if number.is_finite() => Field::Float(*number),
        Value::String(_) => Field::Text(convert::text(value).ok_or_else(wrong)?),
        Value::UserData(data) => Field::Ref(data.borrow::<Object>().map_err(|_| wrong())?.id()),
        _ => return Err(wrong()),
    })
}

/// Runs a query at the script's expense.
fn run(lua: &Lua, session: &Session, project: &Project, bound: &Bound) -> mlua::Result<Vec<EntityId>> {
    let mut spend = |steps: u64| match session.budget.charge(steps.saturating_mul(STEP_COST)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    bound.run_metered(project, &mut spend).map_err(|error| match session.budget.tripped() {
        Some(_) if error.problem == QueryProblem::Interrupted => {
            session.budget.place(place::place(lua));
            // Read again, now that it says where.
            session
                .budget
                .tripped()
                .map_or_else(|| place::misuse(lua, &error.to_string()), mlua::Error::external)
        }
        _ => place::misuse(lua, &error.to_string()),
    })
}

fn objects(
    lua: &Lua,
    session: &Rc<Session>,
    project: &Project,
    ids: Vec<EntityId>,
) -> mlua::Result<MultiValue> {
    let root = Object::singleton(&root::LOOPHOLE, session);
    let cx = Cx { lua, session, object: &root };
    one(entity::list(&cx, ids.into_iter().map(|id| object(project, id)).collect())?)
}

fn object(project: &Project, id: EntityId) -> Object {
    Object::entity(class_of(project.entity(id).map_or("", |entity| entity.table())), id)
}
