//! Automation lanes.

use protocol::{EntityId, Point, Row};

use super::view;

view!(
    /// Automation of one parameter.
    Lane, LaneId, "lanes"
);

impl<'a> Lane<'a> {
    /// Whose parameter: a track, a device or a send.
    #[must_use]
    pub fn owner(&self) -> EntityId {
        self.entity.reference("owner").unwrap_or(EntityId(0))
    }

    /// Which parameter, by key.
    #[must_use]
    pub fn param(&self) -> &'a str {
        self.entity.text("param")
    }

    /// Its points by key of the row, in no particular order of time.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Point)> + use<'a> {
        self.entity.rows("points").into_iter().flatten().filter_map(|(&key, row)| match row {
            Row::Point(point) => Some((key, *point)),
            Row::Note(_) | Row::Event(_) => None,
        })
    }

    /// Its points by position.
    #[must_use]
    pub fn points(&self) -> Vec<(u64, Point)> {
        let mut points: Vec<(u64, Point)> = self.rows().collect();
        points.sort_by_key(|(key, point)| (point.at, *key));
        points
    }

    /// A key that none of its points has.
    #[must_use]
    pub fn free_key(&self) -> u64 {
        self.entity.rows("points").and_then(|rows| rows.last()).map_or(1, |(key, _)| key + 1)
    }

    /// Played.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.entity.bool("enabled")
    }
}
