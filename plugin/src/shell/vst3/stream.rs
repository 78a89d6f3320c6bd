//! Reading a host's stream without moving in it.

use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekSet};
use nice_plug::wrapper::vst3::vst3::Steinberg::{IBStream, IBStreamTrait as _, int32, kResultOk};

const CHUNK: usize = 64 * 1024;

/// What is left in the stream, from where it stands. `None` if it cannot be read or put back.
///
/// # Safety
/// `stream` is null or a live stream.
pub unsafe fn peek(stream: *mut IBStream) -> Option<Vec<u8>> {
    // SAFETY: by the caller's promise; the reference does not outlive this function.
    let stream = unsafe { ComRef::from_raw(stream) }?;
    let mut start = 0;
    // SAFETY: the out pointers are valid for the calls, here and below.
    if unsafe { stream.seek(0, seek(kIBSeekCur), &raw mut start) } != kResultOk {
        return None;
    }
    let mut bytes = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let mut read = 0;
        // Some hosts return a failure at the end of the stream, so the number of bytes is what counts.
        // SAFETY: the chunk has as many bytes as we say.
        unsafe { stream.read(chunk.as_mut_ptr().cast(), chunk_len(), &raw mut read) };
        match usize::try_from(read) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read.min(CHUNK)]),
            _ => break,
        }
    }
    // SAFETY: a null out pointer is allowed.
    let back = unsafe { stream.seek(start, seek(kIBSeekSet), std::ptr::null_mut()) };
    (back == kResultOk).then_some(bytes)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "64 Ki")]
const fn chunk_len() -> int32 {
    CHUNK as int32
}

#[allow(clippy::unnecessary_cast, clippy::cast_possible_wrap, reason = "the type differs between platforms")]
const fn seek(mode: nice_plug::wrapper::vst3::vst3::Steinberg::IBStream_::IStreamSeekMode) -> int32 {
    mode as int32
}
