//! The store as a document sees it.

use std::error::Error;

use super::log::{Log, PackSide, SideState};
use crate::project::Project;
use crate::pulse::{IdSource, Pulse};

impl Log for Pulse {
    fn open(project: Project, side: &SideState) -> (Self, Option<Box<dyn Error + Send + Sync>>) {
        let history = Some(side.history.as_slice()).filter(|history| !history.is_empty());
        let (mut pulse, trouble) = Self::open(project, history, IdSource::random());
        let trouble = trouble.map(Into::into);
        if side.sessions.is_empty() {
            return (pulse, trouble);
        }
        let restored = pulse.restore_sessions(&side.sessions);
        let trouble = trouble.or(restored.err().map(Into::into));
        (pulse, trouble)
    }

    fn project(&self) -> Project {
        Self::project(self)
    }

    fn take_records(&mut self) -> Vec<Vec<u8>> {
        Self::take_records(self)
    }

    fn replay(&mut self, record: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        Self::replay(self, record)?;
        Ok(())
    }

    fn side_state(&mut self) -> PackSide {
        let (history, sessions) = (self.pack_history(), self.sessions().to_bytes());
        Box::new(move || SideState { history: history.pack(), sessions })
    }
}
