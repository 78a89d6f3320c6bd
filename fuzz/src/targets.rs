//! What the targets do with their bytes. An assertion here is a property that holds for any input.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use model::import::{MidiSource, Target};
use model::media::{self, Limits};
use model::query::{LiveQuery, Param, Query};
use model::{Blobs, IdSource, Project, Pulse, bundle, file, journal};
use protocol::Value;

use crate::sealed;

/// The longest that audio is decoded to.
pub(crate) const MAX_DECODED_BYTES: u32 = 4 << 20;

/// A project file. What loads is written, loads again, and is written in the same bytes.
pub(crate) fn project(bytes: &[u8]) {
    if let Ok(loaded) = file::parse(bytes, Blobs::new()) {
        let text = file::text(&loaded.project);
        let again = file::parse(text.as_bytes(), Blobs::new());
        let again = again.map(|loaded| file::text(&loaded.project));
        assert!(again.is_ok_and(|again| again == text), "what was written is not what is read");
    }
}

/// A host's state chunk.
pub(crate) fn bundle(bytes: &[u8]) {
    let _any_outcome = bundle::from_bytes(bytes);
}

/// What is in a host's state chunk.
pub(crate) fn bundle_content(content: &[u8]) {
    if let Some(bytes) = sealed::bundle(content) {
        let _any_outcome = bundle::from_bytes(&bytes);
    }
}

/// Entries of a journal, each as it was written.
pub(crate) fn journal_entries(content: &[u8]) {
    journal(&sealed::journal(content));
}

/// A journal. Its sound part is a journal of the same records.
pub(crate) fn journal(bytes: &[u8]) {
    let count = |bytes: &[u8]| {
        journal::read_from(bytes, bytes.len() as u64, |_| ControlFlow::Continue(())).ok().and_then(Result::ok)
    };
    let Some(summary) = count(bytes) else { return };
    let sound = usize::try_from(summary.sound_bytes).ok().and_then(|sound| bytes.get(..sound));
    let again = sound.and_then(count);
    assert!(again.is_some_and(|again| again.records == summary.records), "{summary:?}, then {again:?}");
}

/// Audio of any format.
pub(crate) fn media(bytes: &[u8]) {
    if let Ok(decoded) = media::decode(bytes, Limits { max_decoded_bytes: MAX_DECODED_BYTES }) {
        assert!(decoded.wav.len() <= MAX_DECODED_BYTES as usize, "{} bytes", decoded.wav.len());
    }
}

/// A MIDI file, up to the edits that it becomes.
pub(crate) fn midi(bytes: &[u8]) {
    let blobs = Blobs::new();
    if let Ok(source) = MidiSource::read(bytes, &blobs) {
        let pulse = Pulse::with_ids(IdSource::seeded(1));
        let _edits = source.edits(&pulse.project(), &Target::default(), &|| pulse.new_id());
    }
}

/// Where queries look; the same each time.
static SHOW: LazyLock<Project> = LazyLock::new(crate::show::project);
/// The most steps that a query may take.
const MAX_STEPS: u64 = 20_000;

/// A query. What parses is written, and parses to the same; what it finds by its indexes is what testing every entity of the
/// table finds, as live queries do.
pub(crate) fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(query) = Query::parse(text) else { return };
    let again = Query::parse(&query.to_string());
    assert!(again.is_ok_and(|again| again == query), "{text:?} becomes {query}");
    let Ok(bound) = query.bind(params(query.params())) else { return };
    let mut steps = 0;
    let mut meter = |more| {
        steps += more;
        if steps < MAX_STEPS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let Ok(found) = bound.run_metered(&SHOW, &mut meter) else { return };
    let live = LiveQuery::new(&bound, &SHOW);
    assert!(live.is_ok_and(|live| live.ids().eq(found.iter().copied())), "{text:?} finds {found:?}");
    assert!(bound.explain(&SHOW).is_ok(), "{text:?} runs, and cannot be explained");
}

/// A value for each parameter: of every kind, in turn.
pub(crate) fn params(count: usize) -> impl Iterator<Item = Param> {
    let clip = || SHOW.table("clips").next().map_or(Value::Null, Value::Ref);
    let values = [
        Param::Value(clip()),
        Param::Value(Value::Int(5)),
        Param::Value(Value::Text("GO".into())),
        Param::List(vec![clip(), Value::Null]),
        Param::List(vec![Value::Int(3), Value::Float(4.5)]),
        Param::Value(Value::Float(0.5)),
        Param::Value(Value::Bool(true)),
        Param::Value(Value::Null),
    ];
    values.into_iter().cycle().take(count)
}

/// A saved history, and a journal's record, for a project that may be another.
pub(crate) fn history(bytes: &[u8]) {
    let project = Pulse::with_ids(IdSource::seeded(1)).project();
    let (mut pulse, _trouble) = Pulse::open(project.clone(), Some(bytes), IdSource::seeded(2));
    let _any_outcome = pulse.undo("test");
    let (mut pulse, _none) = Pulse::open(project, None, IdSource::seeded(2));
    let _any_outcome = pulse.replay(bytes);
}

/// What is in a saved history.
pub(crate) fn history_content(content: &[u8]) {
    history(&sealed::history(content));
}
