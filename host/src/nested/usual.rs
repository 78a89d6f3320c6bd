//! Layouts of the usual widths, for plugins that have no list of layouts but can be asked what they take.

use super::offers::{Arrangement, BusDirection, BusLayout, BusRequest};
use super::plugin::BusInfo;

/// The channels of the main input and output.
const WIDTHS: [(u32, u32); 5] = [(1, 1), (1, 2), (2, 2), (6, 6), (8, 8)];

/// A layout that a plugin may take, and what it is asked for that.
pub(super) struct Usual {
    pub layout: BusLayout,
    pub wishes: Vec<BusRequest>,
}

/// The layouts to ask a plugin with these buses for. Their ids are the same in every version of it.
pub(super) fn usual(inputs: &[BusInfo], outputs: &[BusInfo]) -> Vec<Usual> {
    let number = |buses: &[BusInfo]| u32::try_from(buses.len()).unwrap_or(u32::MAX);
    let mut found: Vec<Usual> = Vec::new();
    for (input, output) in WIDTHS {
        let main_input = (!inputs.is_empty()).then_some(input);
        let main_output = (!outputs.is_empty()).then_some(output);
        let (Some(name), id) = (name(main_input, main_output), id(main_input, main_output)) else {
            continue;
        };
        if found.iter().any(|known| known.layout.id == id) {
            continue;
        }
        let (inputs, outputs) = (number(inputs), number(outputs));
        let layout = BusLayout { id, name, inputs, outputs, main_input, main_output };
        let mains = [(BusDirection::Input, main_input), (BusDirection::Output, main_output)];
        let wish = |(direction, channels): (BusDirection, Option<u32>)| {
            let channels = channels?;
            Some(BusRequest { direction, index: 0, channels, arrangement: arrangement(channels) })
        };
        found.push(Usual { layout, wishes: mains.into_iter().filter_map(wish).collect() });
    }
    found
}

fn id(input: Option<u32>, output: Option<u32>) -> u32 {
    input.unwrap_or(0) << 8 | output.unwrap_or(0)
}

/// What a person calls so many channels in and out; `None` where there are neither.
fn name(input: Option<u32>, output: Option<u32>) -> Option<String> {
    let word = |channels| match channels {
        1 => "Mono".to_owned(),
        2 => "Stereo".to_owned(),
        // The last is for low frequencies.
        channels => format!("{}.1", channels - 1),
    };
    match (input, output) {
        (Some(input), Some(output)) if input != output => {
            Some(format!("{} to {}", word(input), word(output).to_lowercase()))
        }
        (input, output) => output.or(input).map(word),
    }
}

/// The loudspeakers of a width, numbered as CLAP's `surround.h` does: 5.1, and 7.1 with its last two at the sides.
fn arrangement(channels: u32) -> Arrangement {
    match channels {
        1 => Arrangement::Mono,
        2 => Arrangement::Stereo,
        6 => Arrangement::Surround(vec![0, 1, 2, 3, 4, 5]),
        8 => Arrangement::Surround(vec![0, 1, 2, 3, 4, 5, 9, 10]),
        _ => Arrangement::Unspecified,
    }
}

/// The layouts that a plugin was found to take. It can only be asked while it is inactive, and so is before it first runs.
#[derive(Default)]
pub(super) struct Found(Option<Vec<BusLayout>>);

impl Found {
    /// Whether it is to be asked.
    pub(super) fn is_due(&self) -> bool {
        self.0.is_none()
    }

    /// These of the layouts are what it takes.
    pub(super) fn set(&mut self, taken: impl Iterator<Item = BusLayout>) {
        self.0 = Some(taken.collect());
    }

    /// As far as is known.
    pub(super) fn layouts(&self) -> Vec<BusLayout> {
        self.0.clone().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: usize, outputs: usize) -> Vec<String> {
        let bus = BusInfo { name: String::new(), channels: 2, arrangement: Arrangement::Stereo };
        let (inputs, outputs) = (vec![bus.clone(); inputs], vec![bus; outputs]);
        let all = usual(&inputs, &outputs).into_iter();
        all.map(|usual| format!("{}#{}", usual.layout.name, usual.layout.id)).collect()
    }

    #[test]
    fn the_usual_layouts_fit_the_buses_that_there_are() {
        let effect = ["Mono#257", "Mono to stereo#258", "Stereo#514", "5.1#1542", "7.1#2056"];
        assert_eq!(names(2, 1), effect);
        assert_eq!(names(0, 3), ["Mono#1", "Stereo#2", "5.1#6", "7.1#8"]);
        assert_eq!(names(1, 0), ["Mono#256", "Stereo#512", "5.1#1536", "7.1#2048"]);
        assert!(names(0, 0).is_empty());
    }
}
