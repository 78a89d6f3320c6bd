//! Macros: the 128 knobs towards the outer host.

use mlua::{IntoLua, Value};
use model::{MacroId, edit};
use protocol::Value as Field;

use super::entity::{self, DELETE, ID};
use super::{Class, Cx, Object, convert, failure, method, one, property, rows};

const SLOTS: u8 = 128;

fn all(cx: &Cx<'_>) -> Vec<Object> {
    cx.session.project().macros().map(|knob| Object::entity(&MACRO, knob.id())).collect()
}

fn at(cx: &Cx<'_>, slot: i64) -> Option<MacroId> {
    let project = cx.session.project();
    let found = project.macros().find(|knob| i64::from(knob.slot()) == slot - 1);
    found.map(|knob| knob.id())
}

pub(crate) static MACROS: Class = Class {
    name: "Macros",
    doc: "The macros. `macros[slot]` is the one in a slot of 1..=128, or nil; `list` gives those in use.",
    table: None,
    members: &[
        method("list", &[], "Macro[]", "The macros in use as a list.", |cx, _| {
            one(entity::list(cx, all(cx))?)
        }),
        method(
            "get",
            &[("slot", "integer")],
            "Macro?, string?",
            "The macro in a slot of 1..=128; nil and a message if the slot is free.",
            |cx, args| match at(cx, args.integer(0)?) {
                Some(id) => one(Object::entity(&MACRO, id).into_lua(cx.lua)?),
                None => failure(cx, "the slot is free"),
            },
        ),
        method(
            "add",
            &[("macro", "{slot: integer?, name: string?, value: number?}")],
            "Macro?, string?",
            "Takes a slot (the first free one unless given) for a macro; nil and a message if it is taken.",
            |cx, args| {
                let options = args.options(0)?;
                let slot = match options.raw_get::<Value>("slot")? {
                    Value::Nil => (1..=i64::from(SLOTS)).find(|slot| at(cx, *slot).is_none()),
                    Value::Integer(slot) if (1..=i64::from(SLOTS)).contains(&slot) => Some(slot),
                    _ => return Err(args.error("'slot' must be 1..=128")),
                };
                let Some(slot) = slot.filter(|slot| at(cx, *slot).is_none()) else {
                    return failure(cx, "the slot is taken");
                };
                let fields = cx.lua.create_table()?;
                for pair in options.pairs::<Value, Value>() {
                    let (key, value) = pair?;
                    if convert::text(&key).as_deref() != Some("slot") {
                        fields.raw_set(key, value)?;
                    }
                }
                entity::create(cx, args, "macros", &fields, &[("slot", Field::Int(slot - 1))])
            },
        ),
    ],
    list: Some(("Macro?", |cx| {
        let mut slots = vec![None; usize::from(SLOTS)];
        for knob in cx.session.project().macros() {
            slots[usize::from(knob.slot())] = Some(Object::entity(&MACRO, knob.id()));
        }
        slots
    })),
};

pub(crate) static MACRO: Class = Class {
    name: "Macro",
    doc: "One of the knobs towards the outer host.",
    table: Some("macros"),
    members: &[
        ID,
        property("slot", "integer", "Which, 1..=128.", |cx| {
            let project = cx.session.project();
            let knob = project.macros().find(|knob| knob.id().0 == cx.object.id());
            Ok(knob.map_or(Value::Nil, |knob| Value::Integer(i64::from(knob.slot()) + 1)))
        }),
        property("targets", "MacroTarget[]", "What it moves.", |cx| {
            let project = cx.session.project();
            let ids = project.referring(cx.object.id(), "macro_targets", "macro");
            entity::list(cx, ids.map(|id| Object::entity(&TARGET, id)).collect())
        }),
        method(
            "add_target",
            &[
                ("owner", "Track|Device|Send|Parameter"),
                ("key", "string?"),
                ("options", "{min: number?, max: number?, curve: string?}?"),
            ],
            "MacroTarget",
            "Has it move a parameter, over its whole range unless `min` and `max` say otherwise. Give an owner and a \
             key, or a `Parameter` and nil.",
            |cx, args| {
                let owner = args.object(0, &["Track", "Device", "Send", "Parameter"])?;
                let key = if owner.key().is_empty() { args.text(1)? } else { owner.key().to_owned() };
                let options = args.options(2)?;
                let known = super::param::describe(cx, owner.id(), &key);
                let mut given = vec![
                    ("macro", Field::Ref(cx.object.id())),
                    ("owner", Field::Ref(owner.id())),
                    ("param", Field::Text(key)),
                ];
                if let Some(known) = known {
                    let ends = [("min", known.min), ("max", known.max)];
                    for (name, end) in ends {
                        if options.raw_get::<Value>(name)?.is_nil() {
                            given.push((name, Field::Float(end)));
                        }
                    }
                }
                entity::create(cx, args, "macro_targets", &options, &given)
            },
        ),
        DELETE,
    ],
    list: None,
};

pub(crate) static TARGET: Class = Class {
    name: "MacroTarget",
    doc: "A parameter that a macro moves.",
    table: Some("macro_targets"),
    members: &[
        ID,
        super::writable(
            "curve",
            "string",
            "The way between: linear, smooth, exponential or hold.",
            |cx| {
                let project = cx.session.project();
                let word = project.entity(cx.object.id()).and_then(|entity| entity.get("curve"));
                match word {
                    Some(Field::Text(word)) => word.into_lua(cx.lua),
                    _ => Ok(Value::Nil),
                }
            },
            |cx, value| {
                let word = convert::text(&value).unwrap_or_default();
                let curve = rows::curve_from(&word)
                    .map_err(|what| crate::sandbox::place::misuse(cx.lua, &format!("MacroTarget {what}")))?;
                let change = edit::macros::set_curve(cx.object.id().into(), curve);
                cx.session.write(cx.lua, vec![change])
            },
        ),
        DELETE,
    ],
    list: None,
};
