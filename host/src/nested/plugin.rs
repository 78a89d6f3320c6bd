//! What every nested plugin is on the control thread, and what a format has to offer for that.

use std::time::Instant;

use protocol::control::LogLevel;
pub use protocol::plugin::Voices;
use protocol::plugin::{ControlPage, NoteName, PluginParam, PresetInfo};
use protocol::telemetry::Gesture;
use protocol::{Frames, ParamId, PluginFormat, PluginInfo};

use super::error::{
    ActivateError, DescribeError, LayoutError, LoadError, MenuError, PresetError, StateError, WindowError,
};
use super::locator::PluginSource;
use super::offers::{
    Arrangement, BusDirection, BusLayout, BusRequest, BusUse, Indication, MenuAction, MenuItem, StatePurpose,
};
use super::preset_search::PresetSearch;
use crate::config::AudioConfig;
use crate::processor::{Ports, Processor};

/// A plugin as the engine's controller holds it.
pub type PluginController = Box<dyn NestedPlugin>;

/// One plugin standard.
pub trait PluginFormatHost {
    /// Which.
    fn format(&self) -> PluginFormat;

    /// The plugins in a file, without making one. Runs code of the file: scanners do this in a process of their own.
    ///
    /// # Errors
    /// If the file is no plugin file of this format.
    fn describe(&self, source: &PluginSource) -> Result<Vec<PluginInfo>, DescribeError>;

    /// Makes the plugin with an identifier; the calling thread becomes its main thread.
    ///
    /// # Errors
    /// If the file cannot be read, does not contain the plugin, or the plugin refuses.
    fn create(&self, source: &PluginSource, id: &str) -> Result<PluginController, LoadError>;
}

/// The main-thread half of a nested plugin. `!Send` by its implementations.
pub trait NestedPlugin {
    /// What it says about itself.
    fn info(&self) -> &PluginInfo;

    /// Its ports as the engine sees them. They may change while it is inactive ([`PluginRequest::PortsChanged`]).
    fn ports(&self) -> Ports;

    /// Its audio inputs and outputs by name, for people.
    fn buses(&self) -> (Vec<BusInfo>, Vec<BusInfo>);

    /// Makes the audio-thread half.
    ///
    /// # Errors
    /// If it is active already, or refuses the conditions.
    fn activate(&mut self, config: &AudioConfig) -> Result<Box<dyn Processor>, ActivateError>;

    /// Takes the audio-thread half back, [left](Processor::leave) or not.
    ///
    /// # Errors
    /// Hands back a processor that is not this plugin's.
    fn deactivate(&mut self, processor: Box<dyn Processor>) -> Result<(), Box<dyn Processor>>;

    /// How much later its output is than its input. Valid while active.
    fn latency(&self) -> Frames;

    /// Its state as it writes it; the values of its parameters if it leaves that to us; `None` if it has neither.
    ///
    /// # Errors
    /// If it fails to write.
    fn save_state(&mut self) -> Result<Option<Vec<u8>>, StateError>;

    /// Gives it a state.
    ///
    /// # Errors
    /// If it keeps none, or refuses this one.
    fn load_state(&mut self, state: &[u8]) -> Result<(), StateError>;

    /// As [`save_state`](Self::save_state), for a purpose that the plugin may care about.
    ///
    /// # Errors
    /// If it fails to write.
    fn save_state_for(&mut self, purpose: StatePurpose) -> Result<Option<Vec<u8>>, StateError> {
        let _ = purpose;
        self.save_state()
    }

    /// As [`load_state`](Self::load_state), of a state that was saved for a purpose.
    ///
    /// # Errors
    /// If it keeps none, or refuses this one.
    fn load_state_for(&mut self, state: &[u8], purpose: StatePurpose) -> Result<(), StateError> {
        let _ = purpose;
        self.load_state(state)
    }

    /// A search for the presets it offers, for when a person asks.
    fn presets(&mut self) -> PresetSearch {
        PresetSearch::nothing()
    }

    /// Loads one of its [`presets`](Self::presets). [`PluginRequest::PresetLoaded`] or
    /// [`PluginRequest::PresetFailed`] may follow with more.
    ///
    /// # Errors
    /// If it loads none, or not this one.
    fn load_preset(&mut self, preset: &PresetInfo) -> Result<(), PresetError> {
        let _ = preset;
        Err(PresetError::Unsupported)
    }

    /// Its knobs in pages of eight, as it groups them.
    fn pages(&mut self) -> Vec<ControlPage> {
        Vec::new()
    }

    /// What it calls its keys.
    fn note_names(&mut self) -> Vec<NoteName> {
        Vec::new()
    }

    /// The sets of buses it can have, other than by [`request_buses`](Self::request_buses).
    fn layouts(&mut self) -> Vec<BusLayout> {
        Vec::new()
    }

    /// Gives it one of its [`layouts`](Self::layouts). Only while inactive; its ports are others then.
    ///
    /// # Errors
    /// If it is active, or refuses.
    fn select_layout(&mut self, id: u32) -> Result<(), LayoutError> {
        let _ = id;
        Err(LayoutError::Unsupported)
    }

    /// Asks for channels, all or nothing. Only while inactive; its ports are others then.
    ///
    /// # Errors
    /// If it is active, or refuses.
    fn request_buses(&mut self, buses: &[BusRequest]) -> Result<(), LayoutError> {
        let _ = buses;
        Err(LayoutError::Unsupported)
    }

    /// Says whether a bus is connected. Only while inactive, but for plugins that hear of it with their next block.
    ///
    /// # Errors
    /// If it is active and cannot hear of it, or does not care.
    fn use_bus(&mut self, direction: BusDirection, index: u32, how: BusUse) -> Result<(), LayoutError> {
        let _ = (direction, index, how);
        Err(LayoutError::Unsupported)
    }

    /// Its own menu, for a parameter or for the whole.
    fn menu(&mut self, target: Option<ParamId>) -> Vec<MenuItem> {
        let _ = target;
        Vec::new()
    }

    /// Does what a person chose from its [`menu`](Self::menu) for the same target.
    ///
    /// # Errors
    /// If it has no such line, or fails.
    fn choose(&mut self, target: Option<ParamId>, id: u32) -> Result<(), MenuError> {
        let _ = (target, id);
        Err(MenuError)
    }

    /// Tells what it may show beside the control of a parameter.
    fn indicate(&mut self, param: ParamId, indication: &Indication) {
        let _ = (param, indication);
    }

    /// Its parameters, in its order.
    fn params(&mut self) -> Vec<PluginParam>;

    /// The plain value that a parameter has now.
    fn param_value(&mut self, param: ParamId) -> Option<f64>;

    /// A plain value as the plugin would show it.
    fn param_text(&mut self, param: ParamId, value: f64) -> Option<String>;

    /// The plain value of a text that a person typed.
    fn parse_param(&mut self, param: ParamId, text: &str) -> Option<f64>;

    /// Gives a parameter a plain value: at once while the plugin is inactive, otherwise with the next block.
    /// ([`Processor::set_param`] is the way on the audio thread.)
    fn set_param(&mut self, param: ParamId, value: f64);

    /// As [`set_param`](Self::set_param) of several, which may take less than one after the other.
    fn set_params(&mut self, values: &[(ParamId, f64)]) {
        for &(param, value) in values {
            self.set_param(param, value);
        }
    }

    /// Tells the plugin which track it is on.
    fn set_track(&mut self, track: TrackContext);

    /// How many voices it plays; `None` if it does not say.
    fn voices(&mut self) -> Option<Voices>;

    /// Whether [`open_window`](Self::open_window) has a chance.
    fn has_window(&self) -> bool;

    /// Shows its window; one that is open comes to the front.
    ///
    /// # Errors
    /// If it has none, or showing it failed.
    fn open_window(&mut self, options: &WindowOptions) -> Result<(), WindowError>;

    /// The size of its open window, in pixels of the window system.
    fn window_size(&mut self) -> Option<(u32, u32)>;

    /// Gives its open window a size; returns the size that the plugin took.
    fn resize_window(&mut self, width: u32, height: u32) -> Option<(u32, u32)>;

    /// Closes its window, if open.
    fn close_window(&mut self);

    /// Serves the plugin: timers, file descriptors, callbacks, windows. Adds what it wants to `requests`.
    /// To be called every few milliseconds while the plugin's window is open, and some ten times a second otherwise.
    fn poll(&mut self, requests: &mut Vec<PluginRequest>);

    /// When the next timer of the plugin is due; `None` if it has none.
    fn next_timer(&self) -> Option<Instant>;
}

/// What a plugin wants from the engine's controller.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PluginRequest {
    /// Its list of parameters, or what they are, changed.
    ParamsChanged,
    /// Values of parameters changed without a hand, as after a preset was loaded.
    ValuesChanged,
    /// It moved a parameter while inactive. (While active this comes out of [`Processor::process`].)
    ParamMoved {
        /// Which.
        param: ParamId,
        /// Plain value; meaningless at the begin and the end of a gesture.
        value: f64,
        /// Where in a gesture this is.
        gesture: Gesture,
    },
    /// [`NestedPlugin::latency`] changed.
    LatencyChanged,
    /// [`NestedPlugin::ports`] changed; only told while inactive.
    PortsChanged,
    /// It wants to be deactivated and activated again.
    Restart,
    /// It wants to be processed although it had said it is [quiet](crate::ProcessStatus::Quiet).
    Wake,
    /// Its state is no longer what was last saved.
    StateDirty,
    /// [`NestedPlugin::note_names`] changed.
    NoteNamesChanged,
    /// [`NestedPlugin::voices`] changed.
    VoicesChanged,
    /// [`NestedPlugin::pages`] changed.
    PagesChanged,
    /// Somebody works in the part of its window that one of its [pages](NestedPlugin::pages) is about.
    ShowPage(u32),
    /// [`NestedPlugin::layouts`] changed.
    LayoutsChanged,
    /// A preset is loaded: its state and parameters are others.
    PresetLoaded,
    /// A preset could not be loaded.
    PresetFailed {
        /// What it says.
        reason: String,
    },
    /// Somebody chose a line of ours in a menu of the plugin's.
    Menu(MenuAction),
    /// Somebody closed its window.
    WindowClosed,
    /// Its window, in a parent of ours, wants this size, in pixels.
    WindowSize {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// It has something to say.
    Log {
        /// How much it matters.
        level: LogLevel,
        /// What.
        text: String,
    },
}

/// An audio port of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusInfo {
    /// As the plugin calls it.
    pub name: String,
    /// How many channels it has.
    pub channels: u32,
    /// What the channels are.
    pub arrangement: Arrangement,
}

/// Where a plugin is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackContext {
    /// The name of the track.
    pub name: String,
    /// Its colour, 0xRRGGBB.
    pub color: u32,
    /// What it is for.
    pub purpose: TrackPurpose,
}

/// What a track is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackPurpose {
    /// Clips.
    Track,
    /// A sum of others.
    Bus,
    /// The sum of all.
    Master,
}

/// How a plugin's window is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowOptions {
    /// Where.
    pub parent: WindowParent,
    /// What the title bar says, if there is one.
    pub title: String,
    /// Pixels per logical pixel; 1.0 is 96 dpi.
    pub scale: f64,
}

/// Where a plugin's window goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowParent {
    /// On the desktop, in a window of its own.
    Desktop,
    /// Into a window of the system's: an X11 window id. The owner resizes it on [`PluginRequest::WindowSize`].
    Embedded(u64),
}
