//! The project that a log is laid over.

use std::io::{self, Read, Write};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::error::HistoryError;
use crate::blobs::Blobs;
use crate::file::{self, MAX_PROJECT_BYTES, Origin};
use crate::project::Project;

/// What tells projects apart by their content.
pub(crate) type Digest = [u8; 32];

/// A project, unpacked when it is first asked for.
#[derive(Debug)]
pub(crate) struct Baseline {
    id: OnceLock<Digest>,
    /// `None` inside: it does not unpack.
    project: OnceLock<Option<Project>>,
    packed: OnceLock<Vec<u8>>,
}

impl Baseline {
    pub(super) fn of(project: Project) -> Self {
        Self { id: OnceLock::new(), project: Some(project).into(), packed: OnceLock::new() }
    }

    /// One from a history. `packed` was checked to be as it was written.
    pub(super) fn from_packed(id: Digest, packed: Vec<u8>) -> Self {
        Self { id: id.into(), project: OnceLock::new(), packed: packed.into() }
    }

    /// What it is known by among peers.
    pub(crate) fn id(&self) -> Digest {
        *self.id.get_or_init(|| self.project().map(digest).unwrap_or_default())
    }

    /// The project. `None` if what came from a file was not a project after all.
    pub(crate) fn project(&self) -> Option<&Project> {
        let unpacked = || self.packed.get().and_then(|packed| unpack(packed).ok());
        self.project.get_or_init(unpacked).as_ref()
    }

    pub(super) fn packed(&self) -> &[u8] {
        let text = || self.project().map(|project| file::to_text(project).0).unwrap_or_default();
        self.packed.get_or_init(|| deflate(text().as_bytes()))
    }
}

fn unpack(packed: &[u8]) -> Result<Project, HistoryError> {
    let text = inflate(packed, MAX_PROJECT_BYTES)?;
    let loaded = file::from_bytes(&text, Blobs::new(), &Origin::State);
    loaded.map(|loaded| loaded.project).map_err(|_| HistoryError::Damaged("the project that it starts from"))
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // PANIC: writing to memory does not fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

pub(super) fn inflate(packed: &[u8], limit: u64) -> Result<Vec<u8>, HistoryError> {
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(packed).take(limit + 1).read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() as u64 <= limit => Ok(bytes),
        _ => Err(HistoryError::Damaged("a packed part")),
    }
}

/// Equal for equal projects, and for no others.
pub(super) fn digest(project: &Project) -> Digest {
    struct Sink(blake3::Hasher);
    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut sink = io::BufWriter::with_capacity(1 << 16, Sink(blake3::Hasher::new()));
    for record in project.records() {
        let parts = (&record.table, &record.id, &record.fields, &record.extra);
        // PANIC: hashing does not fail, and records have a JSON form.
        serde_json::to_writer(&mut sink, &parts).expect("plain data");
    }
    serde_json::to_writer(&mut sink, project.extra()).expect("plain data");
    sink.flush().expect("hashing does not fail");
    *sink.get_ref().0.finalize().as_bytes()
}
