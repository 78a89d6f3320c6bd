//! A process that edits, records, autosaves and saves in a loop is killed two hundred times at moments of chance. After
//! each kill the project opens, and holds everything that was acknowledged.
//!
//! Run by itself as `kill --child PROJECT`, it is that process: it prints the number of each commit that is safe.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is its own test program, and its child speaks on a pipe"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use loophole_model::document::{Access, Document, Notice, Opened};
use loophole_model::{Blobs, IdSource, Pulse, edit};
use protocol::{Beats, EntityId, Transaction};

const KILLS: u64 = 200;
/// Markers that are written in turn, so that the project does not grow.
const MARKERS: u64 = 40;
/// The longest that a child lives, in microseconds.
const MAX_LIFE_US: u64 = 60_000;

fn marker(number: u64) -> loophole_model::MarkerId {
    loophole_model::MarkerId(EntityId(0xb00_0000 + u128::from(number % MARKERS)))
}

/// The last commit that a project holds, if it is the outcome of whole commits only.
fn last(pulse: &Pulse) -> u64 {
    let project = pulse.project();
    let number = |at: u64| {
        let marker = project.markers().find(|found| found.id() == marker(at));
        marker.map_or(0, |marker| marker.name().parse::<u64>().expect("markers are named by number"))
    };
    let numbers: Vec<u64> = (0..MARKERS).map(number).collect();
    let last = numbers.iter().copied().max().unwrap_or(0);
    for (at, found) in (0..).zip(&numbers) {
        // Each holds the last number that is its own: no commit was left out, none is there by halves.
        let expected =
            (0..MARKERS).map(|back| last.saturating_sub(back)).find(|number| number % MARKERS == at);
        let expected = expected.filter(|number| *number > 0).unwrap_or(0);
        assert_eq!(*found, expected, "marker {at} of a project with {last} commits");
    }
    last
}

/// Edits without end.
fn child(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let Opened { mut document, log: mut pulse, blobs, .. } = Document::open::<Pulse>(path, Access::Edit)?;
    let first = last(&pulse) + 1;
    let mut out = std::io::stdout().lock();
    for number in first.. {
        let name = number.to_string();
        let id = marker(number);
        let is_new = !pulse.project().markers().any(|marker| marker.id() == id);
        let create = is_new.then(|| edit::timeline::create_marker(id, Beats::ZERO, ""));
        let rename = edit::any::set(id.0, "name", protocol::Value::Text(name.clone()));
        let edits = create.into_iter().chain([rename]).collect();
        pulse.commit(Transaction { name, author: "child".into(), edits })?;
        document.record(&mut pulse, &blobs)?;
        writeln!(out, "{number}")?;
        out.flush()?;
        match number % 13 {
            4 => _ = document.autosave(&mut pulse, &blobs)?,
            9 => {
                let project = pulse.project();
                document.save(&mut pulse, &project, &blobs)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Starts a child, kills it, and gives the last commit that it acknowledged.
fn kill(path: &Path, life: Duration) -> Option<u64> {
    let program = std::env::current_exe().expect("this program is somewhere");
    let mut command = Command::new(program);
    let mut child = command.arg("--child").arg(path).stdout(Stdio::piped()).spawn().expect("it starts");
    let output = child.stdout.take().expect("it is piped");
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines();
        // A line that was cut off is no acknowledgement, but its beginning may be a number.
        let mut whole = lines.map_while(Result::ok).filter_map(|line| line.parse::<u64>().ok());
        let first = whole.next();
        whole.last().or(first)
    });
    std::thread::sleep(life);
    child.kill().expect("it runs until then");
    let status = child.wait().expect("it is ours");
    assert!(!status.success() && status.code().is_none(), "the child ended by itself: {status}");
    reader.join().expect("the reader does not panic")
}

fn test() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("Song.loophole");
    let (mut pulse, blobs) = (Pulse::with_ids(IdSource::seeded(1)), Blobs::new());
    let state = folder.path().join("state");
    let mut document = Document::untitled(&state, &mut pulse, &blobs).expect("there is room");
    let project = pulse.project();
    document.save_as(&mut pulse, &project, &blobs, &path).expect("there is room");
    drop(document);

    let (begun, mut safe, mut recoveries, mut productive) = (Instant::now(), 0, 0_u64, 0_u64);
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..KILLS {
        // A linear congruential generator (Knuth, MMIX): the same lives every time, as far as the machine goes.
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let life = Duration::from_micros(2_000 + (chance >> 33) % MAX_LIFE_US);
        let acknowledged = kill(&path, life);
        productive += u64::from(acknowledged.is_some());
        safe = acknowledged.unwrap_or(0).max(safe);
        let opened = Document::open::<Pulse>(&path, Access::Edit);
        let Opened { log: pulse, notices, .. } =
            opened.unwrap_or_else(|error| panic!("round {round}: {error}"));
        let found = last(&pulse);
        assert!(found >= safe, "round {round}: {safe} were acknowledged, {found} are there; {notices:?}");
        let expected = |notice: &Notice| {
            matches!(notice, Notice::Recovered { .. } | Notice::Autosave | Notice::JournalDamaged { .. })
        };
        assert!(notices.iter().all(expected), "round {round}: {notices:?}");
        recoveries += u64::from(!notices.is_empty());
        safe = found;
    }
    assert!(safe > KILLS && recoveries > KILLS / 10, "{safe} commits, {recoveries} recoveries");
    println!(
        "{KILLS} kills ({productive} after a commit): {safe} commits, {recoveries} recoveries, in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    if let [flag, path] = &args[..]
        && flag == "--child"
    {
        return match child(Path::new(path)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    if has("--list") {
        // What test runners ask for; nothing is ignored.
        if !has("--ignored") {
            println!("nothing_acknowledged_is_lost: test");
        }
        return ExitCode::SUCCESS;
    }
    test();
    println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
    ExitCode::SUCCESS
}
