//! The layouts of a plugin's buses. VST3 has no list of them: what a component takes is what it was seen to take.

use super::Vst3Plugin;
use crate::nested::error::LayoutError;
use crate::nested::requests::Request;
use crate::nested::usual::usual;
use crate::nested::vst3::buses::Layout;

impl Vst3Plugin {
    /// Tries the usual arrangements, unless that is known, and puts back what was there. Main thread, inactive.
    pub(super) fn find_layouts(&mut self) {
        if !self.layouts.is_due() || !self.reclaim() {
            return;
        }
        let (before, processor) = (self.layout.arrangements(&self.parts.processor), &self.parts.processor);
        let all = usual(&self.layout.audio_in, &self.layout.audio_out).into_iter();
        let taken = all.filter(|usual| self.layout.request(processor, &usual.wishes).is_ok());
        let taken: Vec<_> = taken.map(|usual| usual.layout).collect();
        self.layouts.set(taken.into_iter());
        before.give_back(processor);
        // That its buses changed meanwhile is no news.
        self.parts.host().requests.take(Request::PortsChanged);
        self.layout = Layout::read(&self.parts.component, &self.parts.processor);
    }

    /// Gives the main buses the widths of a layout.
    pub(super) fn take_layout(&mut self, id: u32) -> Result<(), LayoutError> {
        if !self.reclaim() {
            return Err(LayoutError::Active);
        }
        let all = usual(&self.layout.audio_in, &self.layout.audio_out);
        let wanted = all.into_iter().find(|usual| usual.layout.id == id).ok_or(LayoutError::Refused)?;
        let taken = self.layout.request(&self.parts.processor, &wanted.wishes);
        self.layout = Layout::read(&self.parts.component, &self.parts.processor);
        taken
    }
}
