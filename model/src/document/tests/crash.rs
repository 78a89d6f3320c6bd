//! Cutting a save off between any two of its steps.

use super::*;

/// Cuts `act` off after each number of steps until it gets through; each time the project opens with everything.
fn check(act: impl Fn(&mut Document, &mut Plain, &Blobs, &Path) -> Result<Saved, SaveError>) -> u32 {
    for steps in 0.. {
        let (folder, path, mut document, mut log, blobs) = saved();
        log.add(2);
        document.record(&mut log, &blobs).unwrap();
        let project = log.project();
        document.save(&mut log, &project, &blobs).unwrap();
        log.add(3);
        log.add(4);
        document.record(&mut log, &blobs).unwrap();
        document.cut.after = Some(steps);
        let outcome = act(&mut document, &mut log, &blobs, folder.path());
        if outcome.is_err() {
            // The program may also go on after a save that failed.
            document.cut.after = None;
            log.add(5);
            document.record(&mut log, &blobs).unwrap();
        }
        let expected = log.numbers();
        let place = document.path().to_owned();
        drop(document);
        let Opened { mut document, mut log, blobs, notices, .. } = open(&place);
        assert_eq!(log.numbers(), expected, "after {steps} steps: {notices:?}");
        let is_trouble = |notice: &Notice| !matches!(notice, Notice::Recovered { .. } | Notice::Autosave);
        assert!(!notices.iter().any(is_trouble), "after {steps} steps: {notices:?}");
        // And what comes after it is safe too.
        log.add(6);
        document.record(&mut log, &blobs).unwrap();
        drop(document);
        let Opened { mut document, mut log, blobs, .. } = open(&place);
        assert_eq!(log.numbers().last(), Some(&6));
        let project = log.project();
        document.save(&mut log, &project, &blobs).unwrap();
        drop(document);
        let opened = open(&place);
        assert_eq!((opened.log.numbers(), opened.notices), (log.numbers(), vec![]));
        if place != path {
            assert_eq!(open(&path).log.numbers(), [1, 2], "the old place stays as it was saved");
        }
        if outcome.is_ok() {
            return steps;
        }
    }
    0
}

#[test]
fn a_save_that_is_cut_off_loses_nothing() {
    let steps = check(|document, log, blobs, _| {
        let project = log.project();
        document.save(log, &project, blobs)
    });
    assert!(steps >= 8, "{steps}");
}

#[test]
fn an_autosave_that_is_cut_off_loses_nothing() {
    let steps = check(|document, log, blobs, _| document.autosave(log, blobs));
    assert!(steps >= 3, "{steps}");
}

#[test]
fn a_save_elsewhere_that_is_cut_off_loses_nothing() {
    let steps = check(|document, log, blobs, folder| {
        let project = log.project();
        document.save_as(log, &project, blobs, &folder.join("Other.loophole"))
    });
    assert!(steps >= 8, "{steps}");
}
