//! From the bytes of a project to its tables, whatever version wrote them.

use std::collections::BTreeMap;

use super::error::{LoadError, Origin};
use super::json::Json;

/// What a project file says it is.
pub(super) const FORMAT: &str = "loophole-project";
/// The version that is written, and the latest that is read.
pub(super) const VERSION: i64 = 1;

/// Lifts a project from one version to the next. Each release that changes the form adds its own; a project of
/// version `n` goes through all from place `n - 1` on.
type Upgrade = fn(BTreeMap<String, Json>) -> BTreeMap<String, Json>;

const UPGRADES: [Upgrade; 0] = [];

/// Tables by name; entities, still as they were written, by their key.
pub(super) type Tables = BTreeMap<String, BTreeMap<String, Json>>;

/// A project of the current version, in its parts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Document {
    pub tables: Tables,
    /// Keys beside `tables` that this version does not know.
    pub unknown: BTreeMap<String, Json>,
}

impl Document {
    /// Reads a project of any version up to the current one.
    pub(super) fn read(bytes: &[u8], origin: &Origin) -> Result<Self, LoadError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(LoadError::Empty { origin: origin.clone() });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| LoadError::NotUtf8 { origin: origin.clone(), at_byte: error.valid_up_to() })?;
        let json: Json = serde_json::from_str(text).map_err(|error| LoadError::Syntax {
            origin: origin.clone(),
            line: error.line(),
            column: error.column(),
            reason: reason(&error),
        })?;
        let not_a_project = || LoadError::NotAProject { origin: origin.clone() };
        let Json::Object(mut root) = json else { return Err(not_a_project()) };
        if root.remove("format").as_ref().and_then(Json::as_text) != Some(FORMAT) {
            return Err(not_a_project());
        }
        let version = root.remove("version").unwrap_or(Json::Null);
        let found = version.as_i64().filter(|version| *version > 0).ok_or_else(|| LoadError::Structure {
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
        Self::from_root(root, origin)
    }

    fn from_root(mut root: BTreeMap<String, Json>, origin: &Origin) -> Result<Self, LoadError> {
        let object = |place: String, json: Json| match json {
            Json::Object(entries) => Ok(entries),
            other => Err(LoadError::Structure {
                origin: origin.clone(),
                place,
                expected: "an object",
                found: other.kind(),
            }),
        };
        let tables = object("tables".to_owned(), root.remove("tables").unwrap_or(Json::Null))?;
        let tables = tables.into_iter().map(|(name, table)| {
            let entities = object(format!("tables.{name}"), table)?;
            Ok((name, entities))
        });
        Ok(Self { tables: tables.collect::<Result<_, LoadError>>()?, unknown: root })
    }

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
