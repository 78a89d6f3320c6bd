//! Projects from and to disk, states from and to hosts.

use std::path::{Path, PathBuf};

use model::document::{Notice, Opened};
use model::file::Loaded;
use model::import::{ImportError, Source, Target};
use model::{Device, DeviceId, DeviceSource, Project, Pulse, TrackId, TrackKind, edit};
use protocol::control::LogLevel;
use protocol::{BlobHash, DeviceKind, Edit, EntityId, NodeId, NodeRole};

use super::control::{Control, USER};
use super::error::CommandError;
use super::request::{Reply, ReplyTo, Request};
use super::starter::Starter;

impl Control {
    pub fn new_project(&mut self) -> Result<Reply, CommandError> {
        self.leave_document();
        self.replace(Starter::Playable.pulse(), model::Blobs::new(), None);
        Ok(Reply::Done)
    }

    pub fn open(&mut self, path: &Path) -> Result<Reply, CommandError> {
        if self.keeper.is_on() {
            return self.open_document(path);
        }
        let loaded =
            model::file::load(path).map_err(|source| CommandError::Open { path: path.to_owned(), source })?;
        let warnings = self.take_over(loaded, Some(path.to_owned()));
        Ok(Reply::Opened { warnings })
    }

    fn open_document(&mut self, path: &Path) -> Result<Reply, CommandError> {
        let failed = |source| CommandError::OpenDocument { path: path.to_owned(), source: Box::new(source) };
        let Opened { document, log, blobs, warnings, notices } = self.keeper.open(path).map_err(failed)?;
        let mut texts: Vec<_> = warnings.iter().map(|warning| crate::text::chain(warning)).collect();
        texts.extend(notices.iter().map(ToString::to_string));
        if let Some(reason) = document.read_only() {
            texts.push(format!("it can only be looked at ({reason}); save it elsewhere to keep changes"));
        }
        for text in &texts {
            self.published.log(LogLevel::Warning, "project", text);
        }
        let is_saved =
            !notices.iter().any(|notice| matches!(notice, Notice::Recovered { .. } | Notice::Autosave));
        self.leave_document();
        let file = (!document.is_untitled()).then(|| path.to_owned());
        self.keeper.document = Some(document);
        self.replace(log, blobs, file);
        if !is_saved {
            self.saved_revision = None;
            self.status.dirty = true;
            self.publish_status();
        }
        Ok(Reply::Opened { warnings: texts })
    }

    /// Makes a loaded project the current one. Returns what could not be had.
    pub fn take_over(&mut self, loaded: Loaded, file: Option<PathBuf>) -> Vec<String> {
        let warnings: Vec<_> = loaded.warnings.iter().map(|warning| crate::text::chain(warning)).collect();
        for warning in &warnings {
            self.published.log(LogLevel::Warning, "project", warning);
        }
        self.leave_document();
        self.replace(Pulse::from_project(loaded.project), loaded.blobs, file);
        warnings
    }

    fn replace(&mut self, pulse: Pulse, blobs: model::Blobs, file: Option<PathBuf>) {
        self.stop_script();
        self.stop_render();
        self.published.set_blobs(blobs);
        self.saved_revision = Some(pulse.project().revision());
        self.pulse = pulse;
        self.undone_authors.clear();
        self.recorder.clear();
        self.held.clear();
        self.hands = super::hands::Hands::default();
        self.reset_loudness();
        self.decided.clear();
        self.published.set_change(None);
        self.share_sessions();
        self.reported.clear();
        self.published.set_params(super::PluginCache::default());
        self.file.clone_from(&file);
        self.status.file = file;
        self.status.learn = None;
        self.status.missing.clear();
        self.list_scripts();
        self.project_changed();
    }

    pub fn save(&mut self, path: Option<PathBuf>) -> Result<Reply, CommandError> {
        let path = path.or_else(|| self.file.clone()).ok_or(CommandError::NoFile)?;
        let warnings = self.save_document(&path)?;
        for warning in &warnings {
            self.published.log(LogLevel::Warning, "project", warning);
        }
        self.file = Some(path.clone());
        self.status.file = Some(path.clone());
        self.saved_revision = Some(self.pulse.project().revision());
        self.status.dirty = false;
        self.publish_status();
        Ok(Reply::Saved { path })
    }

    pub fn export_midi(&mut self, path: PathBuf) -> Result<Reply, CommandError> {
        let export = model::export::save_midi(&self.pulse.project(), &self.published.blobs(), &path)?;
        let audio =
            export.audio_tracks.iter().map(|name| format!("track '{name}' is audio: it is not in the file"));
        let missing =
            export.missing.iter().map(|hash| format!("a system-exclusive message is missing: blob {hash}"));
        let warnings: Vec<_> = audio.chain(missing).collect();
        for warning in &warnings {
            self.published.log(LogLevel::Warning, "export", warning);
        }
        Ok(Reply::Exported { path, tracks: export.tracks, notes: export.notes, warnings })
    }

    /// The project with all that lives outside it for the time being. The project itself, and its history, stay as they
    /// are.
    pub fn collect(&mut self) -> Project {
        let (project, edits) = (self.pulse.project(), self.lives_outside());
        let collected = project.apply(&edits);
        collected.unwrap_or_else(|error| {
            self.published.log(LogLevel::Error, "project", &crate::text::chain(&error));
            project
        })
    }

    /// Brings all that lives outside the project into it, as nobody's step: what is saved is then what the history ends at.
    pub fn gather(&mut self) -> Project {
        let edits = self.lives_outside();
        if !edits.is_empty() {
            match self.pulse.gather(&edits) {
                Ok(committed) => self.entities_changed(&committed.touched),
                Err(error) => self.published.log(LogLevel::Error, "project", &crate::text::chain(&error)),
            }
        }
        self.pulse.project()
    }

    /// States of nested plugins, and macros that an outer host moved.
    fn lives_outside(&mut self) -> Vec<Edit> {
        let project = self.pulse.project();
        let mut edits = Vec::new();
        let plugins = project.devices().filter(|device| matches!(device.source(), DeviceSource::Plugin(_)));
        for device in plugins {
            edits.extend(self.collect_plugin(&device));
        }
        edits.extend(self.values_of_their_own(&project));
        for slot in project.macros() {
            let moved = self.published.macros().get(usize::from(slot.slot()));
            if moved != super::macros::narrow(slot.value()) {
                edits.push(edit::macros::set_value(slot.id(), f64::from(moved)));
            }
        }
        edits
    }

    fn collect_plugin(&mut self, device: &Device<'_>) -> Option<protocol::Edit> {
        let node = NodeId { entity: device.id().0, role: NodeRole::Device };
        match self.engine.plugin_state(node) {
            Ok(Some(state)) => {
                let hash = self.published.blobs().put(state);
                (device.blob() != Some(hash)).then(|| edit::device::set_blob(device.id(), Some(hash)))
            }
            // It keeps none, or is missing: what is in the project stays.
            Ok(None) => None,
            Err(error) => {
                self.published.log(LogLevel::Error, device.name(), &crate::text::chain(&error));
                None
            }
        }
    }

    /// Reads the file on a worker: decoding takes a while.
    pub fn start_import(&mut self, path: PathBuf, target: Target, reply: ReplyTo) {
        let (blobs, requests) = (self.published.blobs(), self.requests.clone());
        let (worker_reply, no_thread) = (reply.clone(), reply);
        let worker = std::thread::Builder::new().name("loophole-import".into()).spawn(move || {
            let source = read(&path, &blobs);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let import = ImportRead { name, source, blobs, target, reply: worker_reply };
            let _gone = requests.send(Request::Imported(Box::new(import)));
        });
        if let Err(error) = worker {
            self.answer(Err(CommandError::Thread(error)), no_thread);
        }
    }

    /// Takes in what the worker read.
    pub fn finish_import(&mut self, import: ImportRead) {
        let ImportRead { name, source, blobs, target, reply } = import;
        let result = source.map_err(CommandError::from).and_then(|source| {
            // Another project may have been opened in the meantime.
            self.adopt_blobs(&blobs);
            let project = self.pulse.project();
            let new_id = || self.pulse.new_id();
            let (edits, warnings) = match source {
                Material::Media(source) => {
                    let imported = source.edits(&project, &target, &new_id);
                    let warnings =
                        imported.warnings.iter().map(|warning| crate::text::chain(warning)).collect();
                    (imported.edits, warnings)
                }
                Material::SoundFont(font) => {
                    (soundfont_edits(&project, target.track, font, &name, &new_id), Vec::new())
                }
            };
            self.commit(format!("Import {name}"), USER, edits)?;
            Ok(Reply::Opened { warnings })
        });
        self.answer(result, reply);
    }

    fn adopt_blobs(&self, from: &model::Blobs) {
        let to = self.published.blobs();
        for hash in from.in_memory_hashes() {
            if let Some(bytes) = from.get(&hash).filter(|_| !to.contains(&hash)) {
                to.put(bytes);
            }
        }
    }
}

/// What a file holds.
enum Material {
    /// Music or audio.
    Media(Source),
    /// Instruments, now a blob.
    SoundFont(BlobHash),
}

/// Reads a file, whatever its name says it is.
fn read(path: &Path, blobs: &model::Blobs) -> Result<Material, ImportError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sf2")) {
        let bytes =
            std::fs::read(path).map_err(|source| ImportError::Io { path: path.to_owned(), source })?;
        return Ok(Material::SoundFont(blobs.put(bytes)));
    }
    model::import::read(path, blobs).map(Material::Media)
}

/// The font goes into the SoundFont player of the track; either is made if it is not there.
fn soundfont_edits(
    project: &Project,
    track: Option<TrackId>,
    font: BlobHash,
    name: &str,
    new_id: &dyn Fn() -> EntityId,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let known = track.and_then(|track| project.track(track));
    let is_player = |device: &Device<'_>| device.source() == DeviceSource::Builtin(DeviceKind::SoundFont);
    let player = known.as_ref().and_then(|track| track.devices().find(is_player)).map(|device| device.id());
    let track = known.filter(|track| track.kind() == TrackKind::Instrument).map_or_else(
        || {
            let track = TrackId(new_id());
            if player.is_none() {
                edits.push(edit::track::create(track, TrackKind::Instrument, name));
            }
            track
        },
        |track| track.id(),
    );
    let player = player.unwrap_or_else(|| {
        let player = DeviceId(new_id());
        edits.push(edit::device::create_builtin(player, track, DeviceKind::SoundFont, -1.0));
        player
    });
    edits.push(edit::device::set_blob(player, Some(font)));
    edits
}

/// A file that a worker has read.
pub struct ImportRead {
    name: String,
    source: Result<Material, ImportError>,
    blobs: model::Blobs,
    target: Target,
    reply: ReplyTo,
}
