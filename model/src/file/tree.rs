//! A project's text as tables of entities, with the values of fields left as they are written: a file is read once, and
//! the many rows of a field go from text to rows without anything between.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{Json, JsonVisitor};

/// The root, `tables`, a table, an entity: objects. What is in an entity is left as text.
const OBJECTS: u8 = 4;

/// A part of a project's text.
#[derive(Debug)]
pub(super) enum Tree<'a> {
    /// An object down to the entities.
    Object(Entries<'a>),
    /// The value of a field.
    Text(&'a RawValue),
    /// Anything else.
    Other(Json),
}

/// The entries of an object.
pub(super) type Entries<'a> = BTreeMap<Cow<'a, str>, Tree<'a>>;

/// A value within a field is not JSON that a project may hold.
#[derive(Debug)]
pub(super) struct Damage {
    /// Counted from the start of the whole text, from one.
    pub line: usize,
    pub column: usize,
    pub error: serde_json::Error,
}

impl<'a> Tree<'a> {
    /// Reads a whole text.
    pub(super) fn read(text: &'a str) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let tree = Objects { left: OBJECTS }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(tree)
    }

    /// What kind of value it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Object(_) => "an object",
            Self::Other(json) => json.kind(),
            Self::Text(raw) => match raw.get().bytes().next() {
                Some(b'{') => "an object",
                Some(b'[') => "a list",
                Some(b'"') => "text",
                Some(b't' | b'f') => "a boolean",
                Some(b'n') => "null",
                _ => "a number",
            },
        }
    }

    /// The value, read. `text` is what it is part of.
    pub(super) fn into_json(self, text: &str) -> Result<Json, Damage> {
        match self {
            Self::Object(entries) => {
                let entry =
                    |(key, entry): (Cow<'a, str>, Self)| Ok((key.into_owned(), entry.into_json(text)?));
                Ok(Json::Object(entries.into_iter().map(entry).collect::<Result<_, _>>()?))
            }
            Self::Other(json) => Ok(json),
            Self::Text(raw) => serde_json::from_str(raw.get()).map_err(|error| place(text, raw.get(), error)),
        }
    }
}

/// Where an error in a part of a text is in the whole.
fn place(text: &str, part: &str, error: serde_json::Error) -> Damage {
    let offset = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    let lines = memchr::memchr_iter(b'\n', before).count();
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let column = if error.line() > 1 { error.column() } else { before.len() - start + error.column() };
    Damage { line: lines + error.line().max(1), column, error }
}

/// Reads objects to a depth.
#[derive(Clone, Copy)]
struct Objects {
    left: u8,
}

impl<'de> DeserializeSeed<'de> for Objects {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'de>, D::Error> {
        match self.left {
            0 => <&RawValue>::deserialize(deserializer).map(Tree::Text),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Objects {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let mut entries = Entries::new();
        while let Some(Key(key)) = access.next_key()? {
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key \"{key}\" comes twice")));
            }
            // What this version does not know beside the tables is kept as it is, so it may as well be read.
            let is_known = self.left < OBJECTS || key == super::document::TABLES;
            let entry = match is_known {
                true => access.next_value_seed(Objects { left: self.left - 1 })?,
                false => Tree::Other(access.next_value()?),
            };
            entries.insert(key, entry);
        }
        Ok(Tree::Object(entries))
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'de>, E> {
        JsonVisitor.visit_unit().map(Tree::Other)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'de>, E> {
        JsonVisitor.visit_bool(value).map(Tree::Other)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'de>, E> {
        JsonVisitor.visit_i64(value).map(Tree::Other)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'de>, E> {
        JsonVisitor.visit_u64(value).map(Tree::Other)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'de>, E> {
        JsonVisitor.visit_f64(value).map(Tree::Other)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree<'de>, E> {
        JsonVisitor.visit_str(value).map(Tree::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Tree<'de>, A::Error> {
        JsonVisitor.visit_seq(access).map(Tree::Other)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}
