//! The transport, the mix as a whole, and what the script uses.

use mlua::{IntoLua, MultiValue, Value};
use model::TrackId;
use protocol::control::TransportCommand;

use super::{Class, Cx, Object, convert, failure, method, none, one, property, track};
use crate::host::ScriptHostError;

pub(crate) static TRANSPORT: Class = Class {
    name: "Transport",
    doc: "The transport. What a script asks of it happens when the script has ended and its edits are in.",
    table: None,
    members: &[
        property("playing", "boolean?", "Whether it ran when asked.", |cx| {
            let state = cx.session.ask(|host| host.transport());
            Ok(state.map_or(Value::Nil, |state| Value::Boolean(state.playing)))
        }),
        property("position", "number?", "Where it was when asked, in beats.", |cx| {
            let state = cx.session.ask(|host| host.transport());
            Ok(state.map_or(Value::Nil, |state| Value::Number(state.beats)))
        }),
        method("play", &[], "", "Runs.", |cx, _| command(cx, TransportCommand::Play)),
        method("stop", &[], "", "Stops.", |cx, _| command(cx, TransportCommand::Stop)),
        method("locate", &[("beats", "number")], "", "Goes elsewhere.", |cx, args| {
            command(cx, TransportCommand::Locate { to: args.beats(0)? })
        }),
    ],
    list: None,
};

/// Most transport commands that are kept.
const MAX_COMMANDS: usize = 1_000;

fn command(cx: &Cx<'_>, command: TransportCommand) -> mlua::Result<MultiValue> {
    let mut commands = cx.session.commands.borrow_mut();
    if commands.len() < MAX_COMMANDS {
        commands.push(command);
    }
    none()
}

/// Asks the host for the loudness of a track or the mix, as the project is in this script.
pub(super) fn loudness(cx: &Cx<'_>, track: Option<TrackId>) -> mlua::Result<MultiValue> {
    let project = cx.session.project();
    let answer = cx.session.ask(move |host| host.loudness(&project, track));
    match answer.unwrap_or(Err(ScriptHostError::Unavailable)) {
        Ok(lufs) => one(Value::Number(lufs)),
        Err(error) => failure(cx, &error.to_string()),
    }
}

pub(crate) static MIXER: Class = Class {
    name: "Mixer",
    doc: "The mix as a whole.",
    table: None,
    members: &[
        property("master", "Track", "The end of the mixer.", |cx| {
            Object::entity(&track::TRACK, cx.session.project().master().id()).into_lua(cx.lua)
        }),
        property("buses", "Track[]", "The buses, in order.", |cx| {
            let project = cx.session.project();
            let buses = project.tracks().filter(|track| track.kind() == model::TrackKind::Bus);
            super::entity::list(cx, buses.map(|bus| Object::entity(&track::TRACK, bus.id())).collect())
        }),
        method(
            "loudness",
            &[],
            "number?, string?",
            "Integrated loudness of the mix in LUFS, by rendering; nil and a message where nothing can render.",
            |cx, _| loudness(cx, None),
        ),
    ],
    list: None,
};

pub(crate) static DIAGNOSTICS: Class = Class {
    name: "Diagnostics",
    doc: "What the script uses of its limits.",
    table: None,
    members: &[
        property("memory", "integer", "Bytes the script holds.", |cx| {
            Ok(convert::count(cx.lua.used_memory()))
        }),
        property("memory_limit", "integer", "Bytes the script may hold.", |cx| {
            Ok(convert::count(cx.session.budget.limits().memory))
        }),
        property("instructions", "integer", "Instructions used so far.", |cx| {
            Ok(Value::Integer(i64::try_from(cx.session.budget.spent()).unwrap_or(i64::MAX)))
        }),
        property("time_limit", "number", "Seconds the script may run.", |cx| {
            Ok(Value::Number(cx.session.budget.limits().time.as_secs_f64()))
        }),
    ],
    list: None,
};
