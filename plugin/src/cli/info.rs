//! `loophole info`.

use std::path::Path;
use std::sync::Arc;

use host::{AudioConfig, RenderMode};
use model::{ClipKind, Device, DeviceSource, Project};
use protocol::plugin::ControlPage;
use protocol::{EntityId, LatencyLedger, LatencyPolicy, ParamId, SampleRate};
use serde::Serialize;

use super::{CliError, import, say};
use crate::instance::{Instance, PluginCache};
use crate::loudness::{self, Loudness};

/// What latencies are told for.
const LATENCY_RATE: SampleRate = SampleRate(48_000.0);

/// What is in a project.
#[derive(Debug, Serialize)]
struct Info {
    name: String,
    artist: String,
    tempo_bpm: f64,
    signature: String,
    length_beats: f64,
    length_secs: f64,
    tracks: Vec<TrackInfo>,
    macros: Vec<MacroInfo>,
    scripts: Vec<String>,
    markers: Vec<String>,
    missing_plugins: Vec<String>,
    missing_media: Vec<String>,
    latency_policy: LatencyPolicy,
    latency: LatencyLedger,
    #[serde(skip_serializing_if = "Option::is_none")]
    loudness: Option<Loudness>,
}

#[derive(Debug, Serialize)]
struct TrackInfo {
    name: String,
    kind: String,
    volume_db: f64,
    pan: f64,
    mute: bool,
    solo: bool,
    frozen: bool,
    note_clips: usize,
    notes: usize,
    audio_clips: usize,
    devices: Vec<String>,
    /// How many voices its nested plugins play, of those that say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    voices: Vec<String>,
    /// The pages of knobs of its nested plugins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pages: Vec<String>,
    /// The bus layouts of its nested plugins, where there is a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layouts: Vec<String>,
    sends: Vec<String>,
    automation: usize,
}

#[derive(Debug, Serialize)]
struct MacroInfo {
    slot: u8,
    name: String,
    value: f64,
    targets: usize,
}

pub fn run(path: &Path, loudness: bool, json: bool) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    import::open(&instance, path)?;
    let mut info = collect(&instance)?;
    if loudness {
        info.loudness = Some(loudness::measure(&instance, None)?);
    }
    if json {
        // PANIC: plain data always has a JSON form.
        #[expect(clippy::expect_used, reason = "see above")]
        say(&serde_json::to_string_pretty(&info).expect("plain data"));
    } else {
        print(path, &info, &instance.project());
    }
    Ok(())
}

fn collect(instance: &Instance) -> Result<Info, CliError> {
    let project = instance.project();
    let missing = instance.published().status().missing.clone();
    let (tempo, end) = (project.tempo_map(), project.end());
    let first = project.signature_points().first().copied();
    let root = project.root();
    Ok(Info {
        name: root.name().into(),
        artist: root.artist().into(),
        tempo_bpm: tempo.bpm_at(protocol::Beats::ZERO),
        signature: first
            .map_or_else(|| "4/4".into(), |point| format!("{}/{}", point.numerator, point.denominator)),
        length_beats: end.to_beats(),
        length_secs: tempo.secs_at(end),
        tracks: tracks(&project, &instance.published().params()),
        macros: project
            .macros()
            .map(|slot| MacroInfo {
                slot: slot.slot() + 1,
                name: slot.name().into(),
                value: slot.value(),
                targets: slot.targets().count(),
            })
            .collect(),
        scripts: project.scripts().map(|script| script.name().into()).collect(),
        markers: project.markers().map(|marker| marker.name().into()).collect(),
        missing_plugins: project
            .devices()
            .filter(|device| missing.contains(&device.id().0))
            .map(|device| device_text(&device.source(), device.name()))
            .collect(),
        missing_media: missing_media(instance, &project),
        latency_policy: root.latency_policy(),
        latency: latency(instance)?,
        loudness: None,
    })
}

/// What is late: known while the plugins run.
fn latency(instance: &Instance) -> Result<LatencyLedger, CliError> {
    let config = AudioConfig { rate: LATENCY_RATE, max_block: 512, mode: RenderMode::Offline };
    let processor = instance.activate(config)?;
    let ledger = instance.published().status().latency.clone();
    instance.deactivate(processor);
    Ok(LatencyLedger::clone(&ledger))
}

fn tracks(project: &Project, plugins: &PluginCache) -> Vec<TrackInfo> {
    project
        .tracks()
        .chain([project.master()])
        .map(|track| {
            let of_kind = |kind| track.clips().filter(move |clip| clip.kind() == kind);
            TrackInfo {
                name: track.name().into(),
                kind: format!("{:?}", track.kind()).to_lowercase(),
                volume_db: track.volume_db(),
                pan: track.pan(),
                mute: track.mute(),
                solo: track.solo(),
                frozen: track.frozen().is_some(),
                note_clips: of_kind(ClipKind::Notes).count(),
                notes: of_kind(ClipKind::Notes).map(|clip| clip.note_count()).sum(),
                audio_clips: of_kind(ClipKind::Audio).count(),
                devices: track.devices().map(|device| device_text(&device.source(), device.name())).collect(),
                voices: track
                    .devices()
                    .filter_map(|device| voices(plugins, device.id().0, device.name()))
                    .collect(),
                pages: track
                    .devices()
                    .flat_map(|device| pages(plugins, device.id().0, device.name()))
                    .collect(),
                layouts: track.devices().filter_map(|device| layouts(plugins, &device)).collect(),
                sends: track.sends().map(|send| project.name_of(send.target()).to_owned()).collect(),
                automation: track.lanes().count() + track.devices().flat_map(|device| device.lanes()).count(),
            }
        })
        .collect()
}

/// How many voices a nested plugin plays.
fn voices(plugins: &PluginCache, device: EntityId, name: &str) -> Option<String> {
    let voices = plugins.0.get(&device)?.voices?;
    let overlap = if voices.overlapping { "" } else { ", one per key" };
    Some(format!("{name}: {} of {}{overlap}", voices.count, voices.capacity))
}

/// The pages of knobs of a nested plugin, with what the knobs turn.
fn pages(plugins: &PluginCache, device: EntityId, name: &str) -> Vec<String> {
    let Some(plugin) = plugins.0.get(&device) else { return Vec::new() };
    let param =
        |id: &ParamId| plugin.params.iter().find(|known| known.id == *id).map(|known| known.name.as_str());
    let page = |page: &ControlPage| {
        let knobs: Vec<&str> = page.params.iter().flatten().filter_map(param).collect();
        format!("{name}: {} ({})", page.name, knobs.join(", "))
    };
    plugin.pages.iter().map(page).collect()
}

/// Which bus layout a nested plugin has, of which.
fn layouts(plugins: &PluginCache, device: &Device<'_>) -> Option<String> {
    let known = plugins.0.get(&device.id().0).map(|plugin| Arc::clone(&plugin.ports.layouts));
    let (known, wanted) = (known.unwrap_or_default(), device.layout());
    let has = match &wanted {
        None if known.len() < 2 => return None,
        None => "its own".to_owned(),
        Some(wanted) => match wanted.find(&known) {
            Some(layout) => layout.name.clone(),
            None => format!("its own, as it has no {:?}", wanted.name()),
        },
    };
    let names: Vec<&str> = known.iter().map(|layout| layout.name.as_str()).collect();
    let of = if names.is_empty() { String::new() } else { format!(" (of {})", names.join(", ")) };
    Some(format!("{}: {has}{of}", device.name()))
}

fn device_text(source: &DeviceSource, name: &str) -> String {
    match source {
        DeviceSource::Builtin(kind) if name.is_empty() => kind.name().into(),
        DeviceSource::Builtin(_) => name.into(),
        DeviceSource::Plugin(plugin) if name.is_empty() => plugin.id.clone(),
        DeviceSource::Plugin(plugin) => format!("{name} ({} {})", plugin.format.key(), plugin.id),
        DeviceSource::Unknown(key) => format!("{key} (unknown to this version)"),
    }
}

fn missing_media(instance: &Instance, project: &Project) -> Vec<String> {
    let blobs = instance.published().blobs();
    let missing = project.clips().filter_map(|clip| {
        let hash = clip.media().filter(|hash| !blobs.contains(hash))?;
        Some(format!("clip {:?} on track {:?}: {hash}", clip.name(), project.name_of(clip.track())))
    });
    missing.collect()
}

fn print(path: &Path, info: &Info, project: &Project) {
    let title = if info.name.is_empty() { "untitled" } else { &info.name };
    let by = if info.artist.is_empty() { String::new() } else { format!(" by {}", info.artist) };
    say(&format!("{}: {title}{by}", path.display()));
    let (minutes, secs) = ((info.length_secs / 60.0).floor(), info.length_secs % 60.0);
    say(&format!(
        "{} bpm, {}, {:.0} beats, {minutes:.0}:{secs:04.1}",
        info.tempo_bpm, info.signature, info.length_beats
    ));
    for track in &info.tracks {
        let mut line = format!("  {:<20} {:<10} {:>6.1} dB", track.name, track.kind, track.volume_db);
        let mut part = |count: usize, what: &str| {
            if count > 0 {
                line.push_str(&format!("  {count} {what}"));
            }
        };
        part(track.note_clips, "note clips");
        part(track.notes, "notes");
        part(track.audio_clips, "audio clips");
        part(track.automation, "automation lanes");
        if track.frozen {
            line.push_str("  frozen");
        }
        for (what, names) in [
            ("devices", &track.devices),
            ("bus layouts", &track.layouts),
            ("voices", &track.voices),
            ("knobs", &track.pages),
            ("sends to", &track.sends),
        ] {
            if !names.is_empty() {
                line.push_str(&format!("  {what}: {}", names.join(", ")));
            }
        }
        say(&line);
    }
    for slot in &info.macros {
        say(&format!(
            "  macro {} {:?} at {:.1} %, {} targets",
            slot.slot,
            slot.name,
            slot.value * 100.0,
            slot.targets
        ));
    }
    for (what, names) in [
        ("markers", &info.markers),
        ("scripts", &info.scripts),
        ("missing plugins", &info.missing_plugins),
        ("missing media", &info.missing_media),
    ] {
        if !names.is_empty() {
            say(&format!("{what}: {}", names.join(", ")));
        }
    }
    say(&format!("latency: {}", editor::latency::policy(info.latency_policy, LATENCY_RATE.0)));
    for line in editor::latency::lines(&info.latency, LATENCY_RATE.0, project) {
        say(&format!("latency: {line}"));
    }
    if let Some(loudness) = &info.loudness {
        say(&loudness.to_string());
    }
}
