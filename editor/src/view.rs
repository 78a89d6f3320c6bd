//! View state: what the window shows and has selected. Never part of the project.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Command, DeviceKind, EntityId, ParamId, PluginRef};

use crate::arranger::{ArrangerView, Guide};
use crate::browser::BrowserView;
use crate::devices::Opened;
use crate::diagnostics::DiagnosticsView;
use crate::hand::Hand;
use crate::history::HistoryView;
use crate::project_menu::Prompt;
use crate::review::ReviewView;
use crate::roll::RollView;
use crate::scripts::ScriptsView;
use crate::widgets::field::Draft;
use crate::widgets::meter::Levels;

/// All of it.
#[derive(Default)]
pub(crate) struct View {
    pub tab: Tab,
    pub panels: Panels,
    pub selection: Selection,
    pub hand: Hand,
    pub draft: Option<Draft>,
    pub number: Option<NumberDrag>,
    pub prompt: Option<Prompt>,
    /// What would leave unsaved changes behind, until somebody agrees.
    pub leaving: Option<Command>,
    pub holds: Holds,
    pub arranger: ArrangerView,
    pub roll: RollView,
    pub browser: BrowserView,
    pub scripts: ScriptsView,
    pub history: HistoryView,
    pub review: ReviewView,
    pub diagnostics: DiagnosticsView,
    pub macro_page: u8,
    pub macro_slot: u8,
    /// The device whose parameters move together with the browser and the keyboard.
    pub device: Option<EntityId>,
    /// Devices whose presets were asked for.
    pub presets_asked: BTreeSet<EntityId>,
    /// The menu of a plugin that was asked for last, and when, in seconds.
    pub menu_asked: Option<((EntityId, Option<ParamId>), f64)>,
    /// Which pages of plugins' knobs are shown.
    pub pages: BTreeMap<EntityId, Opened>,
    /// What the next preset is to be called.
    pub preset_name: String,
    /// Whether the clips have been seen once, so that the first project is shown whole.
    pub fitted: bool,
}

/// What the lower panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Devices,
    PianoRoll,
    Mixer,
    Macros,
    Scripts,
    History,
    Review,
    Diagnostics,
}

impl Tab {
    pub const ALL: [Self; 8] = [
        Self::Devices,
        Self::PianoRoll,
        Self::Mixer,
        Self::Macros,
        Self::Scripts,
        Self::History,
        Self::Review,
        Self::Diagnostics,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Devices => "Devices",
            Self::PianoRoll => "Piano roll",
            Self::Mixer => "Mixer",
            Self::Macros => "Macros",
            Self::Scripts => "Scripts",
            Self::History => "History",
            Self::Review => "Review",
            Self::Diagnostics => "Diagnostics",
        }
    }
}

/// Which panels are open, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Panels {
    pub browser: bool,
    pub bottom: bool,
    /// `None` until the first frame, which chooses by the window's height.
    pub bottom_height: Option<f32>,
}

impl Default for Panels {
    fn default() -> Self {
        Self { browser: true, bottom: true, bottom_height: None }
    }
}

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selection {
    pub track: Option<EntityId>,
    pub clips: BTreeSet<EntityId>,
    /// Notes of the clip in the piano roll, by row key.
    pub notes: BTreeSet<u64>,
    /// Automation points of `lane`, by row key.
    pub points: BTreeSet<u64>,
    /// The lane that was touched last.
    pub lane: Option<EntityId>,
    /// A marker, tempo change or time signature.
    pub guide: Option<Guide>,
    /// What delete and duplicate mean.
    pub focus: Focus,
}

/// Which selection the keyboard works on: the one touched last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Track,
    Clips,
    Notes,
    Device,
    /// A marker, tempo change or time signature.
    Guide,
    /// Automation points.
    Points,
    /// Work that waits for review.
    Review,
}

impl Selection {
    pub fn select_track(&mut self, track: EntityId) {
        self.track = Some(track);
        self.focus = Focus::Track;
    }

    pub fn select_points(&mut self, lane: EntityId, points: impl IntoIterator<Item = u64>) {
        self.points = points.into_iter().collect();
        self.lane = Some(lane);
        self.focus = Focus::Points;
    }

    pub fn select_guide(&mut self, guide: Guide) {
        self.guide = Some(guide);
        self.focus = Focus::Guide;
    }

    pub fn select_clip(&mut self, clip: EntityId, track: EntityId) {
        self.clips = [clip].into();
        self.notes.clear();
        self.track = Some(track);
        self.focus = Focus::Clips;
    }
}

/// A number being dragged that has no stream, such as the tempo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NumberDrag {
    pub id: egui::Id,
    pub value: f64,
}

/// How long what was let go is shown if the project does not follow, in seconds.
const PATIENCE_SECS: f64 = 0.5;

/// The end of a drag: it is shown until the project has caught up with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Release {
    revision: u64,
    until_secs: f64,
}

impl Release {
    /// Let go now, at a revision of the project.
    pub fn now(revision: u64, now_secs: f64) -> Self {
        Self { revision, until_secs: now_secs + PATIENCE_SECS }
    }

    /// Whether there is nothing more to wait for.
    pub fn is_over(self, revision: u64, now_secs: f64) -> bool {
        self.revision != revision || now_secs > self.until_secs
    }
}

/// Something from the browser on its way to a track.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NewDevice {
    Builtin(DeviceKind),
    Plugin { plugin: PluginRef, name: String },
}

/// Falling meters and held peaks, by track.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    tracks: BTreeMap<EntityId, Hold>,
    moving: bool,
}

#[derive(Debug, Default)]
struct Hold {
    levels: Levels,
    held_at: [f64; 2],
    seen_at: f64,
}

/// How long a peak is held, in seconds.
const HOLD_SECS: f64 = 1.2;
/// What is below this (linear, -80 dB) counts as silence.
const SILENCE: f32 = 1e-4;

impl Holds {
    /// The levels to show for a track, given the latest ones.
    pub fn levels(&mut self, track: EntityId, peak: [f32; 2], now_secs: f64) -> Levels {
        let hold = self.tracks.entry(track).or_default();
        let elapsed = (now_secs - hold.seen_at).clamp(0.0, 1.0);
        hold.seen_at = now_secs;
        // 24 dB a second, as on most desks.
        let fall = crate::math::px(10f64.powf(-24.0 * elapsed / 20.0));
        let before = hold.levels;
        for (side, level) in peak.into_iter().enumerate() {
            let level = if level.is_finite() { level } else { 0.0 };
            let shown = &mut hold.levels.peak[side];
            *shown = level.max(*shown * fall);
            if *shown < SILENCE {
                *shown = 0.0;
            }
            if *shown >= hold.levels.hold[side] {
                hold.levels.hold[side] = *shown;
                hold.held_at[side] = now_secs;
            } else if now_secs - hold.held_at[side] > HOLD_SECS {
                hold.levels.hold[side] = *shown;
            }
            let falling = hold.levels.hold[side] > hold.levels.peak[side];
            self.moving |= falling;
        }
        self.moving |= hold.levels != before;
        hold.levels
    }

    /// Whether any meter that was shown still moves; starts a new frame.
    pub fn end_frame(&mut self) -> bool {
        std::mem::take(&mut self.moving)
    }
}
