//! What users declare, and what they relate.

use super::{NAME, OFF, ORDER, TEXT, choice, field, indexed, required};
use crate::schema::{FieldKind as K, TableDescriptor};

pub(super) const TABLES: TableDescriptor = TableDescriptor {
    name: "tables",
    doc: "A table that a user declared. Any entity can be in it. Its id follows from its name.",
    owner: None,
    order_by: Some("order"),
    max_entities: 10_000,
    fields: &[
        field(
            "name",
            NAME,
            "Stable name: words of lower-case letters, digits and underscores, with dots between; not that of a \
             built-in table.",
        ),
        field("doc", TEXT, "What one of its entities is."),
        field("order", ORDER, "Place among the tables, ascending."),
    ],
};

pub(super) const FIELDS: TableDescriptor = TableDescriptor {
    name: "fields",
    doc: "A field of a user's table. Its id follows from its table and its name. Values that no longer fit what is \
          declared are kept, and read as the default.",
    owner: Some("in_table"),
    order_by: Some("order"),
    max_entities: 100_000,
    fields: &[
        field("in_table", required(&["tables"]), "The table."),
        field("name", NAME, "Stable name: lower-case letters, digits and underscores."),
        field(
            "holds",
            choice(&[
                "text",
                "bool",
                "int",
                "float",
                "choice",
                "beats",
                "ref",
                "blob",
                "numbers",
                "list",
                "properties",
                "notes",
                "points",
                "events",
            ]),
            "What it holds.",
        ),
        field("unit", NAME, "Unit, as a person writes it."),
        field(
            "limits",
            K::Properties,
            "`min` and `max` of numbers and musical times, and the `default` of a plain value.",
        ),
        field("words", K::List, "The words to choose among."),
        field("targets", K::List, "The tables that a reference may be to; any if there are none."),
        field("indexed", OFF, "Whether entities are looked up by it."),
        field("doc", TEXT, "What it means."),
        field("order", ORDER, "Place among the fields, ascending."),
    ],
};

pub(super) const ITEMS: TableDescriptor = TableDescriptor {
    name: "items",
    doc: "An entity that is in users' tables alone.",
    owner: None,
    order_by: None,
    max_entities: 1_000_000,
    fields: &[indexed("name", NAME, "What a person calls it.")],
};

pub(super) const EDGES: TableDescriptor = TableDescriptor {
    name: "edges",
    doc: "A relation from one entity to another. Its id follows from its kind and its ends, so that there is one of a \
          kind between two ends. It goes when an end goes.",
    owner: None,
    order_by: None,
    max_entities: 1_000_000,
    fields: &[
        field("kind", NAME, "What relates them: lower-case letters, digits, underscores and dots."),
        field("source", required(&[]), "Where it starts."),
        field("target", required(&[]), "Where it ends."),
        field(
            "rank",
            NAME,
            "Place among the edges of its kind to its target, ascending: a fractional index in hexadecimal; empty for \
             edges without an order, which come first.",
        ),
        field("properties", K::Properties, "What is known of the relation."),
    ],
};

pub(super) const CONFLICTS: TableDescriptor = TableDescriptor {
    name: "conflicts",
    doc: "Something that two sides of a merge changed differently, until a person decides. The project has `ours`.",
    owner: None,
    order_by: None,
    max_entities: 100_000,
    fields: &[
        indexed("subject", NAME, "The id of the entity, which need not exist any more."),
        field("field", NAME, "The field; empty if the conflict is about the entity as a whole."),
        field("part", NAME, "The part of the field: empty for all of it, `row:<key>` or `entry:<key>`."),
        field("base", TEXT, "What it was, as JSON; empty for nothing or the default."),
        field("ours", TEXT, "What our side made of it."),
        field("theirs", TEXT, "What the other side made of it."),
        field("origin", NAME, "Where the other side came from, such as a file or a branch."),
        field("reason", TEXT, "Why it could not be merged, for a person."),
    ],
};
