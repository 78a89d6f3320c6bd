//! Users' tables: what the entities of `tables` and `fields` declare.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{EntityId, Value};

use super::{FieldKind, MAX_ROWS, MAX_TICKS, Names, Presence};
use crate::entity::{Entity, Name, Stored, approximate, facet};
use crate::project::{EditRule, check};

/// The longest text that a field of a user's table holds, in bytes.
pub const MAX_USER_TEXT_BYTES: usize = 1 << 20;

/// A table that a user declared.
#[derive(Clone, Debug, PartialEq)]
pub struct UserTable {
    /// The entity that declares it.
    pub id: EntityId,
    /// Its name.
    pub name: Name,
    /// What one of its entities is.
    pub doc: Arc<str>,
    /// Its fields, in order.
    pub fields: Vec<UserField>,
}

/// A field of a user's table.
#[derive(Clone, Debug, PartialEq)]
pub struct UserField {
    /// The entity that declares it.
    pub id: EntityId,
    /// Its name.
    pub name: Name,
    /// The name by which an entity has it: that of the table, a dot and its own.
    pub path: Name,
    /// What it holds.
    pub kind: FieldKind,
    /// Unit, as a person writes it; empty for none.
    pub unit: Name,
    /// The value of an entity that was given none.
    pub default: Value,
    /// Whether entities are looked up by it.
    pub indexed: bool,
    /// What it means.
    pub doc: Arc<str>,
}

/// Users' tables by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct UserSchema {
    tables: BTreeMap<Name, Arc<UserTable>>,
}

impl UserSchema {
    pub(crate) fn table(&self, name: &str) -> Option<&Arc<UserTable>> {
        self.tables.get(name)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Arc<UserTable>> {
        self.tables.values()
    }

    /// The field with a path.
    pub(crate) fn field(&self, path: &str) -> Option<&UserField> {
        let (table, field) = facet::split(path)?;
        self.table(table)?.field(field)
    }

    pub(crate) fn put(&mut self, table: UserTable) {
        self.tables.insert(table.name.clone(), Arc::new(table));
    }

    /// Forgets the table that an entity declares, and gives it.
    pub(crate) fn take(&mut self, id: EntityId) -> Option<Arc<UserTable>> {
        let name = self.tables.values().find(|table| table.id == id)?.name.clone();
        self.tables.remove(&name)
    }
}

impl UserTable {
    /// What an entity of `tables` and its `fields` declare.
    pub(crate) fn declared<'a>(
        id: EntityId,
        table: &Entity,
        fields: impl Iterator<Item = (EntityId, &'a Entity)>,
    ) -> Self {
        let name: Name = table.text("name").into();
        let fields = fields.filter_map(|(id, field)| UserField::declared(id, &name, field));
        Self { id, fields: fields.collect(), doc: table.text("doc").into(), name }
    }

    /// The field with a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&UserField> {
        self.fields.iter().find(|field| *field.name == *name)
    }
}

impl UserField {
    /// What an entity of `fields` declares; nothing if it contradicts itself.
    fn declared(id: EntityId, table: &str, field: &Entity) -> Option<Self> {
        let (kind, default) = kind(field).ok()?;
        let name: Name = field.text("name").into();
        Some(Self {
            id,
            path: facet::path(table, &name),
            name,
            kind,
            unit: field.text("unit").into(),
            default,
            indexed: field.bool("indexed"),
            doc: field.text("doc").into(),
        })
    }

    /// The value of an entity: the default if it was given none, or one that does not fit. `None` if the entity is not
    /// in the table.
    #[must_use]
    pub fn value(&self, entity: &Entity) -> Option<Value> {
        let (table, _) = facet::split(&self.path)?;
        if !entity.has_facet(table) {
            return None;
        }
        Some(self.fitting(entity).unwrap_or_else(|| self.default.clone()))
    }

    /// The value that an entity was given, if it fits.
    pub(crate) fn fitting(&self, entity: &Entity) -> Option<Value> {
        let stored = entity.stored(&self.path).filter(|stored| self.fits(stored))?;
        Some(match (&self.kind, stored.to_value()) {
            (FieldKind::Numbers, Value::Properties(entries)) => {
                let number = |(key, value)| match value {
                    Value::Float(number) => Some((key, number)),
                    _ => None,
                };
                Value::Numbers(entries.into_iter().filter_map(number).collect())
            }
            (FieldKind::Float { .. }, Value::Int(number)) => Value::Float(approximate(number)),
            (_, value) => value,
        })
    }

    /// Whether what an entity stores is a value that the field may have.
    pub(crate) fn fits(&self, stored: &Stored) -> bool {
        match (&self.kind, stored) {
            (kind, Stored::Rows(rows)) => {
                rows.size() <= MAX_ROWS && rows.values().all(|row| check::row(kind, row).is_ok())
            }
            (FieldKind::Numbers, Stored::Plain(Value::Properties(entries))) => {
                let number = |(key, value): (&String, &Value)| match value {
                    Value::Float(number) => check::number(key, *number).is_ok(),
                    _ => false,
                };
                entries.len() <= MAX_ROWS && entries.iter().all(number)
            }
            (kind, Stored::Plain(value)) => check::value(kind, value).is_ok(),
        }
    }

    /// A checked value as an entity stores it.
    pub(crate) fn store(&self, value: &Value) -> Option<Stored> {
        match (&self.kind, value) {
            (FieldKind::Float { .. }, Value::Int(number)) => {
                Stored::given(&Value::Float(approximate(*number)))
            }
            _ => Stored::given(value),
        }
    }
}

/// What a declaration says a field holds, and its default; or the part of it that contradicts the rest.
pub(crate) fn kind(field: &Entity) -> Result<(FieldKind, Value), (&'static str, EditRule)> {
    let none = BTreeMap::new();
    let limits = match field.plain("limits") {
        Some(Value::Properties(limits)) => limits,
        _ => &none,
    };
    let holds = field.text("holds");
    let allowed: &[&str] = match holds {
        "int" | "float" | "beats" => &["min", "max", "default"],
        "text" | "choice" | "bool" => &["default"],
        _ => &[],
    };
    if let Some(key) = limits.keys().find(|key| !allowed.contains(&key.as_str())) {
        return Err(("limits", EditRule::NoSuchLimit { limit: key.clone(), holds: holds.to_owned() }));
    }
    let (words, targets) = (names(field, "words")?, names(field, "targets")?);
    let int = |key: &str, otherwise: i64| match limits.get(key) {
        None => Ok(otherwise),
        Some(Value::Int(number)) => Ok(*number),
        Some(_) => Err(("limits", wrong("whole numbers"))),
    };
    let float = |key: &str, otherwise: f64| match limits.get(key) {
        None => Ok(otherwise),
        Some(Value::Float(number)) => Ok(*number),
        Some(Value::Int(number)) => Ok(approximate(*number)),
        Some(_) => Err(("limits", wrong("numbers"))),
    };
    let beats = |key: &str, otherwise: i64| match limits.get(key) {
        None => Ok(otherwise),
        Some(Value::Beats(beats)) => Ok(beats.0),
        Some(_) => Err(("limits", wrong("beats"))),
    };
    let kind = match holds {
        "bool" => FieldKind::Bool { default: limits.get("default") == Some(&Value::Bool(true)) },
        "int" => {
            let (min, max) = (int("min", i64::MIN)?, int("max", i64::MAX)?);
            FieldKind::Int { min, max, default: int("default", 0.clamp(min, max.max(min)))? }
        }
        "float" => {
            let (min, max) = (float("min", -1e12)?, float("max", 1e12)?);
            let default = float("default", 0.0_f64.max(min).min(max))?;
            FieldKind::Float { min, max, default, unit: field.text("unit").into() }
        }
        "beats" if limits.contains_key("default") => {
            FieldKind::Beats { min: beats("min", -MAX_TICKS)?, default: beats("default", 0)? }
        }
        "beats" => FieldKind::OptionalBeats { min: beats("min", -MAX_TICKS)? },
        "choice" if words.is_empty() => return Err(("words", EditRule::Missing)),
        "choice" => FieldKind::Choice { words },
        "ref" => FieldKind::Ref { tables: targets, presence: Presence::Optional },
        "blob" => FieldKind::Blob,
        "numbers" => FieldKind::Numbers,
        "list" => FieldKind::List,
        "properties" => FieldKind::Properties,
        "notes" => FieldKind::Notes,
        "points" => FieldKind::Points,
        "events" => FieldKind::Events,
        _ => FieldKind::Text { max_bytes: MAX_USER_TEXT_BYTES },
    };
    let empty = match &kind {
        FieldKind::Int { min, max, .. } => min > max,
        FieldKind::Float { min, max, .. } => min > max,
        _ => false,
    };
    if empty {
        return Err(("limits", EditRule::NotForThisKind("the least is above the most")));
    }
    let default = match limits.get("default") {
        Some(Value::Int(number)) if holds == "float" => Value::Float(approximate(*number)),
        Some(default) => default.clone(),
        None => kind.default_value(),
    };
    check::value(&kind, &default).map_err(|rule| ("limits", rule))?;
    Ok((kind, default))
}

fn names(field: &Entity, list: &'static str) -> Result<Names, (&'static str, EditRule)> {
    let Some(Value::List(items)) = field.plain(list) else { return Ok(Names::Fixed(&[])) };
    let name = |item: &Value| match item {
        Value::Text(name) => Ok(Name::from(name.as_str())),
        _ => Err((list, wrong("texts"))),
    };
    Ok(Names::Declared(items.iter().map(name).collect::<Result<_, _>>()?))
}

fn wrong(expected: &str) -> EditRule {
    EditRule::WrongKind { expected: expected.to_owned(), found: "something else" }
}

/// Whether a text can be the name of a user's table or of a kind of edges.
pub(crate) fn is_dotted_name(name: &str) -> bool {
    name.len() <= 128 && name.split('.').all(is_name)
}

/// Whether a text can be the name of a user's field.
pub(crate) fn is_name(name: &str) -> bool {
    let rest = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    name.len() <= 64 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(rest)
}

/// The tables of a project: the built-in ones, then the users' by name.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    pub(crate) user: &'a UserSchema,
}

/// A table, whoever declared it.
#[derive(Clone, Copy, Debug)]
pub enum Table<'a> {
    /// Of the program.
    BuiltIn(&'static super::TableDescriptor),
    /// Of a user.
    User(&'a UserTable),
}

/// A field, whoever declared it.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// Its name within the table.
    pub name: &'a str,
    /// The name by which an entity has it: with the table's, if a user declared it.
    pub path: &'a str,
    /// What it holds.
    pub kind: &'a FieldKind,
    /// The value of an entity that was given none.
    pub default: Value,
    /// Unit, as a person writes it; empty for none.
    pub unit: &'a str,
    /// Whether entities are looked up by it.
    pub indexed: bool,
    /// What it means.
    pub doc: &'a str,
}

impl<'a> Schema<'a> {
    /// All tables.
    pub fn tables(&self) -> impl Iterator<Item = Table<'a>> + use<'a> {
        super::TABLES.iter().map(Table::BuiltIn).chain(self.user.tables().map(|table| Table::User(table)))
    }

    /// The table with a name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<Table<'a>> {
        let built_in = super::table(name).map(Table::BuiltIn);
        built_in.or_else(|| self.user.table(name).map(|table| Table::User(table)))
    }

    /// The users' tables, by name.
    pub fn user_tables(&self) -> impl Iterator<Item = &'a UserTable> + use<'a> {
        self.user.tables().map(|table| &**table)
    }

    /// A field of a user's table, by its path, such as `grading.score`.
    #[must_use]
    pub fn user_field(&self, path: &str) -> Option<&'a UserField> {
        self.user.field(path)
    }
}

impl<'a> Table<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self {
            Self::BuiltIn(table) => table.name,
            Self::User(table) => &table.name,
        }
    }

    /// What one of its entities is.
    #[must_use]
    pub fn doc(&self) -> &'a str {
        match self {
            Self::BuiltIn(table) => table.doc,
            Self::User(table) => &table.doc,
        }
    }

    /// Its fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let (built_in, user): (&'static [super::FieldDescriptor], &'a [UserField]) = match self {
            Self::BuiltIn(table) => (table.fields, &[]),
            Self::User(table) => (&[], &table.fields),
        };
        built_in.iter().map(Field::built_in).chain(user.iter().map(Field::user))
    }

    /// The field with a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'a>> {
        self.fields().find(|field| field.name == name)
    }
}

impl<'a> Field<'a> {
    pub(crate) fn built_in(field: &'static super::FieldDescriptor) -> Self {
        let unit = match &field.kind {
            FieldKind::Float { unit, .. } => unit,
            FieldKind::Beats { .. } | FieldKind::OptionalBeats { .. } => "ticks",
            _ => "",
        };
        let (name, default) = (field.name, field.kind.default_value());
        Self { name, path: name, kind: &field.kind, default, unit, indexed: field.indexed, doc: field.doc }
    }

    fn user(field: &'a UserField) -> Self {
        Self {
            name: &field.name,
            path: &field.path,
            kind: &field.kind,
            default: field.default.clone(),
            unit: &field.unit,
            indexed: field.indexed,
            doc: &field.doc,
        }
    }
}
