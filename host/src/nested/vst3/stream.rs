//! `IBStream`: bytes in memory that a plugin writes its state to, or reads it from.
#![expect(unsafe_code, reason = "a plugin reads and writes through raw pointers")]

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use vst3::Steinberg::IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekEnd, kIBSeekSet};
use vst3::Steinberg::Vst::{IAttributeList, IStreamAttributes, IStreamAttributesTrait, String128};
use vst3::Steinberg::{
    IBStream, IBStreamTrait, int32, int64, kInvalidArgument, kNotImplemented, kResultFalse, kResultOk,
    tresult,
};
use vst3::{Class, ComWrapper};

use super::attributes::Attributes;
use super::ints::int;
use crate::nested::offers::StatePurpose;

/// A state larger than this is a mistake of the plugin.
const MAX_BYTES: usize = 1 << 30;

/// Bytes and a place in them. Any thread.
pub(super) struct Stream {
    contents: Mutex<Contents>,
    attributes: ComWrapper<Attributes>,
}

#[derive(Default)]
struct Contents {
    bytes: Vec<u8>,
    at: usize,
}

impl Class for Stream {
    type Interfaces = (IBStream, IStreamAttributes);
}

impl Stream {
    /// At the start of these bytes. Plugins may store less in presets than in projects. Source: VST3 `ivstattributes.h`.
    pub(super) fn new(bytes: Vec<u8>, purpose: StatePurpose) -> ComWrapper<Self> {
        let attributes = ComWrapper::new(Attributes::default());
        if purpose != StatePurpose::Preset {
            attributes.set_text(c"StateType", "Project");
        }
        ComWrapper::new(Self { contents: Mutex::new(Contents { bytes, at: 0 }), attributes })
    }

    /// What is in it now; nothing is left.
    pub(super) fn take(&self) -> Vec<u8> {
        self.with(|contents| std::mem::take(contents).bytes)
    }

    fn with<R>(&self, action: impl FnOnce(&mut Contents) -> R) -> R {
        action(&mut self.contents.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A stream as functions take it.
pub(super) fn pointer(stream: &ComWrapper<Stream>) -> *mut IBStream {
    stream.as_com_ref().map_or(std::ptr::null_mut(), |stream| stream.as_ptr())
}

/// Writes through a pointer that may be null.
///
/// # Safety
/// `place` is null or can be written.
unsafe fn tell<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: by the caller's promise.
        unsafe { place.write(value) };
    }
}

// SAFETY of the pointers below: a buffer has as many bytes as is said with it, and the others are null or can be written,
// as VST3 `ibstream.h` demands of the caller.
impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, wanted: int32, read: *mut int32) -> tresult {
        let Ok(count) = usize::try_from(wanted) else { return kInvalidArgument };
        if buffer.is_null() && count > 0 {
            return kInvalidArgument;
        }
        self.with(|contents| {
            let left = contents.bytes.get(contents.at..).unwrap_or(&[]);
            let given = left.len().min(count);
            if given > 0 {
                // SAFETY: see above; the stream's own bytes are elsewhere.
                unsafe { buffer.cast::<u8>().copy_from_nonoverlapping(left.as_ptr(), given) };
            }
            contents.at += given;
            // SAFETY: see above.
            unsafe { tell(read, int32::try_from(given).unwrap_or(wanted)) };
        });
        // The end of the stream is no failure; the count says it.
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, given: int32, written: *mut int32) -> tresult {
        let Ok(count) = usize::try_from(given) else { return kInvalidArgument };
        if buffer.is_null() && count > 0 {
            return kInvalidArgument;
        }
        let bytes = if count == 0 {
            &[]
        } else {
            // SAFETY: see above.
            unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), count) }
        };
        let done = self.with(|contents| {
            let end = contents.at.saturating_add(count);
            if end > MAX_BYTES {
                return false;
            }
            if contents.bytes.len() < end {
                contents.bytes.resize(end, 0);
            }
            contents.bytes[contents.at..end].copy_from_slice(bytes);
            contents.at = end;
            true
        });
        // SAFETY: see above.
        unsafe { tell(written, if done { given } else { 0 }) };
        if done { kResultOk } else { kResultFalse }
    }

    unsafe fn seek(&self, offset: int64, mode: int32, result: *mut int64) -> tresult {
        let moved = self.with(|contents| {
            let position = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
            let base = if mode == int(kIBSeekSet) {
                0
            } else if mode == int(kIBSeekCur) {
                position(contents.at)
            } else if mode == int(kIBSeekEnd) {
                position(contents.bytes.len())
            } else {
                return None;
            };
            let at = usize::try_from(base.checked_add(offset)?).ok().filter(|at| *at <= MAX_BYTES)?;
            contents.at = at;
            Some(position(at))
        });
        let Some(at) = moved else { return kInvalidArgument };
        // SAFETY: see above.
        unsafe { tell(result, at) };
        kResultOk
    }

    unsafe fn tell(&self, position: *mut int64) -> tresult {
        if position.is_null() {
            return kInvalidArgument;
        }
        let at = self.with(|contents| i64::try_from(contents.at).unwrap_or(i64::MAX));
        // SAFETY: see above.
        unsafe { tell(position, at) };
        kResultOk
    }
}

impl IStreamAttributesTrait for Stream {
    /// A state in a project has no file.
    unsafe fn getFileName(&self, _name: *mut String128) -> tresult {
        kNotImplemented
    }

    /// Borrowed: the caller releases nothing.
    unsafe fn getAttributes(&self) -> *mut IAttributeList {
        self.attributes.as_com_ref().map_or(std::ptr::null_mut(), |list| list.as_ptr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_seeking_stays_within_reason() {
        let stream = Stream::new(Vec::new(), StatePurpose::Project);
        let (mut count, mut at, mut read) = (0, 0, [0_u8; 8]);
        // SAFETY: every pointer is to a local of the size given.
        unsafe {
            let written = stream.write([1_u8, 2, 3].as_mut_ptr().cast(), 3, &raw mut count);
            assert_eq!((written, count), (kResultOk, 3));
            assert_eq!(stream.seek(-2, int(kIBSeekEnd), &raw mut at), kResultOk);
            assert_eq!(at, 1);
            assert_eq!(stream.seek(-1, int(kIBSeekSet), &raw mut at), kInvalidArgument);
            assert_eq!(stream.seek(i64::MAX, int(kIBSeekCur), &raw mut at), kInvalidArgument);
            assert_eq!(stream.read(read.as_mut_ptr().cast(), 8, &raw mut count), kResultOk);
            assert_eq!((count, &read[..2]), (2, &[2, 3][..]));
            assert_eq!(stream.read(read.as_mut_ptr().cast(), -1, &raw mut count), kInvalidArgument);
            assert_eq!(stream.seek(1 << 20, int(kIBSeekSet), std::ptr::null_mut()), kResultOk);
            assert_eq!(stream.read(read.as_mut_ptr().cast(), 8, &raw mut count), kResultOk);
            assert_eq!(count, 0, "past the end there is nothing");
        }
        assert_eq!(stream.take(), [1, 2, 3]);
    }
}
