//! `probe`: tells through read-only parameters what it learnt from the host.

use clack_extensions::log::{HostLog, LogSeverity};
use clack_extensions::state::HostState;
use clack_extensions::thread_check::HostThreadCheck;
use clack_plugin::events::event_types::TransportFlags;
use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit};

/// Set to 1, the next call back starts a timer of 10 ms, which stops after three calls, and a pipe.
pub const START: u32 = 900;
/// Calls of the timer so far.
pub const TIMER_CALLS: u32 = 901;
/// Calls for the pipe so far.
pub const FD_CALLS: u32 = 902;
/// 1 while rendering offline.
pub const OFFLINE: u32 = 903;
/// The green part of the track's colour.
pub const TRACK_GREEN: u32 = 904;
/// The bytes of the track's name.
pub const TRACK_LETTERS: u32 = 905;
/// Whether the host agrees that `on_main_thread` is on the main thread, and not on the audio thread.
pub const MAIN_IS_MAIN: u32 = 906;
/// Whether the host agrees that `process` is on the audio thread, and not on the main thread.
pub const AUDIO_IS_AUDIO: u32 = 907;
/// The song position of the last block, in quarter notes.
pub const BEATS: u32 = 908;
/// The tempo of the last block.
pub const TEMPO: u32 = 909;
/// Whether the transport ran in the last block.
pub const PLAYING: u32 = 910;
/// The steady time at the start of the last block, in frames.
pub const STEADY: u32 = 911;
/// The song position of the last block, in seconds.
pub const SECONDS: u32 = 912;
/// The sample rate it was activated with.
pub const RATE: u32 = 913;

/// The plugin.
#[derive(Default)]
pub struct Probe;

fn yes(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}

impl Unit for Probe {
    const SPEC: Spec = Spec::effect(
        "probe",
        "Test Probe",
        &[
            Param::stepped(START, "Start", (0.0, 1.0), 0.0),
            Param::told(TIMER_CALLS, "Timer calls"),
            Param::told(FD_CALLS, "Descriptor calls"),
            Param::told(OFFLINE, "Offline"),
            Param::told(TRACK_GREEN, "Track green"),
            Param::told(TRACK_LETTERS, "Track letters"),
            Param::told(MAIN_IS_MAIN, "Main thread"),
            Param::told(AUDIO_IS_AUDIO, "Audio thread"),
            Param::told(BEATS, "Beats"),
            Param::told(TEMPO, "Tempo"),
            Param::told(PLAYING, "Playing"),
            Param::told(STEADY, "Steady time"),
            Param::told(SECONDS, "Seconds"),
            Param::told(RATE, "Rate"),
        ],
    );

    fn activate(shared: &Shared<'_>, config: &PluginAudioConfiguration) -> Option<Self> {
        shared.set_value(RATE, config.sample_rate);
        Some(Self)
    }

    fn begin(&mut self, process: &Process<'_>, shared: &Shared<'_>, _out: &mut OutputEvents<'_>) {
        if let Some(check) = shared.host.get_extension::<HostThreadCheck>() {
            let right = check.is_audio_thread(&shared.host) == Some(true)
                && check.is_main_thread(&shared.host) == Some(false);
            shared.set_value(AUDIO_IS_AUDIO, yes(right));
        }
        if let Some(transport) = process.transport {
            shared.set_value(BEATS, transport.song_pos_beats.to_float());
            shared.set_value(SECONDS, transport.song_pos_seconds.to_float());
            shared.set_value(TEMPO, transport.tempo);
            shared.set_value(PLAYING, yes(transport.flags.contains(TransportFlags::IS_PLAYING)));
        }
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        shared.set_value(STEADY, process.steady_time.map_or(-1.0, |time| time as f64));
        if let Some(log) = shared.host.get_extension::<HostLog>() {
            log.log(&shared.host, LogSeverity::Info, c"a block");
        }
    }

    fn created(shared: &Shared<'_>, _host: &HostMainThreadHandle<'_>) {
        shared.host.request_callback();
    }

    fn called_back(shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        if let Some(check) = host.get_extension::<HostThreadCheck>() {
            let right = check.is_main_thread(&shared.host) == Some(true)
                && check.is_audio_thread(&shared.host) == Some(false);
            shared.set_value(MAIN_IS_MAIN, yes(right));
        }
        if let Some(state) = host.get_extension::<HostState>() {
            state.mark_dirty(host);
        }
        if shared.value(START) < 0.5 {
            shared.set_value(START, 1.0);
            shared.request_flush();
            shared.host.request_callback();
        }
    }
}
