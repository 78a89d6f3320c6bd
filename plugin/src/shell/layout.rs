//! The buses that an outer host may choose: its layout, which no project knows of.
//!
//! The main input and the main output have as many channels as the host wants, each for itself; the sidechain and the
//! extra outputs are stereo. nice-plug 0.4.2 takes a fixed list, in which it finds no main bus that is wider than what it
//! puts out, and, in VST3, none that is as wide as the first of the others is not. So every pair is in the list, without
//! main buses, and the bridges to the formats tell the host which buses are the main ones.

use std::num::NonZeroU32;

use host::{Buses, HostBuses};
use nice_plug::prelude::*;

/// Inputs: main and sidechain.
pub const INPUT_BUSES: usize = 2;
/// Outputs: main and eight extra ones.
pub const OUTPUT_BUSES: usize = 9;
/// The most channels that all inputs and all outputs have.
pub const MAX_CHANNELS: usize = 2 * Buses::MAX_CHANNELS + (INPUT_BUSES + OUTPUT_BUSES - 2) * 2;

const COUNT: usize = 21;

/// How many channels a main bus can have: up to 16 any number, and beyond those of 22.2 and of ambisonics.
pub const WIDTHS: [u32; COUNT] = [2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 36, 49, 64];

/// What a host chooses by name: main input and main output.
pub const NAMED: &[(&str, Layout)] = &[
    ("Stereo", Layout::STEREO),
    ("Mono", Layout::of(1, 1)),
    ("Mono to stereo", Layout::of(1, 2)),
    ("Stereo to mono", Layout::of(2, 1)),
    ("LCR", Layout::of(3, 3)),
    ("Quad", Layout::of(4, 4)),
    ("5.0", Layout::of(5, 5)),
    ("5.1", Layout::of(6, 6)),
    ("7.1", Layout::of(8, 8)),
    ("7.1.4", Layout::of(12, 12)),
    ("Stereo to 5.1", Layout::of(2, 6)),
    ("Stereo to 7.1", Layout::of(2, 8)),
    ("5.1 to stereo", Layout::of(6, 2)),
    ("7.1 to stereo", Layout::of(8, 2)),
    ("16 channels", Layout::of(16, 16)),
    ("64 channels", Layout::of(64, 64)),
];

/// What a host chose: channels of the main input and of the main output, as places in [`WIDTHS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    input: usize,
    output: usize,
}

impl Layout {
    /// What we are until somebody chooses.
    pub const STEREO: Self = Self { input: 0, output: 0 };

    const fn of(input: u32, output: u32) -> Self {
        Self { input: place(input), output: place(output) }
    }

    /// So many channels; `None` if we cannot be that wide.
    #[must_use]
    pub fn new(input: u32, output: u32) -> Option<Self> {
        let place = |channels| WIDTHS.iter().position(|width| *width == channels);
        Some(Self { input: place(input)?, output: place(output)? })
    }

    /// The one at a place in [`ALL`]; stereo where there is none.
    #[must_use]
    pub const fn at(index: usize) -> Self {
        if index < ALL.len() { Self { input: index / COUNT, output: index % COUNT } } else { Self::STEREO }
    }

    /// Its place in [`ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.input * COUNT + self.output
    }

    /// The channels of each input.
    #[must_use]
    pub fn inputs(self) -> [usize; INPUT_BUSES] {
        INPUTS[self.input].map(channels)
    }

    /// The channels of each output.
    #[must_use]
    pub fn outputs(self) -> [usize; OUTPUT_BUSES] {
        OUTPUTS[self.output].map(channels)
    }
}

/// Where a width is in [`WIDTHS`], which has it.
const fn place(channels: u32) -> usize {
    let mut place = 0;
    while WIDTHS[place] != channels {
        place += 1;
    }
    place
}

fn channels(count: NonZeroU32) -> usize {
    usize::try_from(count.get()).unwrap_or(usize::MAX)
}

/// The same, as the engine has it.
#[must_use]
pub fn host_buses(layout: &AudioIOLayout) -> HostBuses {
    let buses = |ports: &[NonZeroU32]| Buses::new(ports.iter().map(|&count| channels(count)));
    HostBuses { inputs: buses(layout.aux_input_ports), outputs: buses(layout.aux_output_ports) }
}

static INPUTS: [[NonZeroU32; INPUT_BUSES]; COUNT] = by_width();
static OUTPUTS: [[NonZeroU32; OUTPUT_BUSES]; COUNT] = by_width();

/// For each width of the main bus, the channels of all.
const fn by_width<const BUSES: usize>() -> [[NonZeroU32; BUSES]; COUNT] {
    let mut all = [[new_nonzero_u32(2); BUSES]; COUNT];
    let mut width = 0;
    while width < COUNT {
        all[width][0] = new_nonzero_u32(WIDTHS[width]);
        width += 1;
    }
    all
}

/// Every layout, in the order of [`Layout::index`].
pub static ALL: [AudioIOLayout; COUNT * COUNT] = {
    let mut all = [AudioIOLayout::const_default(); COUNT * COUNT];
    let mut index = 0;
    while index < COUNT * COUNT {
        all[index].aux_input_ports = &INPUTS[index / COUNT];
        all[index].aux_output_ports = &OUTPUTS[index % COUNT];
        all[index].names.aux_inputs = &["Input", "Sidechain"];
        all[index].names.aux_outputs =
            &["Output", "Out 2", "Out 3", "Out 4", "Out 5", "Out 6", "Out 7", "Out 8", "Out 9"];
        index += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_widths_is_where_it_says_and_stereo_is_first() {
        assert_eq!(Layout::STEREO.index(), 0);
        for input in WIDTHS {
            for output in WIDTHS {
                let layout = Layout::new(input, output).expect("we are that wide");
                assert_eq!(Layout::at(layout.index()), layout);
                let buses = host_buses(&ALL[layout.index()]);
                assert_eq!(buses.inputs, Buses::new(layout.inputs()));
                assert_eq!(buses.outputs, Buses::new(layout.outputs()));
                let main = (buses.inputs.channels(0), buses.outputs.channels(0));
                assert_eq!(main, (input as usize, output as usize));
                assert!(
                    buses.inputs.iter().sum::<usize>() + buses.outputs.iter().sum::<usize>() <= MAX_CHANNELS
                );
            }
        }
        assert_eq!(Layout::new(17, 2), None);
    }
}
