//! `studio`: offers presets, pages, menus, note names, layouts and whatever else a plugin can offer, and tells what the
//! host made of it.

use clack_extensions::context_menu::{ContextMenuTarget, HostContextMenu};
use clack_extensions::note_name::HostNoteName;
use clack_extensions::note_ports::NoteDialects;
use clack_extensions::remote_controls::HostRemoteControls;
use clack_extensions::thread_pool::HostThreadPool;
use clack_extensions::voice_info::{HostVoiceInfo, VoiceInfo, VoiceInfoFlags};
use clack_plugin::prelude::*;

use crate::frame::{Layout, Param, Port, PortKind, Shared, Spec, Unit, percent};

// None of its ids is one of the `probe`'s: all plugins are told what that one shows.

/// A value for presets to set.
pub const LEVEL: u32 = 1;
/// How many parts its work has in every block.
pub const TASKS: u32 = 2;
/// Whether each part takes [`TASK_MICROS`].
pub const TASKS_ARE_LONG: u32 = 3;
/// How long a long part takes, in microseconds.
pub const TASK_MICROS: u64 = 500;
/// How many parts another thread did than the one that asked.
pub const TASKS_HELPED: u32 = 810;
/// Which thread asked, as [`thread`] numbers it.
pub const TASK_LEADER: u32 = 811;
/// How many parts were done.
pub const TASKS_DONE: u32 = 801;
/// The sum of the numbers of the parts that were done.
pub const TASK_SUM: u32 = 802;
/// How often the host refused to do the parts.
pub const TASKS_REFUSED: u32 = 803;
/// How many channels the main ports have: 1, 2, 4 (a sound field) or 6 (5.1).
pub const CHANNELS: u32 = 804;
/// Whether the port that the host spoke of last is inactive.
pub const INACTIVE: u32 = 805;
/// What a state was last saved or loaded for: 1 preset, 2 duplicate, 3 project.
pub const CONTEXT: u32 = 806;
/// The line of the menu that was chosen last.
pub const CHOSEN: u32 = 807;
/// How long the name of what moves a parameter is.
pub const MAPPED_LETTERS: u32 = 808;
/// The state of automation that the host told last, as CLAP numbers it.
pub const AUTOMATION: u32 = 809;

/// The plugin.
#[derive(Default)]
pub struct Studio;

/// A number of the calling thread's own.
#[must_use]
pub fn thread() -> f64 {
    thread_local! { static MARK: u8 = const { 0 } }
    MARK.with(|mark| {
        f64::from(u32::try_from((std::ptr::from_ref(mark).addr() >> 4) & 0xFFFF_FFFF).unwrap_or(0))
    })
}

const MONO: &[Port] = &[Port::MONO];
const STEREO: &[Port] = &[Port::STEREO];
const FIELD: &[Port] = &[Port { kind: PortKind::Ambisonic, ..Port::new("Field", 4) }];
const SURROUND: &[Port] = &[Port { kind: PortKind::Surround, ..Port::new("5.1", 6) }];

/// One port of as many channels as [`CHANNELS`] says.
pub(super) fn wide(shared: &Shared<'_>) -> &'static [Port] {
    match shared.value(CHANNELS) {
        1.0 => MONO,
        4.0 => FIELD,
        6.0 => SURROUND,
        _ => STEREO,
    }
}

impl Unit for Studio {
    const SPEC: Spec = Spec {
        offers: true,
        layouts: &[
            Layout { id: 1, name: "Mono", inputs: MONO, outputs: MONO },
            Layout { id: 2, name: "Stereo", inputs: STEREO, outputs: STEREO },
        ],
        notes_in: NoteDialects::CLAP,
        ..Spec::effect(
            "studio",
            "Test Studio",
            &[
                Param::new(LEVEL, "Level", (0.0, 1.0), 0.5, percent),
                Param::stepped(TASKS, "Tasks", (0.0, 1e6), 0.0),
                Param::stepped(TASKS_ARE_LONG, "Long tasks", (0.0, 1.0), 0.0),
                Param::told(TASKS_DONE, "Tasks done"),
                Param::told(TASK_SUM, "Task sum"),
                Param::told(TASKS_REFUSED, "Tasks refused"),
                Param::told(CHANNELS, "Channels"),
                Param::told(INACTIVE, "Inactive"),
                Param::told(CONTEXT, "Context"),
                Param::told(CHOSEN, "Chosen"),
                Param::told(MAPPED_LETTERS, "Mapped"),
                Param::told(AUTOMATION, "Automation"),
                Param::told(TASKS_HELPED, "Tasks helped"),
                Param::told(TASK_LEADER, "Task leader"),
            ],
        )
    };

    fn ports(shared: &Shared<'_>, _is_input: bool) -> &'static [Port] {
        wide(shared)
    }

    fn laid_out(shared: &Shared<'_>) {
        let channels =
            shared.layout().and_then(|layout| layout.inputs.first()).map_or(2, |port| port.channels);
        shared.set_value(CHANNELS, f64::from(channels));
    }

    fn begin(&mut self, _process: &Process<'_>, shared: &Shared<'_>, _out: &mut OutputEvents<'_>) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
        let tasks = shared.value(TASKS) as u32;
        if tasks == 0 {
            return;
        }
        shared.set_value(TASK_LEADER, thread());
        let Some(pool) = shared.host.get_extension::<HostThreadPool>() else { return };
        let raw = std::ptr::NonNull::from(shared.host.as_raw());
        // SAFETY: `begin` runs on the audio thread, where this handle belongs.
        #[expect(unsafe_code, reason = "the frame only passes the shared handle on")]
        let mut host = unsafe { HostAudioProcessorHandle::from_raw(raw) };
        if pool.request_exec(&mut host, tasks).is_err() {
            shared.set_value(TASKS_REFUSED, shared.value(TASKS_REFUSED) + 1.0);
        }
    }

    fn created(shared: &Shared<'_>, _host: &HostMainThreadHandle<'_>) {
        shared.host.request_callback();
    }

    fn voices() -> Option<VoiceInfo> {
        let flags = VoiceInfoFlags::SUPPORTS_OVERLAPPING_NOTES;
        Some(VoiceInfo { voice_count: 6, voice_capacity: 12, flags })
    }

    /// Says that its pages, names and voices changed, suggests one, and resets a parameter from the host's own menu.
    fn called_back(_shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        if let Some(pages) = host.get_extension::<HostRemoteControls>() {
            pages.changed(host);
            pages.suggest_page(host, ClapId::new(7));
        }
        if let Some(names) = host.get_extension::<HostNoteName>() {
            names.changed(host);
        }
        if let Some(voices) = host.get_extension::<HostVoiceInfo>() {
            voices.changed(host);
        }
        if let Some(menu) = host.get_extension::<HostContextMenu>() {
            let _ = menu.perform(host, ContextMenuTarget::Param(ClapId::new(LEVEL)), ClapId::new(1));
        }
    }
}
