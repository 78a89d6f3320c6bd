//! Whether a value fits a field.

use protocol::{MidiEvent, MidiMessage, Row, Value};

use super::EditRule;
use crate::entity::approximate;
use crate::schema::{FieldKind, MAX_ITEM_BYTES, MAX_ITEMS, MAX_ROWS, MAX_TICKS, Presence};

/// The longest key of a number entry, in bytes.
const MAX_KEY: usize = 256;

/// Checks a value against its field, references aside (those need the project).
pub(crate) fn value(kind: &FieldKind, value: &Value) -> Result<(), EditRule> {
    match (kind, value) {
        (FieldKind::Bool { .. }, Value::Bool(_)) | (FieldKind::Blob, Value::Blob(_)) => Ok(()),
        (FieldKind::Ref { .. }, Value::Ref(_)) => Ok(()),
        (FieldKind::Ref { presence: Presence::Required, .. }, Value::Null) => Err(EditRule::Missing),
        (_, Value::Null) => Ok(()),
        (FieldKind::Int { min, max, .. }, Value::Int(value)) => {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err(range(value, min, max, ""))
            }
        }
        (FieldKind::Float { min, max, unit, .. }, Value::Float(value)) => float(*value, *min, *max, unit),
        // Scripts and JSON write 1 for 1.0.
        (FieldKind::Float { min, max, unit, .. }, Value::Int(value)) => {
            float(approximate(*value), *min, *max, unit)
        }
        (FieldKind::Text { max_bytes }, Value::Text(text)) => count("bytes", text.len(), *max_bytes),
        (FieldKind::Choice { words }, Value::Text(text)) => {
            let found = || EditRule::NotAChoice { found: text.clone(), words: words.clone() };
            words.contains(text).then_some(()).ok_or_else(found)
        }
        (FieldKind::Beats { min, .. } | FieldKind::OptionalBeats { min }, Value::Beats(beats)) => {
            ticks(beats.0, *min)
        }
        (FieldKind::Numbers, Value::Numbers(numbers)) => {
            count("entries", numbers.len(), MAX_ROWS)?;
            numbers.iter().try_for_each(|(key, value)| number(key, *value))
        }
        (FieldKind::List, Value::List(items)) => {
            count("items", items.len(), MAX_ITEMS)?;
            items.iter().try_for_each(plain)
        }
        (FieldKind::Properties, Value::Properties(entries)) => {
            count("entries", entries.len(), MAX_ITEMS)?;
            entries.iter().try_for_each(|(key, value)| property(key, value))
        }
        (kind, Value::Rows(rows)) if kind.has_rows() => {
            count("rows", rows.len(), MAX_ROWS)?;
            rows.values().try_for_each(|entry| row(kind, entry))
        }
        (kind, found) => Err(EditRule::WrongKind { expected: expected(kind), found: kind_name(found) }),
    }
}

/// Checks a value of a user's table by itself, whatever is declared.
pub(crate) fn given(value: &Value) -> Result<(), EditRule> {
    match value {
        Value::Null | Value::Ref(_) | Value::Blob(_) => Ok(()),
        Value::Text(text) => count("bytes", text.len(), 1 << 20),
        Value::Numbers(numbers) => numbers.iter().try_for_each(|(key, value)| number(key, *value)),
        Value::List(_) => self::value(&FieldKind::List, value),
        Value::Properties(_) => self::value(&FieldKind::Properties, value),
        Value::Rows(rows) => {
            count("rows", rows.len(), MAX_ROWS)?;
            rows.values().try_for_each(any_row)
        }
        other => plain(other),
    }
}

/// Checks one row of whatever kind.
pub(crate) fn any_row(entry: &Row) -> Result<(), EditRule> {
    match entry {
        Row::Point(_) => row(&FieldKind::Points, entry),
        Row::Note(_) => row(&FieldKind::Notes, entry),
        Row::Event(_) => row(&FieldKind::Events, entry),
    }
}

/// Checks one entry of a field of properties.
pub(crate) fn property(key: &str, value: &Value) -> Result<(), EditRule> {
    count("bytes of a key", key.len(), MAX_KEY)?;
    plain(value)
}

/// Checks an item of a list, or a property: a value that says by itself what it is.
pub(crate) fn plain(value: &Value) -> Result<(), EditRule> {
    match value {
        Value::Bool(_) | Value::Int(_) => Ok(()),
        Value::Float(number) => float(*number, f64::MIN, f64::MAX, ""),
        Value::Text(text) => count("bytes", text.len(), MAX_ITEM_BYTES),
        Value::Beats(beats) => ticks(beats.0, -MAX_TICKS),
        found => Err(EditRule::WrongKind {
            expected: "true or false, a number, text or beats".into(),
            found: kind_name(found),
        }),
    }
}

/// Checks one entry of a field of numbers.
pub(crate) fn number(key: &str, value: f64) -> Result<(), EditRule> {
    count("bytes of a parameter's key", key.len(), MAX_KEY)?;
    if value.is_finite() { Ok(()) } else { Err(EditRule::NotFinite) }
}

/// Checks one row of a field of rows.
pub(crate) fn row(kind: &FieldKind, row: &Row) -> Result<(), EditRule> {
    match (kind, row) {
        (FieldKind::Notes, Row::Note(note)) => {
            ticks(note.start.0, 0)?;
            ticks(note.length.0, 1)?;
            float(note.velocity, 0.0, 1.0, "")?;
            float(f64::from(note.key), 0.0, 127.0, "")?;
            float(f64::from(note.channel), 0.0, 15.0, "")
        }
        (FieldKind::Points, Row::Point(point)) => {
            ticks(point.at.0, 0)?;
            float(point.value, -1e12, 1e12, "")
        }
        (FieldKind::Events, Row::Event(event)) => midi(event),
        (kind, found) => {
            let found = match found {
                Row::Note(_) => "a note",
                Row::Point(_) => "an automation point",
                Row::Event(_) => "a MIDI message",
            };
            Err(EditRule::WrongKind { expected: expected(kind), found })
        }
    }
}

fn midi(event: &MidiEvent) -> Result<(), EditRule> {
    ticks(event.at.0, 0)?;
    float(f64::from(event.channel), 0.0, 15.0, "")?;
    let seven_bits = |value: u8| float(f64::from(value), 0.0, 127.0, "");
    match event.message {
        MidiMessage::Controller { number: first, value: second }
        | MidiMessage::KeyPressure { key: first, value: second } => {
            seven_bits(first)?;
            seven_bits(second)
        }
        MidiMessage::Program(value) | MidiMessage::ChannelPressure(value) => seven_bits(value),
        MidiMessage::PitchBend(value) => float(f64::from(value), -8_192.0, 8_191.0, ""),
        MidiMessage::SystemExclusive(_) => Ok(()),
    }
}

fn ticks(ticks: i64, min: i64) -> Result<(), EditRule> {
    if (min..=MAX_TICKS).contains(&ticks) { Ok(()) } else { Err(range(&ticks, &min, &MAX_TICKS, "ticks")) }
}

fn float(value: f64, min: f64, max: f64, unit: &str) -> Result<(), EditRule> {
    if !value.is_finite() {
        return Err(EditRule::NotFinite);
    }
    if (min..=max).contains(&value) { Ok(()) } else { Err(range(&value, &min, &max, unit)) }
}

pub(crate) fn count(what: &'static str, found: usize, limit: usize) -> Result<(), EditRule> {
    if found <= limit { Ok(()) } else { Err(EditRule::TooMany { what, found, limit }) }
}

fn range<T: std::fmt::Display>(value: &T, min: &T, max: &T, unit: &str) -> EditRule {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    EditRule::OutOfRange { value: value.to_string(), min: min.to_string(), max: max.to_string(), unit }
}

fn expected(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Bool { .. } => "true or false".into(),
        FieldKind::Int { .. } => "a whole number".into(),
        FieldKind::Float { .. } => "a number".into(),
        FieldKind::Text { .. } | FieldKind::Choice { .. } => "text".into(),
        FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => "a position or length in beats".into(),
        FieldKind::Ref { tables, .. } => match tables.is_empty() {
            true => "an entity".into(),
            false => format!("one of the {}", tables.join(" or ")),
        },
        FieldKind::Blob => "a blob".into(),
        FieldKind::Numbers => "numbers by key".into(),
        FieldKind::List => "a list".into(),
        FieldKind::Properties => "properties".into(),
        FieldKind::Notes => "notes".into(),
        FieldKind::Points => "automation points".into(),
        FieldKind::Events => "MIDI messages".into(),
    }
}

fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Int(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Text(_) => "text",
        Value::Beats(_) => "beats",
        Value::Ref(_) => "a reference",
        Value::Blob(_) => "a blob",
        Value::Numbers(_) => "numbers",
        Value::List(_) => "a list",
        Value::Properties(_) => "properties",
        Value::Rows(_) => "rows",
    }
}
