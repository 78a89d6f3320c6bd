//! Plans in a few words, plugins that behave and misbehave, and renders under an allocation trap.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Cursor};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use protocol::control::TransportCommand;
use protocol::plan::{
    AudioClip, AutomationPlan, Connection, ModulationPlan, ModulatorPlan, NodeKind, NodePlan, NoteClip,
    Polarity, PortRef, Signal,
};
use protocol::plugin::PluginParam;
use protocol::*;

use crate::engine::{PluginLoader, Threads};
use crate::media::{BlobSource, ReadSeek};
use crate::nested::{
    self, BusInfo, LoadError, NestedPlugin, PluginController, PluginRequest, StateError, TrackContext,
    Voices, WindowError, WindowOptions,
};
use crate::{
    AudioConfig, EngineController, EngineOptions, EngineProcessor, Event, EventList, Events, HostTransport,
    NodeBlock, Ports, ProcessBlock, ProcessStatus, Processor, RenderMode,
};

pub fn id(number: u128, role: NodeRole) -> NodeId {
    NodeId { entity: EntityId(number), role }
}

/// Builds plans.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    pub plan: EnginePlan,
}

impl Sketch {
    pub fn new() -> Self {
        let mut sketch = Self::default();
        sketch.plan.tempo = TempoMap::constant(120.0);
        sketch.node(0, NodeRole::Output, NodeKind::HostOutput { bus: 0 });
        sketch
    }

    pub fn node(&mut self, number: u128, role: NodeRole, kind: NodeKind) -> NodeId {
        let id = id(number, role);
        self.plan.first_part_mut().nodes.push(NodePlan {
            id,
            name: format!("node {number}").into(),
            kind,
            bypassed: false,
            params: BTreeMap::new(),
            automation: Vec::new(),
        });
        id
    }

    pub fn notes(&mut self, number: u128, clips: Vec<NoteClip>) -> NodeId {
        self.node(number, NodeRole::Player, NodeKind::NotePlayer { clips: clips.into() })
    }

    pub fn audio(&mut self, number: u128, clips: Vec<AudioClip>) -> NodeId {
        self.node(number, NodeRole::Player, NodeKind::AudioPlayer { clips: clips.into() })
    }

    pub fn input(&mut self, bus: u16) -> NodeId {
        self.node(900 + u128::from(bus), NodeRole::Input, NodeKind::HostInput { bus, channel: None })
    }

    pub fn strip(&mut self, number: u128) -> NodeId {
        self.node(number, NodeRole::Strip, NodeKind::Strip)
    }

    pub fn send(&mut self, number: u128) -> NodeId {
        self.node(number, NodeRole::Send, NodeKind::Send)
    }

    pub fn device(&mut self, number: u128, device: DeviceKind) -> NodeId {
        self.node(number, NodeRole::Device, NodeKind::Device { device, blob: None })
    }

    /// A test plugin; see [`TestPlugin`].
    pub fn plugin(&mut self, number: u128, what: &str) -> NodeId {
        let plugin = PluginRef { format: PluginFormat::Clap, id: what.into() };
        self.node(number, NodeRole::Device, NodeKind::Plugin { plugin, state: None, layout: None })
    }

    pub fn output(&self) -> NodeId {
        id(0, NodeRole::Output)
    }

    pub fn get(&mut self, id: NodeId) -> &mut NodePlan {
        self.plan.first_part_mut().nodes.iter_mut().find(|node| node.id == id).unwrap()
    }

    pub fn set(&mut self, id: NodeId, param: ParamId, value: f64) {
        self.get(id).params.insert(param, value);
    }

    pub fn automate(&mut self, id: NodeId, param: ParamId, points: &[(f64, f64, Curve)]) {
        let points =
            points.iter().map(|&(at, value, curve)| Point { at: Beats::from_beats(at), value, curve });
        self.get(id).automation.push(AutomationPlan { param, points: points.collect() });
    }

    pub fn connect(&mut self, signal: Signal, from: (NodeId, u16), to: (NodeId, u16)) {
        let port = |(node, port)| PortRef { node, port };
        self.plan.first_part_mut().connections.push(Connection { signal, from: port(from), to: port(to) });
    }

    /// Audio through a row of nodes.
    pub fn chain(&mut self, nodes: &[NodeId]) {
        for pair in nodes.windows(2) {
            self.connect(Signal::Audio, (pair[0], 0), (pair[1], 0));
        }
    }

    pub fn sidechain(&mut self, from: NodeId, to: NodeId) {
        self.connect(Signal::Audio, (from, 0), (to, 1));
    }

    /// A follower of a node's output that moves a parameter of another by `amount`.
    pub fn follow(&mut self, number: u128, from: NodeId, to: NodeId, param: ParamId, amount: f64) -> NodeId {
        let node = self.node(number, NodeRole::Follower, NodeKind::Follower);
        self.chain(&[from, node]);
        self.connect(Signal::Control, (node, 0), (to, 0));
        let modulator = ModulatorPlan::Follower { node };
        let polarity = Polarity::Unipolar;
        let plan = ModulationPlan { node: to, param, modulator, amount, polarity };
        self.plan.modulations = self.plan.modulations.iter().copied().chain([plan]).collect();
        node
    }

    pub fn events(&mut self, from: NodeId, to: NodeId) {
        self.connect(Signal::Events, (from, 0), (to, 0));
    }
}

/// Input, strip, output.
pub fn through() -> (Sketch, NodeId, NodeId) {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strip = sketch.strip(1);
    sketch.chain(&[input, strip, sketch.output()]);
    (sketch, input, strip)
}

pub fn note_clip(start: f64, length: f64, notes: &[(f64, f64, u8)]) -> NoteClip {
    let notes = notes.iter().map(|&(start, length, key)| Note {
        start: Beats::from_beats(start),
        length: Beats::from_beats(length),
        key,
        velocity: 0.8,
        channel: 0,
    });
    NoteClip {
        start: Beats::from_beats(start),
        length: Beats::from_beats(length),
        offset: Beats::ZERO,
        loop_length: None,
        notes: notes.collect(),
        events: Arc::default(),
    }
}

pub fn audio_clip(start: f64, length: f64, media: BlobHash) -> AudioClip {
    AudioClip {
        start: Beats::from_beats(start),
        length: Beats::from_beats(length),
        offset_secs: 0.0,
        media,
        gain_db: 0.0,
        fade_in_secs: 0.0,
        fade_out_secs: 0.0,
    }
}

/// Blobs in memory.
#[derive(Default)]
pub struct Blobs(Mutex<HashMap<BlobHash, Arc<[u8]>>>);

impl Blobs {
    pub fn put(&self, bytes: Vec<u8>) -> BlobHash {
        let mut blobs = self.0.lock().unwrap();
        let hash = BlobHash([u8::try_from(blobs.len()).unwrap(); 32]);
        blobs.insert(hash, bytes.into());
        hash
    }

    /// A stereo WAV in single precision: what `sample` says for a frame and a side.
    pub fn wav(&self, rate: u32, frames: u32, sample: impl Fn(u32, usize) -> f32) -> BlobHash {
        let mut bytes = Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: rate,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for frame in 0..frames {
            for side in 0..2 {
                writer.write_sample(sample(frame, side)).unwrap();
            }
        }
        writer.finalize().unwrap();
        self.put(bytes.into_inner())
    }
}

impl BlobSource for Blobs {
    fn open(&self, hash: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        let bytes = self.0.lock().unwrap().get(hash).cloned();
        Ok(Box::new(Cursor::new(bytes.ok_or(io::ErrorKind::NotFound)?)))
    }
}

/// What test plugins leave behind.
#[derive(Default)]
pub struct Traces {
    pub loaded: AtomicU32,
    pub activated: AtomicU32,
    pub deactivated: AtomicU32,
    /// Processors that are there.
    pub alive: AtomicU32,
    pub states_loaded: AtomicU32,
    pub restart: AtomicU32,
    /// Blocks that test plugins have processed.
    pub processed: AtomicU32,
    pub wake: AtomicU32,
    /// The tail of a `rest` plugin from now on, in frames; the largest is one that never ends, 0 what it is called by.
    pub tail: AtomicU32,
    /// Param events and notes that a `log` plugin saw: engine frame, what.
    pub log: Mutex<Vec<(u64, crate::EventKind)>>,
}

/// The CLAP test plugins, loaded without a file.
fn clap_plugins() -> nested::PluginLocator {
    // SAFETY: the test plugins guarantee their entry.
    #[expect(unsafe_code, reason = "only the test plugins can know that their entry is one")]
    let entry = unsafe { nested::StaticEntry::new(test_units::entry(), c"") };
    let mut locator = nested::PluginLocator::new();
    locator.add_static(&entry).unwrap();
    locator
}

/// Plugins by their ids; those of the CLAP test plugins are real:
/// `late:N` delays by N frames and says so; `gain:G` multiplies; `nan` puts out not-a-number from its second block
/// on; `fail` fails; `minus` takes its sidechain from its input; `log` records its events; `count` puts out the number of frames it has seen; `rest:N` passes its
/// input on, and may rest after a tail of N frames.
pub struct TestLoader(pub Arc<Traces>);

impl PluginLoader for TestLoader {
    fn load(&self, plugin: &PluginRef, state: Option<&[u8]>) -> (PluginController, Option<LoadError>) {
        self.0.loaded.fetch_add(1, Ordering::Relaxed);
        if plugin.id.starts_with("org.loophole.test.") {
            return clap_plugins().load(plugin, state);
        }
        let (what, amount) = plugin.id.split_once(':').unwrap_or((&plugin.id, "0"));
        let info = PluginInfo {
            plugin: plugin.clone(),
            name: plugin.id.clone(),
            vendor: String::new(),
            version: String::new(),
            features: Vec::new(),
            path: PathBuf::new(),
        };
        let amount = amount.parse().unwrap();
        (
            Box::new(TestPlugin {
                info,
                what: what.into(),
                amount,
                traces: self.0.clone(),
                log_room: 16_384,
            }),
            None,
        )
    }
}

pub struct TestPlugin {
    info: PluginInfo,
    what: String,
    amount: f32,
    traces: Arc<Traces>,
    log_room: usize,
}

fn ports(what: &str) -> Ports {
    let audio = if what == "minus" { Ports::SIDECHAINED } else { Ports::EFFECT };
    Ports { events_in: true, events_out: true, ..audio }
}

struct TestProcessor {
    what: String,
    amount: f32,
    line: Vec<[f32; 2]>,
    at: usize,
    seen: u64,
    traces: Arc<Traces>,
}

impl NestedPlugin for TestPlugin {
    fn info(&self) -> &PluginInfo {
        &self.info
    }
    fn ports(&self) -> Ports {
        ports(&self.what)
    }
    fn buses(&self) -> (Vec<BusInfo>, Vec<BusInfo>) {
        (Vec::new(), Vec::new())
    }
    fn activate(&mut self, _: &AudioConfig) -> Result<Box<dyn Processor>, nested::ActivateError> {
        self.traces.activated.fetch_add(1, Ordering::Relaxed);
        self.traces.alive.fetch_add(1, Ordering::Relaxed);
        self.traces.log.lock().unwrap().reserve(self.log_room);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
        let late = if self.what == "late" { self.amount as usize } else { 0 };
        Ok(Box::new(TestProcessor {
            what: self.what.clone(),
            amount: self.amount,
            line: vec![[0.0; 2]; late],
            at: 0,
            seen: 0,
            traces: self.traces.clone(),
        }))
    }
    fn deactivate(&mut self, processor: Box<dyn Processor>) -> Result<(), Box<dyn Processor>> {
        self.traces.deactivated.fetch_add(1, Ordering::Relaxed);
        drop(processor);
        Ok(())
    }
    fn latency(&self) -> Frames {
        Frames(if self.what == "late" { crate::math::to_i64(f64::from(self.amount)) } else { 0 })
    }
    fn save_state(&mut self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(Some(b"saved".to_vec()))
    }
    fn load_state(&mut self, _: &[u8]) -> Result<(), StateError> {
        self.traces.states_loaded.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
    fn params(&mut self) -> Vec<PluginParam> {
        Vec::new()
    }
    fn param_value(&mut self, _: ParamId) -> Option<f64> {
        None
    }
    fn param_text(&mut self, _: ParamId, _: f64) -> Option<String> {
        None
    }
    fn parse_param(&mut self, _: ParamId, _: &str) -> Option<f64> {
        None
    }
    fn set_param(&mut self, _: ParamId, _: f64) {}
    fn set_track(&mut self, _: TrackContext) {}
    fn voices(&mut self) -> Option<Voices> {
        None
    }
    fn has_window(&self) -> bool {
        false
    }
    fn open_window(&mut self, _: &WindowOptions) -> Result<(), WindowError> {
        Err(WindowError::Unsupported)
    }
    fn window_size(&mut self) -> Option<(u32, u32)> {
        None
    }
    fn resize_window(&mut self, _: u32, _: u32) -> Option<(u32, u32)> {
        None
    }
    fn close_window(&mut self) {}
    fn poll(&mut self, requests: &mut Vec<PluginRequest>) {
        if self.traces.restart.swap(0, Ordering::Relaxed) > 0 {
            requests.push(PluginRequest::Restart);
        }
        if self.traces.wake.swap(0, Ordering::Relaxed) > 0 {
            requests.push(PluginRequest::Wake);
        }
    }
    fn next_timer(&self) -> Option<Instant> {
        None
    }
}

impl Drop for TestProcessor {
    fn drop(&mut self) {
        self.traces.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Processor for TestProcessor {
    fn ports(&self) -> Ports {
        ports(&self.what)
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        if self.what == "log" {
            let mut log = self.traces.log.lock().unwrap();
            for event in block.events_in.iter() {
                if log.len() < log.capacity() {
                    log.push((self.seen + u64::from(event.frame), event.kind));
                }
            }
        }
        let (input, out) = (block.audio_in[0].stereo(), block.audio_out[0].stereo());
        let side = block.audio_in.get(1).map(|side| side.stereo());
        for frame in 0..block.frames {
            let mut sample = [input.left[frame], input.right[frame]];
            match self.what.as_str() {
                "late" => {
                    std::mem::swap(&mut sample, &mut self.line[self.at]);
                    self.at = (self.at + 1) % self.line.len();
                }
                "minus" => {
                    if let Some(side) = side {
                        sample = [sample[0] - side.left[frame], sample[1] - side.right[frame]];
                    }
                }
                "gain" => sample = sample.map(|sample| sample * self.amount),
                "nan" if self.seen > 0 => sample = [f32::NAN; 2],
                "count" => {
                    let seen = u16::try_from((self.seen + frame as u64) % 1_000).unwrap();
                    sample = [f32::from(seen); 2];
                }
                _ => {}
            }
            (out.left[frame], out.right[frame]) = (sample[0], sample[1]);
        }
        self.seen += block.frames as u64;
        self.traces.processed.fetch_add(1, Ordering::Relaxed);
        if self.what == "rest" {
            return ProcessStatus::Tail;
        }
        if self.what == "fail" { ProcessStatus::Failed } else { ProcessStatus::Continue }
    }

    fn reset(&mut self) {
        self.line.fill([0.0; 2]);
        self.at = 0;
    }

    fn set_param(&mut self, _: ParamId, _: f64) {}

    fn latency(&self) -> Frames {
        Frames(crate::math::frames(self.line.len()))
    }

    fn tail(&self) -> crate::Tail {
        match self.traces.tail.load(Ordering::Relaxed) {
            0 => crate::Tail::Frames(Frames(crate::math::to_i64(f64::from(self.amount)))),
            u32::MAX => crate::Tail::Infinite,
            frames => crate::Tail::Frames(Frames(frames.into())),
        }
    }
}

/// An engine at work.
pub struct Rig {
    pub controller: EngineController,
    pub processor: Option<EngineProcessor>,
    pub traces: Arc<Traces>,
    pub blobs: Arc<Blobs>,
    /// What goes into the main input, for every frame.
    pub input: fn(u64) -> f32,
    pub host: Option<HostTransport>,
    pub events: Vec<(u64, crate::EventKind)>,
    pub frame: u64,
    pub telemetry: Vec<TelemetryFrame>,
    /// What the engine put out, by frame.
    pub heard: Vec<(u64, crate::EventKind)>,
}

pub const RATE: SampleRate = SampleRate(48_000.0);

impl Rig {
    pub fn new(plan: &EnginePlan, blobs: Arc<Blobs>) -> Self {
        Self::with(plan, blobs, RATE, 512, RenderMode::Offline, 30.0)
    }

    pub fn with(
        plan: &EnginePlan,
        blobs: Arc<Blobs>,
        rate: SampleRate,
        max_block: usize,
        mode: RenderMode,
        memory_secs: f64,
    ) -> Self {
        Self::with_threads(plan, blobs, Threads::Auto, rate, max_block, mode, memory_secs)
    }

    pub fn with_threads(
        plan: &EnginePlan,
        blobs: Arc<Blobs>,
        threads: Threads,
        rate: SampleRate,
        max_block: usize,
        mode: RenderMode,
        memory_secs: f64,
    ) -> Self {
        let traces = Arc::new(Traces::default());
        let options = EngineOptions::new(blobs.clone(), TestLoader(traces.clone()));
        let options = EngineOptions { memory_secs, threads, ..options };
        let mut controller = EngineController::new(options);
        controller.apply(plan.clone()).unwrap();
        let processor = controller.activate(AudioConfig { rate, max_block, mode }).unwrap();
        Self {
            controller,
            processor: Some(processor),
            traces,
            blobs,
            input: |_| 0.0,
            host: None,
            events: Vec::new(),
            frame: 0,
            telemetry: Vec::new(),
            heard: Vec::new(),
        }
    }

    pub fn play(mut self) -> Self {
        self.processor.as_mut().unwrap().transport(TransportCommand::Play);
        self
    }

    pub fn apply(&mut self, sketch: &Sketch) {
        let report = self.controller.apply(sketch.plan.clone()).unwrap();
        assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    }

    /// Renders blocks of these sizes, polling after each; gives left and right of the main output.
    pub fn render(&mut self, blocks: impl IntoIterator<Item = usize>) -> [Vec<f32>; 2] {
        let mut result = [Vec::new(), Vec::new()];
        for frames in blocks {
            let [left, right] = self.block(frames);
            result[0].extend(left);
            result[1].extend(right);
        }
        result
    }

    pub fn block(&mut self, frames: usize) -> [Vec<f32>; 2] {
        let input: Vec<f32> = (0..frames as u64).map(|frame| (self.input)(self.frame + frame)).collect();
        let (mut left, mut right) = (vec![9.0; frames], vec![9.0; frames]);
        let range = self.frame..self.frame + frames as u64;
        let events: Vec<Event> = self
            .events
            .iter()
            .filter(|(frame, _)| range.contains(frame))
            .map(|&(frame, kind)| Event::new(u32::try_from(frame - self.frame).unwrap(), kind))
            .collect();
        let mut out = EventList::default();
        let mut block = ProcessBlock {
            frames,
            inputs: &[&input, &input],
            outputs: &mut [&mut left, &mut right],
            events_in: Events::new(&events),
            events_out: &mut out,
            transport: self.host,
        };
        let processor = self.processor.as_mut().unwrap();
        assert_no_alloc::assert_no_alloc(|| processor.process(&mut block));
        self.heard.extend(out.iter().map(|event| (self.frame + u64::from(event.frame), event.kind)));
        self.frame += frames as u64;
        let polled = self.controller.poll();
        assert!(polled.warnings.is_empty(), "{:?}", polled.warnings);
        self.telemetry.extend(polled.telemetry);
        [left, right]
    }

    pub fn stop(mut self) -> Self {
        self.controller.deactivate(self.processor.take().unwrap());
        self
    }
}

/// Blocks that add up to `total` frames.
pub fn blocks(total: usize, size: usize) -> impl Iterator<Item = usize> {
    (0..total).step_by(size).map(move |start| size.min(total - start))
}

/// The ways of cutting time that must not matter.
pub fn cuts(total: usize) -> Vec<(String, Vec<usize>)> {
    let mut cuts: Vec<(String, Vec<usize>)> = [1, 17, 64, 512, 4_096, 8_192]
        .into_iter()
        .map(|size| (format!("blocks of {size}"), blocks(total, size).collect()))
        .collect();
    let mut seed = 12_345_u64;
    let (mut random, mut left) = (Vec::new(), total);
    while left > 0 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let size = usize::try_from((seed >> 33) % 1_500).unwrap().min(left);
        random.push(size);
        left -= size;
    }
    cuts.push(("random blocks, empty ones too".into(), random));
    cuts
}

/// Renders a plan from frame 0 in all these ways, and gives the one result.
pub fn render_all_ways(plan: &EnginePlan, blobs: &Arc<Blobs>, total: usize) -> [Vec<f32>; 2] {
    let mut expected: Option<[Vec<f32>; 2]> = None;
    for (name, cut) in cuts(total) {
        for max_block in [64, 1_024] {
            let mut rig = Rig::with(plan, blobs.clone(), RATE, max_block, RenderMode::Offline, 30.0).play();
            let got = rig.render(cut.iter().copied());
            let expected = expected.get_or_insert_with(|| got.clone());
            for side in 0..2 {
                let differs =
                    (0..total).find(|&frame| got[side][frame].to_bits() != expected[side][frame].to_bits());
                assert_eq!(differs, None, "{name}, nodes get {max_block}: first difference on side {side}");
            }
        }
    }
    expected.unwrap()
}

pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()))
}

/// The largest step between two samples.
pub fn largest_step(samples: &[f32]) -> f32 {
    samples.windows(2).fold(0.0, |step: f32, pair| step.max((pair[1] - pair[0]).abs()))
}

/// What a random plan is made of: for each node what it is, which earlier nodes it hears, and a level.
pub type Choices = Vec<(u8, u8, u8, f64)>;

pub fn any_choices(most: usize) -> impl proptest::strategy::Strategy<Value = Choices> {
    use proptest::prelude::*;
    prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), -30.0..0.0_f64), 1..most)
}

/// A random graph of everything there is: tracks of notes, strips, sends, devices with sidechains, late plugins.
pub fn random_plan(choices: &Choices) -> Sketch {
    let mut sketch = Sketch::new();
    let mut nodes = vec![sketch.input(0)];
    for (number, &(what, from, other, level)) in (1_u128..).zip(choices) {
        let source = nodes[usize::from(from) % nodes.len()];
        let other = nodes[usize::from(other) % nodes.len()];
        let node = match what % 9 {
            0 => {
                let synth = sketch.device(number, DeviceKind::Synth);
                let notes = sketch.notes(
                    number,
                    vec![note_clip(level.abs() / 40.0, 2.0, &[(0.0, 0.1, 60), (0.3, 0.1, 64)])],
                );
                sketch.events(notes, synth);
                synth
            }
            1 => sketch.device(number, DeviceKind::Equalizer),
            2 => sketch.device(number, DeviceKind::Delay),
            3 => sketch.device(number, DeviceKind::Reverb),
            4 => sketch.plugin(number, "late:70"),
            5 => sketch.send(number),
            6 => sketch.device(number, DeviceKind::Compressor),
            _ => sketch.strip(number),
        };
        if what % 9 > 0 {
            sketch.chain(&[source, node]);
        }
        match what % 9 {
            6 => sketch.sidechain(other, node),
            7 if other != source => sketch.chain(&[other, node]),
            8 => {
                sketch.set(node, device::strip::VOLUME_DB, level);
                let points = [(0.0, -20.0, Curve::Linear), (0.2, level, Curve::Hold)];
                sketch.automate(node, device::strip::VOLUME_DB, &points);
                sketch.follow(number, other, node, device::strip::PAN, level / 30.0);
            }
            _ => {}
        }
        if level > -20.0 {
            sketch.chain(&[node, sketch.output()]);
        }
        nodes.push(node);
    }
    sketch
}

/// Short bursts with long rests between them.
pub fn bursts(frame: u64) -> f32 {
    let at = u16::try_from(frame % 3_000).unwrap();
    if at < 200 { (f32::from(at) * 0.3).sin() * 0.5 } else { 0.0 }
}
