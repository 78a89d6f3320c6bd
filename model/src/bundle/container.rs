//! The container of a bundle: header, checksum, one deflate stream.
//!
//! | Bytes | Content |
//! |---|---|
//! | 8 | `LOOPHOLE` |
//! | 4 | container version, little-endian |
//! | 8 | length of the content, little-endian |
//! | 32 | BLAKE3 of the compressed content |
//! | rest | the content, as a raw deflate stream |
//!
//! Content: the project (length in 8 bytes, text), then each blob (hash in 32 bytes, length in 8 bytes, bytes).

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use protocol::BlobHash;

use super::BundleError;

const MAGIC: &[u8; 8] = b"LOOPHOLE";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 52;
/// Content past this is refused before anything is allocated.
const MAX_CONTENT_BYTES: u64 = 8 << 30;
/// Deflate cannot expand further than 1032 to 1, so a greater claim is a lie.
const MAX_EXPANSION: u64 = 1_100;

/// What is in a container.
#[derive(Debug, PartialEq)]
pub(super) struct Content {
    pub project: Vec<u8>,
    pub blobs: Vec<(BlobHash, Arc<[u8]>)>,
}

/// Packs; the same content gives the same bytes.
pub(super) fn pack(content: &Content) -> Vec<u8> {
    let length = |bytes: &[u8]| (bytes.len() as u64).to_le_bytes();
    let blob_bytes: usize = content.blobs.iter().map(|(_, bytes)| 40 + bytes.len()).sum();
    let content_bytes = (8 + content.project.len() + blob_bytes) as u64;
    let mut encoder = DeflateEncoder::new(vec![0; HEADER_BYTES], Compression::fast());
    let mut write = |bytes: &[u8]| {
        // PANIC: a vector takes all that it is given.
        encoder.write_all(bytes).expect("writing to memory does not fail");
    };
    write(&length(&content.project));
    write(&content.project);
    for (hash, bytes) in &content.blobs {
        write(&hash.0);
        write(&length(bytes));
        write(bytes);
    }
    // PANIC: as above.
    let mut packed = encoder.finish().expect("writing to memory does not fail");
    let checksum = *blake3::hash(&packed[HEADER_BYTES..]).as_bytes();
    packed[..8].copy_from_slice(MAGIC);
    packed[8..12].copy_from_slice(&VERSION.to_le_bytes());
    packed[12..20].copy_from_slice(&content_bytes.to_le_bytes());
    packed[20..HEADER_BYTES].copy_from_slice(&checksum);
    packed
}

/// Unpacks. Allocates no more than the content really takes, nor more than [`MAX_EXPANSION`] times the input.
pub(super) fn unpack(packed: &[u8]) -> Result<Content, BundleError> {
    if packed.is_empty() {
        return Err(BundleError::Empty);
    }
    if !packed.starts_with(MAGIC) {
        return Err(BundleError::NotABundle);
    }
    let (header, stream) = packed.split_at_checked(HEADER_BYTES).ok_or(BundleError::CutShort)?;
    let mut fields = Fields { bytes: &header[8..] };
    let version = u32::from_le_bytes(fields.array()?);
    if version != VERSION {
        return Err(BundleError::Version { found: version, supported: VERSION });
    }
    let claimed_bytes = u64::from_le_bytes(fields.array()?);
    let checksum: [u8; 32] = fields.array()?;
    if *blake3::hash(stream).as_bytes() != checksum {
        return Err(BundleError::Checksum);
    }
    if claimed_bytes > MAX_CONTENT_BYTES
        || claimed_bytes > (stream.len() as u64).saturating_mul(MAX_EXPANSION)
    {
        return Err(BundleError::TooLarge { claimed_bytes });
    }
    let mut content = Vec::new();
    let mut decoder = DeflateDecoder::new(stream).take(claimed_bytes + 1);
    decoder.read_to_end(&mut content).map_err(|_| BundleError::Deflate)?;
    if content.len() as u64 != claimed_bytes {
        return Err(BundleError::Length { claimed_bytes });
    }
    let mut fields = Fields { bytes: &content };
    let project = fields.sized()?.to_vec();
    let mut blobs = Vec::new();
    while !fields.bytes.is_empty() {
        let hash = BlobHash(fields.array()?);
        blobs.push((hash, Arc::from(fields.sized()?)));
    }
    Ok(Content { project, blobs })
}

/// Takes fields off the front.
struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let (head, rest) = self.bytes.split_first_chunk().ok_or(BundleError::CutShort)?;
        self.bytes = rest;
        Ok(*head)
    }

    fn sized(&mut self) -> Result<&'a [u8], BundleError> {
        let length = u64::from_le_bytes(self.array()?);
        let length = usize::try_from(length).map_err(|_| BundleError::CutShort)?;
        let (head, rest) = self.bytes.split_at_checked(length).ok_or(BundleError::CutShort)?;
        self.bytes = rest;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(project: &[u8], blobs: &[&[u8]]) -> Content {
        let blobs = blobs.iter().map(|bytes| (BlobHash(*blake3::hash(bytes).as_bytes()), Arc::from(*bytes)));
        Content { project: project.to_vec(), blobs: blobs.collect() }
    }

    /// A container whose checksum is right whatever its stream is.
    fn sealed(claimed_bytes: u64, stream: &[u8]) -> Vec<u8> {
        let mut packed = MAGIC.to_vec();
        packed.extend(VERSION.to_le_bytes());
        packed.extend(claimed_bytes.to_le_bytes());
        packed.extend(blake3::hash(stream).as_bytes());
        packed.extend(stream);
        packed
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked_and_packs_to_the_same_bytes() {
        let content = content(b"{}", &[b"state", b"", &[7; 100_000]]);
        let packed = pack(&content);
        assert!(packed.len() < 2_000);
        assert_eq!(unpack(&packed).unwrap(), content);
        assert_eq!(pack(&unpack(&packed).unwrap()), packed);
    }

    #[test]
    fn hours_of_silence_are_not_taken_for_a_bomb() {
        let content = content(b"{}", &[&vec![0; 64 << 20]]);
        assert_eq!(unpack(&pack(&content)).unwrap(), content);
    }

    #[test]
    fn every_fault_has_its_error() {
        use BundleError as E;
        let good = pack(&content(b"{}", &[b"state"]));
        let check = |packed: &[u8], expected: E| assert_eq!(unpack(packed), Err(expected));
        check(b"", E::Empty);
        check(b"RIFF....", E::NotABundle);
        check(&good[..30], E::CutShort);
        check(&good[..good.len() - 1], E::Checksum);
        let mut newer = good.clone();
        newer[8] = 9;
        check(&newer, E::Version { found: 9, supported: 1 });
        check(&sealed(10, b"\xff\xff\xff\xff"), E::Deflate);
        check(&sealed(10, &deflated(b"short")), E::Length { claimed_bytes: 10 });
        check(&sealed(8, &deflated(&8_u64.to_le_bytes())), E::CutShort);
        check(&sealed(8, &deflated(&u64::MAX.to_le_bytes())), E::CutShort);
        check(&sealed(u64::MAX, &deflated(b"x")), E::TooLarge { claimed_bytes: u64::MAX });
        // A bomb that says how large it is ends at the limit of deflate; one that lies ends at its own word.
        let bomb = deflated(&vec![0; 32 << 20]);
        check(&sealed(64, &bomb), E::Length { claimed_bytes: 64 });
    }

    proptest! {
        #[test]
        fn damaged_containers_never_panic(cut in 0..300_usize, at in 0..300_usize, junk: [u8; 3]) {
            let good = pack(&content(b"{\"format\":\"x\"}", &[b"some state", &[1, 2, 3]]));
            let mut packed = good.clone();
            for (place, byte) in packed.iter_mut().skip(at).zip(junk) {
                *place = byte;
            }
            packed.truncate(cut.max(at + 1));
            prop_assert!(packed == good || unpack(&packed).is_err());
        }

        #[test]
        fn random_streams_never_panic(claimed in 0..4_000_u64, stream in prop::collection::vec(any::<u8>(), 0..200), packs: bool) {
            let stream = if packs { deflated(&stream) } else { stream };
            let _ = unpack(&sealed(claimed, &stream));
            let _ = unpack(&stream);
        }
    }
}
