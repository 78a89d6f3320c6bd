//! A scan as a whole.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use protocol::PluginInfo;
use protocol::plugin::ScanFailure;

use super::cache::{Cache, CacheError, Outcome, Stamp, default_cache_file};
use super::folders::{find_plugin_files, standard_folders};
use super::process::ScannerCommand;

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// How to open files; without it only the cache is read.
    pub command: Option<ScannerCommand>,
    /// Where to look.
    pub folders: Vec<PathBuf>,
    /// Where results are kept; nowhere if not given.
    pub cache: Option<PathBuf>,
    /// Which files to open.
    pub rescan: Rescan,
    /// How long a file may take.
    pub timeout: Duration,
    /// How many files to open at a time.
    pub parallel: NonZeroUsize,
}

/// Which files a scan opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rescan {
    /// Those that are new or changed.
    Changed,
    /// All, the blocked ones, too.
    All,
    /// Those that are new or changed, and these.
    These(Vec<PathBuf>),
}

impl Rescan {
    fn opens_again(&self, path: &Path) -> bool {
        match self {
            Self::Changed => false,
            Self::All => true,
            Self::These(paths) => paths.iter().any(|wanted| wanted == path),
        }
    }
}

/// How far a scan is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanProgress {
    /// Files opened.
    pub done: u32,
    /// Files to open.
    pub total: u32,
    /// The file opened last; empty at the start.
    pub file: PathBuf,
}

/// What a scan gave, cached results included.
#[derive(Debug, Default)]
pub struct ScanReport {
    /// The plugins, by path.
    pub plugins: Vec<PluginInfo>,
    /// The block list.
    pub failures: Vec<ScanFailure>,
    /// What else went wrong.
    pub warnings: Vec<ScanWarning>,
}

/// Something that did not keep a scan from its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanWarning {
    /// There is no scanner program here: nothing new was opened.
    #[error("no scanner program: {unopened} new or changed plugin files were not opened")]
    NoScanner {
        /// How many files the cache does not know.
        unopened: usize,
    },
    /// The cache is of no use, or could not be written.
    #[error("plugin cache: {0}")]
    Cache(#[from] CacheError),
    /// The scan was ended before its time.
    #[error("the scan was ended with {unopened} files to go")]
    Cancelled {
        /// How many files were not opened.
        unopened: usize,
    },
}

impl ScanOptions {
    /// The standard folders and the user's cache.
    #[must_use]
    pub fn standard(command: Option<ScannerCommand>) -> Self {
        let variable = |name: &str| std::env::var_os(name);
        Self {
            command,
            folders: standard_folders(variable),
            cache: default_cache_file(variable),
            rescan: Rescan::Changed,
            timeout: Duration::from_secs(15),
            parallel: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// Scans. `progress` is called before the first file and after each, on the calling thread; it may end the scan.
pub fn scan(options: &ScanOptions, mut progress: impl FnMut(&ScanProgress) -> ControlFlow<()>) -> ScanReport {
    let mut report = ScanReport::default();
    let mut cache = match options.cache.as_deref().map(Cache::load) {
        Some(Ok(cache)) => cache,
        Some(Err(error)) => {
            report.warnings.push(error.into());
            Cache::default()
        }
        None => Cache::default(),
    };
    let files = find_plugin_files(&options.folders);
    let before = cache.clone();
    cache.forget_missing(&options.folders, &files);
    let jobs: VecDeque<Job> = files
        .into_iter()
        .filter_map(|path| Some(Job { stamp: Stamp::of(&path)?, path }))
        .filter(|job| options.rescan.opens_again(&job.path) || !cache.knows(&job.path, job.stamp))
        .collect();
    match &options.command {
        Some(command) => {
            let unopened = open_all(jobs, command, options, &mut cache, &mut progress);
            if unopened > 0 {
                report.warnings.push(ScanWarning::Cancelled { unopened });
            }
        }
        None if jobs.is_empty() => {}
        None => report.warnings.push(ScanWarning::NoScanner { unopened: jobs.len() }),
    }
    if let Some(path) = options.cache.as_deref().filter(|_| cache != before)
        && let Err(error) = cache.save(path)
    {
        report.warnings.push(error.into());
    }
    // The cache may know folders that this scan is not about.
    let found = cache.within(&options.folders);
    report.plugins = found.plugins().cloned().collect();
    report.failures = found.blocked().collect();
    report
}

/// A file to open.
struct Job {
    path: PathBuf,
    stamp: Stamp,
}

/// Opens files on as many threads as wanted; returns how many were left when `progress` ended the scan.
fn open_all(
    jobs: VecDeque<Job>,
    command: &ScannerCommand,
    options: &ScanOptions,
    cache: &mut Cache,
    progress: &mut impl FnMut(&ScanProgress) -> ControlFlow<()>,
) -> usize {
    let total = jobs.len();
    let count = |files: usize| u32::try_from(files).unwrap_or(u32::MAX);
    let told = |done: usize, file: PathBuf| ScanProgress { done: count(done), total: count(total), file };
    let jobs = Mutex::new(jobs);
    let queue = || jobs.lock().unwrap_or_else(PoisonError::into_inner);
    let mut done = 0;
    if progress(&told(done, PathBuf::new())).is_break() {
        return total;
    }
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..options.parallel.get().min(total) {
            let sender = sender.clone();
            scope.spawn(move || {
                loop {
                    let Some(job) = queue().pop_front() else { return };
                    let outcome = match command.open(&job.path, options.timeout) {
                        Ok(plugins) => Outcome::Plugins(plugins),
                        Err(reason) => Outcome::Blocked(reason),
                    };
                    if sender.send((job, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (job, outcome) in receiver {
            done += 1;
            cache.insert(job.path.clone(), job.stamp, outcome);
            if progress(&told(done, job.path)).is_break() {
                queue().clear();
            }
        }
    });
    total - done
}
