//! From the bytes of a project to its tables, whatever version wrote them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::{LoadError, Origin};
use super::json::Json;
use super::tree::{Damage, Entries, Tree};

/// What a project file says it is.
pub(super) const FORMAT: &str = "loophole-project";
/// The version that is written, and the latest that is read.
pub(super) const VERSION: i64 = 2;
/// The key that everything but the format and its version is under.
pub(super) const TABLES: &str = "tables";

/// Lifts a project from one version to the next. Each release that changes the form adds its own; a project of
/// version `n` goes through all from place `n - 1` on.
type Upgrade = for<'a> fn(Entries<'a>) -> Entries<'a>;

const UPGRADES: [Upgrade; 1] = [from_v1];

/// Version 2 has MIDI messages, ramps, launcher slots, users' tables and relations beside what version 1 had. All of it
/// is absent from a project of version 1, which is otherwise written the same.
fn from_v1(root: Entries<'_>) -> Entries<'_> {
    root
}

/// Tables by name; entities, still as they were written, by their key.
pub(super) type Tables = BTreeMap<String, BTreeMap<String, Json>>;

/// A project of the current version, to be written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Document {
    pub tables: Tables,
    /// Keys beside `tables` that this version does not know.
    pub unknown: BTreeMap<String, Json>,
}

/// A project of the current version as it was read, in its parts.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// Tables by name.
    pub tables: BTreeMap<Cow<'a, str>, Entries<'a>>,
    /// Keys beside `tables` that this version does not know.
    pub unknown: BTreeMap<String, Json>,
}

/// The text that bytes are.
pub(super) fn text<'a>(bytes: &'a [u8], origin: &Origin) -> Result<&'a str, LoadError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(LoadError::Empty { origin: origin.clone() });
    }
    std::str::from_utf8(bytes)
        .map_err(|error| LoadError::NotUtf8 { origin: origin.clone(), at_byte: error.valid_up_to() })
}

/// Reads a project of any version up to the current one.
pub(super) fn read<'a>(text: &'a str, origin: &Origin) -> Result<Parts<'a>, LoadError> {
    let tree = Tree::read(text).map_err(|error| damaged(origin, error.line(), error.column(), &error))?;
    let not_a_project = || LoadError::NotAProject { origin: origin.clone() };
    let Tree::Object(mut root) = tree else { return Err(not_a_project()) };
    match root.remove("format") {
        Some(Tree::Other(format)) if format.as_text() == Some(FORMAT) => {}
        _ => return Err(not_a_project()),
    }
    let version = root.remove("version").unwrap_or(Tree::Other(Json::Null));
    let number = match &version {
        Tree::Other(json) => json.as_i64(),
        _ => None,
    };
    let found = number.filter(|version| *version > 0).ok_or_else(|| LoadError::Structure {
        origin: origin.clone(),
        place: "version".to_owned(),
        expected: "a positive whole number",
        found: version.kind(),
    })?;
    if found > VERSION {
        return Err(LoadError::NewerVersion { origin: origin.clone(), found, supported: VERSION });
    }
    let done = usize::try_from(found - 1).unwrap_or(usize::MAX);
    let root = UPGRADES.iter().skip(done).fold(root, |root, upgrade| upgrade(root));
    parts(root, text, origin)
}

fn parts<'a>(mut root: Entries<'a>, text: &str, origin: &Origin) -> Result<Parts<'a>, LoadError> {
    let object = |place: String, tree: Tree<'a>| match tree {
        Tree::Object(entries) => Ok(entries),
        other => Err(LoadError::Structure {
            origin: origin.clone(),
            place,
            expected: "an object",
            found: other.kind(),
        }),
    };
    let tables = object(TABLES.to_owned(), root.remove(TABLES).unwrap_or(Tree::Other(Json::Null)))?;
    let tables = tables.into_iter().map(|(name, table)| {
        let entities = object(format!("tables.{name}"), table)?;
        Ok((name, entities))
    });
    let tables = tables.collect::<Result<_, LoadError>>()?;
    let unknown = root.into_iter().map(|(key, tree)| Ok((key.into_owned(), json(tree, text, origin)?)));
    Ok(Parts { tables, unknown: unknown.collect::<Result<_, LoadError>>()? })
}

/// A part of a text, read.
pub(super) fn json(tree: Tree<'_>, text: &str, origin: &Origin) -> Result<Json, LoadError> {
    tree.into_json(text).map_err(|Damage { line, column, error }| damaged(origin, line, column, &error))
}

fn damaged(origin: &Origin, line: usize, column: usize, error: &serde_json::Error) -> LoadError {
    LoadError::Syntax { origin: origin.clone(), line, column, reason: reason(error) }
}

impl Document {
    /// The canonical text.
    pub(super) fn write(self) -> String {
        let mut root = self.unknown;
        let tables = self.tables.into_iter().map(|(name, entities)| (name, Json::Object(entities)));
        root.insert("format".to_owned(), Json::Text(FORMAT.to_owned()));
        root.insert("tables".to_owned(), Json::Object(tables.collect()));
        root.insert("version".to_owned(), Json::Number(VERSION.into()));
        Json::Object(root).to_canonical()
    }
}

/// The parser's words without the place, which the error has apart.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}
