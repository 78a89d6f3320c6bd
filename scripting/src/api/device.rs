//! Devices.

use mlua::{IntoLua, Value};
use model::{DeviceId, DeviceSource, edit};

use super::entity::{self, DELETE, ID};
use super::{Class, Cx, Object, convert, failure, lane, method, none, one, param, property};

fn all(cx: &Cx<'_>) -> Vec<Object> {
    let project = cx.session.project();
    let master = std::iter::once(project.master());
    let devices = project.tracks().chain(master).flat_map(|track| track.devices());
    devices.map(|device| Object::entity(&DEVICE, device.id())).collect()
}

pub(crate) static DEVICES: Class = Class {
    name: "Devices",
    doc: "All devices, by track and place in the chain. `#devices`, `devices[i]` and `ipairs(devices)` work.",
    table: None,
    members: &[
        method("list", &[], "Device[]", "The devices as a list.", |cx, _| one(entity::list(cx, all(cx))?)),
        method(
            "find",
            &[("name", "string|integer")],
            "Device?, string?",
            "The first device with a name, or the one at an index; nil and a message if there is none.",
            |cx, args| match super::project::pick(cx, args, all(cx))? {
                Some(device) => one(device.into_lua(cx.lua)?),
                None => failure(cx, "no such device"),
            },
        ),
        property("builtin", "string[]", "The keys of the built-in devices.", |cx| {
            let keys = protocol::DeviceKind::ALL.map(protocol::DeviceKind::key);
            Ok(Value::Table(cx.lua.create_sequence_from(keys)?))
        }),
        property(
            "plugins",
            "{format: string, id: string, name: string, vendor: string, is_instrument: boolean}[]",
            "The plugins that can be loaded.",
            |cx| {
                let plugins = cx.session.ask(|host| host.plugins()).unwrap_or_default();
                let list = cx.lua.create_table()?;
                for info in plugins {
                    let entry = cx.lua.create_table()?;
                    entry.raw_set("format", info.plugin.format.key())?;
                    entry.raw_set("id", info.plugin.id.as_str())?;
                    entry.raw_set("name", info.name.as_str())?;
                    entry.raw_set("vendor", info.vendor.as_str())?;
                    entry.raw_set("is_instrument", info.is_instrument())?;
                    list.raw_push(entry)?;
                }
                Ok(Value::Table(list))
            },
        ),
    ],
    list: Some(("Device", |cx| super::each(all(cx)))),
};

fn id(cx: &Cx<'_>) -> DeviceId {
    DeviceId(cx.object.id())
}

pub(crate) static DEVICE: Class = Class {
    name: "Device",
    doc: "An instrument or effect on a track: built in, or a nested plugin.",
    table: Some("devices"),
    members: &[
        ID,
        property("is_builtin", "boolean", "Whether it is part of Loophole.", |cx| {
            let project = cx.session.project();
            let source = project.device(id(cx)).map(|device| device.source());
            Ok(Value::Boolean(matches!(source, Some(DeviceSource::Builtin(_)))))
        }),
        property("is_plugin", "boolean", "Whether it is a nested plugin.", |cx| {
            let project = cx.session.project();
            let source = project.device(id(cx)).map(|device| device.source());
            Ok(Value::Boolean(matches!(source, Some(DeviceSource::Plugin(_)))))
        }),
        property("is_instrument", "boolean", "Whether it is a built-in instrument.", |cx| {
            let project = cx.session.project();
            let source = project.device(id(cx)).map(|device| device.source());
            Ok(Value::Boolean(matches!(source, Some(DeviceSource::Builtin(kind)) if kind.is_instrument())))
        }),
        property(
            "layouts",
            "{id: integer, name: string, inputs: integer, outputs: integer}[]",
            "The sets of audio buses that a nested plugin can have, for `layout`; none while it is not loaded.",
            |cx| {
                let device = id(cx).0;
                let layouts = cx.session.ask(move |host| host.plugin_layouts(device)).unwrap_or_default();
                let list = cx.lua.create_table()?;
                for layout in layouts {
                    let entry = cx.lua.create_table()?;
                    entry.raw_set("id", layout.id)?;
                    entry.raw_set("name", layout.name)?;
                    entry.raw_set("inputs", layout.inputs)?;
                    entry.raw_set("outputs", layout.outputs)?;
                    list.raw_push(entry)?;
                }
                Ok(Value::Table(list))
            },
        ),
        property("parameters", "Parameter[]", "Its parameters.", param::parameters),
        method("parameter", &[("key", "string")], "Parameter?, string?", "A parameter by key.", param::find),
        method(
            "get",
            &[("key", "string")],
            "number?, string?",
            "A parameter's value, in its unit.",
            |cx, args| {
                let key = args.text(0)?;
                match cx.session.project().device(id(cx)).and_then(|device| device.param(&key)) {
                    Some(value) => one(Value::Number(value)),
                    None => failure(cx, &format!("no value for '{key}'")),
                }
            },
        ),
        method(
            "set",
            &[("key", "string|table<string, number>"), ("value", "number?")],
            "",
            "Sets a parameter in its unit, or many from a table of values by key.",
            |cx, args| {
                let mut values = Vec::new();
                if let Value::Table(table) = args.value(0) {
                    for pair in table.pairs::<Value, Value>() {
                        let (key, value) = pair?;
                        let (Some(key), Some(value)) = (convert::text(&key), convert::number(&value)) else {
                            return Err(args.error("takes finite numbers by parameter key"));
                        };
                        values.push((key, value));
                    }
                } else {
                    values.push((args.text(0)?, args.number(1)?));
                }
                let params = values.iter().map(|(key, value)| (key.as_str(), Some(*value)));
                cx.session.write(cx.lua, vec![edit::device::set_params(id(cx), params)])?;
                none()
            },
        ),
        method("reset", &[("key", "string")], "", "Gives a parameter its default back.", |cx, args| {
            let key = args.text(0)?;
            cx.session.write(cx.lua, vec![edit::device::set_params(id(cx), [(key.as_str(), None)])])?;
            none()
        }),
        property("lanes", "Lane[]", "The automation of its parameters.", lane::lanes),
        method(
            "automate",
            &[("key", "string"), ("points", "Point[]?")],
            "Lane",
            "The automation lane of a parameter; a new one if there is none.",
            lane::automate,
        ),
        DELETE,
    ],
    list: None,
};
