//! Waveforms of audio blobs, worked out once, off every thread that matters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use editor::PeaksSource;
use model::Blobs;
use model::media::Peaks;
use protocol::BlobHash;

/// A cache of waveforms. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub struct PeaksCache(Arc<Mutex<BTreeMap<BlobHash, Entry>>>);

enum Entry {
    /// A worker is at it, or it cannot be had.
    Pending,
    Ready(Arc<Peaks>),
}

impl PeaksCache {
    fn get(&self, media: BlobHash) -> Option<Option<Arc<Peaks>>> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&media)? {
            Entry::Pending => Some(None),
            Entry::Ready(peaks) => Some(Some(Arc::clone(peaks))),
        }
    }

    fn put(&self, media: BlobHash, entry: Entry) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(media, entry);
    }
}

/// The cache together with where the audio is: what the editor asks.
pub struct PeaksOf<'a> {
    /// Waveforms so far.
    pub cache: &'a PeaksCache,
    /// Where the audio is.
    pub blobs: &'a Blobs,
}

impl PeaksSource for PeaksOf<'_> {
    fn peaks(&self, media: BlobHash) -> Option<Arc<Peaks>> {
        if let Some(known) = self.cache.get(media) {
            return known;
        }
        self.cache.put(media, Entry::Pending);
        let (cache, blobs) = (self.cache.clone(), self.blobs.clone());
        let worker = std::thread::Builder::new().name("loophole-peaks".into()).spawn(move || {
            if let Ok(peaks) = model::media::peaks(&blobs, media) {
                cache.put(media, Entry::Ready(Arc::new(peaks)));
            }
        });
        // Without a thread there is no picture, and nothing else is missing.
        drop(worker);
        None
    }
}
