//! Loophole as a program of its own: an audio device, MIDI inputs, and a window if there is a display.
//!
//! What is not there is done without, in this order: no audio device, a timer; no display, no window; neither of
//! both, and nothing to wait for: the project is rendered to a file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use host::{AudioConfig, RenderMode};
use protocol::control::TransportCommand;
use protocol::{Command, SampleRate};

use crate::cli::args::{BackendChoice, PlayArgs};
use crate::cli::{CliError, complain, say};
use crate::instance::{Instance, InstanceOptions, Reply, Starter};

pub mod device;
pub mod midi;
mod player;
mod window;

use self::device::{DeviceError, DeviceInfo, DeviceRequest, Render, RenderSlot, Running};
use self::midi::{MidiError, MidiInputs};
use self::player::Player;

/// Why the program cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StandaloneError {
    /// The audio device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The MIDI inputs cannot be used.
    #[error(transparent)]
    Midi(#[from] MidiError),
    /// The window cannot be opened.
    #[error("the window cannot be opened; --headless does without")]
    Window(#[source] window::WindowError),
    /// Signals cannot be caught.
    #[error("signals cannot be caught")]
    Signal(#[source] ctrlc::Error),
}

/// A device that plays an instance. Dropping it stops the device and gives the engine back.
struct Playing {
    slot: RenderSlot<Box<dyn Render>>,
    device: Option<Box<dyn Running>>,
    info: DeviceInfo,
    _midi: MidiInputs,
}

impl Playing {
    fn start(instance: &Arc<Instance>, args: &PlayArgs) -> Result<Self, CliError> {
        let request = DeviceRequest {
            backend: args.backend,
            device: args.device.clone(),
            rate: args.rate,
            buffer: args.buffer,
            inputs: args.inputs.map(usize::from),
            outputs: args.outputs.map(usize::from),
        };
        let (device, skipped) = device::open(&request).map_err(StandaloneError::from)?;
        for error in skipped {
            complain(&crate::text::chain(&error));
        }
        let info = device.info().clone();
        if info.backend == BackendChoice::Dummy && args.backend.is_none() {
            complain("there is no audio device: you will hear nothing, a timer drives the engine");
        }
        let (midi, rings) = midi::open(&args.midi).map_err(StandaloneError::from)?;
        for name in midi.names() {
            complain(&format!("listening to {name}"));
        }
        let config = AudioConfig {
            rate: SampleRate(info.rate),
            max_block: info.max_block,
            mode: RenderMode::Realtime,
        };
        let processor = instance.activate_on(config, info.channels.buses())?;
        if args.play {
            // Before the device starts, so that the first block is the first of the song.
            instance.call(Command::Transport(TransportCommand::Play))?;
        }
        let player: Box<dyn Render> = Box::new(Player::new(Arc::clone(instance), processor, rings));
        let slot = Arc::new(Mutex::new(Some(player)));
        let device = device.start(Arc::clone(&slot)).map_err(StandaloneError::from)?;
        complain(&format!("{} at {} Hz, {} frames a block", info.name, info.rate, info.max_block));
        Ok(Self { slot, device: Some(device), info, _midi: midi })
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        // Out of the device's hands first, so that it is not dropped on the device's thread.
        let player = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self.device.take());
        drop(player);
    }
}

/// Where projects are kept that were never saved: `$XDG_STATE_HOME/loophole`, or `~/.local/state/loophole`.
///
/// Source: XDG Base Directory Specification, which has relative paths ignored.
fn state_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("loophole"))
}

/// Runs the program: opens a project, plays it, shows it.
pub fn run(project: Option<&Path>, args: &PlayArgs) -> Result<(), CliError> {
    if args.list_devices {
        list_devices();
        return Ok(());
    }
    let options = InstanceOptions {
        starter: Starter::Playable,
        state_folder: state_folder(|name| std::env::var_os(name)),
        ..crate::cli::options()
    };
    let instance = Arc::new(Instance::new(options));
    if let Some(project) = project
        && let Reply::Opened { warnings } = instance.call(Command::Open { path: project.to_owned() })?
    {
        crate::cli::warn(&warnings);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    ctrlc::set_handler(move || stopped.store(true, Ordering::Relaxed)).map_err(StandaloneError::Signal)?;
    let has_display = window::has_display();
    if !has_display && !args.headless {
        complain("there is no display (DISPLAY is not set): running without a window");
    }
    let playing = Playing::start(&instance, args)?;
    let silent = playing.info.backend == BackendChoice::Dummy && args.backend.is_none();
    if let (Some(project), false, false, true) = (project, has_display, args.headless, silent) {
        drop(playing);
        return render_instead(&instance, project);
    }
    let end = End::new(&instance, args, stop);
    if has_display && !args.headless {
        window::run(&instance, &playing.info, end).map_err(StandaloneError::Window)?;
    } else {
        complain("press Ctrl+C to end");
        while !end.is_reached() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    drop(playing);
    Ok(())
}

/// When to end without being told to by the window.
pub(crate) struct End {
    instance: Arc<Instance>,
    stop: Arc<AtomicBool>,
    at: Option<Instant>,
    at_end_of_song: bool,
}

impl End {
    fn new(instance: &Arc<Instance>, args: &PlayArgs, stop: Arc<AtomicBool>) -> Self {
        let after = args
            .quit_after
            .filter(|secs| secs.is_finite())
            .map(|secs| Duration::from_secs_f64(secs.max(0.0)));
        Self {
            instance: Arc::clone(instance),
            stop,
            at: after.and_then(|after| Instant::now().checked_add(after)),
            at_end_of_song: args.exit_at_end,
        }
    }

    pub(crate) fn is_reached(&self) -> bool {
        let telemetry = self.instance.published().telemetry();
        let song_over = || telemetry.playhead_beats > self.instance.project().end().to_beats();
        self.stop.load(Ordering::Relaxed)
            || self.at.is_some_and(|at| Instant::now() >= at)
            || (self.at_end_of_song && song_over())
    }
}

/// Nobody can see or hear anything, so that a file is what is left to give.
fn render_instead(instance: &Instance, project: &Path) -> Result<(), CliError> {
    let output = PathBuf::from(project).with_extension("render.wav");
    complain(&format!("no display and no audio device: rendering to {} instead", output.display()));
    crate::cli::render_to_file(instance, &output)
}

fn list_devices() {
    for (backend, name) in device::list() {
        let backend = format!("{backend:?}").to_lowercase();
        say(&format!("audio {backend:<6} {name}"));
    }
    match midi::names() {
        Ok(names) => names.iter().for_each(|name| say(&format!("midi         {name}"))),
        Err(error) => complain(&crate::text::chain(&error)),
    }
}
