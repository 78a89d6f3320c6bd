//! The command line, as it is typed.
//!
//! This file is long because all commands and their options stand side by side, so that they are alike.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::control::{SampleBits, Stems};

use super::compare::Color;
use super::place::Place;

const EXAMPLES: &str = "\
Examples:
  loophole                                  open the window with an empty project
  loophole run Song.loophole --play         open a project and play it
  loophole new Song.loophole                make a project with one track that plays
  loophole import beat.mid loop.wav -o Song.loophole
  loophole render Song.loophole -o song.wav --rate 48000 --bits 24
  loophole run humanise.lua Song.loophole --arg amount=0.3 --save
  loophole info Song.loophole

`loophole help COMMAND` explains a command and its options.";

/// A whole DAW: plays and edits projects, renders them, runs scripts on them.
///
/// Without a command the window opens. The same project file opens in the CLAP and VST3 plugins.
#[derive(Debug, Parser)]
#[command(name = "loophole", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; opens the window if not given.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to play, when the window opens.
    #[command(flatten)]
    pub play: PlayArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an empty project: a master and one armed instrument track, ready to be played.
    New {
        /// The file to make.
        project: PathBuf,
        /// Replace the file if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Put MIDI and audio files on tracks of a project.
    ///
    /// A MIDI file brings its tracks, names, tempo and signatures; an audio file (WAV, FLAC, Ogg Vorbis, MP3) gets a
    /// track of its own.
    #[command(after_help = "Example: loophole import song.mid vocals.flac -o Song.loophole")]
    Import {
        /// What to import, in order.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The project to write; it is extended if it is there.
        #[arg(short, long)]
        output: PathBuf,
        /// Where on the timeline: a bar (`5`, `5.3` for its third beat) or seconds (`12.5s`).
        #[arg(long, default_value = "1")]
        at: Place,
    },
    /// Render a project to WAV: offline, as fast as it goes, and the same every time.
    #[command(after_help = "\
Examples:
  loophole render Song.loophole -o song.wav
  loophole render Song.loophole -o hook.wav --from 9 --to 17 --bits 32f
  loophole render Song.loophole -o song.wav --stems stems/ --stems-by group
  loophole render Song.loophole -o song.wav --loudness --json")]
    Render(RenderArgs),
    /// Write what the timeline plays to a MIDI file, with tempo, time signatures and markers.
    #[command(after_help = "Example: loophole export Song.loophole -o song.mid")]
    Export {
        /// The project.
        project: PathBuf,
        /// The MIDI file to write.
        #[arg(short, long)]
        output: PathBuf,
        /// Replace the file if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Render tracks, and play that in place of their clips and devices, which then take no processor time.
    ///
    /// Faders, sends and routing go on as they are. What was frozen comes back with --off.
    #[command(after_help = "\
Examples:
  loophole freeze Song.loophole --track Strings --track Pad
  loophole freeze Song.loophole --all
  loophole freeze Song.loophole --all --off")]
    Freeze(FreezeArgs),
    /// Render a track to an audio clip on a new track, which takes over its fader, sends and routing.
    #[command(after_help = "Example: loophole bounce Song.loophole --track Lead --replace")]
    Bounce(BounceArgs),
    /// Open a project in the window, or run a Lua script on one.
    ///
    /// A name that ends in `.lua` is a script: it runs on the project, and what it did is shown; give --save or
    /// --output to keep it. Without a project a script starts from an empty one.
    #[command(after_help = "\
Examples:
  loophole run Song.loophole --play
  loophole run euclid.lua Song.loophole --arg steps=16 --arg pulses=5 --output New.loophole
  loophole run euclid.lua Song.loophole --dry-run")]
    Run(RunArgs),
    /// Look for CLAP and VST3 plugins, each file in a process of its own.
    Scan {
        /// Look into files that have not changed, too.
        #[arg(long)]
        all: bool,
        /// Look into this file once more, which could not be used before.
        #[arg(long, value_name = "FILE", conflicts_with = "all")]
        again: Option<PathBuf>,
        /// Folders to look in besides the standard ones, CLAP_PATH and VST3_PATH.
        #[arg(long = "folder")]
        folders: Vec<PathBuf>,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the plugins that can be used: built-in devices and what the last scan found.
    Plugins {
        /// Only those whose name, vendor or id contains this.
        filter: Option<String>,
        /// List the files that could not be used instead, and why.
        #[arg(long, conflicts_with = "filter")]
        blocked: bool,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what is in a project.
    Info {
        /// The project.
        project: PathBuf,
        /// Render it and measure how loud it is.
        #[arg(long)]
        loudness: bool,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what differs between two projects, in a musician's words.
    ///
    /// Ends with 0 if they are alike, 1 if they differ, and 2 if it went wrong. git can use it: see docs/git.md.
    #[command(after_help = "Example: loophole diff Old.loophole New.loophole")]
    Diff(DiffArgs),
    /// Merge what two people made of one project.
    ///
    /// Writes to OURS, or to --output. Ends with 0, with 1 if there are conflicts (they are in the file, which opens all the
    /// same), and with 2 if it went wrong. git can use it: see docs/git.md.
    #[command(
        after_help = "Example: loophole merge Base.loophole Mine.loophole Hers.loophole -o Both.loophole"
    )]
    Merge(MergeArgs),
    /// Turn a project into what other DAWs load into the plugin: a VST3 preset or a CLAP state.
    Preset {
        /// The project.
        project: PathBuf,
        /// The file to write: `.vstpreset` or `.clapstate`.
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Copy a project with all its media, so that it can be moved to another machine.
    Collect {
        /// The project.
        project: PathBuf,
        /// The copy to write; its media go beside it.
        #[arg(short, long)]
        output: PathBuf,
        /// Replace the file if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Find missing media by content, whatever the files are called now.
    #[command(after_help = "Example: loophole relink Song.loophole ~/Samples /mnt/backup")]
    Relink {
        /// The project.
        project: PathBuf,
        /// Where to look, folders within included.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
    /// Make the most of a project that is damaged or was not saved; without --output, say what there is.
    ///
    /// The project itself is never touched.
    Recover {
        /// The project.
        project: PathBuf,
        /// The file to write.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// Replace the file if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Look into one plugin file; what `scan` runs in a process of its own.
    #[command(hide = true)]
    ScanFile {
        /// The plugin file.
        path: PathBuf,
    },
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The project as it was.
    pub a: PathBuf,
    /// The project as it is.
    pub b: Option<PathBuf>,
    /// Answer in JSON, cell by cell.
    #[arg(long)]
    pub json: bool,
    /// List all that is in the first project, a fact a line, for tools that compare text.
    #[arg(long, conflicts_with_all = ["b", "json"])]
    pub list: bool,
    /// When to colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The project that both come from; an empty file if there is none.
    pub base: PathBuf,
    /// What we made of it.
    pub ours: PathBuf,
    /// What they made of it.
    pub theirs: PathBuf,
    /// Where to write; OURS if not given.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// What to call the other side in conflicts; its path if not given.
    #[arg(long)]
    pub name: Option<String>,
}

/// Options of `render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The project.
    pub project: PathBuf,
    /// The WAV file to write.
    #[arg(short, long)]
    pub output: PathBuf,
    /// Frames per second, in Hz; the project's own if not given.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Frames per block. The result does not depend on it, as far as built-in devices go.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=8192))]
    pub block: u32,
    /// Where to start: a bar (`5`, `5.3` for its third beat) or seconds (`12.5s`).
    #[arg(long, default_value = "1")]
    pub from: Place,
    /// Where to end, like --from; the end of the last clip if not given.
    #[arg(long)]
    pub to: Option<Place>,
    /// Also write each track, by itself and through its own fader, into this folder.
    #[arg(long, value_name = "DIR")]
    pub stems: Option<PathBuf>,
    /// What a stem is. The sum of all stems is the mix, unless effects on buses or the master are not linear.
    #[arg(long, value_enum, default_value_t = StemsBy::Track, requires = "stems")]
    pub stems_by: StemsBy,
    /// Also measure how loud each file is, after EBU R 128.
    #[arg(long)]
    pub loudness: bool,
    /// Answer in JSON: one object per file, in a list.
    #[arg(long)]
    pub json: bool,
    /// Samples in the file.
    #[arg(long, value_enum, default_value_t = Bits::B24)]
    pub bits: Bits,
    /// How long to let sounds ring out after the end, in seconds.
    #[arg(long, default_value_t = 2.0)]
    pub tail: f64,
}

/// Options of `freeze`.
#[derive(Debug, Args)]
pub struct FreezeArgs {
    /// The project.
    pub project: PathBuf,
    /// A track, by name or by number from the top; can be given more than once.
    #[arg(long = "track", value_name = "TRACK", required_unless_present = "all")]
    pub tracks: Vec<String>,
    /// All audio and instrument tracks.
    #[arg(long, conflicts_with = "tracks")]
    pub all: bool,
    /// Unfreeze them instead.
    #[arg(long)]
    pub off: bool,
    /// Save the project here; where it came from if not given.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// Options of `bounce`.
#[derive(Debug, Args)]
pub struct BounceArgs {
    /// The project.
    pub project: PathBuf,
    /// A track, by name or by number from the top; can be given more than once.
    #[arg(long = "track", value_name = "TRACK", required = true)]
    pub tracks: Vec<String>,
    /// Delete the original; otherwise it is muted.
    #[arg(long)]
    pub replace: bool,
    /// Save the project here; where it came from if not given.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// What a stem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StemsBy {
    /// Each track that makes sound of its own, with what its sends add.
    Track,
    /// Each group: the tracks that come to the master through the same bus, together.
    Group,
}

/// Sample formats of a WAV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bits {
    /// 16-bit integers.
    #[value(name = "16")]
    B16,
    /// 24-bit integers.
    #[value(name = "24")]
    B24,
    /// 32-bit floating point.
    #[value(name = "32f")]
    F32,
}

impl From<StemsBy> for Stems {
    fn from(by: StemsBy) -> Self {
        match by {
            StemsBy::Track => Self::Track,
            StemsBy::Group => Self::Group,
        }
    }
}

impl From<Bits> for SampleBits {
    fn from(bits: Bits) -> Self {
        match bits {
            Bits::B16 => Self::B16,
            Bits::B24 => Self::B24,
            Bits::F32 => Self::F32,
        }
    }
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A project, or a Lua script (`.lua`).
    pub file: Option<PathBuf>,
    /// The project that a script runs on.
    pub project: Option<PathBuf>,
    /// What the script finds in `args`, as `name=value`. Numbers, true and false are read as such.
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = parse_arg)]
    pub args: Vec<(String, serde_json::Value)>,
    /// Save the project where it came from.
    #[arg(long, conflicts_with = "output")]
    pub save: bool,
    /// Save the project here.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Run the script and say what it would change, but keep nothing.
    #[arg(long, conflicts_with_all = ["save", "output"])]
    pub dry_run: bool,
    /// How to play.
    #[command(flatten)]
    pub play: PlayArgs,
}

/// Options of the standalone program.
#[derive(Clone, Debug, Default, Args)]
pub struct PlayArgs {
    /// Start playing at once.
    #[arg(long)]
    pub play: bool,
    /// No window.
    #[arg(long)]
    pub headless: bool,
    /// The audio system; the first that works if not given.
    #[arg(long, value_enum)]
    pub backend: Option<BackendChoice>,
    /// The audio device, by (a part of) its name.
    #[arg(long)]
    pub device: Option<String>,
    /// Frames per second, in Hz, where the device lets us choose.
    #[arg(long)]
    pub rate: Option<u32>,
    /// Frames per block, where the device lets us choose.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=8192))]
    pub buffer: Option<u32>,
    /// Channels of audio input; as many as the device has if not given.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=64))]
    pub inputs: Option<u8>,
    /// Channels of audio output; as many as the device has if not given.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub outputs: Option<u8>,
    /// MIDI inputs to listen to, by (a part of) their name; `all` for all of them.
    #[arg(long = "midi", value_name = "NAME")]
    pub midi: Vec<String>,
    /// List audio devices and MIDI inputs, and end.
    #[arg(long)]
    pub list_devices: bool,
    /// End after so many seconds.
    #[arg(long, value_name = "SECS")]
    pub quit_after: Option<f64>,
    /// End when the song has ended.
    #[arg(long)]
    pub exit_at_end: bool,
}

/// Audio systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendChoice {
    /// A JACK server, or PipeWire's.
    Jack,
    /// ALSA, or what the system has in its place.
    Alsa,
    /// No sound: a timer drives the engine.
    Dummy,
}

/// Why a text is not a script argument.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected NAME=VALUE, found {0:?}")]
pub struct ParseArgError(String);

fn parse_arg(text: &str) -> Result<(String, serde_json::Value), ParseArgError> {
    let (name, value) = text.split_once('=').ok_or_else(|| ParseArgError(text.into()))?;
    if name.is_empty() {
        return Err(ParseArgError(text.into()));
    }
    // Whatever is not JSON by itself is text, so that nobody has to quote twice.
    let value = serde_json::from_str(value).unwrap_or_else(|_| serde_json::Value::String(value.into()));
    Ok((name.into(), value))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn script_arguments_are_numbers_where_they_look_like_it() {
        assert_eq!(parse_arg("n=1.5"), Ok(("n".into(), 1.5.into())));
        assert_eq!(parse_arg("on=true"), Ok(("on".into(), true.into())));
        assert_eq!(parse_arg("name=Lead 1=x"), Ok(("name".into(), "Lead 1=x".into())));
        assert!(parse_arg("n").is_err() && parse_arg("=1").is_err());
    }
}
