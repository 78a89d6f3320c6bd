//! A history as bytes: a mark, a version, a checksum, and four parts (what it belongs to, the list of commits, the baseline,
//! the log), each after its length.

use std::sync::Arc;

use loro::LoroDoc;
use serde::{Deserialize, Serialize};

use super::baseline::{self, Baseline, Digest};
use super::commit::Commit;
use super::error::HistoryError;
use super::log::{Log, new_doc};
use super::steps::Steps;

const MARK: &[u8; 8] = b"LOOPHIST";
/// 2: lists have containers.
const VERSION: u32 = 2;
/// The longest list of commits that is read, unpacked.
const MAX_COMMITS_BYTES: u64 = 1 << 30;

/// What a history belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    /// The project that it starts from.
    pub(super) baseline: Digest,
    /// The project that it ends at.
    pub(super) project: Digest,
    /// Whether that was settled.
    pub(super) settled: bool,
}

/// A saved history, checked to be as it was written, and not unpacked yet.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) bytes: Vec<u8>,
}

impl Saved {
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, HistoryError> {
        let rest = bytes.strip_prefix(MARK).ok_or(HistoryError::NotAHistory)?;
        let damaged = HistoryError::Damaged("it ends too early");
        let (version, rest) = rest.split_first_chunk().ok_or(damaged.clone())?;
        let version = u32::from_le_bytes(*version);
        if version > VERSION {
            return Err(HistoryError::NewerVersion { found: version, supported: VERSION });
        }
        if version == 0 {
            return Err(HistoryError::NotAHistory);
        }
        let (checksum, rest) = rest.split_first_chunk::<32>().ok_or(damaged)?;
        if blake3::hash(rest).as_bytes() != checksum {
            return Err(HistoryError::Damaged("its checksum is wrong"));
        }
        Ok(Self { bytes })
    }

    pub(super) fn unpack(&self) -> Result<(Head, Log), HistoryError> {
        let mut rest = &self.bytes[MARK.len() + 4 + 32..];
        let mut part = || -> Result<&[u8], HistoryError> {
            let damaged = HistoryError::Damaged("a part is missing");
            let (len, after) = rest.split_first_chunk().ok_or(damaged.clone())?;
            let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|_| damaged.clone())?;
            let (part, after) = after.split_at_checked(len).ok_or(damaged)?;
            rest = after;
            Ok(part)
        };
        let (head, commits, project, log) = (part()?, part()?, part()?, part()?);
        let head: Head = serde_json::from_slice(head).map_err(|_| HistoryError::Damaged("its head"))?;
        let commits = baseline::inflate(commits, MAX_COMMITS_BYTES)?;
        let commits: Vec<Commit> =
            serde_json::from_slice(&commits).map_err(|_| HistoryError::Damaged("the list of commits"))?;
        let doc = LoroDoc::from_snapshot(log).map_err(|_| HistoryError::Damaged("the log"))?;
        let baseline = Arc::new(Baseline::from_packed(head.baseline, project.to_vec()));
        Ok((head, Log::over(baseline, new_doc(doc), Steps::new(commits))))
    }

    pub(super) fn pack(head: &Head, commits: &[Commit], baseline: &Baseline, doc: Vec<u8>) -> Vec<u8> {
        let commits = super::code::to_json(&commits);
        let parts = [
            super::code::to_json(head).into_bytes(),
            baseline::deflate(commits.as_bytes()),
            baseline.packed().to_vec(),
            doc,
        ];
        let mut rest = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
        for part in &parts {
            rest.extend((part.len() as u64).to_le_bytes());
            rest.extend(part);
        }
        let checksum = *blake3::hash(&rest).as_bytes();
        [MARK.as_slice(), &VERSION.to_le_bytes(), &checksum, &rest].concat()
    }
}
