//! How a parameter's plain value, its knob position and its text belong together.

use protocol::ParamDescriptor;
use protocol::plugin::PluginParam;

use crate::widgets::knob::Origin;

/// The scale of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scale<'a> {
    /// Of a built-in node.
    Builtin(&'static ParamDescriptor),
    /// Of a nested plugin: linear, as the plugin says.
    Plugin(&'a PluginParam),
    /// Of a macro slot, 0..=1.
    Macro,
}

impl Scale<'_> {
    pub fn default(self) -> f64 {
        match self {
            Self::Builtin(param) => param.default,
            Self::Plugin(param) => param.default,
            Self::Macro => 0.0,
        }
    }

    /// Smallest and largest plain value.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Builtin(param) => (param.min, param.max),
            Self::Plugin(param) => (param.min, param.max),
            Self::Macro => (0.0, 1.0),
        }
    }

    pub fn normalize(self, value: f64) -> f64 {
        match self {
            Self::Builtin(param) => param.normalize(value),
            Self::Plugin(_) | Self::Macro => {
                let (min, max) = self.range();
                if max > min { ((value - min) / (max - min)).clamp(0.0, 1.0) } else { 0.0 }
            }
        }
    }

    pub fn denormalize(self, norm: f64) -> f64 {
        match self {
            Self::Builtin(param) => param.denormalize(norm),
            Self::Plugin(param) => {
                let value = param.min + (param.max - param.min) * norm.clamp(0.0, 1.0);
                if param.stepped { value.round() } else { value }
            }
            Self::Macro => norm.clamp(0.0, 1.0),
        }
    }

    pub fn text(self, value: f64) -> String {
        match self {
            Self::Builtin(param) => param.text(value),
            Self::Plugin(param) if param.stepped => format!("{value:.0}"),
            Self::Plugin(_) => format!("{value:.3}"),
            Self::Macro => format!("{:.0} %", value * 100.0),
        }
    }

    /// Reads what somebody typed.
    pub fn parse(self, text: &str) -> Option<f64> {
        if let Self::Builtin(param) = self {
            return param.parse(text);
        }
        let trimmed = text.trim();
        let percent = trimmed.strip_suffix('%');
        let number: f64 = percent.unwrap_or(trimmed).trim().parse().ok()?;
        let number = if percent.is_some() { number / 100.0 } else { number };
        let (min, max) = self.range();
        number.is_finite().then(|| number.clamp(min, max))
    }

    /// How many steps there are from end to end; `None` for values that move freely.
    pub fn steps(self) -> Option<f64> {
        let stepped = match self {
            Self::Builtin(param) => param.is_stepped(),
            Self::Plugin(param) => param.stepped,
            Self::Macro => false,
        };
        let (min, max) = self.range();
        stepped.then_some(max - min)
    }

    /// Whether values are whole numbers.
    pub fn is_stepped(self) -> bool {
        self.steps().is_some()
    }

    /// Where a knob's arc begins.
    pub fn origin(self) -> Origin {
        let (min, max) = self.range();
        if min < 0.0 && (min + max).abs() < 1e-9 { Origin::Center } else { Origin::Min }
    }
}
