//! Debian packages that Loophole needs, by purpose.

use std::io::{BufRead, IsTerminal, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// To compile: C for Lua, and the headers of ALSA and JACK. (X11, OpenGL and JACK itself are found at run time.)
pub const BUILD: &[&str] = &["gcc", "libc6-dev", "pkg-config", "libasound2-dev", "libjack-jackd2-dev"];

/// To open a window.
pub const WINDOW: &[&str] = &[
    "libgl1",
    "libgl1-mesa-dri",
    "libx11-6",
    "libx11-xcb1",
    "libxcursor1",
    "libxcb1",
    "libxi6",
    "libxrandr2",
];

/// To count instructions.
pub const COUNTS: &[&str] = &["valgrind"];

/// To test in real hosts, on a real audio server and a real display.
pub const TEST: &[&str] = &[
    "jackd2",
    "qtractor",
    "xvfb",
    "xauth",
    "xdotool",
    "imagemagick",
    "x11-utils",
    "fonts-dejavu-core",
    "python3",
    "python3-venv",
    "timgm6mb-soundfont",
    // VST3 plugins of other makers.
    "zam-plugins",
    // MIDI files to import.
    "mma",
    "openttd-openmsx",
    "planetblupi-music-midi",
    "solfege",
];

/// Whether we may install packages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// `--yes`, or a continuous-integration machine.
    Given,
    /// Ask first.
    Ask,
}

impl Consent {
    /// Takes `--yes` out of the arguments.
    pub fn from_args(args: &mut Vec<String>) -> Self {
        let before = args.len();
        args.retain(|arg| arg != "--yes" && arg != "-y");
        let ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        if args.len() < before || ci { Self::Given } else { Self::Ask }
    }
}

/// Installs what is missing of `wanted`. Does nothing, quickly, when all is there.
pub fn ensure(wanted: &[&[&str]], consent: Consent) -> Result<()> {
    let wanted: Vec<&str> = wanted.concat();
    if !command::exists("dpkg-query") {
        eprintln!("note: this is no Debian; make sure that you have the likes of: {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Loophole needs these system packages: {}", missing.join(" "));
    if consent == Consent::Ask && !ask("Install them with apt-get?")? {
        bail!("install them yourself: apt-get install {}", missing.join(" "));
    }
    let apt = |args: &[&str]| {
        let mut command = as_root("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        command
    };
    command::run(apt(&["update"]).stdout(Stdio::null()))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    command::run(apt(&install).args(&missing)).context("could not install system packages")
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output();
    query.is_ok_and(|output| output.stdout.starts_with(b"installed"))
}

fn as_root(program: &str) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    if root {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg(program);
    sudo
}

fn ask(question: &str) -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        eprintln!("{question} There is nobody to ask: pass --yes to allow it.");
        return Ok(false);
    }
    eprint!("{question} [Y/n] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes"))
}
