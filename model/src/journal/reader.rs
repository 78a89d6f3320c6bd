//! Reading a journal that may end anywhere.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use protocol::BlobHash;

use super::JournalError;
use super::frame::{self, HEADER_BYTES, Header, MAX_BODY_BYTES, PREFIX_BYTES};

/// What a journal consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// Something that was done.
    Record(&'a [u8]),
    /// A text holds everything before, but for the last records.
    Mark {
        /// Its hash.
        text: BlobHash,
        /// How many records it does not hold.
        but: u64,
    },
}

/// What was found in a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records.
    pub records: u64,
    /// How much of the file is sound, from its start, in bytes.
    pub sound_bytes: u64,
    /// How much comes after that and cannot be used, in bytes: what was being written when the process or the machine
    /// died, or damage.
    pub lost_bytes: u64,
}

/// Reads a journal, entry by entry, until `visit` breaks off. Never holds more than one entry in memory.
///
/// # Errors
/// The file is not there, cannot be read, or is from a later version. Damage is none: what comes before it is given.
pub fn read(path: &Path, visit: impl FnMut(Entry<'_>) -> ControlFlow<()>) -> Result<Summary, JournalError> {
    let failed = |source| JournalError::from_io(path, source);
    // Opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(JournalError::NotAFile { path: path.to_owned() });
    }
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    match read_from(BufReader::new(file), length, visit).map_err(failed)? {
        Ok(summary) => Ok(summary),
        Err(found) => {
            Err(JournalError::NewerVersion { path: path.to_owned(), found, supported: frame::VERSION })
        }
    }
}

/// Reads a journal of `length` bytes from anywhere. The inner error is the version of a journal that is too new.
///
/// # Errors
/// What reading says.
pub fn read_from(
    mut input: impl Read,
    length: u64,
    mut visit: impl FnMut(Entry<'_>) -> ControlFlow<()>,
) -> io::Result<Result<Summary, u32>> {
    let mut summary = Summary { lost_bytes: length, ..Summary::default() };
    let mut header = [0; HEADER_BYTES];
    if !fill(&mut input, &mut header)? {
        return Ok(Ok(summary));
    }
    match frame::read_header(&header) {
        Header::Sound => {}
        Header::Newer(version) => return Ok(Err(version)),
        Header::Damaged => return Ok(Ok(summary)),
    }
    let mut sound = HEADER_BYTES as u64;
    let mut body = Vec::new();
    loop {
        summary.sound_bytes = sound;
        summary.lost_bytes = length.saturating_sub(sound);
        let mut prefix = [0; PREFIX_BYTES];
        if !fill(&mut input, &mut prefix)? {
            return Ok(Ok(summary));
        }
        let (body_bytes, checksum) = frame::read_prefix(prefix);
        let left = summary.lost_bytes.saturating_sub(PREFIX_BYTES as u64);
        if body_bytes > MAX_BODY_BYTES || body_bytes as u64 > left {
            return Ok(Ok(summary));
        }
        body.clear();
        if input.by_ref().take(body_bytes as u64).read_to_end(&mut body)? < body_bytes {
            return Ok(Ok(summary));
        }
        let Some(entry) = frame::decode(&body, checksum) else { return Ok(Ok(summary)) };
        if visit(entry).is_break() {
            return Ok(Ok(summary));
        }
        summary.records += u64::from(matches!(entry, Entry::Record(_)));
        sound += (PREFIX_BYTES + body_bytes) as u64;
    }
}

/// Fills a buffer; `false` if the input ends before.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
