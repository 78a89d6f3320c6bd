//! Audio media: WAV blobs, read off the audio thread. Short ones are kept in memory, long ones are streamed.

mod sinc;
mod stream;
mod wav;

pub(crate) use sinc::Sinc;
pub(crate) use stream::{MediaThread, Pages};

use std::collections::HashMap;
use std::io::{self, Read, Seek};
use std::sync::{Arc, Weak};

use protocol::{BlobHash, SampleRate};

use self::wav::WavFile;
use crate::math::len_f64;

/// Where blobs come from. Called on the control thread and on the media thread, never on the audio thread.
pub trait BlobSource: Send + Sync {
    /// Opens a blob for reading.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] for an unknown hash; whatever the storage says.
    fn open(&self, hash: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>>;
}

/// What can be read from any place.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// Why media cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The blob cannot be opened or read.
    #[error("media {hash} cannot be read")]
    Unreadable {
        /// Which.
        hash: BlobHash,
        /// Why.
        source: io::Error,
    },
    /// The blob is not a WAV file of a kind that is played.
    #[error("media {hash} is not a WAV file that can be played")]
    NotWav {
        /// Which.
        hash: BlobHash,
        /// Why.
        source: hound::Error,
    },
    /// The file says things about itself that cannot be.
    #[error("media {hash} has {channels} channels at {rate} Hz")]
    Absurd {
        /// Which.
        hash: BlobHash,
        /// Channels.
        channels: u16,
        /// Frames per second.
        rate: u32,
    },
}

/// One piece of media.
pub(crate) struct Media {
    pub hash: BlobHash,
    pub rate: SampleRate,
    /// Length in frames.
    pub frames: i64,
    pub content: Content,
    source: Arc<dyn BlobSource>,
}

/// Where the samples are.
pub(crate) enum Content {
    /// Left and right, all of it.
    Memory([Box<[f32]>; 2]),
    /// On disk.
    Streamed,
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Media")
            .field("hash", &self.hash)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl Media {
    fn open(&self) -> Result<WavFile, MediaError> {
        WavFile::open(&*self.source, &self.hash)
    }

    pub fn is_streamed(&self) -> bool {
        matches!(self.content, Content::Streamed)
    }
}

/// Media up to this long are kept in memory unless told otherwise, in seconds.
pub const MEMORY_SECS: f64 = 30.0;

/// All media in use, each loaded once; and the tables to resample them with.
pub(crate) struct MediaLibrary {
    source: Arc<dyn BlobSource>,
    media: HashMap<BlobHash, Weak<Media>>,
    tables: HashMap<u64, Weak<Sinc>>,
    memory_secs: f64,
}

impl MediaLibrary {
    pub fn new(source: Arc<dyn BlobSource>, memory_secs: f64) -> Self {
        Self { source, media: HashMap::new(), tables: HashMap::new(), memory_secs }
    }

    pub fn source(&self) -> &Arc<dyn BlobSource> {
        &self.source
    }

    /// Loads media, or finds it loaded. Takes as long as reading it takes, when it is short.
    pub fn get(&mut self, hash: &BlobHash) -> Result<Arc<Media>, MediaError> {
        if let Some(media) = self.media.get(hash).and_then(Weak::upgrade) {
            return Ok(media);
        }
        let mut file = WavFile::open(&*self.source, hash)?;
        let secs = len_f64(crate::math::span(file.frames())) / file.rate().0;
        let content =
            if secs > self.memory_secs { Content::Streamed } else { Content::Memory(file.read_all()?) };
        let media = Arc::new(Media {
            hash: *hash,
            rate: file.rate(),
            frames: file.frames(),
            content,
            source: self.source.clone(),
        });
        self.media.retain(|_, media| media.strong_count() > 0);
        self.media.insert(*hash, Arc::downgrade(&media));
        Ok(media)
    }

    /// The table for media of one rate played at another.
    pub fn table(&mut self, media: SampleRate, engine: SampleRate) -> Arc<Sinc> {
        let ratio = media.0 / engine.0;
        if let Some(table) = self.tables.get(&ratio.to_bits()).and_then(Weak::upgrade) {
            return table;
        }
        let table = Arc::new(Sinc::new(ratio));
        self.tables.insert(ratio.to_bits(), Arc::downgrade(&table));
        table
    }
}
