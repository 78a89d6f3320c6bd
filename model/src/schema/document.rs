//! The schema as documents: for people, and for tools that read project files.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{
    Field, FieldKind, MAX_ITEMS, MAX_ROWS, MAX_TICKS, Presence, Schema, TABLES, Table, TableDescriptor,
};

/// The schema as JSON: `{ tables: [{ name, doc, owner, order_by, max_entities, fields: [{ name, kind, doc, .. }] }] }`.
#[must_use]
pub fn to_json() -> Json {
    json!({ "tables": TABLES.iter().map(table_json).collect::<Vec<_>>() })
}

/// What there is in a project, in the same form; users' tables say that they are.
#[must_use]
pub fn project_to_json(schema: Schema<'_>) -> Json {
    json!({ "tables": schema.tables().map(|table| match table {
        Table::BuiltIn(table) => table_json(table),
        Table::User(user) => json!({
            "name": user.name.as_str(),
            "doc": &*user.doc,
            "user": true,
            "fields": table.fields().map(|field| field_json(&field)).collect::<Vec<_>>(),
        }),
    }).collect::<Vec<_>>() })
}

/// The JSON Schema of one entity of a table, as its fields stand in a project file.
#[must_use]
pub fn entity_schema(table: Table<'_>) -> Json {
    let fields = table.fields().map(|field| (field.name.to_owned(), field_schema(&field)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.name(),
        "description": table.doc(),
        "type": "object",
        "properties": fields.collect::<serde_json::Map<_, _>>(),
    })
}

fn field_schema(field: &Field<'_>) -> Json {
    let mut json = match field.kind {
        FieldKind::Bool { .. } => json!({ "type": "boolean" }),
        FieldKind::Int { min, max, .. } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        FieldKind::Float { min, max, .. } => json!({ "type": "number", "minimum": min, "maximum": max }),
        FieldKind::Text { max_bytes } => json!({ "type": "string", "maxLength": max_bytes }),
        FieldKind::Choice { words } => json!({ "enum": words.iter().collect::<Vec<_>>() }),
        FieldKind::Beats { min, .. } => json!({ "type": "integer", "minimum": min, "maximum": MAX_TICKS }),
        FieldKind::OptionalBeats { min } => {
            json!({ "type": ["integer", "null"], "minimum": min, "maximum": MAX_TICKS })
        }
        FieldKind::Ref { presence: Presence::Required, .. } => json!({ "type": "string" }),
        FieldKind::Ref { .. } | FieldKind::Blob => json!({ "type": ["string", "null"] }),
        FieldKind::List => json!({ "type": "array", "maxItems": MAX_ITEMS }),
        FieldKind::Numbers => json!({ "type": "object", "additionalProperties": { "type": "number" } }),
        FieldKind::Properties => json!({ "type": "object", "maxProperties": MAX_ITEMS }),
        rows if rows.has_rows() => {
            json!({ "type": "object", "additionalProperties": { "type": "object" }, "maxProperties": MAX_ROWS })
        }
        _ => json!({}),
    };
    json["description"] = field.doc.into();
    json
}

fn table_json(table: &'static TableDescriptor) -> Json {
    json!({
        "name": table.name,
        "doc": table.doc,
        "owner": table.owner,
        "order_by": table.order_by,
        "max_entities": table.max_entities,
        "fields": Table::BuiltIn(table).fields().map(|field| field_json(&field)).collect::<Vec<_>>(),
    })
}

fn field_json(field: &Field<'_>) -> Json {
    let mut json = match field.kind {
        FieldKind::Bool { default } => json!({ "kind": "bool", "default": default }),
        FieldKind::Int { min, max, default } => {
            json!({ "kind": "int", "min": min, "max": max, "default": default })
        }
        FieldKind::Float { min, max, default, unit } => {
            json!({ "kind": "float", "min": min, "max": max, "default": default, "unit": unit.as_str() })
        }
        FieldKind::Text { max_bytes } => json!({ "kind": "text", "max_bytes": max_bytes, "default": "" }),
        FieldKind::Choice { words } => {
            json!({ "kind": "choice", "words": words.iter().collect::<Vec<_>>(), "default": words.first() })
        }
        FieldKind::Beats { min, default } => {
            json!({ "kind": "beats", "min": min, "max": MAX_TICKS, "default": default, "unit": "ticks" })
        }
        FieldKind::OptionalBeats { min } => {
            json!({ "kind": "beats", "min": min, "max": MAX_TICKS, "default": null, "unit": "ticks" })
        }
        FieldKind::Ref { tables, presence } => {
            let tables: Vec<&str> = tables.iter().collect();
            json!({ "kind": "ref", "tables": tables, "required": *presence == Presence::Required })
        }
        FieldKind::Blob => json!({ "kind": "blob", "default": null }),
        FieldKind::Numbers => json!({ "kind": "numbers", "default": {} }),
        FieldKind::List => json!({ "kind": "list", "max_items": MAX_ITEMS, "default": [] }),
        FieldKind::Properties => json!({ "kind": "properties", "max_items": MAX_ITEMS, "default": {} }),
        FieldKind::Notes => json!({ "kind": "notes", "max_rows": MAX_ROWS, "default": {} }),
        FieldKind::Points => json!({ "kind": "points", "max_rows": MAX_ROWS, "default": {} }),
        FieldKind::Events => json!({ "kind": "events", "max_rows": MAX_ROWS, "default": {} }),
    };
    json["name"] = field.name.into();
    json["doc"] = field.doc.into();
    if field.indexed {
        json["indexed"] = true.into();
    }
    json
}

/// The schema as Markdown.
#[must_use]
pub fn to_markdown() -> String {
    let mut text = String::from(
        "# The project, table by table\n\n\
         Generated from `model/src/schema/tables/` by `cargo xtask specs`.\n\n\
         Positions and lengths are whole ticks of 1/15360 quarter note. A field that is not given has its default.\n\
         Deleting an entity deletes what it owns and what cannot be without it; other references become unset.\n",
    );
    for table in TABLES {
        text += &table_markdown(table);
    }
    text
}

fn table_markdown(table: &TableDescriptor) -> String {
    let mut text = format!("\n## `{}`\n\n{}", table.name, table.doc);
    if let Some(owner) = table.owner {
        _ = write!(text, " Owned by its `{owner}`.");
    }
    if let Some(order) = table.order_by {
        _ = write!(text, " Ordered by `{order}`.");
    }
    _ = writeln!(text, " At most {}.", table.max_entities);
    text += "\n| Field | Holds | Default | What it means |\n|---|---|---|---|\n";
    for field in table.fields {
        let (holds, default) = field_markdown(&field.kind);
        _ = writeln!(text, "| `{}` | {holds} | {default} | {} |", field.name, field.doc);
    }
    text
}

fn field_markdown(kind: &FieldKind) -> (String, String) {
    let none = || "none".to_owned();
    match kind {
        FieldKind::Bool { default } => ("yes or no".into(), if *default { "yes" } else { "no" }.into()),
        FieldKind::Int { min, max, default } => (format!("{min} to {max}"), default.to_string()),
        FieldKind::Float { min, max, default, unit } => {
            (format!("{min} to {max} {unit}").trim_end().to_owned(), default.to_string())
        }
        FieldKind::Text { max_bytes } => (format!("text, at most {max_bytes} bytes"), "empty".into()),
        FieldKind::Choice { words } => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            (words.join(", "), words.first().cloned().unwrap_or_else(none))
        }
        FieldKind::Beats { min, default } => (format!("ticks, from {min}"), default.to_string()),
        FieldKind::OptionalBeats { min } => (format!("ticks, from {min}"), none()),
        FieldKind::Ref { tables, presence } => {
            let tables: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
            let default = if *presence == Presence::Required { "required".into() } else { none() };
            let holds = if tables.is_empty() {
                "any entity".to_owned()
            } else {
                format!("one of {}", tables.join(", "))
            };
            (holds, default)
        }
        FieldKind::Blob => ("a blob".into(), none()),
        FieldKind::Numbers => ("numbers by key".into(), none()),
        FieldKind::List => ("plain values in order".into(), none()),
        FieldKind::Properties => ("plain values by key".into(), none()),
        FieldKind::Notes => ("notes by row key".into(), none()),
        FieldKind::Points => ("automation points by row key".into(), none()),
        FieldKind::Events => ("MIDI messages by row key".into(), none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_fields_have_names_of_their_own_and_say_what_they_are() {
        for (at, table) in TABLES.iter().enumerate() {
            assert!(!table.doc.is_empty() && table.max_entities > 0, "{}", table.name);
            assert!(TABLES[..at].iter().all(|other| other.name != table.name), "{}", table.name);
            for known in [table.owner, table.order_by].into_iter().flatten() {
                assert!(table.field(known).is_some(), "{} has no `{known}`", table.name);
            }
            for (at, field) in table.fields.iter().enumerate() {
                assert!(!field.doc.is_empty(), "{} {}", table.name, field.name);
                assert!(table.fields[..at].iter().all(|other| other.name != field.name), "{}", field.name);
            }
        }
    }

    #[test]
    fn owners_are_required_and_point_at_tables_that_are_there() {
        for table in TABLES {
            for field in table.fields {
                let FieldKind::Ref { tables, presence } = &field.kind else { continue };
                assert!(tables.iter().all(|name| crate::schema::table(name).is_some()));
                assert!(table.owner != Some(field.name) || *presence == Presence::Required, "{}", table.name);
            }
        }
    }
}
