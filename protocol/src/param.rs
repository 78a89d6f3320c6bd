//! What a parameter is: range, unit, text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ParamId;

/// The unit of a parameter's plain value; it decides how the value reads and how a knob moves through the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number.
    None,
    /// Decibels; the bottom of the range reads as minus infinity when it is -90 dB or lower.
    Decibels,
    /// Hertz, moved through logarithmically.
    Hertz,
    /// Seconds, moved through with more room for short times.
    Seconds,
    /// A fraction, shown in per cent.
    Percent,
    /// Semitones.
    Semitones,
    /// Cents of a semitone.
    Cents,
    /// Quarter notes.
    Beats,
    /// A ratio to one, such as a compressor's.
    Ratio,
    /// Left to right, -1..=1.
    Pan,
    /// Off or on: 0 or 1.
    Switch,
    /// One of [`ParamDescriptor::choices`], by index.
    Choice,
}

/// One parameter of a built-in node. Values are plain: in the unit, not normalised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ParamDescriptor {
    /// Identity within the node, never reused.
    pub id: ParamId,
    /// Stable name in files and scripts, snake_case.
    pub key: &'static str,
    /// What a person reads.
    pub name: &'static str,
    /// The unit of the values.
    pub unit: Unit,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Value of a new device.
    pub default: f64,
    /// Names of the choices of a [`Unit::Choice`] parameter.
    pub choices: &'static [&'static str],
}

impl ParamDescriptor {
    /// A continuous parameter.
    #[must_use]
    pub const fn new(
        id: u32,
        key: &'static str,
        name: &'static str,
        unit: Unit,
        range: (f64, f64),
        default: f64,
    ) -> Self {
        Self { id: ParamId(id), key, name, unit, min: range.0, max: range.1, default, choices: &[] }
    }

    /// A choice among names; the first is the default.
    #[must_use]
    pub const fn choice(
        id: u32,
        key: &'static str,
        name: &'static str,
        choices: &'static [&'static str],
    ) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a handful of choices")]
        let max = (choices.len() - 1) as f64;
        Self { id: ParamId(id), key, name, unit: Unit::Choice, min: 0.0, max, default: 0.0, choices }
    }

    /// The same with another default.
    #[must_use]
    pub const fn starting_at(self, default: f64) -> Self {
        Self { default, ..self }
    }

    /// A switch.
    #[must_use]
    pub const fn switch(id: u32, key: &'static str, name: &'static str, on: bool) -> Self {
        let default = if on { 1.0 } else { 0.0 };
        Self { id: ParamId(id), key, name, unit: Unit::Switch, min: 0.0, max: 1.0, default, choices: &[] }
    }

    /// Whether values are whole numbers.
    #[must_use]
    pub const fn is_stepped(&self) -> bool {
        matches!(self.unit, Unit::Switch | Unit::Choice)
    }

    /// The legal value nearest to `value`; not-a-number gives the default. Real-time safe.
    #[must_use]
    pub fn clamp(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.default } else { value.clamp(self.min, self.max) };
        if self.is_stepped() { value.round() } else { value }
    }

    /// The plain value at a knob position of 0..=1. Real-time safe.
    #[must_use]
    pub fn denormalize(&self, norm: f64) -> f64 {
        let norm = if norm.is_nan() { 0.0 } else { norm.clamp(0.0, 1.0) };
        let span = self.max - self.min;
        self.clamp(match self.unit {
            Unit::Hertz if self.min > 0.0 => self.min * (self.max / self.min).powf(norm),
            Unit::Seconds => self.min + span * norm * norm * norm,
            _ => self.min + span * norm,
        })
    }

    /// The knob position, 0..=1, of a plain value. Inverse of [`denormalize`](Self::denormalize).
    #[must_use]
    pub fn normalize(&self, value: f64) -> f64 {
        let value = self.clamp(value);
        let span = self.max - self.min;
        if span <= 0.0 {
            return 0.0;
        }
        let norm = match self.unit {
            Unit::Hertz if self.min > 0.0 => (value / self.min).ln() / (self.max / self.min).ln(),
            Unit::Seconds => ((value - self.min) / span).cbrt(),
            _ => (value - self.min) / span,
        };
        norm.clamp(0.0, 1.0)
    }

    /// The value as a person reads it, unit included, such as `-6.0 dB` or `1.20 kHz`.
    #[must_use]
    pub fn text(&self, value: f64) -> String {
        let value = self.clamp(value);
        match self.unit {
            Unit::None => format!("{value:.2}"),
            Unit::Decibels if value <= -90.0 && value <= self.min => "-inf dB".into(),
            Unit::Decibels => format!("{value:.1} dB"),
            Unit::Hertz if value >= 1_000.0 => format!("{:.2} kHz", value / 1_000.0),
            Unit::Hertz => format!("{value:.1} Hz"),
            Unit::Seconds if value < 1.0 => format!("{:.1} ms", value * 1_000.0),
            Unit::Seconds => format!("{value:.2} s"),
            Unit::Percent => format!("{:.0} %", value * 100.0),
            Unit::Semitones => format!("{value:+.1} st"),
            Unit::Cents => format!("{value:+.0} ct"),
            Unit::Beats => format!("{value:.2} beats"),
            Unit::Ratio => format!("{value:.1}:1"),
            Unit::Pan if value.abs() < 0.005 => "C".into(),
            Unit::Pan if value < 0.0 => format!("{:.0} L", -value * 100.0),
            Unit::Pan => format!("{:.0} R", value * 100.0),
            Unit::Switch => if value > 0.5 { "On" } else { "Off" }.into(),
            Unit::Choice => self.choice_name(value).into(),
        }
    }

    /// Reads what [`text`](Self::text) writes, and a bare number in the parameter's unit.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<f64> {
        let text = text.trim();
        let named = |name: &&str| name.eq_ignore_ascii_case(text);
        match self.unit {
            Unit::Switch if text.eq_ignore_ascii_case("on") => return Some(1.0),
            Unit::Switch if text.eq_ignore_ascii_case("off") => return Some(0.0),
            Unit::Choice => {
                if let Some(index) = self.choices.iter().position(named) {
                    return u32::try_from(index).ok().map(f64::from);
                }
            }
            Unit::Pan if text.eq_ignore_ascii_case("c") => return Some(0.0),
            Unit::Decibels if text.to_ascii_lowercase().starts_with("-inf") => return Some(self.min),
            _ => {}
        }
        let split = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).unwrap_or(text.len());
        let number: f64 = text[..split].parse().ok()?;
        let suffix = text[split..].trim().to_ascii_lowercase();
        let value = match (self.unit, suffix.as_str()) {
            (Unit::Hertz, "khz" | "k") => number * 1_000.0,
            (Unit::Seconds, "ms") => number / 1_000.0,
            (Unit::Percent, "%") => number / 100.0,
            (Unit::Pan, "l") => -number / 100.0,
            (Unit::Pan, "r") => number / 100.0,
            _ => number,
        };
        Some(self.clamp(value))
    }

    fn choice_name(&self, value: f64) -> &'static str {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the choices")]
        let index = value.round() as usize;
        self.choices.get(index).copied().unwrap_or("?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[ParamDescriptor] = &[
        ParamDescriptor::new(0, "level", "Level", Unit::Decibels, (-90.0, 12.0), 0.0),
        ParamDescriptor::new(1, "cutoff", "Cutoff", Unit::Hertz, (20.0, 20_000.0), 1_000.0),
        ParamDescriptor::new(2, "attack", "Attack", Unit::Seconds, (0.0, 10.0), 0.01),
        ParamDescriptor::new(3, "mix", "Mix", Unit::Percent, (0.0, 1.0), 0.5),
        ParamDescriptor::new(4, "pan", "Pan", Unit::Pan, (-1.0, 1.0), 0.0),
        ParamDescriptor::choice(5, "wave", "Wave", &["Sine", "Saw", "Square"]),
        ParamDescriptor::switch(6, "on", "On", true),
    ];

    #[test]
    fn knob_positions_come_back_as_themselves() {
        for param in ALL.iter().filter(|param| !param.is_stepped()) {
            for step in 0..=20 {
                let norm = f64::from(step) / 20.0;
                let back = param.normalize(param.denormalize(norm));
                assert!((back - norm).abs() < 1e-9, "{}: {norm} came back as {back}", param.key);
            }
        }
    }

    #[test]
    fn text_reads_back_as_the_value_it_shows() {
        for param in ALL {
            for step in 0..=20 {
                let shown = param.text(param.denormalize(f64::from(step) / 20.0));
                let read =
                    param.parse(&shown).unwrap_or_else(|| panic!("{}: cannot read {shown:?}", param.key));
                assert_eq!(param.text(read), shown, "{}", param.key);
            }
        }
    }

    #[test]
    fn nonsense_is_clamped_or_refused() {
        assert_eq!(ALL[0].clamp(f64::NAN), 0.0);
        assert_eq!(ALL[0].clamp(f64::INFINITY), 12.0);
        assert_eq!(ALL[5].parse("Triangle"), None);
        assert_eq!(ALL[0].parse(""), None);
    }
}
