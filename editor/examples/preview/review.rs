//! What waits for review in the preview: a script's work, and that of somebody else who changed the same things.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use loophole_editor::{ClashEntry, ConflictEntry, SessionEntry};
use model::diff::{edits, lines};
use model::entity::{Cell, CellValue, Name, Part};
use model::{Project, TrackId, edit};
use protocol::{Beats, ConflictId, Edit, EntityId, SessionId, Take, Value};

/// A session, with what it would commit.
pub struct Waiting {
    /// As the editor sees it.
    pub entry: SessionEntry,
    edits: Vec<Edit>,
    /// What was decided for the session.
    chosen: Vec<Edit>,
    base: Project,
}

/// Milliseconds since 1970, some minutes ago.
pub fn minutes_ago(minutes: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    (now - minutes * 60) * 1_000
}

impl Waiting {
    fn new(nth: u128, name: &str, author: &str, minutes: u64, base: &Project, edits: Vec<Edit>) -> Self {
        let after = base.apply(&edits).expect("legal edits");
        let entry = SessionEntry {
            id: SessionId(EntityId(nth)),
            name: name.into(),
            author: author.into(),
            opened_ms: minutes_ago(minutes),
            operations: edits.len(),
            lines: lines(base, &after).into(),
            conflicts: Arc::default(),
            decided: 0,
        };
        Self { entry, edits, chosen: Vec::new(), base: base.clone() }
    }

    /// What accepting it commits.
    pub fn accepted(&self) -> Vec<Edit> {
        let after = self.base.apply(&self.edits).expect("legal edits");
        let mut edits = edits(&self.base, &after).expect("two states of one project");
        edits.extend(self.chosen.iter().cloned());
        edits
    }

    /// Decides one conflict, or all of them.
    pub fn resolve(&mut self, which: Option<ConflictId>, take: Take) {
        let (now, later): (Vec<_>, Vec<_>) = self
            .entry
            .conflicts
            .iter()
            .cloned()
            .partition(|conflict| which.is_none_or(|id| conflict.id == id));
        self.entry.decided += now.len();
        self.entry.conflicts = later.into();
        for conflict in now.into_iter().filter(|_| take == Take::Session) {
            if let ClashEntry::Cell { cell, session: Some(CellValue::Value(value)), .. } = conflict.clash
                && cell.part == Part::Whole
            {
                self.chosen.push(Edit::Set { id: conflict.entity, field: cell.field.to_string(), value });
            }
        }
    }
}

/// Two sessions over the song.
pub fn waiting(project: &Project) -> Vec<Waiting> {
    vec![euclidean(project), mixing(project)]
}

fn track(project: &Project, name: &str) -> TrackId {
    project.tracks().find(|track| track.name() == name).expect("a track").id()
}

fn euclidean(project: &Project) -> Waiting {
    let drums = project.track(track(project, "Drums")).expect("the drums");
    let mut edits = Vec::new();
    for clip in drums.clips().take(2) {
        let notes = clip.notes().take(5).map(|(key, note)| {
            (key, Some(protocol::Note { velocity: (note.velocity * 0.8).max(0.1), ..note }))
        });
        edits.push(edit::clip::change_notes(clip.id(), notes.collect::<Vec<_>>()));
    }
    if let Some(clip) = drums.clips().nth(2) {
        edits.push(edit::clip::set_start(clip.id(), clip.start() + Beats::whole(4)));
    }
    edits.push(edit::track::set_volume_db(drums.id(), -3.0));
    let lead = track(project, "Lead");
    edits.push(edit::track::set_pan(lead, -0.25));
    if let Some(clip) = project.track(lead).and_then(|lead| lead.clips().next()) {
        edits.push(edit::clip::set_name(clip.id(), "Hook A"));
    }
    edits.push(edit::track::set_mute(track(project, "Tape Loop"), false));
    Waiting::new(1, "Loosen the groove", "Humanise", 4, project, edits)
}

/// An entity, its cell, and the three values.
type Clashing = (EntityId, Cell, [Option<CellValue>; 3]);

fn mixing(project: &Project) -> Waiting {
    let (bass, keys) = (track(project, "Bass"), track(project, "Warm Keys"));
    let edits = vec![edit::track::set_volume_db(bass, -4.0), edit::track::set_pan(keys, 0.3)];
    let mut waiting = Waiting::new(2, "Mix from the studio", "Mira", 95, project, edits);
    let whole = |field: &'static str| Cell { field: Name::from(field), part: Part::Whole };
    let float = |value: f64| Some(CellValue::Value(Value::Float(value)));
    let synth = project.track(bass).and_then(|bass| bass.devices().next()).map(|synth| synth.id().0);
    let clip = project.track(keys).and_then(|keys| keys.clips().nth(1)).map(|clip| clip.id().0);
    let beats = |whole: i64| Some(CellValue::Value(Value::Beats(Beats::whole(whole))));
    let text = |text: &str| Some(CellValue::Value(Value::Text(text.into())));
    let mut clashes = vec![
        (bass.0, whole("volume_db"), [None, float(-6.0), float(-4.0)]),
        (keys.0, whole("pan"), [None, float(-0.15), float(0.3)]),
        (keys.0, whole("name"), [text("Keys"), text("Warm Keys"), text("Rhodes")]),
    ];
    if let (Some(synth), Some(clip)) = (synth, clip) {
        let cutoff = Cell { field: Name::from("params"), part: Part::Entry(Name::from("cutoff")) };
        clashes.push((synth, cutoff, [None, float(900.0), float(2_400.0)]));
        clashes.push((clip, whole("start"), [beats(12), beats(16), beats(20)]));
    }
    let conflict = |((entity, cell, [base, project, session]), id): (Clashing, u32)| ConflictEntry {
        id: ConflictId(id),
        entity,
        clash: ClashEntry::Cell { cell, base, project, session },
    };
    let mut conflicts: Vec<ConflictEntry> = clashes.into_iter().zip(0u32..).map(conflict).collect();
    conflicts.push(ConflictEntry {
        id: ConflictId(99),
        entity: track(project, "Tape Loop").0,
        clash: ClashEntry::Deleted { by: Take::Session },
    });
    waiting.entry.conflicts = conflicts.into();
    waiting.entry.decided = 2;
    waiting
}
