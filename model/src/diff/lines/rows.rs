//! Notes and automation points, counted by what became of them.

use protocol::{Note, Row};

use super::Part;
use crate::diff::words::{count, length};
use crate::entity::cell::{CellChange, CellValue};

/// Sums up the changed rows of a field.
pub(super) fn rows(cells: &[CellChange], parts: &mut Vec<Part>) {
    let row = |value: &Option<CellValue>| match value {
        Some(CellValue::Row(row)) => Some(*row),
        _ => None,
    };
    let (mut added, mut removed, mut changed) = (0, 0, Vec::new());
    let mut what = "row";
    for cell in cells {
        let (before, after) = (row(&cell.before), row(&cell.after));
        what = match after.or(before) {
            Some(Row::Note(_)) => "note",
            Some(Row::Point(_)) => "point",
            _ => what,
        };
        match (before, after) {
            (None, Some(_)) => added += 1,
            (Some(_), None) => removed += 1,
            (Some(before), Some(after)) => changed.push((before, after)),
            (None, None) => {}
        }
    }
    for (number, done) in [(added, "added"), (removed, "removed")] {
        if number > 0 {
            parts.push(Part::Fact(format!("{} {done}", count(number, what))));
        }
    }
    if !changed.is_empty() {
        let notes: Option<Vec<(Note, Note)>> = changed
            .iter()
            .map(|pair| match pair {
                (Row::Note(before), Row::Note(after)) => Some((*before, *after)),
                _ => None,
            })
            .collect();
        let done = notes.and_then(|notes| as_one(&notes)).unwrap_or_else(|| "changed".into());
        parts.push(Part::Fact(format!("{} {done}", count(changed.len(), what))));
    }
}

/// What was done to all notes alike, if one thing was.
fn as_one(notes: &[(Note, Note)]) -> Option<String> {
    let (first, after) = notes.first()?;
    let alike =
        |changed: &dyn Fn(&Note) -> Note| notes.iter().all(|(before, after)| changed(before) == *after);
    let semitones = i16::from(after.key) - i16::from(first.key);
    let transposed = |note: &Note| {
        let key = i16::from(note.key) + semitones;
        Note { key: u8::try_from(key).unwrap_or(u8::MAX), ..*note }
    };
    if semitones != 0 && alike(&transposed) {
        return Some(format!("transposed by {semitones:+} st"));
    }
    let by = after.start - first.start;
    if by.0 != 0 && alike(&|note| Note { start: note.start + by, ..*note }) {
        let (by, way) = if by.0 > 0 { (by, "later") } else { (-by, "earlier") };
        return Some(format!("moved {} {way}", length(by)));
    }
    let only = |same: &dyn Fn(&Note, &Note) -> Note| {
        notes.iter().all(|(before, after)| same(before, after) == *after)
    };
    if only(&|before, after| Note { velocity: after.velocity, ..*before }) {
        return Some("changed in velocity".into());
    }
    if only(&|before, after| Note { length: after.length, ..*before }) {
        return Some("changed in length".into());
    }
    None
}
