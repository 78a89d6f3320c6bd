//! What the journal writes, and does again after a crash.

use super::Pulse;
use crate::history::record::{TAG_SESSION, TAG_UPDATE};
use crate::history::{Clashes, MergeError, Merged};

impl Pulse {
    /// What was done since the last call, for the journal. A record's first byte tells its kind (see
    /// [`record`](crate::history::record)); each needs those before it, and no more than the project and the history that
    /// were saved. Empty when nothing was done.
    pub fn take_records(&mut self) -> Vec<Vec<u8>> {
        let log = self.history.is_loaded().then(|| &mut self.history.loaded_mut().log);
        let update = log.and_then(|log| log.take_record());
        // A session that was committed ends after its commit, so that nothing is lost between the two.
        let sessions = self.take_session_records().into_iter();
        let sessions = sessions.map(|record| [&[TAG_SESSION], record.as_slice()].concat());
        update.into_iter().chain(sessions).collect()
    }

    /// Does again what a record says. One that is done already changes nothing. What is replayed is in the journal, so it is
    /// not among the records that [`take_records`](Self::take_records) gives.
    ///
    /// # Errors
    /// The record cannot be used; nothing changes.
    pub fn replay(&mut self, record: &[u8]) -> Result<Merged, MergeError> {
        match record.first() {
            Some(&TAG_UPDATE) => {
                let merged = self.take_in(record, Clashes::Ignore)?;
                self.history.loaded_mut().log.mark_recorded();
                Ok(merged)
            }
            Some(&TAG_SESSION) => {
                self.replay_session(&record[1..]).map_err(|_| MergeError::Damaged)?;
                Ok(Merged::default())
            }
            Some(&tag) => Err(MergeError::UnknownKind(tag)),
            None => Err(MergeError::Damaged),
        }
    }
}
