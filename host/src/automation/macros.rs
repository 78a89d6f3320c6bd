//! The macros that modulate a node, within a block and from block to block.

/// Where the macros are that modulate the node.
#[derive(Debug, Default)]
pub(super) struct Macros {
    /// By slot; those that were moved.
    pub(super) positions: Vec<(u8, f64)>,
    /// Moves within this block: at which frame of the timeline, which, where to.
    pub(super) moves: Vec<(i64, u8, f64)>,
}

impl Macros {
    /// Moves in one block that are told apart; of more, the last takes the place of the one before.
    pub(super) const MOVES: usize = 64;

    pub(super) fn position(&self, slot: u8, frame: i64) -> Option<f64> {
        let moved = self.moves.iter().rev().find(|&&(at, of, _)| of == slot && at <= frame);
        let before = || self.positions.iter().find(|&&(of, _)| of == slot).map(|&(_, value)| value);
        moved.map(|&(_, _, value)| value).or_else(before)
    }

    /// The block is over.
    pub(super) fn settle(&mut self) {
        for (_, slot, value) in self.moves.drain(..) {
            let known = self.positions.iter().position(|(of, _)| *of == slot);
            match known {
                Some(index) => self.positions[index].1 = value,
                None if self.positions.len() < self.positions.capacity() => {
                    self.positions.push((slot, value))
                }
                None => {}
            }
        }
    }
}
