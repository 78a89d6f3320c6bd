//! Scanning a folder of good, crashing, hanging and garbage files, with children of this very test.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use loophole_host::nested::{self, PluginLocator};
use loophole_host::scan::{
    self, Cache, Rescan, ScanOptions, ScanProgress, ScanReport, ScanWarning, ScannerCommand,
};
use protocol::{PluginFormat, PluginRef};

/// The bundle of the test plugins, which cargo builds beside this test.
fn bundle() -> PathBuf {
    let beside = std::env::current_exe().unwrap().with_file_name(
        ["libloophole_test_plugins.so", "libloophole_test_plugins.dylib", "loophole_test_plugins.dll"]
            [if cfg!(target_os = "linux") { 0 } else { usize::from(cfg!(windows)) + 1 }],
    );
    assert!(beside.exists(), "{} is missing", beside.display());
    beside
}

/// This test's own program as the scanner: libtest runs the one test that is named, which finds the file behind it.
fn command() -> ScannerCommand {
    let args = ["--exact", "--nocapture", "child"].map(Into::into).into();
    ScannerCommand { program: std::env::current_exe().unwrap(), args }
}

/// What the children run. By itself it checks what a child says about a file that is no plugin.
#[test]
fn child() {
    let last = PathBuf::from(std::env::args_os().next_back().unwrap());
    if last.extension().is_some_and(|extension| extension == "clap") {
        scan::run_child(&last, &mut std::io::stdout()).unwrap();
        return;
    }
    let mut said = Vec::new();
    scan::run_child(Path::new("/nowhere.clap"), &mut said).unwrap();
    assert!(String::from_utf8(said).unwrap().contains("not a loadable plugin library"));
}

struct Folder {
    root: tempfile::TempDir,
    options: ScanOptions,
}

impl Folder {
    /// A folder with copies of the bundle under these names, and a cache beside it.
    fn new(bundles: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let plugins = root.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        for name in bundles {
            std::fs::copy(bundle(), plugins.join(name)).unwrap();
        }
        let options = ScanOptions {
            folders: vec![plugins],
            cache: Some(root.path().join("cache/plugins.json")),
            timeout: Duration::from_secs(30),
            ..ScanOptions::standard(Some(command()))
        };
        Self { root, options }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join("plugins").join(name)
    }

    fn scan(&self) -> (ScanReport, Vec<ScanProgress>) {
        let mut steps = Vec::new();
        let report = scan::scan(&self.options, |step| {
            steps.push(step.clone());
            ControlFlow::Continue(())
        });
        (report, steps)
    }
}

fn reason<'a>(report: &'a ScanReport, file: &Path) -> &'a str {
    &report.failures.iter().find(|failure| failure.path == file).unwrap().reason
}

#[test]
fn a_file_that_crashes_hangs_or_is_garbage_costs_only_itself() {
    let mut folder = Folder::new(&["good.clap", "crash.clap", "hang.clap"]);
    std::fs::write(folder.file("garbage.clap"), "not a library").unwrap();
    let whole = std::fs::read(bundle()).unwrap();
    std::fs::write(folder.file("truncated.clap"), &whole[..5_000]).unwrap();
    std::fs::write(folder.file("empty.clap"), "").unwrap();
    folder.options.timeout = Duration::from_secs(6);

    let (report, steps) = folder.scan();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(steps.len(), 7);
    assert_eq!((steps[0].done, steps[6].done, steps[6].total), (0, 6, 6));
    assert!(report.plugins.iter().all(|plugin| plugin.path == folder.file("good.clap")));
    assert!(report.plugins.iter().any(|plugin| plugin.plugin.id == "org.loophole.test.gain"));
    assert_eq!(report.failures.len(), 5);
    assert_eq!(reason(&report, &folder.file("crash.clap")), "crashed when opened (signal 6)");
    assert_eq!(reason(&report, &folder.file("hang.clap")), "did not answer within 6 s");
    // The linker maps what is not there, which may well be the end of the child.
    let truncated = reason(&report, &folder.file("truncated.clap"));
    assert!(truncated.contains("crashed") || truncated.contains("not a loadable"), "{truncated}");
    for broken in ["garbage.clap", "empty.clap"] {
        let reason = reason(&report, &folder.file(broken));
        assert!(reason.contains("not a loadable plugin library"), "{broken}: {reason}");
    }

    // The second time nothing is opened, and the report is the same.
    let start = Instant::now();
    let (again, steps) = folder.scan();
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(steps.len(), 1);
    assert_eq!((again.plugins, again.failures), (report.plugins, report.failures));
}

#[test]
fn a_block_is_lifted_by_hand_by_a_change_or_by_a_full_rescan() {
    let mut folder = Folder::new(&[]);
    let file = folder.file("late.clap");
    std::fs::write(&file, "not yet").unwrap();
    assert_eq!(folder.scan().0.failures.len(), 1);

    let cache_file = folder.options.cache.clone().unwrap();
    let mut cache = Cache::load(&cache_file).unwrap();
    assert!(cache.lift(&file));
    cache.save(&cache_file).unwrap();
    assert_eq!(folder.scan().1.len(), 2, "lifted, so opened again");
    assert_eq!(folder.scan().1.len(), 1, "blocked again");

    // The others stay blocked.
    std::fs::write(folder.file("other.clap"), "not ever").unwrap();
    assert_eq!(folder.scan().0.failures.len(), 2);
    folder.options.rescan = Rescan::These(vec![file.clone()]);
    let (report, steps) = folder.scan();
    assert_eq!((steps.len(), steps[1].file.as_path(), report.failures.len()), (2, file.as_path(), 2));
    folder.options.rescan = Rescan::Changed;
    std::fs::remove_file(folder.file("other.clap")).unwrap();

    std::fs::copy(bundle(), &file).unwrap();
    let (report, steps) = folder.scan();
    assert_eq!((steps.len(), report.failures.len()), (2, 0));
    assert!(!report.plugins.is_empty());

    folder.options.rescan = Rescan::All;
    assert_eq!(folder.scan().1.len(), 2);

    std::fs::remove_file(&file).unwrap();
    let (report, _) = folder.scan();
    assert!(report.plugins.is_empty() && report.failures.is_empty());
}

#[test]
#[cfg(unix)]
fn a_link_to_nowhere_is_no_plugin_and_one_that_has_moved_is_found_where_it_is() {
    let folder = Folder::new(&["good.clap"]);
    std::os::unix::fs::symlink("/nowhere/at/all.clap", folder.file("broken.clap")).unwrap();
    let (report, steps) = folder.scan();
    assert_eq!((steps.len(), report.failures.len()), (2, 0), "{:?}", report.failures);
    std::fs::create_dir(folder.file("deeper")).unwrap();
    std::fs::rename(folder.file("good.clap"), folder.file("deeper/other.clap")).unwrap();
    let (report, _) = folder.scan();
    assert!(!report.plugins.is_empty());
    assert!(report.plugins.iter().all(|plugin| plugin.path == folder.file("deeper/other.clap")));
    // A link that leads somewhere is what it leads to, once.
    std::os::unix::fs::symlink(folder.file("deeper/other.clap"), folder.file("link.clap")).unwrap();
    let gains = |report: &ScanReport| {
        report.plugins.iter().filter(|plugin| plugin.plugin.id.ends_with(".gain")).count()
    };
    assert_eq!(gains(&folder.scan().0), 1);
}

#[test]
fn without_a_scanner_program_the_cache_is_all_there_is() {
    let mut folder = Folder::new(&["good.clap"]);
    assert!(!folder.scan().0.plugins.is_empty());
    std::fs::copy(bundle(), folder.file("new.clap")).unwrap();
    folder.options.command = None;
    let (report, _) = folder.scan();
    assert!(!report.plugins.is_empty());
    assert!(matches!(report.warnings[..], [ScanWarning::NoScanner { unopened: 1 }]));

    folder.options.command = Some(ScannerCommand { program: "/nowhere/loophole".into(), args: Vec::new() });
    let (report, _) = folder.scan();
    assert!(reason(&report, &folder.file("new.clap")).starts_with("the scanner could not be started"));
}

#[test]
fn a_scan_can_be_ended_and_leaves_the_rest_for_the_next() {
    let mut folder = Folder::new(&["a.clap", "b.clap", "c.clap"]);
    folder.options.parallel = std::num::NonZeroUsize::MIN;
    let stop_after_first = |step: &ScanProgress| {
        if step.done == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let report = scan::scan(&folder.options, stop_after_first);
    assert!(matches!(report.warnings[..], [ScanWarning::Cancelled { unopened: 1 | 2 }]));
    let (report, _) = folder.scan();
    assert!(report.warnings.is_empty());
    assert_eq!(report.plugins.iter().filter(|info| info.plugin.id.ends_with(".gain")).count(), 3);
}

#[test]
fn a_damaged_cache_is_named_and_replaced() {
    let folder = Folder::new(&["good.clap"]);
    let cache = folder.options.cache.as_ref().unwrap();
    std::fs::create_dir_all(cache.parent().unwrap()).unwrap();
    std::fs::write(cache, "{\"version\":1,\"files\":[]}").unwrap();
    let (report, _) = folder.scan();
    assert!(matches!(report.warnings[..], [ScanWarning::Cache(_)]));
    assert!(!report.plugins.is_empty());
    assert!(folder.scan().0.warnings.is_empty());
}

#[test]
fn children_of_others_are_left_alone() {
    let mut other = std::process::Command::new("true").spawn().unwrap();
    let folder = Folder::new(&["good.clap", "crash.clap"]);
    folder.scan();
    assert!(other.wait().unwrap().success(), "somebody else has waited for this child");
}

#[test]
fn what_a_scan_finds_can_be_loaded_from_its_file() {
    let folder = Folder::new(&["good.clap"]);
    let mut locator = PluginLocator::new();
    locator.add_scanned(&folder.scan().0.plugins);
    let gain = PluginRef { format: PluginFormat::Clap, id: "org.loophole.test.gain".into() };
    let plugin = nested::load(&gain, &locator, None).unwrap();
    assert_eq!(plugin.info().path, folder.file("good.clap"));

    drop(plugin);
    std::fs::remove_file(folder.file("good.clap")).unwrap();
    let (_, why) = nested::load_or_placeholder(&gain, &locator, None);
    assert!(matches!(why, Some(nested::LoadError::Describe { .. })));
}
