//! Parameters of devices, tracks and sends, all in one shape.

use mlua::{IntoLua, MultiValue, Value};
use model::DeviceSource;
use model::edit;
use protocol::device::strip;
use protocol::{EntityId, ParamDescriptor, Unit, Value as Field};

use super::{Args, Class, Cx, Object, convert, entity, failure, method, none, one, property, writable};
use crate::sandbox::place::misuse;

/// What is known of a parameter.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) default: f64,
    pub(super) stepped: bool,
    /// Of built-in parameters, which know how to write themselves.
    descriptor: Option<&'static ParamDescriptor>,
}

impl From<&'static ParamDescriptor> for Known {
    fn from(param: &'static ParamDescriptor) -> Self {
        Self {
            key: param.key.to_owned(),
            name: param.name.to_owned(),
            min: param.min,
            max: param.max,
            default: param.default,
            stepped: param.is_stepped(),
            descriptor: Some(param),
        }
    }
}

/// All parameters of a track, send or device.
fn all(cx: &Cx<'_>, owner: EntityId) -> Vec<Known> {
    let project = cx.session.project();
    let params = match project.entity(owner).map(|entity| entity.table()) {
        Some("tracks") => strip::PARAMS,
        Some("sends") => strip::SEND_PARAMS,
        _ => match project.device(owner.into()).map(|device| device.source()) {
            Some(DeviceSource::Builtin(kind)) => kind.params(),
            Some(DeviceSource::Plugin(_)) => {
                let params = cx.session.ask(move |host| host.plugin_params(owner)).unwrap_or_default();
                let known = |param: protocol::plugin::PluginParam| Known {
                    key: param.id.0.to_string(),
                    name: param.name,
                    min: param.min,
                    max: param.max,
                    default: param.default,
                    stepped: param.stepped,
                    descriptor: None,
                };
                return params.into_iter().filter(|param| !param.hidden).map(known).collect();
            }
            _ => &[],
        },
    };
    params.iter().map(Known::from).collect()
}

pub(super) fn describe(cx: &Cx<'_>, owner: EntityId, key: &str) -> Option<Known> {
    all(cx, owner).into_iter().find(|known| known.key == key)
}

/// `parameters` of the object.
pub(super) fn parameters(cx: &Cx<'_>) -> mlua::Result<Value> {
    let owner = cx.object.id();
    entity::list(cx, all(cx, owner).iter().map(|known| Object::parameter(owner, &known.key)).collect())
}

/// `parameter(key)` of the object.
pub(super) fn find(cx: &Cx<'_>, args: &Args<'_>) -> mlua::Result<MultiValue> {
    let key = args.text(0)?;
    match describe(cx, cx.object.id(), &key) {
        Some(_) => one(Object::parameter(cx.object.id(), &key).into_lua(cx.lua)?),
        None => failure(cx, &format!("there is no parameter '{key}'")),
    }
}

pub(crate) static PARAMETERS: Class = Class {
    name: "Parameters",
    doc: "Parameters of anything that has some.",
    table: None,
    members: &[method(
        "of",
        &[("owner", "Track|Device|Send")],
        "Parameter[]",
        "The parameters of a track, device or send.",
        |cx, args| {
            let owner = args.object(0, &["Track", "Device", "Send"])?.id();
            let list = all(cx, owner).iter().map(|known| Object::parameter(owner, &known.key)).collect();
            one(entity::list(cx, list)?)
        },
    )],
    list: None,
};

fn known(cx: &Cx<'_>) -> mlua::Result<Known> {
    let found = describe(cx, cx.object.id(), cx.object.key());
    found.ok_or_else(|| misuse(cx.lua, &format!("there is no parameter '{}'", cx.object.key())))
}

fn value(cx: &Cx<'_>, known: &Known) -> f64 {
    let project = cx.session.project();
    let owner = cx.object.id();
    if let Some(device) = project.device(owner.into()) {
        return device.param(&known.key).unwrap_or(known.default);
    }
    match project.entity(owner).and_then(|entity| entity.get(&known.key)) {
        Some(Field::Float(value)) => value,
        Some(Field::Bool(true)) => 1.0,
        _ => 0.0,
    }
}

fn set_value(cx: &Cx<'_>, known: &Known, value: f64) -> mlua::Result<()> {
    let owner = cx.object.id();
    let change = if cx.session.project().device(owner.into()).is_some() {
        edit::device::set_param(owner.into(), &known.key, value)
    } else if known.descriptor.is_some_and(|param| param.unit == Unit::Switch) {
        edit::any::set(owner, &known.key, Field::Bool(value >= 0.5))
    } else {
        edit::any::set(owner, &known.key, Field::Float(value))
    };
    cx.session.write(cx.lua, vec![change])
}

fn finite(cx: &Cx<'_>, value: &Value) -> mlua::Result<f64> {
    let number = convert::number(value);
    number.ok_or_else(|| misuse(cx.lua, &format!("Parameter '{}' takes a finite number", cx.object.key())))
}

fn normalized(known: &Known, value: f64) -> f64 {
    match known.descriptor {
        Some(param) => param.normalize(value),
        None if known.max > known.min => ((value - known.min) / (known.max - known.min)).clamp(0.0, 1.0),
        None => 0.0,
    }
}

fn text(known: &Known, value: f64) -> String {
    known.descriptor.map_or_else(|| format!("{value:.3}"), |param| param.text(value))
}

pub(crate) static PARAMETER: Class = Class {
    name: "Parameter",
    doc: "A parameter of a device, a track's fader, pan or mute, or a send's level.",
    table: None,
    members: &[
        property("key", "string", "Stable name; for plugins, the number of the parameter.", |cx| {
            cx.object.key().into_lua(cx.lua)
        }),
        property("name", "string", "What a person reads.", |cx| known(cx)?.name.into_lua(cx.lua)),
        property("owner", "Track|Device|Send", "What it belongs to.", |cx| {
            convert::object(cx, cx.object.id())
        }),
        writable(
            "value",
            "number",
            "Its value, in its unit.",
            |cx| Ok(Value::Number(value(cx, &known(cx)?))),
            |cx, given| set_value(cx, &known(cx)?, finite(cx, &given)?),
        ),
        writable(
            "normalized",
            "number",
            "Its value as a knob position, 0..=1. Setting it clamps.",
            |cx| {
                let known = known(cx)?;
                Ok(Value::Number(normalized(&known, value(cx, &known))))
            },
            |cx, given| {
                let (known, position) = (known(cx)?, finite(cx, &given)?.clamp(0.0, 1.0));
                let value = match known.descriptor {
                    Some(param) => param.denormalize(position),
                    None => known.min + (known.max - known.min) * position,
                };
                set_value(cx, &known, if known.stepped { value.round() } else { value })
            },
        ),
        writable(
            "text",
            "string",
            "Its value as a person reads and writes it, such as \"-6.0 dB\".",
            |cx| {
                let known = known(cx)?;
                text(&known, value(cx, &known)).into_lua(cx.lua)
            },
            |cx, given| {
                let (known, given) = (known(cx)?, convert::text(&given).unwrap_or_default());
                let parsed = match known.descriptor {
                    Some(param) => param.parse(&given),
                    None => given.trim().parse().ok(),
                };
                match parsed {
                    Some(value) => set_value(cx, &known, value),
                    None => {
                        Err(misuse(cx.lua, &format!("Parameter '{}' cannot read \"{given}\"", known.key)))
                    }
                }
            },
        ),
        property("min", "number", "Smallest value.", |cx| Ok(Value::Number(known(cx)?.min))),
        property("max", "number", "Largest value.", |cx| Ok(Value::Number(known(cx)?.max))),
        property("default", "number", "Value of a new device.", |cx| Ok(Value::Number(known(cx)?.default))),
        property("stepped", "boolean", "Whether values are whole numbers.", |cx| {
            Ok(Value::Boolean(known(cx)?.stepped))
        }),
        property("choices", "string[]", "The names of the values, if it is a choice.", |cx| {
            let choices = known(cx)?.descriptor.map_or(&[][..], |param| param.choices);
            Ok(Value::Table(cx.lua.create_sequence_from(choices.iter().copied())?))
        }),
        method("reset", &[], "", "Gives it its default.", |cx, _| {
            let known = known(cx)?;
            set_value(cx, &known, known.default)?;
            none()
        }),
    ],
    list: None,
};
