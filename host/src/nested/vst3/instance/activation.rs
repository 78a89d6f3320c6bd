//! From a plugin at rest to its processor.
#![expect(unsafe_code, reason = "a component is called through raw pointers")]

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use vst3::Steinberg::Vst::SymbolicSampleSizes_::{kSample32, kSample64};
use vst3::Steinberg::Vst::{IAudioProcessorTrait as _, ProcessSetup};
use vst3::Steinberg::int32;

use super::values::known;
use super::{Shown, Vst3Plugin};
use crate::automation::Step;
use crate::config::{AudioConfig, RenderMode};
use crate::event::EventList;
use crate::nested::error::ActivateError;
use crate::nested::requests::Request;
use crate::nested::rest::Rest;
use crate::nested::unwritten::Unwritten;
use crate::nested::vst3::buffers::Buffers;
use crate::nested::vst3::changes_in::ChangesIn;
use crate::nested::vst3::changes_out::ChangesOut;
use crate::nested::vst3::context::Context;
use crate::nested::vst3::edits::Edit;
use crate::nested::vst3::event_list;
use crate::nested::vst3::events_in::EventsIn;
use crate::nested::vst3::expressions::Expressions;
use crate::nested::vst3::ints::int;
use crate::nested::vst3::lists::Lists;
use crate::nested::vst3::midi_map::MidiMap;
use crate::nested::vst3::mirror::Mirror;
use crate::nested::vst3::param_table::ParamTable;
use crate::nested::vst3::params;
use crate::nested::vst3::parts::accepts;
use crate::nested::vst3::processor::{Vst3Processor, mode};
use crate::processor::Processor as _;

/// How many parameter changes a block holds for each parameter, which may move on every step of the longest one, and at
/// least and at most.
const CHANGES: (usize, usize, usize) = (Step::MOST, 64, EventList::DEFAULT_CAPACITY);

/// How much silence it takes to make a component hear of its parameters.
const FLUSH_FRAMES: usize = 32;

impl Vst3Plugin {
    fn set_up(&self, config: &AudioConfig) -> bool {
        let mut setup = ProcessSetup {
            processMode: mode(config.mode),
            symbolicSampleSize: int(kSample32),
            maxSamplesPerBlock: int32::try_from(max_block(config)).unwrap_or(int32::MAX),
            sampleRate: config.rate.0,
        };
        // SAFETY: the component is inactive; the setup outlives the call.
        accepts(unsafe { self.parts.processor.setupProcessing(&raw mut setup) })
    }

    /// Whether the component takes samples of 32 bits.
    fn check_sample_size(&self) -> Result<(), ActivateError> {
        let takes = |size| {
            // SAFETY: it takes no pointers.
            accepts(unsafe { self.parts.processor.canProcessSampleSize(int(size)) })
        };
        match (takes(kSample32), takes(kSample64)) {
            (true, _) => Ok(()),
            (false, true) => Err(ActivateError::DoubleOnly),
            (false, false) => Err(ActivateError::Refused),
        }
    }

    /// Tells an inactive component what it has not heard of, in a block of silence, so that its state is complete. The
    /// standard would have a block without frames, in which many listen to nothing.
    pub(super) fn flush(&mut self) {
        if !self.reclaim() || self.unheard.is_empty() {
            return;
        }
        let values = self.unheard.clone();
        let rate = protocol::SampleRate(48_000.0);
        let config = AudioConfig { rate, max_block: FLUSH_FRAMES, mode: RenderMode::Offline };
        if let Ok(mut processor) = self.start(&config) {
            processor.flush(FLUSH_FRAMES);
            processor.leave();
        }
        self.reclaim();
        // Some that are component and controller in one begin anew when they are activated.
        if let Some(controller) = &self.parts.controller {
            values.into_iter().for_each(|(id, norm)| params::show(self.parts.host(), controller, id, norm));
        }
    }

    /// Activates, and makes the processor; what was not heard goes first.
    pub(super) fn start(&mut self, config: &AudioConfig) -> Result<Box<Vst3Processor>, ActivateError> {
        if !self.layout.is_sane() {
            return Err(ActivateError::Refused);
        }
        self.check_sample_size()?;
        let is_active = self.parts.host().activate(|| {
            self.layout.activate(&self.parts.component, &self.unused);
            self.set_up(config) && self.parts.activate()
        });
        if !is_active {
            self.parts.deactivate();
            return Err(ActivateError::Refused);
        }
        // That it was another one before is no news.
        self.parts.host().requests.take(Request::LatencyChanged);
        let latency = self.parts.latency();
        self.parts.read_tail();
        let host = self.parts.host();
        host.latency.store(latency.into(), Ordering::Relaxed);
        self.latency_news.is_read(&latency);
        for (id, norm) in self.unheard.drain(..) {
            host.edits.push(Edit::Set(id, norm));
        }
        let params = ParamTable::new(&self.params);
        let mirror = Arc::new(Mirror::new(params.len()));
        let shown = Shown { mirror: Arc::clone(&mirror), params: known(&params), mode: config.mode };
        self.mirror = Some(shown);
        let max_block = max_block(config);
        let (each, least, most) = CHANGES;
        let changes = (each * params.len()).clamp(least, most);
        let events = EventList::DEFAULT_CAPACITY;
        let (events_in, events_out) = (self.layout.events_in.len(), self.layout.events_out.len());
        let ports = self.layout.ports();
        let mut inputs = Buffers::inputs(&self.layout.audio_in, max_block);
        let mut outputs = Buffers::outputs(&self.layout.audio_out, max_block);
        let changes_in =
            ChangesIn::new(params.entries().map(|entry| (entry.id, entry.chooses_program)), changes);
        let changes_out = ChangesOut::new(params.ids(), changes + params.len());
        let incoming = (events_in > 0).then(|| event_list::Incoming::new(events));
        let outgoing = (events_out > 0).then(|| event_list::Outgoing::new(events));
        let lists = Lists::new(
            (&mut inputs, &mut outputs),
            (&changes_in, &changes_out),
            (incoming.as_ref(), outgoing.as_ref()),
            max_block,
        );
        Ok(Box::new(Vst3Processor {
            ports,
            changes_in,
            changes_out,
            mirror,
            notes: self.notes(&params),
            params,
            events_in: incoming,
            events_out: outgoing,
            event_buses: events_out,
            inputs,
            outputs,
            context: Context::new(config.rate),
            unwritten: Unwritten::default(),
            lists,
            has_own_news: true,
            steady_frames: 0,
            rest: Rest::new(&ports, config.rate),
            parts: ManuallyDrop::new(Arc::clone(&self.parts)),
        }))
    }

    /// What the event inputs understand.
    fn notes(&self, table: &ParamTable) -> EventsIn {
        let buses = self.layout.events_in.len();
        let Some(controller) = &self.parts.controller else {
            return EventsIn::new(vec![Expressions::default(); buses].into(), MidiMap::default());
        };
        let expressions =
            (0..int32::try_from(buses).unwrap_or(0)).map(|bus| Expressions::read(controller, bus));
        EventsIn::new(expressions.collect(), MidiMap::read(controller, buses, table, &self.params))
    }
}

fn max_block(config: &AudioConfig) -> usize {
    config.max_block.clamp(1, AudioConfig::MAX_BLOCK)
}
