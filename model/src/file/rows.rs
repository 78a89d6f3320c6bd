//! Rows straight from their text: there may be half a million.

use std::collections::BTreeMap;
use std::fmt;

use protocol::{Beats, Curve, MidiEvent, MidiMessage, Note, Point, Row};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};

use super::value::Shape;

/// The rows of a field, if all is as this version writes it. What is not is for the slower way, which can say why.
pub(super) fn read(text: &str, shape: Shape) -> Option<BTreeMap<u64, Row>> {
    match shape {
        Shape::Notes => rows::<NoteRow>(text),
        Shape::Points => rows::<PointRow>(text),
        Shape::Events => rows::<EventRow>(text),
        _ => None,
    }
}

fn rows<R: DeserializeOwned + IntoRow>(text: &str) -> Option<BTreeMap<u64, Row>> {
    let Rows::<R>(rows) = serde_json::from_str(text).ok()?;
    let mut rows =
        rows.into_iter().map(|(key, row)| Some((key, row.into_row()?))).collect::<Option<Vec<_>>>()?;
    rows.sort_unstable_by_key(|(key, _)| *key);
    let comes_twice = rows.windows(2).any(|pair| pair[0].0 == pair[1].0);
    (!comes_twice).then(|| rows.into_iter().collect())
}

trait IntoRow {
    fn into_row(self) -> Option<Row>;
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteRow {
    start: i64,
    length: i64,
    key: u8,
    velocity: f64,
    #[serde(default)]
    channel: u8,
}

impl IntoRow for NoteRow {
    fn into_row(self) -> Option<Row> {
        let Self { start, length, key, velocity, channel } = self;
        Some(Row::Note(Note { start: Beats(start), length: Beats(length), key, velocity, channel }))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PointRow {
    at: i64,
    value: f64,
    #[serde(default)]
    curve: Curve,
}

impl IntoRow for PointRow {
    fn into_row(self) -> Option<Row> {
        Some(Row::Point(Point { at: Beats(self.at), value: self.value, curve: self.curve }))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRow {
    at: i64,
    channel: u8,
    kind: String,
    number: Option<u8>,
    value: Option<i16>,
    data: Option<String>,
}

impl IntoRow for EventRow {
    fn into_row(self) -> Option<Row> {
        let value = || u8::try_from(self.value?).ok();
        let message = match (self.kind.as_str(), self.number, self.value, self.data.as_deref()) {
            ("controller", Some(number), Some(_), None) => {
                MidiMessage::Controller { number, value: value()? }
            }
            ("program", None, Some(_), None) => MidiMessage::Program(value()?),
            ("pitch_bend", None, Some(value), None) => MidiMessage::PitchBend(value),
            ("channel_pressure", None, Some(_), None) => MidiMessage::ChannelPressure(value()?),
            ("key_pressure", Some(key), Some(_), None) => MidiMessage::KeyPressure { key, value: value()? },
            ("system_exclusive", None, None, Some(data)) => MidiMessage::SystemExclusive(data.parse().ok()?),
            _ => return None,
        };
        Some(Row::Event(MidiEvent { at: Beats(self.at), channel: self.channel, message }))
    }
}

/// Rows in the order of the text.
struct Rows<R>(Vec<(u64, R)>);

impl<'de, R: Deserialize<'de>> Deserialize<'de> for Rows<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor<R>(std::marker::PhantomData<R>);

        impl<'de, R: Deserialize<'de>> Visitor<'de> for RowsVisitor<R> {
            type Value = Rows<R>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("rows by number")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Rows<R>, A::Error> {
                let mut rows = Vec::new();
                while let Some(key) = access.next_key::<&str>()? {
                    let wrong = || serde::de::Error::custom("not a canonical number");
                    let is_canonical =
                        key.bytes().all(|b| b.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
                    let key = key.parse().ok().filter(|_| is_canonical).ok_or_else(wrong)?;
                    rows.push((key, access.next_value()?));
                }
                Ok(Rows(rows))
            }
        }

        deserializer.deserialize_map(RowsVisitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::file::value::{decode, encode};
    use protocol::{BlobHash, Value};

    /// The quick way says what the slow one says, or nothing.
    fn check(text: &str) {
        for shape in [Shape::Notes, Shape::Points, Shape::Events] {
            let Some(quick) = read(text, shape) else { continue };
            let slow = decode(&serde_json::from_str(text).unwrap(), shape);
            assert_eq!(slow, Ok(Value::Rows(quick)), "{text}");
        }
    }

    fn row() -> impl Strategy<Value = Row> {
        let (at, small) = (0..1_i64 << 40, 0..128_u8);
        let note = (at.clone(), small.clone(), 0.0..1.0).prop_map(|(start, key, velocity)| {
            Row::Note(Note { start: Beats(start), length: Beats(1), key, velocity, channel: key % 16 })
        });
        let point = (at.clone(), -1e9..1e9)
            .prop_map(|(at, value)| Row::Point(Point { at: Beats(at), value, curve: Curve::Smooth }));
        let event = (at, small, -8_192..8_192_i16).prop_map(|(at, number, bend)| {
            let message = match number % 6 {
                0 => MidiMessage::Controller { number, value: 1 },
                1 => MidiMessage::Program(number),
                2 => MidiMessage::PitchBend(bend),
                3 => MidiMessage::ChannelPressure(number),
                4 => MidiMessage::KeyPressure { key: number, value: 3 },
                _ => MidiMessage::SystemExclusive(BlobHash([number; 32])),
            };
            Row::Event(MidiEvent { at: Beats(at), channel: number % 16, message })
        });
        prop_oneof![note, point, event]
    }

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written(rows in prop::collection::btree_map(any::<u64>(), row(), 1..20)) {
            let shape = |row: &Row| match row {
                Row::Note(_) => Shape::Notes,
                Row::Point(_) => Shape::Points,
                Row::Event(_) => Shape::Events,
            };
            let first = shape(rows.values().next().unwrap());
            let rows: BTreeMap<_, _> = rows.into_iter().filter(|(_, row)| shape(row) == first).collect();
            let text = encode(&Value::Rows(rows.clone())).to_canonical();
            prop_assert_eq!(read(&text, first), Some(rows));
        }

        #[test]
        fn both_ways_agree_on_what_is_damaged(
            rows in prop::collection::btree_map(0..20_u64, row(), 1..4),
            at in any::<prop::sample::Index>(),
            junk in "[\\{\\}\",:0-9a-z\\-\\. ]{0,3}",
        ) {
            let mut text = encode(&Value::Rows(rows)).to_canonical();
            let at = at.index(text.len());
            text.replace_range(at..(at + junk.len()).min(text.len()), &junk);
            check(&text);
        }
    }

    #[test]
    fn what_is_not_canonical_goes_the_slow_way() {
        let note = r#"{"start":0,"length":1,"key":60,"velocity":1}"#;
        assert!(read(&format!("{{\"1\":{note}}}"), Shape::Notes).is_some());
        for key in ["01", "+1", "-1", "x", "", "18446744073709551616"] {
            assert_eq!(read(&format!("{{\"{key}\":{note}}}"), Shape::Notes), None, "{key}");
        }
        assert_eq!(read(&format!("{{\"1\":{note},\"1\":{note}}}"), Shape::Notes), None);
        let twice = note.replace("\"key\"", "\"start\":1,\"key\"");
        assert_eq!(read(&format!("{{\"1\":{twice}}}"), Shape::Notes), None);
    }
}
