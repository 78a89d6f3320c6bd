//! `restless`: asks the host for the same thing over and over; `slow`: takes its time to be activated; `bad-state`: cannot
//! keep what it is asked to keep.

use std::time::Duration;

use clack_extensions::audio_ports::{AudioPortRescanFlags, HostAudioPorts};
use clack_extensions::gui::HostGui;
use clack_extensions::latency::HostLatency;
use clack_extensions::log::{HostLog, LogSeverity};
use clack_extensions::params::{HostParams, ParamRescanFlags};
use clack_plugin::prelude::*;

use crate::frame::{Param, Port, Shared, Spec, Unit};

/// What it asks for: see the constants after this.
pub const MODE: u32 = 1;
/// Its parameters to be read anew.
pub const PARAMS: f64 = 1.0;
/// Its ports to be read anew; they are others every time.
pub const PORTS: f64 = 2.0;
/// To be restarted.
pub const RESTART: f64 = 3.0;
/// Another size for its window, which is not even open.
pub const RESIZE: f64 = 4.0;
/// Another latency, of up to two thousand million frames.
pub const LATENCY: f64 = 5.0;
/// Its words to be logged.
pub const LOG: f64 = 6.0;
/// How often it has asked.
pub const ASKED: u32 = 900;

/// How often it asks at a time.
const TIMES: u32 = 100;

/// Asks.
#[derive(Default)]
pub struct Restless;

const ONE: &[Port] = &[Port::STEREO];
const TWO: &[Port] = &[Port::STEREO, Port::new("Aux", 2)];

impl Unit for Restless {
    const SPEC: Spec = Spec::effect(
        "restless",
        "Test Restless",
        &[Param::stepped(MODE, "Mode", (0.0, 6.0), 0.0), Param::told(ASKED, "Asked")],
    );

    fn ports(shared: &Shared<'_>, is_input: bool) -> &'static [Port] {
        let other = shared.value(MODE) == PORTS && shared.value(ASKED) % 2.0 == 1.0;
        if other && !is_input { TWO } else { ONE }
    }

    fn begin(&mut self, _process: &Process<'_>, shared: &Shared<'_>, _out: &mut OutputEvents<'_>) {
        shared.host.request_callback();
        if shared.value(MODE) == RESTART {
            shared.host.request_restart();
        }
    }

    fn latency(shared: &Shared<'_>) -> u32 {
        if shared.value(MODE) == LATENCY { 2_000_000_000 } else { 0 }
    }

    fn called_back(shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        let mode = shared.value(MODE);
        shared.set_value(ASKED, shared.value(ASKED) + 1.0);
        for time in 0..TIMES {
            if mode == PARAMS
                && let Some(params) = host.get_extension::<HostParams>()
            {
                params.rescan(host, ParamRescanFlags::ALL);
            } else if mode == PORTS
                && let Some(ports) = host.get_extension::<HostAudioPorts>()
            {
                ports.rescan(host, AudioPortRescanFlags::LIST);
            } else if mode == RESIZE
                && let Some(gui) = host.get_extension::<HostGui>()
            {
                let _ = gui.request_resize(&shared.host, 100 + time, 100);
            } else if mode == LATENCY
                && let Some(latency) = host.get_extension::<HostLatency>()
            {
                shared.latency.store(2_000_000_000 - time, std::sync::atomic::Ordering::Relaxed);
                latency.changed(host);
            } else if mode == LOG
                && let Some(log) = host.get_extension::<HostLog>()
            {
                log.log(&shared.host, LogSeverity::Info, c"again");
            }
        }
    }
}

/// Takes its time.
#[derive(Default)]
pub struct Slow;

/// How long activation takes, in milliseconds.
pub const MILLISECONDS: u32 = 1;

impl Unit for Slow {
    const SPEC: Spec = Spec::effect(
        "slow",
        "Test Slow",
        &[Param::stepped(MILLISECONDS, "Milliseconds", (0.0, 60_000.0), 1_500.0)],
    );

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        std::thread::sleep(Duration::from_secs_f64(shared.value(MILLISECONDS) / 1_000.0));
        Some(Self)
    }
}

/// Cannot keep anything.
#[derive(Default)]
pub struct BadState;

impl Unit for BadState {
    const SPEC: Spec = Spec::effect("bad-state", "Test Bad State", &[]);

    fn keeps_state() -> Result<(), PluginError> {
        Err(PluginError::Message("out of order"))
    }
}
