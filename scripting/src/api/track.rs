//! Tracks and sends.

use mlua::{IntoLua, Value};
use model::{Project, TrackId, edit};
use protocol::{DeviceKind, EntityId, PluginFormat, Value as Field};

use super::entity::{self, DELETE, ID};
use super::{
    Class, Cx, Object, clip, convert, device, failure, lane, method, none, one, param, project, property,
};

fn tracks(project: &Project) -> Vec<Object> {
    project.tracks().map(|track| Object::entity(&TRACK, track.id())).collect()
}

pub(crate) static TRACKS: Class = Class {
    name: "Tracks",
    doc: "The tracks, in order, without the master. `#tracks`, `tracks[i]` and `ipairs(tracks)` work.",
    table: None,
    members: &[
        property("master", "Track", "The end of the mixer.", |cx| {
            Object::entity(&TRACK, cx.session.project().master().id()).into_lua(cx.lua)
        }),
        method("list", &[], "Track[]", "The tracks as a list that later changes do not move.", |cx, _| {
            let project = cx.session.project();
            one(entity::list(cx, tracks(&project))?)
        }),
        method(
            "find",
            &[("name", "string|integer")],
            "Track?, string?",
            "The first track with a name, or the one at an index; nil and a message if there is none.",
            |cx, args| {
                let mut all = tracks(&cx.session.project());
                all.push(Object::entity(&TRACK, cx.session.project().master().id()));
                match project::pick(cx, args, all)? {
                    Some(track) => one(track.into_lua(cx.lua)?),
                    None => failure(cx, "no such track"),
                }
            },
        ),
        method(
            "add",
            &[("track", "{kind: string?, name: string?, [string]: any}?")],
            "Track",
            "Adds a track at the end, an instrument track unless `kind` says audio or bus; any property can be given.",
            |cx, args| {
                let options = args.options(0)?;
                let kind = options.raw_get::<Value>("kind")?;
                let given = [("kind", Field::Text("instrument".into()))];
                entity::create(cx, args, "tracks", &options, if kind.is_nil() { &given } else { &[] })
            },
        ),
    ],
    list: Some(("Track", |cx| super::each(tracks(&cx.session.project())))),
};

fn id(cx: &Cx<'_>) -> TrackId {
    TrackId(cx.object.id())
}

pub(crate) static TRACK: Class = Class {
    name: "Track",
    doc: "A channel of the mixer, with clips, devices and sends.",
    table: Some("tracks"),
    members: &[
        ID,
        property("is_master", "boolean", "Whether it is the end of the mixer.", |cx| {
            Ok(Value::Boolean(cx.session.project().master().id() == id(cx)))
        }),
        property("index", "integer?", "Its place among the tracks, from 1.", |cx| {
            let place = cx.session.project().tracks().position(|track| track.id() == id(cx));
            Ok(place.map_or(Value::Nil, |place| convert::count(place + 1)))
        }),
        property("clips", "Clip[]", "Its clips, by position.", |cx| {
            let project = cx.session.project();
            let clips = project.track(id(cx)).into_iter().flat_map(|track| track.clips());
            entity::list(cx, clips.map(|clip| Object::entity(&clip::CLIP, clip.id())).collect())
        }),
        property("devices", "Device[]", "Its devices, in the order of the chain.", |cx| {
            let project = cx.session.project();
            let devices = project.track(id(cx)).into_iter().flat_map(|track| track.devices());
            entity::list(cx, devices.map(|device| Object::entity(&device::DEVICE, device.id())).collect())
        }),
        property("sends", "Send[]", "Its sends.", |cx| {
            let project = cx.session.project();
            let sends = project.track(id(cx)).into_iter().flat_map(|track| track.sends());
            entity::list(cx, sends.map(|send| Object::entity(&SEND, send.id())).collect())
        }),
        property("lanes", "Lane[]", "The automation of its fader, pan and mute.", lane::lanes),
        property("parameters", "Parameter[]", "Fader, pan and mute as parameters.", param::parameters),
        method("parameter", &[("key", "string")], "Parameter?, string?", "A parameter by key.", param::find),
        method(
            "automate",
            &[("key", "string"), ("points", "Point[]?")],
            "Lane",
            "The automation lane of a parameter such as `volume_db`; a new one if there is none.",
            lane::automate,
        ),
        method(
            "add_clip",
            &[("clip", "{start: number, length: number, name: string?, notes: Note[]?, [string]: any}")],
            "Clip",
            "Adds a clip of notes; any property can be given.",
            |cx, args| {
                let given = [("track", Field::Ref(cx.object.id()))];
                entity::create(cx, args, "clips", &args.table(0)?, &given)
            },
        ),
        method(
            "add_device",
            &[("device", "string|{plugin: string, format: string?, name: string?, [string]: any}")],
            "Device",
            "Adds a device at the end of the chain: a built-in such as \"loophole.synth\", or a plugin by its id \
             (`{format = \"clap\", plugin = \"org.example.synth\"}`).",
            |cx, args| {
                let options = match args.value(0) {
                    Value::String(key) => {
                        let options = cx.lua.create_table()?;
                        options.raw_set("plugin", key)?;
                        options
                    }
                    _ => args.table(0)?,
                };
                let key = convert::text(&options.raw_get("plugin")?).unwrap_or_default();
                let format = convert::text(&options.raw_get("format")?);
                let builtin = format.is_none() || format.as_deref() == Some("builtin");
                let kind = DeviceKind::from_key(&key).filter(|_| builtin);
                if builtin && kind.is_none() {
                    return Err(args.error(&format!("there is no built-in device '{key}'")));
                }
                let mut given = vec![("track", Field::Ref(cx.object.id()))];
                if options.raw_get::<Value>("name")?.is_nil() {
                    let name = kind.map_or(&*key, |kind| kind.name());
                    given.push(("name", Field::Text(name.to_owned())));
                }
                if builtin {
                    given.push(("format", Field::Text("builtin".into())));
                } else if ![PluginFormat::Clap.key(), PluginFormat::Vst3.key()]
                    .contains(&format.as_deref().unwrap_or(""))
                {
                    return Err(args.error("'format' must be builtin, clap or vst3"));
                }
                entity::create(cx, args, "devices", &options, &given)
            },
        ),
        method(
            "add_send",
            &[("bus", "Track"), ("options", "number|{level_db: number?, pre_fader: boolean?}?")],
            "Send",
            "Sends a part of its sound to a bus, at a level in dB or with options.",
            |cx, args| {
                let target = args.object(0, &["Track"])?;
                let given = [("track", Field::Ref(cx.object.id())), ("target", Field::Ref(target.id()))];
                let options = match convert::number(&args.value(1)) {
                    Some(level_db) => cx.lua.create_table_from([("level_db", level_db)])?,
                    None => args.options(1)?,
                };
                entity::create(cx, args, "sends", &options, &given)
            },
        ),
        method(
            "move",
            &[("index", "integer")],
            "",
            "Moves it to a place among the tracks, from 1.",
            |cx, args| {
                let project = cx.session.project();
                let others: Vec<(EntityId, f64)> = project
                    .tracks()
                    .filter(|track| track.id() != id(cx))
                    .map(|track| (track.id().0, track.order()))
                    .collect();
                if project.master().id() == id(cx) {
                    return Err(args.error("the master stays at the end"));
                }
                let to = usize::try_from(args.integer(0)?.max(1) - 1).unwrap_or(usize::MAX).min(others.len());
                let mut order: Vec<EntityId> = others.iter().map(|(id, _)| *id).collect();
                order.insert(to, cx.object.id());
                let place = |(at, id): (usize, EntityId)| {
                    edit::track::set_order(TrackId(id), convert::float(i64::try_from(at).unwrap_or(i64::MAX)))
                };
                cx.session.write(cx.lua, order.into_iter().enumerate().map(place).collect())?;
                none()
            },
        ),
        method(
            "loudness",
            &[],
            "number?, string?",
            "Integrated loudness after the fader in LUFS, by rendering the project as it is in this script; nil and a \
             message where nothing can render.",
            |cx, _| super::transport::loudness(cx, Some(id(cx))),
        ),
        DELETE,
    ],
    list: None,
};

pub(crate) static SEND: Class = Class {
    name: "Send",
    doc: "A part of a track's sound sent to a bus.",
    table: Some("sends"),
    members: &[
        ID,
        property("lanes", "Lane[]", "The automation of its level.", lane::lanes),
        property("parameters", "Parameter[]", "Its level as a parameter.", param::parameters),
        method("parameter", &[("key", "string")], "Parameter?, string?", "A parameter by key.", param::find),
        method(
            "automate",
            &[("key", "string"), ("points", "Point[]?")],
            "Lane",
            "The automation lane of `level_db`.",
            lane::automate,
        ),
        DELETE,
    ],
    list: None,
};
