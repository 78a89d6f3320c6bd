//! Freezing and bouncing tracks, and writing audio files: on a worker of its own with an engine of its own, so that neither
//! the control thread nor the audio waits for it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use editor::RenderStatus;
use model::edit::bounce::{Bounced, bounce};
use model::{Clip, ClipId, Project, TrackId, edit};
use protocol::control::{BounceEnding, LogLevel, SampleBits, Stems};
use protocol::{Beats, EntityId, SampleRate};

use super::control::{Control, USER};
use super::error::CommandError;
use super::request::{Reply, ReplyTo, Request};
use crate::offline::export::{ExportError, ExportJob, export};
use crate::offline::file::{FileError, Rendered, clips};
use crate::offline::track::{RenderedTrack, Snapshot, TrackJob, TrackRenderError, render};

/// The rate while no audio runs that could tell, in Hz.
const DEFAULT_RATE: f64 = 48_000.0;

/// A render under way.
pub(super) struct RenderJob {
    number: u64,
    name: String,
    todo: Arc<Todo>,
    cancel: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
    reply: ReplyTo,
}

/// What is rendered.
enum Todo {
    /// A track, for something.
    Track(TrackJob, Aim),
    /// Files.
    Files(ExportJob),
}

/// What is done with the audio.
#[derive(Clone, Copy)]
enum Aim {
    Freeze,
    Bounce(BounceEnding),
}

/// What the worker says. All with the number of the job.
pub enum RenderNews {
    /// So much is done, 0..=1.
    Progress(u64, f64),
    /// A track is rendered, or not.
    Ended(u64, Result<Box<RenderedTrack>, TrackRenderError>),
    /// Files are written, or not all.
    Exported(u64, Result<Vec<Rendered>, ExportError>),
}

impl Control {
    /// The whole track, from the start of the timeline to the last clip.
    pub fn start_freeze(&mut self, track: TrackId, reply: ReplyTo) {
        let project = self.pulse.project();
        let job =
            TrackJob { track, clips: None, rate: self.render_rate(), from: Beats::ZERO, to: project.end() };
        self.start_render(&project, job, Aim::Freeze, reply);
    }

    /// From the first clip to the last.
    pub fn start_bounce(
        &mut self,
        track: TrackId,
        clips: Vec<EntityId>,
        ending: BounceEnding,
        reply: ReplyTo,
    ) {
        let project = self.pulse.project();
        let wanted: BTreeSet<ClipId> = clips.into_iter().map(ClipId).collect();
        let is_heard = |clip: &Clip<'_>| {
            clip.arranged() && !clip.muted() && (wanted.is_empty() || wanted.contains(&clip.id()))
        };
        let Some(view) = project.track(track) else {
            return self.answer(Err(CommandError::NoTrack(track.0)), reply);
        };
        let heard: Vec<Clip<'_>> = view.clips().filter(is_heard).collect();
        let (Some(from), Some(to)) = (heard.iter().map(Clip::start).min(), heard.iter().map(Clip::end).max())
        else {
            return self.answer(Err(CommandError::NothingToBounce(view.name().into())), reply);
        };
        let clips = (!wanted.is_empty()).then(|| heard.iter().map(Clip::id).collect());
        let job = TrackJob { track, clips, rate: self.render_rate(), from, to };
        self.start_render(&project, job, Aim::Bounce(ending), reply);
    }

    /// What is played now is rendered at the same rate, so that it is the same to the sample.
    fn render_rate(&self) -> SampleRate {
        let rate = self.status.sample_rate;
        SampleRate(if rate > 0.0 { rate.round() } else { DEFAULT_RATE })
    }

    fn start_render(&mut self, project: &Project, job: TrackJob, aim: Aim, reply: ReplyTo) {
        let name = project.name_of(job.track).to_owned();
        let what = match aim {
            Aim::Freeze => format!("Freezing {name}"),
            Aim::Bounce(_) => format!("Bouncing {name}"),
        };
        let (track, todo) = (job.track.0, Todo::Track(job, aim));
        self.start_worker((name, what, track), todo, reply);
    }

    /// The whole project, to files.
    pub fn start_export(&mut self, path: PathBuf, stems: Stems, bits: SampleBits, reply: ReplyTo) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (what, master) = (format!("Writing {name}"), self.pulse.project().master().id().0);
        let job = ExportJob { path, stems, bits, rate: self.render_rate() };
        self.start_worker((name, what, master), Todo::Files(job), reply);
    }

    /// `about` says what it is called, what is shown, and whose it is.
    fn start_worker(&mut self, about: (String, String, EntityId), todo: Todo, reply: ReplyTo) {
        if let Some(running) = &self.render {
            return self.answer(Err(CommandError::RenderRunning(running.name.clone())), reply);
        }
        let (name, what, track) = about;
        // The plugins as they are now, not as they were when the project was saved.
        let project = self.gather();
        let plugins = self.locator.borrow().clone();
        let snapshot = Snapshot { project, blobs: self.published.blobs(), plugins };
        self.renders += 1;
        let (number, cancel) = (self.renders, Arc::new(AtomicBool::new(false)));
        let (requests, stop) = (self.requests.clone(), Arc::clone(&cancel));
        let todo = Arc::new(todo);
        let job = Arc::clone(&todo);
        let worker = std::thread::Builder::new().name("loophole-render".into()).spawn(move || {
            let mut told = 0.0;
            let progress = &mut |done| {
                if done - told >= 0.01 {
                    told = done;
                    let _gone = requests.send(Request::Render(RenderNews::Progress(number, done)));
                }
                if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let ended = match &*job {
                Todo::Track(job, _) => {
                    RenderNews::Ended(number, render(snapshot, job, progress).map(Box::new))
                }
                Todo::Files(job) => RenderNews::Exported(number, export(&snapshot, job, progress)),
            };
            let _gone = requests.send(Request::Render(ended));
        });
        match worker {
            Ok(worker) => {
                self.status.render = Some(RenderStatus { track, what, done: 0.0 });
                let worker = Some(worker);
                self.render = Some(RenderJob { number, name, todo, cancel, worker, reply });
                self.publish_status();
            }
            Err(error) => self.answer(Err(CommandError::Thread(error)), reply),
        }
    }

    pub fn render_news(&mut self, news: RenderNews) {
        match news {
            RenderNews::Progress(number, done) => {
                let is_current = self.render.as_ref().is_some_and(|job| job.number == number);
                if let Some(status) = self.status.render.as_mut().filter(|_| is_current) {
                    status.done = done;
                }
            }
            RenderNews::Ended(number, rendered) => {
                let Some(mut job) = self.ended(number) else { return };
                let reply = job.reply.take();
                let result = rendered
                    .map_err(|source| CommandError::Render { name: job.name.clone(), source })
                    .and_then(|rendered| self.finish_render(&job, *rendered));
                self.answer(result, reply);
            }
            RenderNews::Exported(number, written) => {
                let Some(mut job) = self.ended(number) else { return };
                let reply = job.reply.take();
                let result =
                    written.map_err(|source| CommandError::Export { name: job.name.clone(), source });
                let result = result.map(|files| self.finish_export(&job, files));
                self.answer(result, reply);
            }
        }
        self.publish_status();
    }

    /// The job that a worker has ended; one that was stopped may still have had its last word.
    fn ended(&mut self, number: u64) -> Option<RenderJob> {
        let mut job = self.render.take_if(|job| job.number == number)?;
        if let Some(worker) = job.worker.take() {
            let _ended = worker.join();
        }
        self.status.render = None;
        Some(job)
    }

    fn finish_export(&mut self, job: &RenderJob, files: Vec<Rendered>) -> Reply {
        for file in &files {
            let is_cut = matches!(&*job.todo, Todo::Files(job) if clips(file, job.bits));
            let (level, cut) = if is_cut { (LogLevel::Warning, "; it clips") } else { (LogLevel::Info, "") };
            self.published.log(level, "export", &format!("{file}{cut}"));
        }
        Reply::Written { files }
    }

    fn finish_render(&mut self, job: &RenderJob, rendered: RenderedTrack) -> Result<Reply, CommandError> {
        let RenderedTrack { wav, secs, rendered_secs, took_secs, of } = rendered;
        // Unfreezing, and undoing this, must give the plugins back as they are.
        let project = self.gather();
        let Todo::Track(TrackJob { track, clips, from, .. }, aim) = &*job.todo else {
            return Ok(Reply::Done);
        };
        let track = *track;
        let view = project.track(track).ok_or(CommandError::NoTrack(track.0))?;
        let media = self.published.blobs().put(wav);
        let (verb, edits) = match *aim {
            Aim::Freeze => ("Freeze", edit::track::freeze(track, media, of).to_vec()),
            Aim::Bounce(ending) => {
                let tempo = project.tempo_map();
                let start = *from;
                let end = tempo.beats_at_secs(tempo.secs_at(start) + secs) + Beats(1);
                let audio = Bounced { media, start, length: (end - start).max(Beats(1)) };
                // Those that were deleted meanwhile are no more to be muted.
                let there = |clip: &ClipId| project.clip(*clip).is_some();
                let clips = clips.as_ref().map(|clips| clips.iter().copied().filter(there).collect());
                let new_id = || self.pulse.new_id();
                ("Bounce", bounce(view, clips.as_ref(), audio, ending, &new_id).1)
            }
        };
        self.commit(format!("{verb} {}", job.name), USER, edits)?;
        let speed = rendered_secs / took_secs.max(1e-9);
        let text = format!("{rendered_secs:.1} s in {took_secs:.2} s ({speed:.0} x real time)");
        self.published.log(LogLevel::Info, &format!("{verb} {}", job.name), &text);
        Ok(Reply::Rendered { secs: rendered_secs, took_secs })
    }

    pub fn unfreeze(&mut self, track: TrackId) -> Result<Reply, CommandError> {
        let project = self.pulse.project();
        let view = project.track(track).ok_or(CommandError::NoTrack(track.0))?;
        if view.frozen().is_none() {
            return Ok(Reply::Done);
        }
        self.commit(format!("Unfreeze {}", view.name()), USER, edit::track::unfreeze(track).into())
    }

    /// Waits for workers that were stopped: their code must not go from under them.
    pub fn join_renders(&mut self) {
        self.stop_render();
        for worker in self.stopped_renders.drain(..) {
            let _ended = worker.join();
        }
    }

    /// Ends the render under way. The worker looks up between two blocks, so this does not take long.
    pub fn stop_render(&mut self) {
        if let Some(mut job) = self.render.take() {
            job.cancel.store(true, Ordering::Relaxed);
            // It is not waited for here: a plugin in it may take its time. Its last word goes to nobody.
            self.stopped_renders.extend(job.worker.take());
            self.status.render = None;
            self.published.log(LogLevel::Info, &job.name, "rendering was stopped; the project is unchanged");
            if let Some(reply) = job.reply.take() {
                let error = match &*job.todo {
                    Todo::Track(..) => {
                        CommandError::Render { name: job.name, source: TrackRenderError::Stopped }
                    }
                    Todo::Files(_) => {
                        CommandError::Export { name: job.name, source: FileError::Stopped.into() }
                    }
                };
                let _gave_up = reply.send(Err(error));
            }
            self.publish_status();
        }
    }
}

#[cfg(test)]
mod tests;
