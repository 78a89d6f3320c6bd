//! `loophole`: the root.

use mlua::{Function, IntoLua, MultiValue, Value};

use super::{
    Class, Cx, Member, Object, clip, device, lane, macros, method, param, project, property, track, transport,
};

const fn child(name: &'static str, ty: &'static str, doc: &'static str, get: super::Get) -> Member {
    property(name, ty, doc, get)
}

fn the(cx: &Cx<'_>, class: &'static Class) -> mlua::Result<Value> {
    Object::singleton(class, cx.session).into_lua(cx.lua)
}

pub(crate) static LOOPHOLE: Class = Class {
    name: "Loophole",
    doc: "The root of everything a script can reach.",
    table: None,
    members: &[
        child("project", "Project", "The project as a whole.", |cx| the(cx, &project::PROJECT)),
        child("tracks", "Tracks", "The tracks, in order.", |cx| the(cx, &track::TRACKS)),
        child("clips", "Clips", "All clips of all tracks.", |cx| the(cx, &clip::CLIPS)),
        child("devices", "Devices", "All devices of all tracks.", |cx| the(cx, &device::DEVICES)),
        child("parameters", "Parameters", "Parameters of anything that has some.", |cx| {
            the(cx, &param::PARAMETERS)
        }),
        child("macros", "Macros", "The 128 knobs towards the outer host.", |cx| the(cx, &macros::MACROS)),
        child("automation", "Automation", "All automation lanes.", |cx| the(cx, &lane::AUTOMATION)),
        child("mixer", "Mixer", "The mix as a whole.", |cx| the(cx, &transport::MIXER)),
        child("transport", "Transport", "Play, stop, go elsewhere.", |cx| the(cx, &transport::TRANSPORT)),
        child("diagnostics", "Diagnostics", "What the script uses, and what is installed.", |cx| {
            the(cx, &transport::DIAGNOSTICS)
        }),
        // Called with a dot, as the one function that is not about an object; see `edit` below.
        property(
            "edit",
            "fun(name: string, change: fun(): any): any",
            "Runs `change` as one undo step called `name`, of at most 256 bytes. If it raises an error, or a limit ends \
             the script within it, what it did is taken back and the error goes on. If it changes nothing, there is no step. Steps nest; inner ones join the outer. Gives what \
             `change` returns.",
            edit,
        ),
        property(
            "loudness",
            "fun(track: Track?): number?, string?",
            "Integrated loudness (EBU R128) of a track, or of the mix, in LUFS, by rendering the project as it is in \
             this script; nil and a message where nothing can render.",
            |cx| {
                let function = cx.lua.create_function(|lua, track: Option<mlua::UserDataRef<Object>>| {
                    let session = crate::session::Session::of(lua)?;
                    let object = Object::singleton(&LOOPHOLE, &session);
                    let track = track.map(|track| track.id().into());
                    transport::loudness(&Cx { lua, session: &session, object: &object }, track)
                })?;
                Ok(Value::Function(function))
            },
        ),
        method(
            "name_of",
            &[("object", "any")],
            "string",
            "What an object is called in error messages.",
            |cx, args| {
                let text: String = cx.lua.globals().get::<Function>("tostring")?.call(args.value(0))?;
                super::one(text.into_lua(cx.lua)?)
            },
        ),
    ],
    list: None,
};

fn edit(cx: &Cx<'_>) -> mlua::Result<Value> {
    let function = cx.lua.create_function(|lua, args: MultiValue| {
        let session = crate::session::Session::of(lua)?;
        let mut args: Vec<Value> = args.into_iter().collect();
        // Forgives `loophole:edit(...)`.
        if matches!(args.first(), Some(Value::UserData(_))) {
            args.remove(0);
        }
        let (Some(Value::String(name)), Some(Value::Function(change))) = (args.first(), args.get(1)) else {
            return Err(crate::sandbox::place::misuse(lua, "loophole.edit takes a name and a function"));
        };
        let name = super::convert::step_name(name)
            .map_err(|what| crate::sandbox::place::misuse(lua, &format!("loophole.edit: {what}")))?;
        session.steps.borrow_mut().begin(name);
        let result = change.call::<MultiValue>(());
        let mut steps = session.steps.borrow_mut();
        // Nobody is ever shown half a step, also where a limit cut it short and the script looked away.
        if result.is_ok() && session.budget.tripped().is_none() {
            steps.keep();
        } else {
            steps.roll_back();
        }
        result
    })?;
    Ok(Value::Function(function))
}
