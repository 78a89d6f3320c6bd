//! JSON in one canonical form: sorted keys, two spaces, one line for each row, numbers that read back the same.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A JSON value. Objects are sorted; a key that comes twice is an error when reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
    /// Canonical JSON on one line, already written: what there is a great many of. Never comes from reading.
    Raw(String),
}

impl Json {
    /// What kind of value it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) | Self::Raw(_) => "an object",
        }
    }

    /// A finite number; anything else becomes null, which JSON has in its place.
    pub(crate) fn float(value: f64) -> Self {
        Number::from_f64(value).map_or(Self::Null, Self::Number)
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64().filter(|value| value.is_finite()),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// From the form in which snapshots carry what they do not know.
    pub(crate) fn from_value(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Number(number.clone()),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from_value).collect()),
            serde_json::Value::Object(entries) => Self::Object(
                entries.iter().map(|(key, entry)| (key.clone(), Self::from_value(entry))).collect(),
            ),
        }
    }

    /// Into that form.
    pub(crate) fn into_value(self) -> serde_json::Value {
        match self {
            Self::Raw(text) => serde_json::from_str(&text).unwrap_or_default(),
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => serde_json::Value::Bool(value),
            Self::Number(number) => serde_json::Value::Number(number),
            Self::Text(text) => serde_json::Value::String(text),
            Self::List(items) => serde_json::Value::Array(items.into_iter().map(Self::into_value).collect()),
            Self::Object(entries) => serde_json::Value::Object(
                entries.into_iter().map(|(key, entry)| (key, entry.into_value())).collect(),
            ),
        }
    }

    /// Calls `visit` with every text in it, keys aside.
    pub(crate) fn for_each_text(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::Text(text) => visit(text),
            Self::List(items) => items.iter().for_each(|item| item.for_each_text(visit)),
            Self::Object(entries) => entries.values().for_each(|entry| entry.for_each_text(visit)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Raw(_) => {}
        }
    }

    /// The canonical text, with a line feed at the end.
    pub(crate) fn to_canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Object(entries) if !self.fits_on_line(depth) => {
                out.push('{');
                for (index, (key, entry)) in entries.iter().enumerate() {
                    new_line(out, index, depth + 1);
                    write_text(out, key);
                    out.push_str(": ");
                    entry.write(out, depth + 1);
                }
                new_line(out, 0, depth);
                out.push('}');
            }
            Self::List(items) if !self.fits_on_line(depth) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    new_line(out, index, depth + 1);
                    item.write(out, depth + 1);
                }
                new_line(out, 0, depth);
                out.push(']');
            }
            _ => self.write_inline(out),
        }
    }

    /// Rows (what lies within a field of an entity within a table) have a line each: so they diff and merge.
    fn fits_on_line(&self, depth: usize) -> bool {
        const ROW_DEPTH: usize = 5;
        match self {
            Self::Object(entries) => entries.is_empty() || depth >= ROW_DEPTH,
            Self::List(items) => items.is_empty() || depth >= ROW_DEPTH,
            _ => true,
        }
    }

    fn write_inline(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => _ = write!(out, "{number}"),
            Self::Text(text) => write_text(out, text),
            Self::Raw(text) => out.push_str(text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.write_inline(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, entry)) in entries.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    write_text(out, key);
                    out.push_str(": ");
                    entry.write_inline(out);
                }
                out.push('}');
            }
        }
    }
}

fn new_line(out: &mut String, index: usize, depth: usize) {
    if index > 0 {
        out.push(',');
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Control characters are in the basic plane, so four digits do.
                _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

pub(super) struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = access.next_entry::<String, Json>()? {
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key \"{key}\" comes twice")));
            }
            entries.insert(key, value);
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn keys_are_sorted_and_rows_have_a_line_each() {
        let text = r#"{"t":{"i":{"rows":{"2":{"y":1,"x":0.5},"1":{}}}},"a":[],"c":"q\"\u0001\n"}"#;
        // The depth of a row is that of a row in a project: format > tables > table > entity > field > row.
        let deep = format!(r#"{{"tables":{text}}}"#);
        let canonical = read(&deep).unwrap().to_canonical();
        assert!(canonical.contains("          \"2\": {\"x\": 0.5, \"y\": 1}\n"), "{canonical}");
        assert!(canonical.contains("\"c\": \"q\\\"\\u0001\\n\""), "{canonical}");
        assert!(canonical.find("\"a\"") < canonical.find("\"t\": {"));
        assert_eq!(read(&canonical).unwrap().to_canonical(), canonical);
    }

    #[test]
    fn numbers_read_back_the_same() {
        for number in [0.1, 1.0, -0.0, 1e300, 5e-324, f64::MAX, 1.0 / 3.0] {
            let text = Json::float(number).to_canonical();
            assert_eq!(read(&text).unwrap().as_f64().unwrap().to_bits(), number.to_bits(), "{text}");
        }
        assert_eq!(read("9223372036854775807").unwrap().as_i64(), Some(i64::MAX));
        assert_eq!(Json::float(f64::NAN), Json::Null);
    }

    #[test]
    fn a_key_that_comes_twice_is_an_error_with_its_place() {
        let error = read("{\"a\": 1,\n\"a\": 2}").unwrap_err();
        assert_eq!(error.line(), 2);
        assert!(error.to_string().contains("comes twice"));
    }

    #[test]
    fn nesting_is_limited() {
        let deep = "[".repeat(100_000);
        assert!(read(&deep).unwrap_err().to_string().contains("recursion"));
    }
}
