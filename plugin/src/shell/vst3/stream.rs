//! Reading and writing a host's stream, which need not take or give all at once, nor know where it is.

use std::ffi::c_void;

use nice_plug::wrapper::vst3::vst3::Steinberg::{
    IBStream, IBStreamTrait, int32, int64, kNotImplemented, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComRef, ComWrapper};
use std::cell::RefCell;

const CHUNK: usize = 64 * 1024;

/// What is left in the stream, from where it stands. `None` if there is none.
///
/// # Safety
/// `stream` is null or a live stream.
pub unsafe fn read(stream: *mut IBStream) -> Option<Vec<u8>> {
    // SAFETY: by the caller's promise; the reference does not outlive this function.
    let stream = unsafe { ComRef::from_raw(stream) }?;
    let mut bytes = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let mut read = 0;
        // Some hosts return a failure at the end of the stream, so the number of bytes is what counts.
        // SAFETY: the chunk has as many bytes as we say, and the out pointer is valid for the call.
        unsafe { stream.read(chunk.as_mut_ptr().cast(), chunk_len(), &raw mut read) };
        match usize::try_from(read) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read.min(CHUNK)]),
            _ => return Some(bytes),
        }
    }
}

/// Writes everything; whether the stream took it.
///
/// # Safety
/// `stream` is null or a live stream.
pub unsafe fn write(stream: *mut IBStream, bytes: &[u8]) -> bool {
    // SAFETY: by the caller's promise; the reference does not outlive this function.
    let Some(stream) = (unsafe { ComRef::from_raw(stream) }) else { return false };
    let mut rest = bytes;
    while !rest.is_empty() {
        let count = rest.len().min(CHUNK);
        // Some hosts do not say how much they took when they took all.
        let Ok(length) = int32::try_from(count) else { return false };
        let mut written = length;
        // SAFETY: there are as many bytes as we say, which a stream only reads, and the out pointer is valid for the call.
        let result = unsafe { stream.write(rest.as_ptr().cast_mut().cast(), length, &raw mut written) };
        match usize::try_from(written) {
            Ok(written) if result == kResultOk && (1..=count).contains(&written) => rest = &rest[written..],
            _ => return false,
        }
    }
    true
}

/// A stream that keeps what it gets.
#[derive(Default)]
pub struct Kept(RefCell<Vec<u8>>);

impl Class for Kept {
    type Interfaces = (IBStream,);
}

impl Kept {
    /// What `save` writes, if it says that it has.
    pub fn from(save: impl FnOnce(*mut IBStream) -> tresult) -> Option<Vec<u8>> {
        let kept = ComWrapper::new(Self::default());
        let stream = kept.as_com_ref::<IBStream>()?.as_ptr();
        (save(stream) == kResultOk).then(|| kept.0.take())
    }
}

#[allow(non_snake_case, reason = "the names of VST3")]
impl IBStreamTrait for Kept {
    unsafe fn read(&self, _: *mut c_void, _: int32, _: *mut int32) -> tresult {
        kNotImplemented
    }

    unsafe fn write(&self, from: *mut c_void, count: int32, written: *mut int32) -> tresult {
        let length = usize::try_from(count).unwrap_or(0);
        // SAFETY: nice-plug has as many bytes as it says, and `written` is null or valid.
        unsafe {
            self.0.borrow_mut().extend_from_slice(std::slice::from_raw_parts(from.cast::<u8>(), length));
            if let Some(written) = written.as_mut() {
                *written = count;
            }
        }
        kResultOk
    }

    unsafe fn seek(&self, _: int64, _: int32, _: *mut int64) -> tresult {
        kNotImplemented
    }

    unsafe fn tell(&self, _: *mut int64) -> tresult {
        kNotImplemented
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "64 Ki")]
const fn chunk_len() -> int32 {
    CHUNK as int32
}
