//! Documents that are opened, saved, cut off, damaged and found again.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use protocol::{EntityId, Transaction, Value};

use super::*;
use crate::file::tests::{create, sample};
use crate::project::Project;
use crate::pulse::{IdSource, Pulse};

mod crash;
mod media;

/// A log whose records are transactions.
#[derive(Debug)]
struct Plain {
    pulse: Pulse,
    records: Vec<Vec<u8>>,
}

impl Plain {
    fn new() -> Self {
        Self { pulse: Pulse::with_ids(IdSource::seeded(1)), records: Vec::new() }
    }

    fn with(project: Project) -> Self {
        Self { pulse: Pulse::from_project(project), records: Vec::new() }
    }

    /// Makes a marker with a number.
    fn add(&mut self, number: u128) {
        let edits = vec![create("markers", 0xa0_0000 + number, &[("name", Value::Text(number.to_string()))])];
        self.commit(Transaction { name: format!("add {number}"), author: "test".into(), edits });
    }

    fn commit(&mut self, transaction: Transaction) {
        let record = serde_json::to_vec(&transaction).unwrap();
        self.pulse.commit(transaction).unwrap();
        self.records.push(record);
    }

    fn numbers(&self) -> Vec<u128> {
        let mut numbers: Vec<_> =
            self.pulse.project().markers().map(|marker| marker.name().parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    }
}

impl Log for Plain {
    fn open(project: Project, side: &SideState) -> (Self, Option<Box<dyn Error + Send + Sync>>) {
        let is_sound = side.history.is_empty() || side.history.starts_with(b"history");
        (Self::with(project), (!is_sound).then(|| "no history".into()))
    }

    fn project(&self) -> Project {
        self.pulse.project()
    }

    fn take_records(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.records)
    }

    fn replay(&mut self, record: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        let transaction: Transaction = serde_json::from_slice(record)?;
        self.pulse.commit(transaction)?;
        Ok(())
    }

    fn side_state(&mut self) -> PackSide {
        Box::new(|| SideState { history: b"history of the project".to_vec(), sessions: Vec::new() })
    }
}

/// A saved project with marker 1, in a folder.
fn saved() -> (tempfile::TempDir, PathBuf, Document, Plain, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Song.loophole");
    let (mut log, blobs) = (Plain::new(), Blobs::new());
    let mut document = Document::untitled(&folder.path().join("state"), &mut log, &blobs).unwrap();
    log.add(1);
    document.record(&mut log, &blobs).unwrap();
    let project = log.project();
    document.save_as(&mut log, &project, &blobs, &path).unwrap();
    (folder, path, document, log, blobs)
}

fn open(path: &Path) -> Opened<Plain> {
    Document::open(path, Access::Edit).unwrap()
}

#[test]
fn what_was_recorded_is_there_without_a_save() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    log.add(3);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    for _ in 0..2 {
        let opened = open(&path);
        assert_eq!(opened.log.numbers(), [1, 2, 3]);
        assert_eq!(opened.notices, [Notice::Recovered { records: 2 }]);
        assert_eq!(opened.warnings, []);
    }
}

#[test]
fn what_was_saved_needs_no_recovery() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    document.record(&mut log, &blobs).unwrap();
    let project = log.project();
    document.save(&mut log, &project, &blobs).unwrap();
    drop(document);
    let opened = open(&path);
    assert_eq!((opened.log.numbers(), opened.notices), (vec![1, 2], vec![]));
}

#[test]
fn saving_and_opening_and_saving_is_identity() {
    let (_folder, path, mut document, _, blobs) = saved();
    let mut log = Plain::with(sample(&blobs));
    let project = log.project();
    document.save(&mut log, &project, &blobs).unwrap();
    let before = fs::read(&path).unwrap();
    drop(document);
    let mut opened = open(&path);
    assert_eq!(opened.log.project(), project);
    let project = opened.log.project();
    opened.document.save(&mut opened.log, &project, &opened.blobs).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_autosave_shortens_what_is_redone_and_leaves_the_file_alone() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    let text = fs::read(&path).unwrap();
    assert!(!document.is_autosave_due());
    document.set_policy(Policy { autosave_bytes: 1, ..Policy::default() });
    log.add(2);
    document.record(&mut log, &blobs).unwrap();
    assert!(document.is_autosave_due());
    document.autosave(&mut log, &blobs).unwrap();
    assert!(!document.is_autosave_due());
    log.add(3);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    assert_eq!(fs::read(&path).unwrap(), text);
    let opened = open(&path);
    assert_eq!(opened.log.numbers(), [1, 2, 3]);
    assert_eq!(opened.notices, [Notice::Autosave, Notice::Recovered { records: 1 }]);
    drop(opened);
    // A damaged autosave is passed over: the journal still leads on from the saved text.
    for path in files_with(&side_folder(&path), "loophole") {
        fs::write(path, b"damaged").unwrap();
    }
    let opened = open(&path);
    assert_eq!(
        (opened.log.numbers(), opened.notices),
        (vec![1, 2, 3], vec![Notice::Recovered { records: 2 }])
    );
}

#[test]
fn what_is_done_while_an_autosave_is_written_is_redone_from_it() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    document.begin_autosave(&mut log, &blobs).unwrap();
    assert!(!document.is_autosave_due(), "one at a time");
    for number in [3, 4] {
        log.add(number);
        document.record(&mut log, &blobs).unwrap();
    }
    let saved = loop {
        match document.finish_autosave() {
            Some(saved) => break saved.unwrap(),
            None => std::thread::yield_now(),
        }
    };
    assert_eq!(saved, Saved::default());
    assert!(document.finish_autosave().is_none());
    drop(document);
    let opened = open(&path);
    assert_eq!(opened.log.numbers(), [1, 2, 3, 4]);
    assert_eq!(opened.notices, [Notice::Autosave, Notice::Recovered { records: 2 }]);
}

#[test]
fn a_save_overtakes_an_autosave_and_a_crash_forgets_it() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    document.begin_autosave(&mut log, &blobs).unwrap();
    log.add(3);
    let project = log.project();
    document.save(&mut log, &project, &blobs).unwrap();
    assert!(document.finish_autosave().is_none());
    log.add(4);
    document.begin_autosave(&mut log, &blobs).unwrap();
    drop(document);
    let Opened { document, log, notices, .. } = open(&path);
    assert_eq!((log.numbers(), notices), (vec![1, 2, 3, 4], vec![Notice::Recovered { records: 1 }]));
    document.close(Unsaved::Discard).unwrap();
    assert_eq!(open(&path).log.numbers(), [1, 2, 3]);
}

fn files_with(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[test]
fn a_text_that_was_changed_outside_is_opened_and_the_unsaved_changes_are_kept() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    let text = fs::read_to_string(&path).unwrap().replace("\"1\"", "\"77\"");
    fs::write(&path, text).unwrap();
    let journal = fs::read(side_folder(&path).join("journal")).unwrap();
    let opened = open(&path);
    assert_eq!(opened.log.numbers(), [77]);
    let [Notice::SetAside { records: 1, kept }] = &opened.notices[..] else { panic!("{:?}", opened.notices) };
    assert_eq!(fs::read(kept).unwrap(), journal);
    drop(opened);
    assert_eq!(open(&path).notices, []);
}

#[test]
fn a_damaged_journal_gives_what_comes_before_the_damage_and_is_kept() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    let journal = side_folder(&path).join("journal");
    log.add(2);
    document.record(&mut log, &blobs).unwrap();
    let sound = fs::metadata(&journal).unwrap().len();
    log.add(3);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    let mut bytes = fs::read(&journal).unwrap();
    bytes[usize::try_from(sound).unwrap() + 20] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let opened = open(&path);
    assert_eq!(opened.log.numbers(), [1, 2]);
    let [Notice::Recovered { records: 1 }, Notice::JournalDamaged { kept, .. }] = &opened.notices[..] else {
        panic!("{:?}", opened.notices)
    };
    assert_eq!(fs::read(kept).unwrap(), bytes);
    drop(opened);
    assert_eq!(open(&path).log.numbers(), [1, 2]);
}

#[test]
fn a_record_that_cannot_be_done_again_ends_the_recovery_and_is_kept() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    log.records.push(b"what is this".to_vec());
    log.add(3);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    let opened = open(&path);
    assert_eq!(opened.log.numbers(), [1, 2]);
    assert!(matches!(
        opened.notices[..],
        [Notice::Recovered { records: 1 }, Notice::RecordRefused { done: 1, .. }]
    ));
    let Opened { mut document, mut log, blobs, .. } = opened;
    log.add(4);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    assert_eq!(open(&path).log.numbers(), [1, 2, 4]);
}

#[test]
fn a_project_is_opened_once() {
    let (folder, path, document, _, _) = saved();
    let error = Document::open::<Plain>(&path, Access::Edit).unwrap_err();
    let OpenError::InUse { process, .. } = error else { panic!("{error}") };
    assert_eq!(process, Some(std::process::id()));
    #[cfg(unix)]
    {
        let link = folder.path().join("Link.loophole");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Document::open::<Plain>(&link, Access::Edit), Err(OpenError::InUse { .. })));
    }
    let Opened { document: mut look, mut log, blobs, .. } =
        Document::open::<Plain>(&path, Access::ReadOnly).unwrap();
    assert!(matches!(look.read_only(), Some(ReadOnlyReason::Asked)));
    let project = log.project();
    assert!(matches!(look.save(&mut log, &project, &blobs), Err(SaveError::ReadOnly { .. })));
    assert!(matches!(look.save_as(&mut log, &project, &blobs, &path), Err(SaveError::InUse { .. })));
    look.save_as(&mut log, &project, &blobs, &folder.path().join("Copy.loophole")).unwrap();
    assert!(look.read_only().is_none());
    drop(document);
    open(&path);
}

#[test]
fn a_project_that_was_never_saved_survives_and_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, blobs) = (Plain::new(), Blobs::new());
    let mut document = Document::untitled(folder.path(), &mut log, &blobs).unwrap();
    assert_eq!(leftovers(folder.path()), Vec::<PathBuf>::new());
    log.add(1);
    document.record(&mut log, &blobs).unwrap();
    let project = log.project();
    assert!(matches!(document.save(&mut log, &project, &blobs), Err(SaveError::Untitled)));
    drop(document);
    let left = leftovers(folder.path());
    let opened = Document::open_untitled::<Plain>(&left[0]).unwrap();
    assert!(opened.document.is_untitled());
    assert_eq!((left.len(), opened.log.numbers()), (1, vec![1]));
    opened.document.close(Unsaved::Discard).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn saving_elsewhere_leaves_the_old_project_as_it_was_saved() {
    let (folder, path, mut document, mut log, blobs) = saved();
    assert!(fs::read_dir(folder.path().join("state")).unwrap().next().is_none());
    log.add(2);
    document.record(&mut log, &blobs).unwrap();
    let (project, other) = (log.project(), folder.path().join("Other.loophole"));
    document.save_as(&mut log, &project, &blobs, &other).unwrap();
    assert_eq!(document.path(), other);
    log.add(3);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    let (old, new) = (open(&path), open(&other));
    assert_eq!((old.log.numbers(), old.notices), (vec![1], vec![]));
    assert_eq!(new.log.numbers(), [1, 2, 3]);
}

#[test]
fn changes_that_are_given_up_do_not_come_back() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    log.add(2);
    document.record(&mut log, &blobs).unwrap();
    document.close(Unsaved::Discard).unwrap();
    let opened = open(&path);
    assert_eq!((opened.log.numbers(), opened.notices), (vec![1], vec![]));
}

#[test]
fn backups_are_kept_and_lead_on_when_the_text_is_damaged() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    for number in 2..6 {
        log.add(number);
        document.record(&mut log, &blobs).unwrap();
        let project = log.project();
        document.save(&mut log, &project, &blobs).unwrap();
    }
    log.add(6);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    assert_eq!(backups(&path).len(), 4);
    fs::write(&path, b"{\"format\": \"loophole-project\", \"tables\": {").unwrap();
    let error = Document::open::<Plain>(&path, Access::Edit).unwrap_err();
    assert!(matches!(error, OpenError::Load { is_recoverable: true, .. }));
    let recovered = recover::<Plain>(&path).unwrap();
    assert_eq!(recovered.log.numbers(), [1, 2, 3, 4, 5, 6]);
    // Even when the last backups are gone too.
    for backup in &backups(&path)[2..] {
        fs::write(&backup.path, b"").unwrap();
    }
    assert_eq!(recover::<Plain>(&path).unwrap().log.numbers(), [1, 2, 3, 4, 5, 6]);
    for backup in backups(&path) {
        fs::write(&backup.path, b"").unwrap();
    }
    assert!(matches!(recover::<Plain>(&path), Err(RecoverError::NothingLeft { .. })));
}

#[test]
fn only_so_many_backups_are_kept() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    document.set_policy(Policy { recent_backups: 3, daily_backups: 0, ..Policy::default() });
    for number in 2..8 {
        log.add(number);
        let project = log.project();
        document.save(&mut log, &project, &blobs).unwrap();
    }
    assert_eq!(backups(&path).len(), 3);
    let kept = fs::read_dir(side_folder(&path).join("backups")).unwrap().count();
    assert_eq!(kept, 9, "each with its journal and history");
    // Of earlier days the last one stays.
    document.set_policy(Policy { recent_backups: 1, daily_backups: 2, ..Policy::default() });
    let old = backups(&path)[0].path.clone();
    for day in ["20200101-000000-000", "20200101-120000-000", "20200102-000000-000"] {
        fs::copy(&old, old.with_file_name(format!("{day}-0123456789abcdef.loophole"))).unwrap();
    }
    log.add(8);
    let project = log.project();
    document.save(&mut log, &project, &blobs).unwrap();
    let days: Vec<_> = backups(&path).into_iter().map(|backup| backup.stamp[..8].to_owned()).collect();
    assert_eq!((days.len(), days[0].as_str()), (2, "20200102"));
}

#[test]
fn stamps_are_utc() {
    let at = |secs| backup::stamp(std::time::UNIX_EPOCH + Duration::from_millis(secs));
    assert_eq!(at(0), "19700101-000000-000");
    assert_eq!(at(951_782_400_001), "20000229-000000-001");
    assert_eq!(at(1_700_000_000_000), "20231114-221320-000");
}

#[test]
fn an_unusable_history_is_told_and_costs_nothing_else() {
    let (_folder, path, document, _, _) = saved();
    drop(document);
    for history in files_with(&side_folder(&path), "history") {
        fs::write(history, b"junk").unwrap();
    }
    let opened = open(&path);
    assert_eq!(opened.log.numbers(), [1]);
    assert!(matches!(opened.notices[..], [Notice::HistoryLost { .. }]));
}

#[test]
fn blobs_are_safe_as_soon_as_what_names_them() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    let media = blobs.put(b"a recorded take".as_slice());
    let edits = vec![
        create("tracks", 0x50, &[("kind", Value::Text("audio".into()))]),
        create(
            "clips",
            0x51,
            &[
                ("track", Value::Ref(EntityId(0x50))),
                ("kind", Value::Text("audio".into())),
                ("media", Value::Blob(media)),
            ],
        ),
    ];
    log.commit(Transaction { name: "Record".into(), author: "test".into(), edits });
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    let opened = open(&path);
    assert_eq!(opened.blobs.get(&media).as_deref(), Some(b"a recorded take".as_slice()));
    assert_eq!(missing(&opened.log.project(), &opened.blobs), []);
}

#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_written_is_told_and_made_up_for() {
    let (_folder, path, mut document, mut log, blobs) = saved();
    let Writer::Edit { journal, .. } = &mut document.writer else { panic!() };
    let full = crate::journal::Summary { sound_bytes: 16, ..Default::default() };
    let working = journal.replace(Journal::resume(Path::new("/dev/full"), &full).unwrap());
    log.add(2);
    let error = document.record(&mut log, &blobs).unwrap_err();
    assert!(matches!(error, RecordError::Journal(crate::journal::JournalError::DiskFull { .. })), "{error}");
    let Writer::Edit { journal, .. } = &mut document.writer else { panic!() };
    *journal = working;
    log.add(3);
    document.record(&mut log, &blobs).unwrap();
    drop(document);
    assert_eq!(open(&path).log.numbers(), [1, 2, 3]);
}
