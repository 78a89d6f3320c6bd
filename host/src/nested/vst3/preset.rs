//! `.vstpreset`: the container that VST3 keeps states in, one file format for every host. States of VST3 plugins in
//! projects have this form, too: component and controller are told apart in it, and users can take it elsewhere.
//!
//! Source: VST3 documentation, *Preset Format*. All numbers are little-endian:
//! `"VST3"`, version (4 bytes), class identifier (32 characters), place of the chunk list (8 bytes); the chunks; then
//! `"List"`, their number (4 bytes), and for each its name (4 characters), place and size (8 bytes each).

use std::io::Read as _;
use std::path::Path;

use vst3::Steinberg::TUID;

use super::class_id;

const MAGIC: &[u8; 4] = b"VST3";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 48;
const LIST: &[u8; 4] = b"List";
const COMPONENT: &[u8; 4] = b"Comp";
const CONTROLLER: &[u8; 4] = b"Cont";
/// Ours: values of parameters, each its identifier (4 bytes) and its normalized value (8 bytes). Other hosts pass it over.
const VALUES: &[u8; 4] = b"LhPv";
/// A file is read up to here; a larger one is cut, and so refused.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// More chunks than this are damage.
const MAX_CHUNKS: usize = 128;
/// The bytes of an entry of the list.
const ENTRY_BYTES: usize = 20;
/// The bytes of a value.
const VALUE_BYTES: usize = 12;

/// What a state is made of. Bytes are those of the plugin, untouched.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunks {
    /// The component's; none if it keeps no state.
    pub(super) component: Option<Vec<u8>>,
    /// The controller's own; none if it keeps none.
    pub(super) controller: Option<Vec<u8>>,
    /// Values that are in neither: those of a plugin that keeps no state, or has not heard of them yet.
    pub(super) values: Vec<(u32, f64)>,
}

/// Why bytes are no state of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PresetError {
    /// They are no preset, or cut short.
    #[error("not a VST3 preset, or a damaged one")]
    Damaged,
    /// They are another plugin's.
    #[error("the preset is for another plugin")]
    OtherClass,
}

/// Writes a preset of a plugin.
pub(super) fn write(class: &TUID, chunks: &Chunks) -> Vec<u8> {
    let values: Vec<u8> = chunks
        .values
        .iter()
        .flat_map(|(id, norm)| id.to_le_bytes().into_iter().chain(norm.to_le_bytes()))
        .collect();
    let values = (!values.is_empty()).then_some(values);
    let parts = [(COMPONENT, &chunks.component), (CONTROLLER, &chunks.controller), (VALUES, &values)];
    let parts: Vec<_> = parts.into_iter().filter_map(|(name, bytes)| Some((name, bytes.as_ref()?))).collect();
    let content: usize = parts.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut out = Vec::with_capacity(HEADER_BYTES + content + 8 + 20 * parts.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(class_id::to_text(class).as_bytes());
    out.extend_from_slice(&number(HEADER_BYTES + content));
    for (_, bytes) in &parts {
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(LIST);
    out.extend_from_slice(&u32::try_from(parts.len()).unwrap_or(0).to_le_bytes());
    let mut at = HEADER_BYTES;
    for (name, bytes) in parts {
        out.extend_from_slice(name);
        out.extend_from_slice(&number(at));
        out.extend_from_slice(&number(bytes.len()));
        at += bytes.len();
    }
    out
}

fn number(value: usize) -> [u8; 8] {
    u64::try_from(value).unwrap_or(u64::MAX).to_le_bytes()
}

/// Reads a preset of a plugin.
pub(super) fn read(class: &TUID, bytes: &[u8]) -> Result<Chunks, PresetError> {
    let (id, chunks) = parse(bytes).ok_or(PresetError::Damaged)?;
    if id == *class { Ok(chunks) } else { Err(PresetError::OtherClass) }
}

/// Whether a file begins as a preset of a plugin does.
pub(super) fn is_for(class: &TUID, file: &Path) -> bool {
    let mut head = [0; 40];
    let is_read = std::fs::File::open(file).is_ok_and(|mut file| file.read_exact(&mut head).is_ok());
    is_read && head.starts_with(MAGIC) && head[8..].eq_ignore_ascii_case(class_id::to_text(class).as_bytes())
}

/// Reads a preset file, whole.
pub(super) fn read_file(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// One of the values that [`write`] wrote.
fn value(bytes: &[u8]) -> Option<(u32, f64)> {
    let (id, norm) = bytes.split_at(4);
    let norm = f64::from_le_bytes(norm.try_into().ok()?);
    (0.0..=1.0).contains(&norm).then_some((u32::from_le_bytes(id.try_into().ok()?), norm))
}

fn parse(bytes: &[u8]) -> Option<(TUID, Chunks)> {
    if bytes.get(..4)? != MAGIC {
        return None;
    }
    let class = class_id::parse(std::str::from_utf8(bytes.get(8..40)?).ok()?)?;
    let list = bytes.get(usize::try_from(u64::from_le_bytes(bytes.get(40..48)?.try_into().ok()?)).ok()?..)?;
    if list.get(..4)? != LIST {
        return None;
    }
    let count = u32::from_le_bytes(list.get(4..8)?.try_into().ok()?);
    let count = usize::try_from(count).ok().filter(|count| *count <= MAX_CHUNKS)?;
    let mut chunks = Chunks::default();
    for entry in list.get(8..8 + ENTRY_BYTES * count)?.chunks_exact(ENTRY_BYTES) {
        let (name, numbers) = entry.split_at(4);
        let (at, size) = numbers.split_at(8);
        let at = usize::try_from(u64::from_le_bytes(at.try_into().ok()?)).ok()?;
        let size = usize::try_from(u64::from_le_bytes(size.try_into().ok()?)).ok()?;
        let content = bytes.get(at..at.checked_add(size)?)?;
        if name == COMPONENT {
            chunks.component = Some(content.to_vec());
        } else if name == CONTROLLER {
            chunks.controller = Some(content.to_vec());
        } else if name == VALUES {
            chunks.values = content.chunks_exact(VALUE_BYTES).filter_map(value).collect();
        }
    }
    Some((class, chunks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASS: TUID = [7; 16];

    proptest! {
        #[test]
        fn chunks_survive_byte_for_byte(
            component in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
            controller in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
            values in prop::collection::vec((any::<u32>(), 0.0..=1.0), 0..9),
        ) {
            let chunks = Chunks { component, controller, values };
            let bytes = write(&CLASS, &chunks);
            prop_assert_eq!(read(&CLASS, &bytes), Ok(chunks));
            prop_assert_eq!(read(&[8; 16], &bytes), Err(PresetError::OtherClass));
        }

        #[test]
        fn damage_is_refused_or_read_but_never_a_panic(
            place in 0_usize..150, value in any::<u8>(), cut in 0_usize..150,
        ) {
            let chunks = Chunks { component: Some(vec![1; 30]), controller: Some(vec![2; 9]), values: vec![(1, 0.5)] };
            let mut bytes = write(&CLASS, &chunks);
            let last = bytes.len() - 1;
            bytes[place.min(last)] = value;
            let _ = read(&CLASS, &bytes);
            bytes.truncate(cut.min(last));
            prop_assert_eq!(read(&CLASS, &bytes), Err(PresetError::Damaged));
        }
    }
}
