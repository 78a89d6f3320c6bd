//! `loophole diff` and `loophole merge`: for people, and for git. They end as diff(1) and merge drivers do.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use model::diff::{Diff, EntityChange, Line, Mark};
use model::file::{LoadError, Loaded, SaveError};
use model::merge::{self, MergeError};
use model::{Blobs, Project};
use serde::Serialize;

use super::args::{DiffArgs, MergeArgs};
use super::{complain, say};

/// Nothing differs; merged without conflicts.
const SAME: u8 = 0;
/// Something differs; there are conflicts.
const DIFFERENT: u8 = 1;
/// It went wrong.
const TROUBLE: u8 = 2;

/// Why projects cannot be compared or merged.
#[derive(Debug, thiserror::Error)]
enum CompareError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error("{} and {} cannot be merged", ours.display(), theirs.display())]
    Unrelated {
        ours: PathBuf,
        theirs: PathBuf,
        #[source]
        source: MergeError,
    },
    #[error("give a second project to compare with, or --list")]
    NothingToCompare,
}

/// Runs `loophole diff`. 0: they are alike; 1: they differ; 2: it went wrong.
pub fn diff(args: &DiffArgs) -> ExitCode {
    code(compare(args))
}

/// Runs `loophole merge`. 0: merged; 1: merged, with conflicts in the file; 2: it went wrong, and nothing was written.
pub fn merge(args: &MergeArgs) -> ExitCode {
    code(merged(args))
}

fn code(result: Result<u8, CompareError>) -> ExitCode {
    ExitCode::from(result.unwrap_or_else(|error| {
        complain(&crate::text::chain(&error));
        TROUBLE
    }))
}

fn compare(args: &DiffArgs) -> Result<u8, CompareError> {
    if args.list {
        if let Some(a) = load(&args.a)? {
            model::diff::listing(&a.project).iter().for_each(|line| say(&plain(line)));
        }
        return Ok(SAME);
    }
    let b = args.b.as_deref().ok_or(CompareError::NothingToCompare)?;
    let (a, b) = (load(&args.a)?, load(b)?);
    // git gives an empty file for one that is not there.
    let blank = |other: &Option<Loaded>| {
        other.as_ref().map_or_else(|| model::Pulse::new().project(), |other| other.project.blank())
    };
    let (old, new) =
        (a.as_ref().map_or_else(|| blank(&b), project), b.as_ref().map_or_else(|| blank(&a), project));
    let lines = model::diff::lines(&old, &new);
    if args.json {
        print_json(&old, &new, &lines);
    } else {
        let colour = args.color.is_on();
        lines.iter().for_each(|line| say(&shown(line, colour)));
    }
    Ok(if lines.is_empty() { SAME } else { DIFFERENT })
}

fn project(loaded: &Loaded) -> Project {
    loaded.project.clone()
}

/// A project; nothing where there is an empty file.
fn load(path: &Path) -> Result<Option<Loaded>, CompareError> {
    if path == Path::new("/dev/null") {
        return Ok(None);
    }
    match model::file::load(path) {
        Ok(loaded) => Ok(Some(loaded)),
        Err(LoadError::Empty { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn merged(args: &MergeArgs) -> Result<u8, CompareError> {
    let (base, ours, theirs) =
        (load(&args.base)?, model::file::load(&args.ours)?, model::file::load(&args.theirs)?);
    let out = args.output.as_deref().unwrap_or(&args.ours);
    // Without a base, whatever differs was made by both.
    let base = base.map_or_else(|| ours.project.blank(), |base| base.project);
    let merge = merge::three_way(&base, &ours.project, &theirs.project).map_err(|source| {
        CompareError::Unrelated { ours: args.ours.clone(), theirs: args.theirs.clone(), source }
    })?;
    let origin = args.name.clone().unwrap_or_else(|| args.theirs.display().to_string());
    let project = merge.with_conflicts(&ours.project, &theirs.project, &origin);
    let blobs = Blobs::new();
    for path in [&args.ours, &args.theirs] {
        let folder = model::file::blob_folder(path);
        blobs.attach(std::path::absolute(&folder).unwrap_or(folder));
    }
    // git gives names without their blobs, which stay where they are.
    model::file::save(&project, &blobs, out)?;
    for conflict in &merge.conflicts {
        let sides = ("ours", "theirs");
        let line = model::diff::conflict_line(&ours.project, &theirs.project, conflict, sides);
        complain(&plain(&format!("conflict: {line}")));
    }
    Ok(if merge.conflicts.is_empty() { SAME } else { DIFFERENT })
}

/// A line as a terminal shows it.
fn shown(line: &Line, colour: bool) -> String {
    let text = plain(&line.to_string());
    if !colour {
        return text;
    }
    let code = match line.mark {
        Mark::Added => "32",
        Mark::Removed => "31",
        Mark::Moved => "36",
        Mark::Changed => "33",
    };
    let subject = plain(&line.subject);
    match text.strip_prefix(&format!("{subject}: ")) {
        Some(rest) if !subject.is_empty() => {
            format!("\u{1b}[1m{subject}:\u{1b}[0m \u{1b}[{code}m{rest}\u{1b}[0m")
        }
        _ => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
    }
}

/// Without control characters: names come from files, and a terminal obeys what it is shown.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[derive(Serialize)]
struct Difference<'a> {
    same: bool,
    lines: &'a [Line],
    changes: Vec<Changed<'a>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    id: protocol::EntityId,
    table: &'a str,
    existed: bool,
    exists: bool,
    cells: Vec<model::CellChange>,
}

fn print_json(a: &Project, b: &Project, lines: &[Line]) {
    let diff = Diff::between(a, b);
    let changed = |change: &'_ EntityChange| Changed {
        id: change.id,
        table: if change.after.is_some() { b } else { a }
            .entity(change.id)
            .map_or("", |entity| entity.table()),
        existed: change.before.is_some(),
        exists: change.after.is_some(),
        cells: change.cells(),
    };
    let difference =
        Difference { same: lines.is_empty(), lines, changes: diff.changes.iter().map(changed).collect() };
    // PANIC: plain data always has a JSON form.
    #[expect(clippy::expect_used, reason = "see above")]
    say(&serde_json::to_string_pretty(&difference).expect("plain data"));
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On terminals, and when git pages the output, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn is_on(self) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Auto => !set("NO_COLOR") && (std::io::stdout().is_terminal() || set("GIT_PAGER_IN_USE")),
            Self::Always => true,
            Self::Never => false,
        }
    }
}
