//! Edits of cells, for code that goes by what merges.

use protocol::{Edit, EntityId, RowChange, Value};

use crate::entity::{Cell, CellValue, Part};
use crate::project::Project;
use crate::schema::FieldKind;

/// Gives a cell of an entity a value; `None` restores the default, or removes the row or entry. The project says what kind of
/// field it is.
#[must_use]
pub fn set(project: &Project, id: EntityId, cell: &Cell, value: Option<CellValue>) -> Edit {
    let field = cell.field.to_string();
    let (plain, row) = match value {
        Some(CellValue::Value(value)) => (Some(value), None),
        Some(CellValue::Row(row)) => (None, Some(row)),
        None => (None, None),
    };
    match &cell.part {
        Part::Whole => Edit::Set { id, field, value: plain.unwrap_or(Value::Null) },
        Part::Row(key) => Edit::Rows { id, field, changes: vec![RowChange { key: *key, row }] },
        Part::Entry(key) if holds_numbers(project, id, cell) => {
            let number = match plain {
                Some(Value::Float(number)) => Some(number),
                _ => None,
            };
            Edit::Numbers { id, field, changes: [(key.to_string(), number)].into() }
        }
        Part::Entry(key) => Edit::Properties { id, field, changes: [(key.to_string(), plain)].into() },
    }
}

fn holds_numbers(project: &Project, id: EntityId, cell: &Cell) -> bool {
    let built_in = project.entity(id).and_then(|entity| entity.descriptor().field(&cell.field));
    let of_user = || project.user_schema().field(&cell.field).map(|field| &field.kind);
    matches!(built_in.map(|field| &field.kind).or_else(of_user), Some(FieldKind::Numbers))
}
