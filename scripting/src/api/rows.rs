//! Notes and automation points, in bulk: crossing into Lua one value at a time is slow.

use std::collections::BTreeMap;

use mlua::{Table, Value};
use protocol::{Beats, Curve, MidiEvent, MidiMessage, Note, Point, Row};

use super::Cx;
use super::convert::{number, text};

type Rows = BTreeMap<u64, Row>;

/// The words for curves.
const CURVES: [(&str, Curve); 4] = [
    ("linear", Curve::Linear),
    ("smooth", Curve::Smooth),
    ("exponential", Curve::Exponential),
    ("hold", Curve::Hold),
];

pub(super) fn curve_word(curve: Curve) -> &'static str {
    CURVES.iter().find(|(_, known)| *known == curve).map_or("linear", |(word, _)| word)
}

pub(super) fn curve_from(word: &str) -> Result<Curve, String> {
    let known = CURVES.iter().find(|(known, _)| *known == word).map(|(_, curve)| *curve);
    known.ok_or_else(|| format!("must have a curve of linear, smooth, exponential or hold, not '{word}'"))
}

/// Notes by start, then key: `{id, start, length, key, velocity, channel}`.
pub(super) fn notes_to_lua(cx: &Cx<'_>, rows: Rows) -> mlua::Result<Value> {
    let note = |(id, row)| if let Row::Note(note) = row { Some((id, note)) } else { None };
    let mut notes: Vec<(u64, Note)> = rows.into_iter().filter_map(note).collect();
    notes.sort_by_key(|(id, note)| (note.start, note.key, *id));
    let list = cx.lua.create_table_with_capacity(notes.len(), 0)?;
    for (id, note) in notes {
        cx.session.budget.charge(20).map_err(mlua::Error::external)?;
        let entry = cx.lua.create_table_with_capacity(0, 6)?;
        entry.raw_set("id", id)?;
        entry.raw_set("start", note.start.to_beats())?;
        entry.raw_set("length", note.length.to_beats())?;
        entry.raw_set("key", note.key)?;
        entry.raw_set("velocity", note.velocity)?;
        entry.raw_set("channel", note.channel + 1)?;
        list.raw_push(entry)?;
    }
    Ok(Value::Table(list))
}

/// Points by position: `{id, at, value, curve}`.
pub(super) fn points_to_lua(cx: &Cx<'_>, rows: Rows) -> mlua::Result<Value> {
    let point = |(id, row)| if let Row::Point(point) = row { Some((id, point)) } else { None };
    let mut points: Vec<(u64, Point)> = rows.into_iter().filter_map(point).collect();
    points.sort_by_key(|(id, point)| (point.at, *id));
    let list = cx.lua.create_table_with_capacity(points.len(), 0)?;
    for (id, point) in points {
        cx.session.budget.charge(20).map_err(mlua::Error::external)?;
        let entry = cx.lua.create_table_with_capacity(0, 4)?;
        entry.raw_set("id", id)?;
        entry.raw_set("at", point.at.to_beats())?;
        entry.raw_set("value", point.value)?;
        entry.raw_set("curve", curve_word(point.curve))?;
        list.raw_push(entry)?;
    }
    Ok(Value::Table(list))
}

pub(super) fn notes_from_lua(cx: &Cx<'_>, value: &Value) -> Result<Rows, String> {
    rows(cx, value, |entry, at| note(entry).map(Row::Note).map_err(|what| format!("[{at}] {what}")))
}

pub(super) fn points_from_lua(cx: &Cx<'_>, value: &Value) -> Result<Rows, String> {
    rows(cx, value, |entry, at| point(entry).map(Row::Point).map_err(|what| format!("[{at}] {what}")))
}

/// MIDI messages by position: `{id, at, channel, kind, number, value, data}`.
pub(super) fn events_to_lua(cx: &Cx<'_>, rows: Rows) -> mlua::Result<Value> {
    let event = |(id, row)| if let Row::Event(event) = row { Some((id, event)) } else { None };
    let mut events: Vec<(u64, MidiEvent)> = rows.into_iter().filter_map(event).collect();
    events.sort_by_key(|(id, event)| (event.at, *id));
    let list = cx.lua.create_table_with_capacity(events.len(), 0)?;
    for (id, event) in events {
        cx.session.budget.charge(20).map_err(mlua::Error::external)?;
        let entry = cx.lua.create_table_with_capacity(0, 6)?;
        entry.raw_set("id", id)?;
        entry.raw_set("at", event.at.to_beats())?;
        entry.raw_set("channel", event.channel + 1)?;
        let (kind, number, value) = match event.message {
            MidiMessage::Controller { number, value } => ("controller", Some(number), Some(value.into())),
            MidiMessage::Program(value) => ("program", None, Some(value.into())),
            MidiMessage::PitchBend(value) => ("pitch_bend", None, Some(value)),
            MidiMessage::ChannelPressure(value) => ("channel_pressure", None, Some(value.into())),
            MidiMessage::KeyPressure { key, value } => ("key_pressure", Some(key), Some(value.into())),
            MidiMessage::SystemExclusive(hash) => {
                entry.raw_set("data", hash.to_string())?;
                ("system_exclusive", None, None)
            }
        };
        entry.raw_set("kind", kind)?;
        entry.raw_set("number", number)?;
        entry.raw_set("value", value)?;
        list.raw_push(entry)?;
    }
    Ok(Value::Table(list))
}

pub(super) fn events_from_lua(cx: &Cx<'_>, value: &Value) -> Result<Rows, String> {
    rows(cx, value, |entry, at| event(entry).map(Row::Event).map_err(|what| format!("[{at}] {what}")))
}

/// Rows of a list. An `id` keeps a row's identity; a missing or repeated one gets a new row.
fn rows(
    cx: &Cx<'_>,
    value: &Value,
    read: impl Fn(&Table, usize) -> Result<Row, String>,
) -> Result<Rows, String> {
    let Value::Table(list) = value else {
        return Err(format!("must be a list, got a {}", value.type_name()));
    };
    let length = list.raw_len();
    if length > model::schema::MAX_ROWS {
        return Err(format!("has {length} entries, over the limit of {}", model::schema::MAX_ROWS));
    }
    let (mut rows, mut fresh) = (Rows::new(), Vec::new());
    for at in 1..=length {
        cx.session.budget.charge(20).map_err(|tripped| tripped.to_string())?;
        let Ok(Value::Table(entry)) = list.raw_get::<Value>(at) else {
            return Err(format!("[{at}] must be a table"));
        };
        let row = read(&entry, at)?;
        let id = entry.raw_get::<Option<u64>>("id").ok().flatten();
        match id.filter(|id| !rows.contains_key(id)) {
            Some(id) => {
                rows.insert(id, row);
            }
            None => fresh.push(row),
        }
    }
    let mut next = rows.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
    for row in fresh {
        rows.insert(next, row);
        next = next.saturating_add(1);
    }
    Ok(rows)
}

fn field(entry: &Table, name: &str, default: Option<f64>) -> Result<f64, String> {
    match entry.raw_get::<Value>(name).unwrap_or(Value::Nil) {
        Value::Nil => default.ok_or_else(|| format!("needs '{name}'")),
        value => number(&value).ok_or_else(|| format!("needs a finite number for '{name}'")),
    }
}

fn small(entry: &Table, name: &str, default: Option<f64>, min: f64, max: f64) -> Result<u8, String> {
    let value = field(entry, name, default)?;
    if value.fract() != 0.0 || value < min || value > max {
        return Err(format!("needs a whole number of {min}..={max} for '{name}', got {value}"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
    Ok(value as u8)
}

/// A MIDI message from `{at, channel = 1, kind, number, value, data}`.
fn event(entry: &Table) -> Result<MidiEvent, String> {
    let seven_bits = |name| small(entry, name, None, 0.0, 127.0);
    let word = |name| entry.raw_get::<Value>(name).ok().and_then(|value| text(&value)).unwrap_or_default();
    let message = match word("kind").as_str() {
        "controller" => {
            MidiMessage::Controller { number: seven_bits("number")?, value: seven_bits("value")? }
        }
        "program" => MidiMessage::Program(seven_bits("value")?),
        "pitch_bend" => {
            let value = field(entry, "value", None)?;
            if value.fract() != 0.0 || !(-8_192.0..=8_191.0).contains(&value) {
                return Err(format!("needs a whole number of -8192..=8191 for 'value', got {value}"));
            }
            #[expect(clippy::cast_possible_truncation, reason = "just checked")]
            MidiMessage::PitchBend(value as i16)
        }
        "channel_pressure" => MidiMessage::ChannelPressure(seven_bits("value")?),
        "key_pressure" => {
            MidiMessage::KeyPressure { key: seven_bits("number")?, value: seven_bits("value")? }
        }
        "system_exclusive" => {
            let hash = word("data").parse().map_err(|_| "needs the hash of a blob for 'data'".to_owned())?;
            MidiMessage::SystemExclusive(hash)
        }
        other => {
            return Err(format!(
                "must have a kind of controller, program, pitch_bend, channel_pressure, key_pressure or \
                 system_exclusive, not '{other}'"
            ));
        }
    };
    let at = Beats::from_beats(field(entry, "at", None)?);
    Ok(MidiEvent { at, channel: small(entry, "channel", Some(1.0), 1.0, 16.0)? - 1, message })
}

/// A note from `{start, key, length = 1, velocity = 0.8, channel = 1}`.
pub(super) fn note(entry: &Table) -> Result<Note, String> {
    Ok(Note {
        start: Beats::from_beats(field(entry, "start", None)?),
        length: Beats::from_beats(field(entry, "length", Some(1.0))?),
        key: small(entry, "key", None, 0.0, 127.0)?,
        velocity: field(entry, "velocity", Some(0.8))?,
        channel: small(entry, "channel", Some(1.0), 1.0, 16.0)? - 1,
    })
}

/// A point from `{at, value, curve = "linear"}`.
pub(super) fn point(entry: &Table) -> Result<Point, String> {
    let curve = match entry.raw_get::<Value>("curve").unwrap_or(Value::Nil) {
        Value::Nil => Curve::Linear,
        value => curve_from(&text(&value).unwrap_or_default())?,
    };
    let at = Beats::from_beats(field(entry, "at", None)?);
    Ok(Point { at, value: field(entry, "value", None)?, curve })
}
