//! Dropping old commits.

use loro::{Counter, ExportMode, Frontiers, ID, LoroDoc};

use super::log::{Log, new_doc};
use super::steps::Steps;

impl Log {
    /// Drops all but the last commits, at least one of which stays; more stay where peers worked at the same time. What is
    /// in effect stays as it is. The baseline stays too: the log says nothing of what never changed, and peers know each
    /// other by it.
    pub(crate) fn compact(&mut self, keep: usize) {
        let all = self.steps.all();
        let Some(last_dropped) = all.len().checked_sub(keep.max(1) + 1).and_then(|at| all.get(at)) else {
            return;
        };
        let Ok(counter) = Counter::try_from(last_dropped.id.counter) else { return };
        let from = Frontiers::from(ID::new(last_dropped.id.peer, counter));
        // A log that cannot be shortened stays long.
        let Ok(bytes) = self.doc.export(ExportMode::shallow_snapshot(&from)) else { return };
        let Ok(doc) = LoroDoc::from_snapshot(&bytes) else { return };
        let doc = new_doc(doc);
        if doc.set_peer_id(self.doc.peer_id()).is_err() {
            return;
        }
        let start = doc.shallow_since_vv().to_vv();
        let kept = |commit: &super::commit::Commit| {
            start.get(&commit.id.peer).is_none_or(|&start| i64::from(commit.start) >= i64::from(start))
        };
        let commits = std::mem::take(&mut self.steps).into_commits();
        self.steps = Steps::new(commits.into_iter().filter(kept).collect());
        self.doc = doc;
    }
}
