//! Who did something, and how long ago, as a person takes it in at a glance.

use std::time::{SystemTime, UNIX_EPOCH};

use egui::{Align2, Color32, Painter, Pos2};

use crate::theme::{color, font};

/// What the person at the window is called in the history.
const YOU: [&str; 2] = ["user", "You"];

/// The name to show.
pub(crate) fn name(author: &str) -> &str {
    if YOU.contains(&author) { "You" } else { author }
}

/// An author's colour: always the same.
pub(crate) fn tint(author: &str) -> Color32 {
    if YOU.contains(&author) {
        return color::ACCENT;
    }
    let hash = author.bytes().fold(0usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    color::from_project(color::TRACKS[hash % color::TRACKS.len()])
}

/// A disc with the author's initial.
pub(crate) fn badge(painter: &Painter, center: Pos2, author: &str, opacity: f32) {
    painter.circle_filled(center, 8.5, color::alpha(tint(author), opacity));
    let initial =
        name(author).chars().next().map_or_else(String::new, |first| first.to_uppercase().collect());
    painter.text(center, Align2::CENTER_CENTER, initial, font::caption(), color::TEXT_DARK);
}

/// How long ago a moment is, in milliseconds since the start of 1970; nothing for a moment that is not known.
pub(crate) fn ago(ms: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if ms == 0 { String::new() } else { span(now.saturating_sub(ms / 1_000)) }
}

fn span(secs: u64) -> String {
    match secs {
        0..60 => "just now".into(),
        60..3_600 => format!("{} min", secs / 60),
        3_600..86_400 => format!("{} h", secs / 3_600),
        86_400..172_800 => "1 day".into(),
        _ => format!("{} days", secs / 86_400),
    }
}

/// A moment in full, UTC: `2026-11-21 08:30:05`.
pub(crate) fn moment(ms: u64) -> String {
    let (year, month, day) = date(ms / 86_400_000);
    format!("{year}-{month:02}-{day:02} {} UTC", clock(ms))
}

/// The time of day of a moment, UTC: `08:30:05`.
pub(crate) fn clock(ms: u64) -> String {
    let secs = ms / 1_000;
    format!("{:02}:{:02}:{:02}", secs / 3_600 % 24, secs / 60 % 60, secs % 60)
}

/// Year, month and day of a number of days since the start of 1970.
///
/// Source: Howard Hinnant, *chrono-compatible low-level date algorithms*, `civil_from_days`.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_full() {
        assert_eq!(moment(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(moment(951_827_696_000), "2000-02-29 12:34:56 UTC");
        assert_eq!(moment(1_795_250_405_000), "2026-11-21 08:40:05 UTC");
    }

    #[test]
    fn spans_are_short() {
        assert_eq!(
            [5, 61, 7_300, 90_000, 1_000_000].map(span),
            ["just now", "1 min", "2 h", "1 day", "11 days"]
        );
    }
}
