//! Field values as plain JSON. The schema says what a field holds, so the file need not.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use protocol::{Beats, Curve, MidiEvent, MidiMessage, Note, Point, Row, Value};

use serde_json::Number;

use super::json::Json;

/// What the JSON of a field must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Bool,
    Int,
    Float,
    Text,
    Beats,
    Ref,
    Blob,
    Numbers,
    List,
    Properties,
    Notes,
    Points,
    Events,
}

impl Shape {
    const fn expected(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Text => "text",
            Self::Beats => "a whole number of ticks",
            Self::Ref => "the id of an entity",
            Self::Blob => "the hash of a blob",
            Self::Numbers => "numbers by name",
            Self::List => "a list of plain values",
            Self::Properties => "plain values by name",
            Self::Notes => "notes by number",
            Self::Points => "points by number",
            Self::Events => "MIDI messages by number",
        }
    }
}

/// What a user's table holds, as it is written: with its kind, for the declaration may change or go away.
pub(super) fn encode_tagged(value: &Value) -> Json {
    Json::from_value(&serde_json::to_value(value).unwrap_or_default())
}

/// A value as [`encode_tagged`] wrote it.
pub(super) fn decode_tagged(json: &Json) -> Result<Value, ShapeError> {
    let wrong = |_| ShapeError { expected: "a value with its kind", found: json.kind().to_owned() };
    serde_json::from_value(json.clone().into_value()).map_err(wrong)
}

/// The JSON of a field is not what the schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShapeError {
    pub expected: &'static str,
    pub found: String,
}

/// A value as it is written.
pub(super) fn encode(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::Number((*value).into()),
        Value::Float(value) => Json::float(*value),
        Value::Text(text) => Json::Text(text.clone()),
        Value::Beats(beats) => Json::Number(beats.0.into()),
        Value::Ref(id) => Json::Text(id.to_string()),
        Value::Blob(hash) => Json::Text(hash.to_string()),
        Value::Numbers(numbers) => {
            Json::Object(numbers.iter().map(|(name, number)| (name.clone(), Json::float(*number))).collect())
        }
        Value::List(items) => Json::from_value(&items.iter().map(plain_to_json).collect()),
        Value::Properties(entries) => {
            let entries =
                entries.iter().map(|(key, value)| (key.clone(), Json::from_value(&plain_to_json(value))));
            Json::Object(entries.collect())
        }
        Value::Rows(rows) => {
            Json::Object(rows.iter().map(|(key, row)| (key.to_string(), encode_row(*row))).collect())
        }
    }
}

/// A plain value says by itself what it is: musical times, which look like numbers, carry their unit.
fn plain_to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Beats(beats) => serde_json::json!({ "ticks": beats.0 }),
        _ => serde_json::Value::Null,
    }
}

fn plain_from_json(json: &serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) if number.is_i64() => Value::Int(number.as_i64()?),
        serde_json::Value::Number(number) => Value::Float(number.as_f64()?),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Object(entries) if entries.len() == 1 => {
            Value::Beats(Beats(entries.get("ticks")?.as_i64()?))
        }
        _ => return None,
    })
}

fn encode_row(row: Row) -> Json {
    Json::Raw(match row {
        Row::Note(Note { start, length, key, velocity, channel }) => {
            let (start, length, velocity) = (start.0, length.0, Decimal(velocity));
            format!(
                "{{\"channel\": {channel}, \"key\": {key}, \"length\": {length}, \"start\": {start}, \
                 \"velocity\": {velocity}}}"
            )
        }
        Row::Point(Point { at, value, curve }) => {
            let (at, curve, value) = (at.0, curve_name(curve), Decimal(value));
            format!("{{\"at\": {at}, \"curve\": \"{curve}\", \"value\": {value}}}")
        }
        Row::Event(MidiEvent { at, channel, message }) => {
            let (kind, number, value, data) = match message {
                MidiMessage::Controller { number, value } => {
                    ("controller", Some(number), Some(value.into()), None)
                }
                MidiMessage::Program(value) => ("program", None, Some(value.into()), None),
                MidiMessage::PitchBend(value) => ("pitch_bend", None, Some(value), None),
                MidiMessage::ChannelPressure(value) => ("channel_pressure", None, Some(value.into()), None),
                MidiMessage::KeyPressure { key, value } => {
                    ("key_pressure", Some(key), Some(value.into()), None)
                }
                MidiMessage::SystemExclusive(hash) => ("system_exclusive", None, None, Some(hash)),
            };
            let mut text = format!("{{\"at\": {}, \"channel\": {channel}", at.0);
            // Writing to a String cannot fail.
            let _infallible = data.map(|hash| write!(text, ", \"data\": \"{hash}\""));
            let _infallible = write!(text, ", \"kind\": \"{kind}\"");
            let _infallible = number.map(|number: u8| write!(text, ", \"number\": {number}"));
            let _infallible = value.map(|value: i16| write!(text, ", \"value\": {value}"));
            text.push('}');
            text
        }
    })
}

/// A number as JSON has it.
struct Decimal(f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Number::from_f64(self.0) {
            Some(number) => number.fmt(f),
            None => f.write_str("null"),
        }
    }
}

const CURVES: [(Curve, &str); 4] = [
    (Curve::Hold, "hold"),
    (Curve::Linear, "linear"),
    (Curve::Smooth, "smooth"),
    (Curve::Exponential, "exponential"),
];

fn curve_name(curve: Curve) -> &'static str {
    CURVES.iter().find(|(other, _)| *other == curve).map_or("linear", |(_, name)| name)
}

/// A value as it was written. Null is unset, whatever the shape.
pub(super) fn decode(json: &Json, shape: Shape) -> Result<Value, ShapeError> {
    let wrong = || ShapeError { expected: shape.expected(), found: json.kind().to_owned() };
    let value = match (shape, json) {
        (_, Json::Null) => Some(Value::Null),
        (Shape::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
        (Shape::Int, json) => json.as_i64().map(Value::Int),
        (Shape::Float, json) => json.as_f64().map(Value::Float),
        (Shape::Text, Json::Text(text)) => Some(Value::Text(text.clone())),
        (Shape::Beats, json) => json.as_i64().map(Beats).map(Value::Beats),
        (Shape::Ref, Json::Text(text)) => text.parse().ok().map(Value::Ref),
        (Shape::Blob, Json::Text(text)) => text.parse().ok().map(Value::Blob),
        (Shape::Numbers, Json::Object(entries)) => {
            let numbers = entries.iter().map(|(name, json)| Some((name.clone(), json.as_f64()?)));
            numbers.collect::<Option<BTreeMap<_, _>>>().map(Value::Numbers)
        }
        (Shape::List, json) => match json.clone().into_value() {
            serde_json::Value::Array(items) => {
                items.iter().map(plain_from_json).collect::<Option<Vec<_>>>().map(Value::List)
            }
            _ => None,
        },
        (Shape::Properties, Json::Object(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, json)| Some((key.clone(), plain_from_json(&json.clone().into_value())?)));
            entries.collect::<Option<BTreeMap<_, _>>>().map(Value::Properties)
        }
        (Shape::Notes, Json::Object(entries)) => return rows(entries, note).map(Value::Rows),
        (Shape::Points, Json::Object(entries)) => return rows(entries, point).map(Value::Rows),
        (Shape::Events, Json::Object(entries)) => return rows(entries, event).map(Value::Rows),
        _ => None,
    };
    value.ok_or_else(wrong)
}

fn rows(
    entries: &BTreeMap<String, Json>,
    row: fn(&Fields<'_>) -> Option<Row>,
) -> Result<BTreeMap<u64, Row>, ShapeError> {
    let decode = |(name, json): (&String, &Json)| {
        let wrong = |expected| ShapeError { expected, found: format!("row \"{name}\": {}", json.kind()) };
        // Only the canonical spelling, so that no two names are one key.
        let key = name.parse::<u64>().ok().filter(|key| key.to_string() == *name);
        let key = key.ok_or_else(|| wrong("rows by number"))?;
        let Json::Object(fields) = json else { return Err(wrong("a row")) };
        let row = row(&Fields(fields)).ok_or_else(|| wrong("a row with its fields"))?;
        Ok((key, row))
    };
    entries.iter().map(decode).collect()
}

/// The fields of a row.
struct Fields<'a>(&'a BTreeMap<String, Json>);

impl Fields<'_> {
    fn int<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        T::try_from(self.0.get(name)?.as_i64()?).ok()
    }

    fn float(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    fn has_only(&self, names: &[&str]) -> bool {
        self.0.keys().all(|name| names.contains(&name.as_str()))
    }
}

fn note(fields: &Fields<'_>) -> Option<Row> {
    if !fields.has_only(&["channel", "key", "length", "start", "velocity"]) {
        return None;
    }
    Some(Row::Note(Note {
        start: Beats(fields.int("start")?),
        length: Beats(fields.int("length")?),
        key: fields.int("key")?,
        velocity: fields.float("velocity")?,
        channel: if fields.0.contains_key("channel") { fields.int("channel")? } else { 0 },
    }))
}

fn point(fields: &Fields<'_>) -> Option<Row> {
    if !fields.has_only(&["at", "curve", "value"]) {
        return None;
    }
    let curve = match fields.0.get("curve") {
        Some(name) => CURVES.iter().find(|(_, known)| Some(*known) == name.as_text())?.0,
        None => Curve::default(),
    };
    Some(Row::Point(Point { at: Beats(fields.int("at")?), value: fields.float("value")?, curve }))
}

fn event(fields: &Fields<'_>) -> Option<Row> {
    let text = |name: &str| fields.0.get(name).and_then(Json::as_text);
    let (allowed, message): (&[&str], _) = match text("kind")? {
        "controller" => {
            let (number, value) = (fields.int("number")?, fields.int("value")?);
            (&["number", "value"], MidiMessage::Controller { number, value })
        }
        "program" => (&["value"], MidiMessage::Program(fields.int("value")?)),
        "pitch_bend" => (&["value"], MidiMessage::PitchBend(fields.int("value")?)),
        "channel_pressure" => (&["value"], MidiMessage::ChannelPressure(fields.int("value")?)),
        "key_pressure" => {
            let (key, value) = (fields.int("number")?, fields.int("value")?);
            (&["number", "value"], MidiMessage::KeyPressure { key, value })
        }
        "system_exclusive" => (&["data"], MidiMessage::SystemExclusive(text("data")?.parse().ok()?)),
        _ => return None,
    };
    let is_known = |name: &String| {
        matches!(name.as_str(), "at" | "channel" | "kind") || allowed.contains(&name.as_str())
    };
    if !fields.0.keys().all(is_known) {
        return None;
    }
    Some(Row::Event(MidiEvent { at: Beats(fields.int("at")?), channel: fields.int("channel")?, message }))
}
