//! Loophole on a JACK server of 64 frames a block, while somebody edits, loads and seeks all the time.
//!
//! Beside it an idle client runs on a server of its own, the same in all but that it has no engine: what that one suffers is the
//! machine's doing. Asserted is what is ours:
//! that no block takes more time of the processor than it lasts, and that nothing clicks but for seeks and loads. What
//! both servers complained about is printed.
//!
//! It lasts a few seconds; `LOOPHOLE_SOAK_SECS=600 cargo nextest run --workspace --test soak --no-capture` is the real
//! thing. Needs `jackd`; where there is none, it says so and is passed by, unless the variable is set.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, reason = "tests")]
#![cfg(target_os = "linux")]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use host::{AudioConfig, EngineProcessor, EventList, Events, ProcessBlock, RenderMode};
use jack::{Client, ClientOptions, Control, NotificationHandler, ProcessHandler, ProcessScope};
use loophole::cli::args::BackendChoice;
use loophole::instance::Instance;
use loophole::standalone::device::{self, DeviceBlock, DeviceRequest, Render};
use loophole_tests::projects::{commit, empty};
use loophole_tests::random::Random;
use model::{ClipId, DeviceId, IdSource, TrackId, TrackKind, edit};
use protocol::control::TransportCommand;
use protocol::device::DeviceKind;
use protocol::{Beats, Command, SampleRate};

const RATE: u32 = 48_000;
const PERIOD: u32 = 64;

/// What a process of this test is for.
const ROLE: &str = "LOOPHOLE_SOAK_ROLE";
const SECONDS: &str = "LOOPHOLE_SOAK_SECS";

/// As large a step of the slope, from one frame to the next, as nothing in the project makes: four sines of at most 220 Hz,
/// and fades of a few milliseconds, stay below a tenth of it.
const CLICK: f32 = 0.03;

fn seconds() -> u64 {
    std::env::var(SECONDS).ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Asked to, a JACK server takes its shared memory with it; killed, it leaves one of the few places of the system taken.
        let _asked = Process::new("kill").arg(self.0.id().to_string()).status();
        let patience = Instant::now() + Duration::from_secs(5);
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A JACK server without a sound card.
fn server(name: &str) -> Running {
    let rate = RATE.to_string();
    let period = PERIOD.to_string();
    // With the priority that a sound card would be served with, where that is allowed.
    let may_hurry = Process::new("chrt").args(["-f", "70", "true"]).stderr(Stdio::null()).status();
    let priority: &[&str] =
        if may_hurry.is_ok_and(|status| status.success()) { &["-R", "-P", "70"] } else { &["-r"] };
    let args = [&["-n", name], priority, &["-d", "dummy", "-r", &rate, "-p", &period]].concat();
    let child = Process::new("jackd")
        .args(args)
        .env("JACK_NO_AUDIO_RESERVATION", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(child)
}

/// This test again, in a part of its own.
fn part(role: &str, server: &str) -> Running {
    let child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_drops_out_or_clicks", "--nocapture"])
        .env(ROLE, role)
        .env("JACK_DEFAULT_SERVER", server)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    Running(child)
}

fn outcome(mut part: Running) -> (bool, String) {
    let mut text = String::new();
    part.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    (part.0.wait().unwrap().success(), text)
}

#[test]
fn nothing_drops_out_or_clicks() {
    match std::env::var(ROLE).ok().as_deref() {
        Some("idle") => return idle(),
        Some(_) => return play(),
        None => {}
    }
    if Process::new("jackd").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        assert!(std::env::var_os(SECONDS).is_none(), "{SECONDS} is set, and there is no jackd");
        eprintln!("NOT RUN: the soak test needs jackd, which is not installed");
        return;
    }
    let id = std::process::id();
    let names = [format!("soak-{id}"), format!("idle-{id}")];
    let _servers = names.each_ref().map(|name| server(name));
    let (player, idle) = (part("play", &names[0]), part("idle", &names[1]));
    let ((played, told), (idled, idle_told)) = (outcome(player), outcome(idle));
    eprintln!("Loophole:\n{told}\nidle client:\n{idle_told}");
    assert!(idled, "the idle client failed");
    assert!(played, "{told}");
}

/// Counts what the server complains about.
struct Xruns(Arc<AtomicU64>);

impl NotificationHandler for Xruns {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

/// Does nothing but to be there, as a client has to that wants to be told.
struct Nothing;

impl ProcessHandler for Nothing {
    fn process(&mut self, _: &Client, _: &ProcessScope) -> Control {
        Control::Continue
    }
}

/// Renders silence, and counts blocks.
struct Silence(Arc<AtomicU64>);

impl Render for Silence {
    fn render(&mut self, block: &mut DeviceBlock<'_, '_>) {
        block.outputs.iter_mut().for_each(|output| output.fill(0.0));
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A client, as soon as the server answers.
fn client(name: &str) -> Client {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match Client::new(name, ClientOptions::NO_START_SERVER) {
            Ok((client, _)) => return client,
            Err(error) => assert!(Instant::now() < deadline, "no server: {error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a server complains about, as told to a client of its own, and its device.
fn watched() -> (impl Sized, Arc<AtomicU64>, Box<dyn device::Device>) {
    let xruns = Arc::new(AtomicU64::new(0));
    let watcher = client("watcher").activate_async(Xruns(Arc::clone(&xruns)), Nothing).unwrap();
    let request = DeviceRequest { backend: Some(BackendChoice::Jack), ..DeviceRequest::default() };
    let (device, _) = device::open(&request).unwrap();
    (watcher, xruns, device)
}

fn idle() {
    let (watcher, xruns, device) = watched();
    let blocks = Arc::new(AtomicU64::new(0));
    let slot = Arc::new(Mutex::new(Some(Box::new(Silence(Arc::clone(&blocks))) as Box<dyn Render>)));
    let running = device.start(slot).unwrap();
    std::thread::sleep(Duration::from_secs(seconds()));
    println!("{} xruns in {} blocks", xruns.load(Ordering::Relaxed), blocks.load(Ordering::Relaxed));
    drop((running, watcher));
}

/// Time of the processor that this thread has had.
#[expect(unsafe_code, reason = "the clock of a thread is a system call")]
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on Linux, and the pointer is valid.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// How often this thread waited for a page of memory, and how often another took the processor from it.
#[expect(unsafe_code, reason = "what a thread has used is asked of the system")]
fn thread_troubles() -> [i64; 2] {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is valid, and all zero is a value.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr());
        usage.assume_init()
    };
    [usage.ru_minflt + usage.ru_majflt, usage.ru_nivcsw]
}

/// What was seen on the audio thread.
#[derive(Default)]
struct Seen {
    frames: AtomicU64,
    blocks: AtomicU64,
    /// Blocks that took more time of the processor than they last.
    late: AtomicU64,
    /// Nanoseconds.
    longest: AtomicU64,
    /// The troubles of that block: pages waited for, processor lost.
    troubles: [AtomicI64; 2],
}

/// The engine, watched.
struct Watched {
    processor: EngineProcessor,
    events: EventList,
    seen: Arc<Seen>,
    /// The left of the main output, in order; bounded.
    captured: Arc<Mutex<Vec<f32>>>,
}

impl Render for Watched {
    fn render(&mut self, block: &mut DeviceBlock<'_, '_>) {
        let (troubles, start) = (thread_troubles(), thread_time());
        self.events.clear();
        self.processor.process(&mut ProcessBlock {
            frames: block.frames,
            inputs: &[],
            outputs: block.outputs,
            events_in: Events::EMPTY,
            events_out: &mut self.events,
            transport: None,
        });
        let took = thread_time() - start;
        if let Ok(mut captured) = self.captured.try_lock() {
            let room = captured.capacity() - captured.len();
            let left = &block.outputs[0];
            captured.extend_from_slice(&left[..left.len().min(room)]);
        }
        let frames = u64::try_from(block.frames).unwrap_or(0);
        let lasts = Duration::from_secs_f64(block.frames as f64 / f64::from(RATE));
        self.seen.frames.fetch_add(frames, Ordering::Relaxed);
        self.seen.blocks.fetch_add(1, Ordering::Relaxed);
        self.seen.late.fetch_add(u64::from(took > lasts), Ordering::Relaxed);
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if self.seen.longest.fetch_max(took, Ordering::Relaxed) < took {
            for ((seen, before), now) in self.seen.troubles.iter().zip(troubles).zip(thread_troubles()) {
                seen.store(now - before, Ordering::Relaxed);
            }
        }
    }
}

/// A minute of a sine, as a file.
fn sine(hertz: f32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for frame in 0..RATE * 60 {
        let phase = f64::from(frame) * f64::from(hertz) / f64::from(RATE) * std::f64::consts::TAU;
        #[expect(clippy::cast_possible_truncation, reason = "a sample")]
        let sample = 0.2 * phase.sin() as f32;
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// Four tracks of sines.
fn project() -> Instance {
    let (instance, ids) = (empty(), IdSource::random());
    for hertz in [55.0, 82.4, 110.0, 220.0] {
        let (track, clip) = (TrackId(ids.next_id()), ClipId(ids.next_id()));
        let media = instance.published().blobs().put(sine(hertz));
        commit(
            &instance,
            vec![
                edit::track::create(track, TrackKind::Audio, "Sine"),
                edit::clip::create_audio(clip, track, Beats::ZERO, Beats::whole(100), media),
            ],
        );
    }
    instance
}

/// Whether what was done may be heard as a step.
#[derive(PartialEq)]
enum Heard {
    Smooth,
    Step,
}

fn disturb(instance: &Instance, song: &Path, random: &mut Random) -> Heard {
    let project = instance.project();
    let tracks: Vec<_> = project.tracks().map(|track| track.id()).collect();
    let track = *random.pick(&tracks);
    let ids = instance.published().ids();
    match random.below(12) {
        0 | 1 => commit(instance, vec![edit::track::set_volume_db(track, random.unit() * -30.0)]),
        2 => commit(instance, vec![edit::track::set_pan(track, random.bipolar())]),
        3 => commit(instance, vec![edit::track::set_mute(track, random.below(3) == 0)]),
        4 | 5 => {
            let device = DeviceId(ids.next_id());
            let kind = *random.pick(&[DeviceKind::Utility, DeviceKind::Equalizer, DeviceKind::Compressor]);
            commit(instance, vec![edit::device::create_builtin(device, track, kind, random.unit())]);
        }
        6 | 7 => {
            if let Some(device) = project.devices().next() {
                commit(instance, vec![edit::any::delete(device.id().0)]);
            }
        }
        8 => {
            if let Some(device) = project.devices().next() {
                commit(instance, vec![edit::device::set_bypassed(device.id(), random.below(2) == 0)]);
            }
        }
        9 => {
            let to = Beats::whole(i64::from(random.below(40)));
            instance.call(Command::Transport(TransportCommand::Locate { to })).unwrap();
            return Heard::Step;
        }
        10 if random.below(4) == 0 => {
            instance.call(Command::Open { path: song.to_owned() }).unwrap();
            return Heard::Step;
        }
        _ => {
            let volume = vec![edit::track::set_volume_db(track, -3.0)];
            commit(instance, volume);
        }
    }
    Heard::Smooth
}

fn play() {
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("Soak.loophole");
    let instance = project();
    instance.call(Command::Save { path: Some(song.clone()) }).unwrap();

    let (watcher, xruns, device) = watched();
    let config = AudioConfig {
        rate: SampleRate(device.info().rate),
        max_block: device.info().max_block,
        mode: RenderMode::Realtime,
    };
    let processor = instance.activate(config).unwrap();
    let seen = Arc::new(Seen::default());
    let room = usize::try_from((seconds() + 5) * u64::from(RATE)).unwrap();
    let captured = Arc::new(Mutex::new(Vec::with_capacity(room)));
    let watched = Watched {
        processor,
        events: EventList::with_capacity(4_096),
        seen: Arc::clone(&seen),
        captured: Arc::clone(&captured),
    };
    let slot = Arc::new(Mutex::new(Some(Box::new(watched) as Box<dyn Render>)));
    let running = device.start(Arc::clone(&slot)).unwrap();
    instance.call(Command::Transport(TransportCommand::Play)).unwrap();

    let mut random = Random(std::process::id().into());
    let (end, frames) =
        (Instant::now() + Duration::from_secs(seconds()), || seen.frames.load(Ordering::Relaxed));
    // Where steps are, and what was done last before.
    let mut steps = vec![(0, u64::from(RATE / 4))];
    let mut done = 0;
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(u64::from(20 + random.below(60))));
        let before = frames();
        if disturb(&instance, &song, &mut random) == Heard::Step {
            // A step comes with the next block, and a project that is opened fades in.
            steps.push((before, frames() + u64::from(RATE / 4)));
        }
        done += 1;
    }
    let rendered = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    drop((running, watcher));
    let captured = captured.lock().unwrap_or_else(PoisonError::into_inner);
    let clicks = clicks(&captured, &steps);
    let (blocks, late) = (seen.blocks.load(Ordering::Relaxed), seen.late.load(Ordering::Relaxed));
    let peak = captured.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    println!(
        "{} xruns in {blocks} blocks, {done} edits, seeks and loads; longest block {} us of {} us ({} page faults, interrupted {} \
         times); {late} late; {} clicks",
        xruns.load(Ordering::Relaxed),
        seen.longest.load(Ordering::Relaxed) / 1_000,
        u64::from(PERIOD) * 1_000_000 / u64::from(RATE),
        seen.troubles[0].load(Ordering::Relaxed),
        seen.troubles[1].load(Ordering::Relaxed),
        clicks.len(),
    );
    drop(rendered);
    assert!(peak > 0.05, "silence");
    assert_eq!(clicks, [], "clicks at these frames, this large");
    // Once in a while the system's own work is put down to the thread.
    assert!(late * 10_000 <= blocks, "{late} of {blocks} blocks took longer than they last");
}

/// Frames at which the slope jumps, and by how much.
fn clicks(samples: &[f32], steps: &[(u64, u64)]) -> Vec<(usize, f32)> {
    let jumps = samples.windows(3).enumerate().filter_map(|(frame, three)| {
        let jump = (three[2] - 2.0 * three[1] + three[0]).abs();
        (jump > CLICK).then_some((frame, jump))
    });
    let implied = |frame: usize| {
        let frame = u64::try_from(frame).unwrap_or(0);
        steps.iter().any(|&(from, to)| (from..to).contains(&frame))
    };
    jumps.filter(|(frame, _)| !implied(*frame)).collect()
}
