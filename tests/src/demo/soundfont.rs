//! A small SoundFont writer: enough of SF2 2.01 for presets of single-layer samples.
//!
//! Source: the SoundFont Technical Specification 2.01, sections 4 to 7.

/// A sample and the keys that play it.
pub struct Zone {
    /// Name, at most 19 bytes are kept.
    pub name: &'static str,
    /// Frames.
    pub sample: Vec<i16>,
    /// The key at which the sample sounds at its own pitch.
    pub root: u8,
    /// Lowest and highest key.
    pub keys: (u8, u8),
    /// Time of the release, in timecents (1200 log2 seconds).
    pub release_timecents: i16,
    /// Stereo position in tenths of a per cent, -500..=500.
    pub pan: i16,
    /// Keys are played at the same pitch (percussion).
    pub fixed_pitch: Pitch,
}

/// How the key changes the pitch of a zone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pitch {
    /// A semitone a key.
    Scaled,
    /// Not at all.
    Fixed,
}

/// A preset with one instrument.
pub struct Preset {
    /// Name, at most 19 bytes are kept.
    pub name: &'static str,
    /// MIDI bank.
    pub bank: u16,
    /// MIDI program.
    pub program: u16,
    /// Samples over the keyboard.
    pub zones: Vec<Zone>,
}

const GEN_PAN: u16 = 17;
const GEN_RELEASE: u16 = 38;
const GEN_INSTRUMENT: u16 = 41;
const GEN_KEY_RANGE: u16 = 43;
const GEN_SAMPLE: u16 = 53;
const GEN_SCALE_TUNING: u16 = 56;
const GEN_ROOT_KEY: u16 = 58;
/// Silence that the format demands after each sample, in frames.
const GUARD: usize = 46;

/// The bytes of an SF2 file with these presets, at `rate` frames a second.
pub fn write(name: &str, rate: u32, presets: &[Preset]) -> Vec<u8> {
    let mut samples = Vec::new();
    let mut tables = Tables::default();
    for preset in presets {
        tables.preset(preset, rate, &mut samples);
    }
    tables.finish();
    let info = [chunk(b"ifil", &[2, 0, 1, 0]), chunk(b"isng", b"EMU8000\0"), chunk(b"INAM", &padded(name))];
    let data: Vec<u8> = samples.iter().flat_map(|sample: &i16| sample.to_le_bytes()).collect();
    let body =
        [list(b"INFO", &info), list(b"sdta", &[chunk(b"smpl", &data)]), list(b"pdta", &tables.chunks())];
    let mut riff = b"sfbk".to_vec();
    riff.extend(body.concat());
    chunk(b"RIFF", &riff)
}

#[derive(Default)]
struct Tables {
    presets: Vec<u8>,
    preset_bags: Vec<u8>,
    preset_generators: Vec<u8>,
    instruments: Vec<u8>,
    instrument_bags: Vec<u8>,
    instrument_generators: Vec<u8>,
    headers: Vec<u8>,
}

impl Tables {
    fn preset(&mut self, preset: &Preset, rate: u32, samples: &mut Vec<i16>) {
        let instrument = count(&self.instruments, 22);
        self.presets.extend(fixed_name(preset.name));
        push(&mut self.presets, &[preset.program, preset.bank, count(&self.preset_bags, 4)]);
        self.presets.extend([0; 12]);
        push(&mut self.preset_bags, &[count(&self.preset_generators, 4), 0]);
        push(&mut self.preset_generators, &[GEN_INSTRUMENT, instrument]);

        self.instruments.extend(fixed_name(preset.name));
        push(&mut self.instruments, &[count(&self.instrument_bags, 4)]);
        for zone in &preset.zones {
            self.zone(zone, rate, samples);
        }
    }

    fn zone(&mut self, zone: &Zone, rate: u32, samples: &mut Vec<i16>) {
        push(&mut self.instrument_bags, &[count(&self.instrument_generators, 4), 0]);
        let keys = u16::from_le_bytes([zone.keys.0, zone.keys.1]);
        let tuning = if zone.fixed_pitch == Pitch::Fixed { 0 } else { 100 };
        let generators = [
            [GEN_KEY_RANGE, keys],
            [GEN_PAN, zone.pan.cast_unsigned()],
            [GEN_RELEASE, zone.release_timecents.cast_unsigned()],
            [GEN_SCALE_TUNING, tuning],
            [GEN_ROOT_KEY, u16::from(zone.root)],
            [GEN_SAMPLE, count(&self.headers, 46)],
        ];
        push(&mut self.instrument_generators, generators.as_flattened());

        let start = index(samples.len());
        samples.extend(&zone.sample);
        let end = index(samples.len());
        samples.extend([0; GUARD]);
        self.headers.extend(fixed_name(zone.name));
        for number in [start, end, start, end, rate] {
            self.headers.extend(number.to_le_bytes());
        }
        self.headers.extend([zone.root, 0]);
        push(&mut self.headers, &[0, 1]);
    }

    /// The terminal records that every table ends with.
    fn finish(&mut self) {
        self.presets.extend(fixed_name("EOP"));
        push(&mut self.presets, &[0, 0, count(&self.preset_bags, 4)]);
        self.presets.extend([0; 12]);
        push(&mut self.preset_bags, &[count(&self.preset_generators, 4), 0]);
        self.preset_generators.extend([0; 4]);
        self.instruments.extend(fixed_name("EOI"));
        push(&mut self.instruments, &[count(&self.instrument_bags, 4)]);
        push(&mut self.instrument_bags, &[count(&self.instrument_generators, 4), 0]);
        self.instrument_generators.extend([0; 4]);
        self.headers.extend(fixed_name("EOS"));
        self.headers.extend([0; 26]);
    }

    fn chunks(&self) -> [Vec<u8>; 9] {
        [
            chunk(b"phdr", &self.presets),
            chunk(b"pbag", &self.preset_bags),
            chunk(b"pmod", &[0; 10]),
            chunk(b"pgen", &self.preset_generators),
            chunk(b"inst", &self.instruments),
            chunk(b"ibag", &self.instrument_bags),
            chunk(b"imod", &[0; 10]),
            chunk(b"igen", &self.instrument_generators),
            chunk(b"shdr", &self.headers),
        ]
    }
}

fn chunk(id: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = id.to_vec();
    chunk.extend(index(data.len()).to_le_bytes());
    chunk.extend(data);
    if data.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

fn list(id: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut body = id.to_vec();
    body.extend(chunks.concat());
    chunk(b"LIST", &body)
}

fn padded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn fixed_name(name: &str) -> [u8; 20] {
    let mut bytes = [0; 20];
    for (to, from) in bytes[..19].iter_mut().zip(name.bytes()) {
        *to = from;
    }
    bytes
}

fn push(table: &mut Vec<u8>, words: &[u16]) {
    table.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

fn count(table: &[u8], record: usize) -> u16 {
    u16::try_from(table.len() / record).expect("PANIC: the demo's SoundFont has a handful of records")
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("PANIC: the demo's SoundFont is a few megabytes")
}
