//! The project as a whole, its tempo, signatures, markers, scenes and scripts.

use mlua::{IntoLua, Value};
use model::edit;
use protocol::{Beats, Value as Field};

use super::entity::{self, DELETE, ID};
use super::{Args, Class, Cx, Object, convert, method, one, property, writable};
use crate::sandbox::place::misuse;

pub(crate) static PROJECT: Class = Class {
    name: "Project",
    doc: "The project as a whole. Positions and lengths are in beats (quarter notes), starting at 0.",
    table: Some("project"),
    members: &[
        ID,
        writable(
            "tempo",
            "number",
            "Tempo at the start, in quarter notes a minute, 10..=1000.",
            tempo,
            set_tempo,
        ),
        property("tempos", "Tempo[]", "The changes of tempo, by position.", |cx| {
            let project = cx.session.project();
            entity::list(cx, project.tempos().map(|t| Object::entity(&TEMPO, t.id())).collect())
        }),
        writable(
            "signature",
            "string",
            "Time signature at the start, such as \"4/4\".",
            signature,
            set_signature,
        ),
        property("signatures", "Signature[]", "The changes of time signature, by position.", |cx| {
            let project = cx.session.project();
            entity::list(cx, project.signatures().map(|s| Object::entity(&SIGNATURE, s.id())).collect())
        }),
        property("markers", "Marker[]", "The markers, by position.", |cx| {
            let project = cx.session.project();
            entity::list(cx, project.markers().map(|m| Object::entity(&MARKER, m.id())).collect())
        }),
        property("scenes", "Scene[]", "The scenes, in order.", |cx| {
            let project = cx.session.project();
            entity::list(cx, project.scenes().map(|s| Object::entity(&SCENE, s.id())).collect())
        }),
        property("scripts", "Script[]", "The scripts that belong to the project.", |cx| {
            let project = cx.session.project();
            entity::list(cx, project.scripts().map(|s| Object::entity(&SCRIPT, s.id())).collect())
        }),
        property("length", "number", "Where the last clip ends, in beats.", |cx| {
            Ok(Value::Number(cx.session.project().end().to_beats()))
        }),
        method(
            "add_marker",
            &[("marker", "{at: number, name: string?, color: integer|string?}")],
            "Marker",
            "Adds a marker.",
            |cx, args| entity::create(cx, args, "markers", &args.table(0)?, &[]),
        ),
        method(
            "add_tempo",
            &[("at", "number"), ("bpm", "number")],
            "Tempo",
            "Changes the tempo from a position on.",
            |cx, args| {
                let given = [("at", Field::Beats(args.beats(0)?)), ("bpm", Field::Float(args.number(1)?))];
                entity::create(cx, args, "tempo", &cx.lua.create_table()?, &given)
            },
        ),
        method(
            "seconds",
            &[("beats", "number")],
            "number",
            "The time of a position, in seconds.",
            |cx, args| one(Value::Number(cx.session.project().tempo_map().secs_at(args.beats(0)?))),
        ),
        method(
            "beats",
            &[("seconds", "number")],
            "number",
            "The position at a time, in beats.",
            |cx, args| {
                let ticks = cx.session.project().tempo_map().ticks_at_secs(args.number(0)?);
                one(Value::Number(ticks / convert::float(protocol::TICKS_PER_BEAT)))
            },
        ),
    ],
    list: None,
};

fn tempo(cx: &Cx<'_>) -> mlua::Result<Value> {
    Ok(Value::Number(cx.session.project().tempo_map().bpm_at(Beats::ZERO)))
}

fn set_tempo(cx: &Cx<'_>, value: Value) -> mlua::Result<()> {
    let Some(bpm) = convert::number(&value) else {
        return Err(misuse(cx.lua, "Project: 'tempo' must be a finite number"));
    };
    let project = cx.session.project();
    let first = project.tempos().next().filter(|tempo| tempo.at() == Beats::ZERO);
    let change = match first {
        Some(tempo) => edit::timeline::set_bpm(tempo.id(), bpm),
        None => edit::timeline::create_tempo(cx.session.new_id().into(), Beats::ZERO, bpm),
    };
    cx.session.write(cx.lua, vec![change])
}

fn signature(cx: &Cx<'_>) -> mlua::Result<Value> {
    let project = cx.session.project();
    let first = project.signatures().next();
    let text = first.map_or_else(|| "4/4".to_owned(), |s| format!("{}/{}", s.numerator(), s.denominator()));
    text.into_lua(cx.lua)
}

fn set_signature(cx: &Cx<'_>, value: Value) -> mlua::Result<()> {
    let text = convert::text(&value).unwrap_or_default();
    let parts = text.split_once('/').and_then(|(n, d)| Some((n.parse::<u8>().ok()?, d.parse::<u8>().ok()?)));
    let Some((numerator, denominator)) = parts else {
        return Err(misuse(cx.lua, "Project: 'signature' must be a text such as \"3/4\""));
    };
    let project = cx.session.project();
    let first = project.signatures().next().filter(|signature| signature.at() == Beats::ZERO);
    let changes = match first {
        Some(first) => vec![
            edit::timeline::set_numerator(first.id(), numerator),
            edit::timeline::set_denominator(first.id(), denominator),
        ],
        None => {
            let id = cx.session.new_id().into();
            vec![edit::timeline::create_signature(id, Beats::ZERO, numerator, denominator)]
        }
    };
    cx.session.write(cx.lua, changes)
}

/// A class with nothing but its fields.
const fn plain(name: &'static str, table: &'static str, doc: &'static str) -> Class {
    Class { name, doc, table: Some(table), members: &[ID, DELETE], list: None }
}

pub(crate) static TEMPO: Class = plain("Tempo", "tempo", "A change of tempo.");
pub(crate) static SIGNATURE: Class = plain("Signature", "signatures", "A change of time signature.");
pub(crate) static MARKER: Class = plain("Marker", "markers", "A named place on the timeline.");
pub(crate) static SCENE: Class = plain("Scene", "scenes", "A row of the launcher.");
pub(crate) static SCRIPT: Class = plain("Script", "scripts", "A Lua script that belongs to the project.");

/// Arguments that name one thing: by index from one, or by name.
pub(super) fn pick(cx: &Cx<'_>, args: &Args<'_>, objects: Vec<Object>) -> mlua::Result<Option<Object>> {
    if let Value::Integer(index) = args.value(0) {
        let index = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
        return Ok(index.and_then(|index| objects.into_iter().nth(index)));
    }
    let name = args.text(0)?;
    let project = cx.session.project();
    Ok(objects.into_iter().find(|object| project.name_of(object.id()) == name))
}
