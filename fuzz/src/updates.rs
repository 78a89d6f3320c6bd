//! What a hostile peer may send: sound updates of the log, whatever they say.
//!
//! The bytes drive operations on a Loro document that goes on from a real history.

use loro::{ExportMode, LoroDoc, LoroResult, LoroValue, ValueOrContainer};
use model::{IdSource, Pulse, file};

use crate::sealed::{self, RECORD_HEAD};
use crate::seeds;

/// What a cell may hold that is no JSON of ours.
const VALUES: &[&str] = &[
    "",
    "null",
    "{}",
    "[]",
    "{\"v\":{\"Value\":{\"Float\":1e308}}}",
    "{\"v\":{\"Value\":{\"Int\":-9223372036854775808}}}",
    "{\"v\":{\"Value\":{\"Beats\":9223372036854775807}}}",
    "{\"v\":{\"Value\":{\"Text\":\"\\u0000\"}}}",
    "{\"v\":{\"Value\":{\"Ref\":\"00000000000000000000000000000000\"}}}",
    "{\"v\":{\"Row\":{}}}",
    "{\"v\":null,\"w\":null,\"t\":{\"at\":4294967295,\"was\":\"x\",\"is\":\"\"}}",
    "{\"table\":\"tracks\",\"alive\":true,\"born\":true,\"at\":{\"millis\":18446744073709551615,\"count\":4294967295,\"peer\":0}}",
    "{\"table\":\"\",\"alive\":true}",
    "{\"table\":\"project\",\"alive\":false,\"at\":0}",
];

/// Keys that name no cell, or another than one would think.
const KEYS: &[&str] =
    &["", "@", "#", ":", "name#0", "notes#18446744073709551615", "params:", "a.b", "sends", "."];

/// Bytes, read as choices; nothing but zeroes when they are used up.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> usize {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(byte)
    }

    fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> Option<&'t T> {
        all.get(self.byte() % all.len().max(1)).copied()
    }
}

/// The cells of a real log: the map, the key, the JSON.
fn cells(doc: &LoroDoc) -> Vec<(String, String, String)> {
    let LoroValue::Map(roots) = doc.get_deep_value() else { return Vec::new() };
    let mut cells = Vec::new();
    for (root, value) in roots.iter() {
        let LoroValue::Map(map) = value else { continue };
        for (key, value) in map.iter() {
            if let LoroValue::String(json) = value {
                cells.push((root.clone(), key.clone(), json.to_string()));
            }
        }
    }
    cells.sort();
    cells
}

/// A value: of another cell, of the list above, or with some bytes of it replaced.
fn value(choices: &mut Choices<'_>, cells: &[(String, String, String)]) -> String {
    let mut json = match choices.byte() {
        kind if kind % 3 == 0 => choices.of(VALUES).unwrap_or_default().to_owned(),
        _ => cells
            .get(choices.byte() % cells.len().max(1))
            .map(|(_, _, json)| json.clone())
            .unwrap_or_default(),
    };
    for _ in 0..choices.byte() % 4 {
        let at = choices.byte() * json.len() / 256;
        let with = char::from(u8::try_from(choices.byte() % 95).unwrap_or(0) + 32);
        if json.is_char_boundary(at) && json.is_char_boundary(at + 1) {
            json.replace_range(at..(at + 1).min(json.len()), with.encode_utf8(&mut [0; 4]));
        }
    }
    json
}

fn operate(doc: &LoroDoc, choices: &mut Choices<'_>, cells: &[(String, String, String)]) -> LoroResult<()> {
    let cell = cells.get(choices.byte() % cells.len().max(1));
    let (root, mut key) = cell.map(|(root, key, _)| (root.clone(), key.clone())).unwrap_or_default();
    if choices.byte().is_multiple_of(4) {
        key = choices.of(KEYS).unwrap_or_default().to_owned();
    }
    let kind = choices.byte() % 8;
    match kind {
        0 => doc.get_map(root.as_str()).insert(&key, LoroValue::Null)?,
        1 => doc.get_map(root.as_str()).insert(&key, f64::NAN)?,
        2 => doc.get_map(root.as_str()).delete(&key)?,
        3 => {
            let text = doc.get_text(format!("{root}.{key}"));
            let at = choices.byte() % (text.len_unicode() + 1);
            text.insert(at, "\u{1f3b5}\0")?;
        }
        4 => {
            // A container where a value should be.
            let inner = doc.get_map(root.as_str()).insert_container(&key, loro::LoroList::new());
            if let Ok(list) = inner {
                list.insert(0, "x")?;
            }
        }
        5 => {
            let list = doc.get_movable_list(format!("{root}.{key}"));
            let json = value(choices, cells);
            list.insert(choices.byte() % (list.len() + 1), json)?;
        }
        _ => doc.get_map(root.as_str()).insert(&key, value(choices, cells))?,
    }
    if choices.byte().is_multiple_of(3) {
        let message = doc.get_map("steps").get("last");
        let _old = message.map(|message| matches!(message, ValueOrContainer::Value(_)));
        doc.set_next_commit_message(&value(choices, cells));
        doc.commit();
    }
    Ok(())
}

/// Updates of the log with sound checksums. Whatever they say, what comes out is a project that can be saved.
pub(crate) fn updates(bytes: &[u8]) {
    let song = seeds::song();
    let mut pulse = seeds::played(&song);
    let records = pulse.take_records();
    let Some(baseline) = records.first().and_then(|record| record.get(RECORD_HEAD..RECORD_HEAD + 32)) else {
        return;
    };
    let doc = LoroDoc::new();
    let _peer_is_free = doc.set_peer_id(7);
    for record in &records {
        let _genuine = doc.import(record.get(RECORD_HEAD + 32..).unwrap_or_default());
    }
    let before = doc.oplog_vv();
    let cells = cells(&doc);
    let mut choices = Choices(bytes);
    while !choices.0.is_empty() {
        let _refused_by_loro = operate(&doc, &mut choices, &cells);
    }
    doc.commit();
    let Ok(update) = doc.export(ExportMode::updates(&before)) else { return };
    let record = sealed::record(baseline, &update);

    let _any_outcome = pulse.merge(&record);
    let _any_outcome = pulse.undo("test");
    let _any_outcome = pulse.redo("test");
    let commits: Vec<_> = pulse.commits().map(|entry| entry.id).collect();
    for commit in commits.into_iter().rev().take(8) {
        let _any_outcome = pulse.at(commit);
    }
    let project = pulse.project();
    let text = file::text(&project);
    let again = file::parse(text.as_bytes(), model::Blobs::new());
    let again = again.map(|loaded| file::text(&loaded.project));
    assert!(again.is_ok_and(|again| again == text), "what was merged cannot be saved");

    let history = pulse.history_bytes();
    let (reopened, trouble) = Pulse::open(project, Some(&history), IdSource::seeded(3));
    assert!(trouble.is_none(), "its own history does not open: {trouble:?}");
    let _loaded = reopened.history().count();
    assert!(reopened.history_trouble().is_none(), "its own history: {:?}", reopened.history_trouble());

    let mut other = Pulse::open(song, None, IdSource::seeded(4)).0;
    for record in records.iter().chain([&record]) {
        let _any_outcome = other.replay(record);
    }
}
