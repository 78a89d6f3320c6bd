use super::*;
use crate::blobs::Blobs;
use proptest::prelude::*;

/// A quarter second of 440 Hz at half scale on the left and 880 Hz at a quarter on the right; mono has the left.
pub(crate) const STEREO_FLAC: &[u8] = include_bytes!("../../fixtures/media/stereo16.flac");
pub(crate) const MONO_FLAC: &[u8] = include_bytes!("../../fixtures/media/mono24.flac");
pub(crate) const STEREO_OGG: &[u8] = include_bytes!("../../fixtures/media/stereo.ogg");
pub(crate) const STEREO_MP3: &[u8] = include_bytes!("../../fixtures/media/stereo.mp3");

/// A WAV file with any format chunk.
pub(crate) fn wav_bytes(tag: u16, channels: u16, bits: u16, rate_hz: u32, data: &[u8]) -> Vec<u8> {
    let block = channels * (bits / 8);
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + u32::try_from(data.len()).unwrap()).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0");
    wav.extend([tag.to_le_bytes(), channels.to_le_bytes()].concat());
    wav.extend(rate_hz.to_le_bytes());
    wav.extend((rate_hz.wrapping_mul(u32::from(block))).to_le_bytes());
    wav.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
    wav.extend(b"data");
    wav.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    wav.extend(data);
    wav
}

fn samples(decoded: &Decoded) -> Vec<f32> {
    let mut reader = WavReader::new(std::io::Cursor::new(&decoded.wav)).unwrap();
    let info = reader.info();
    assert_eq!(info, decoded.info);
    let mut out = vec![0.0; usize::try_from(info.frames).unwrap() * usize::from(info.channels)];
    assert_eq!(reader.read(&mut out).unwrap() as u64, info.frames);
    out
}

/// The largest difference to the sines that the fixtures were made of.
fn error_to_sines(decoded: &Decoded) -> f64 {
    let channels = usize::from(decoded.info.channels);
    let difference = |(index, sample): (usize, &f32)| {
        let (frequency, level) = if index % channels == 0 { (440.0, 0.5) } else { (880.0, 0.25) };
        let secs = f64::from(u32::try_from(index / channels).unwrap()) / 44_100.0;
        (f64::from(*sample) - level * (std::f64::consts::TAU * frequency * secs).sin()).abs()
    };
    samples(decoded).iter().enumerate().map(difference).fold(0.0, f64::max)
}

#[track_caller]
fn check(file: &[u8], source: MediaFormat, channels: u16, format: SampleFormat, tolerance: f64) {
    let decoded = decode(file, Limits::default()).unwrap();
    assert_eq!(decoded.source, source);
    assert_eq!(decoded.warnings, []);
    assert_eq!(decoded.info, WavInfo { rate_hz: 44_100, channels, frames: 11_025, format });
    let error = error_to_sines(&decoded);
    assert!(error < tolerance, "off by {error}");
    // The canonical form is what other programs read, and decoding it again changes nothing.
    let spec = hound::WavReader::new(decoded.wav.as_slice()).unwrap().spec();
    assert_eq!(
        (spec.channels, spec.sample_rate, spec.bits_per_sample),
        (channels, 44_100, format.bytes() * 8)
    );
    assert_eq!(decode(&decoded.wav, Limits::default()).unwrap().wav, decoded.wav);
}

#[test]
fn every_format_decodes_to_what_was_encoded() {
    check(STEREO_FLAC, MediaFormat::Flac, 2, SampleFormat::Int16, 4e-5);
    check(MONO_FLAC, MediaFormat::Flac, 1, SampleFormat::Int24, 2e-7);
    check(STEREO_OGG, MediaFormat::OggVorbis, 2, SampleFormat::Float32, 0.03);
    check(STEREO_MP3, MediaFormat::Mp3, 2, SampleFormat::Float32, 0.03);
}

#[test]
fn a_flac_behind_an_id3_tag_is_a_flac() {
    let mut file = b"ID3\x04\0\0\0\0\0\x05tags!".to_vec();
    file.extend(STEREO_FLAC);
    check(&file, MediaFormat::Flac, 2, SampleFormat::Int16, 4e-5);
}

#[track_caller]
fn check_wav(tag: u16, bits: u16, data: &[u8], format: SampleFormat, expected: &[f32]) {
    let decoded = decode(&wav_bytes(tag, 1, bits, 48_000, data), Limits::default()).unwrap();
    assert_eq!(decoded.info.format, format);
    assert_eq!(samples(&decoded), expected);
}

#[test]
fn every_wav_encoding_keeps_its_values() {
    check_wav(1, 8, &[0, 128, 192], SampleFormat::Int16, &[-1.0, 0.0, 0.5]);
    check_wav(1, 16, &[0, 0x80, 0, 0x40], SampleFormat::Int16, &[-1.0, 0.5]);
    check_wav(1, 24, &[0, 0, 0x80, 0, 0, 0x40], SampleFormat::Int24, &[-1.0, 0.5]);
    check_wav(1, 32, &[0, 0, 0, 0x80, 0, 0, 0, 0x40], SampleFormat::Float32, &[-1.0, 0.5]);
    check_wav(3, 32, &1.5_f32.to_le_bytes(), SampleFormat::Float32, &[1.5]);
    check_wav(3, 64, &(-0.25_f64).to_le_bytes(), SampleFormat::Float32, &[-0.25]);
}

#[test]
fn an_extensible_header_with_odd_chunks_around_it_is_read() {
    let mut wav = b"RIFF\0\0\0\0WAVEJUNK\x03\0\0\0abc\0fmt \x28\0\0\0\xfe\xff\x01\0".to_vec();
    wav.extend([48_000_u32.to_le_bytes(), 144_000_u32.to_le_bytes()].concat());
    wav.extend(b"\x03\0\x18\0\x16\0\x18\0\0\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    wav.extend(b"LIST\x04\0\0\0INFOdata\x03\0\0\0\0\0\x40\0");
    let decoded = decode(&wav, Limits::default()).unwrap();
    assert_eq!(decoded.info.format, SampleFormat::Int24);
    assert_eq!(samples(&decoded), [0.5]);
}

#[test]
fn a_recording_that_was_never_closed_is_read_to_its_end() {
    let mut wav = wav_bytes(1, 1, 16, 48_000, &[0, 0x40, 0, 0x40]);
    wav[4..8].fill(0);
    wav[40..44].fill(0);
    let decoded = decode(&wav, Limits::default()).unwrap();
    assert_eq!(samples(&decoded), [0.5, 0.5]);
    assert_eq!(decoded.warnings, []);
}

#[track_caller]
fn check_warnings(file: &[u8], expected: &[MediaWarning]) {
    assert_eq!(decode(file, Limits::default()).unwrap().warnings, expected);
}

#[test]
fn losses_are_told() {
    let mut cut = wav_bytes(1, 1, 16, 48_000, &[0; 200]);
    cut.truncate(44 + 50);
    check_warnings(&cut, &[MediaWarning::Truncated { expected_frames: 100, found_frames: 25 }]);
    check_warnings(&wav_bytes(1, 6, 16, 48_000, &[0; 12]), &[MediaWarning::ChannelsDropped { channels: 6 }]);
    let nan = wav_bytes(3, 1, 32, 48_000, &f32::NAN.to_le_bytes());
    check_warnings(&nan, &[MediaWarning::NotFinite { count: 1 }]);
    let cut = decode(&STEREO_FLAC[..STEREO_FLAC.len() / 2], Limits::default()).unwrap();
    assert!(matches!(cut.warnings[..], [MediaWarning::Damaged { .. } | MediaWarning::Truncated { .. }]));
    assert!(cut.info.frames > 0 && cut.info.frames < 11_025);
}

#[track_caller]
fn check_error(file: &[u8], is_expected: fn(&DecodeError) -> bool) {
    let error = decode(file, Limits { max_decoded_bytes: 1 << 20 }).unwrap_err();
    assert!(is_expected(&error), "{error:?}");
}

#[test]
fn bad_files_get_their_named_error() {
    use DecodeError as E;
    check_error(b"", |e| matches!(e, E::Empty));
    check_error(b"hello, this is no audio at all", |e| matches!(e, E::UnknownFormat));
    check_error(b"FORM\0\0\0\0AIFFCOMM", |e| matches!(e, E::Unsupported { what: "AIFF" }));
    check_error(&wav_bytes(1, 9, 16, 48_000, &[0; 36]), |e| matches!(e, E::Channels { found: 9 }));
    check_error(&wav_bytes(1, 0, 16, 48_000, &[0; 36]), |e| matches!(e, E::Channels { found: 0 }));
    check_error(&wav_bytes(1, 1, 16, 0, &[0; 36]), |e| matches!(e, E::SampleRate { found_hz: 0 }));
    check_error(&wav_bytes(1, 1, 16, u32::MAX, &[0; 36]), |e| matches!(e, E::SampleRate { .. }));
    check_error(&wav_bytes(2, 1, 4, 48_000, &[0; 36]), |e| matches!(e, E::Malformed { .. }));
    check_error(&wav_bytes(1, 1, 16, 48_000, &[]), |e| matches!(e, E::NoAudio));
    check_error(&wav_bytes(1, 1, 16, 48_000, &vec![0; 2 << 20]), |e| matches!(e, E::TooLong { .. }));
    check_error(b"RIFF\xff\xff\xff\xffWAVE", |e| matches!(e, E::Malformed { .. }));
    check_error(&STEREO_FLAC[..30], |e| matches!(e, E::Malformed { .. }));
    check_error(&STEREO_OGG[..200], |e| matches!(e, E::Malformed { .. }));
    check_error(b"ID3\x04\0\0\0\0\0\x05tags!", |e| matches!(e, E::NoAudio));
}

/// Makes the checksums of Ogg pages right again. Source: RFC 3533, section 6.
fn seal_ogg_pages(bytes: &mut [u8]) {
    let crc = |page: &[u8]| {
        page.iter().fold(0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
                if crc & 0x8000_0000 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 }
            })
        })
    };
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 27).filter(|head| head.starts_with(b"OggS")) {
        let segments = usize::from(head[26]);
        let Some(table) = bytes.get(at + 27..at + 27 + segments) else { return };
        let end = at + 27 + segments + table.iter().map(|length| usize::from(*length)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..end) else { return };
        page[22..26].fill(0);
        let crc = crc(page).to_le_bytes();
        page[22..26].copy_from_slice(&crc);
        at = end;
    }
}

proptest! {
    /// Whatever is overwritten or cut, decoding ends within its limits and never panics out.
    #[test]
    fn damaged_files_never_panic(
        file in 0..4_usize, at in 0..6_000_usize, junk in prop::collection::vec(any::<u8>(), 1..40), cut in 0..8_000_usize,
    ) {
        let wav = decode(STEREO_FLAC, Limits::default()).unwrap().wav;
        let mut bytes = [STEREO_FLAC, STEREO_OGG, STEREO_MP3, &wav][file].to_vec();
        let at = at % bytes.len();
        let end = (at + junk.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&junk[..end - at]);
        bytes.truncate(cut.max(at));
        let limits = Limits { max_decoded_bytes: 1 << 20 };
        if let Ok(decoded) = decode(&bytes, limits) {
            prop_assert!(decoded.wav.len() <= 1 << 20);
            prop_assert!(decoded.info.frames > 0);
        }
    }

    /// Damage below the checksums of Ogg, which would keep it from the decoder.
    #[test]
    fn damaged_vorbis_never_panics(at in 0..5_600_usize, junk in prop::collection::vec(any::<u8>(), 1..6)) {
        let mut bytes = STEREO_OGG.to_vec();
        let end = (at + junk.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&junk[..end - at]);
        seal_ogg_pages(&mut bytes);
        if let Ok(decoded) = decode(&bytes, Limits { max_decoded_bytes: 1 << 20 }) {
            prop_assert!(decoded.wav.len() <= 1 << 20);
        }
    }

    #[test]
    fn random_bytes_never_panic(head in 0..6_usize, mut bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let magic: &[u8] = [b"".as_slice(), b"fLaC\0\0\0\x22", b"OggS\0\x02", b"\xff\xfb\x90\x64", b"RIFF\0\0\0\0WAVE", b"ID3"][head];
        bytes.splice(0..0, magic.iter().copied());
        let _ = decode(&bytes, Limits { max_decoded_bytes: 1 << 20 });
    }
}

#[test]
fn peaks_hold_the_extremes_of_every_bucket() {
    let blobs = Blobs::new();
    let hash = blobs.put(decode(STEREO_FLAC, Limits::default()).unwrap().wav);
    let peaks = peaks(&blobs, hash).unwrap();
    assert_eq!(peaks.info, info(&blobs, hash).unwrap());
    assert_eq!(peaks.levels[0].channels.len(), 2);
    assert_eq!(peaks.levels[0].channels[0].len(), 11_025_usize.div_ceil(256));
    let whole = peaks.range(0, 0..11_025);
    assert!((whole.max - 0.5).abs() < 1e-3 && (whole.min + 0.5).abs() < 1e-3, "{whole:?}");
    assert!((peaks.range(1, 0..11_025).max - 0.25).abs() < 1e-3);
    assert_eq!(peaks.range(0, 20_000..30_000), Peak::default());
    assert_eq!(peaks.range(7, 0..256), Peak::default());
    assert_eq!(peaks.level_for(1.0).bucket_frames, 256);
    assert_eq!(peaks.level_for(5_000.0).bucket_frames, 4_096);
    let missing = Blobs::hash(b"nothing");
    assert!(matches!(super::peaks(&blobs, missing), Err(PeaksError::Open { .. })));
}
