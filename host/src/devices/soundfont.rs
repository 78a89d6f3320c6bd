//! SoundFont player.
use super::ReadContentError;
use super::chassis::{Core, InstrumentCore, VoiceEnds};
use super::smooth::Change;
use crate::event::EventKind;
use crate::processor::{StereoOut, Tail};
use protocol::device::soundfont::PARAMS;
use protocol::{Frames, ParamDescriptor, ParamId, SampleRate};
use rustysynth::SoundFont;
use std::io::Read;
use std::sync::Arc;
pub(crate) fn read(mut from: &mut dyn Read) -> Result<SoundFont, ReadContentError> {
    SoundFont::new(&mut from).map_err(ReadContentError::SoundFont)
}
pub(crate) struct Player;
impl Player {
    pub(crate) fn new(_: Option<Arc<SoundFont>>, _: SampleRate) -> Self {
        Self
    }
}
impl Core for Player {
    const PARAMS: &'static [ParamDescriptor] = PARAMS;
    fn set(&mut self, _: ParamId, _: f64, _: Change) {}
    fn reset(&mut self) {}
    fn tail(&self) -> Tail {
        Tail::Frames(Frames::ZERO)
    }
}
impl InstrumentCore for Player {
    fn event(&mut self, _: EventKind, _: usize, _: &mut VoiceEnds<'_>) {}
    fn sounds(&self) -> bool {
        false
    }
    fn tick(&mut self) {}
    fn render(&mut self, _: StereoOut<'_>, _: &mut VoiceEnds<'_>) {}
}
#[cfg(test)]
pub(crate) mod tests {
    pub(crate) fn content() -> super::super::DeviceContent {
        let f = std::fs::File::open("/usr/share/sounds/sf2/TimGM6mb.sf2").unwrap();
        super::super::DeviceContent::read(protocol::DeviceKind::SoundFont, &mut std::io::BufReader::new(f))
            .unwrap()
    }
}
