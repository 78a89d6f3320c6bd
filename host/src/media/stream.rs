//! Streaming: a media thread fills pages that players ask for ahead of time.
//!
//! A player owns a fixed set of pages. It sends an empty page with a request and gets it back filled, so neither
//! side allocates; when the page it needs is not there it plays silence and counts, or waits when offline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use protocol::BlobHash;
use rtrb::{Consumer, Producer, RingBuffer};

use super::Media;
use super::wav::WavFile;
use crate::config::RenderMode;
use crate::math::{frames, span};

/// Frames in a page.
const PAGE: usize = 16_384;
/// Pages of a player.
const PAGES: usize = 12;
/// Pages asked for beyond the one that is needed.
const AHEAD: i64 = 3;
/// How long an offline render waits for a page before it gives up on it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which page.
type Key = (BlobHash, i64);

/// A request carries the media, so that the media thread and never the audio thread drops the last reference.
struct Request {
    media: Arc<Media>,
    page: i64,
    samples: Box<[f32]>,
}

struct Filled {
    key: Key,
    samples: Box<[f32]>,
}

/// The pages of one player. Lives on the audio thread.
pub(crate) struct Pages {
    slots: Vec<PageSlot>,
    requests: Producer<Request>,
    replies: Consumer<Filled>,
    clock: u64,
    late: u32,
}

struct PageSlot {
    key: Option<Key>,
    /// `None` while the media thread has them.
    samples: Option<Box<[f32]>>,
    used: u64,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("late", &self.late).finish_non_exhaustive()
    }
}

impl Pages {
    /// How often a page was late since this was last asked.
    pub fn take_late(&mut self) -> u32 {
        std::mem::take(&mut self.late)
    }

    /// Copies media frames from `first` on; silence outside the media, and where a page is late.
    pub fn read(&mut self, media: &Arc<Media>, first: i64, sides: [&mut [f32]; 2], mode: RenderMode) {
        let [left, right] = sides;
        left.fill(0.0);
        right.fill(0.0);
        self.clock += 1;
        self.collect();
        let end = first.saturating_add(frames(left.len())).min(media.frames);
        let mut at = first.max(0);
        while at < end {
            let (page, offset) = (at.div_euclid(frames(PAGE)), span(at.rem_euclid(frames(PAGE))));
            let run = (PAGE - offset).min(span(end - at));
            let place = span(at - first);
            if let Some(samples) = self.page(media, page, mode) {
                left[place..place + run].copy_from_slice(&samples[offset..offset + run]);
                right[place..place + run].copy_from_slice(&samples[PAGE + offset..PAGE + offset + run]);
            } else {
                self.late = self.late.saturating_add(1);
            }
            at += frames(run);
        }
    }

    /// Asks for what will be needed from media frame `first` on.
    pub fn prefetch(&mut self, media: &Arc<Media>, first: i64) {
        self.collect();
        let page = first.max(0).div_euclid(frames(PAGE));
        for page in page..=page + AHEAD {
            if page * frames(PAGE) < media.frames {
                self.request(media, page);
            }
        }
    }

    fn page(&mut self, media: &Arc<Media>, page: i64, mode: RenderMode) -> Option<&[f32]> {
        if self.find(media, page).is_none_or(|slot| self.slots[slot].samples.is_none()) {
            self.request(media, page);
            if mode == RenderMode::Offline {
                self.wait_for(media, page);
            }
        }
        let clock = self.clock;
        let slot = self.find(media, page)?;
        self.slots[slot].used = clock;
        self.slots[slot].samples.as_deref()
    }

    fn find(&self, media: &Media, page: i64) -> Option<usize> {
        self.slots.iter().position(|slot| slot.key == Some((media.hash, page)))
    }

    fn request(&mut self, media: &Arc<Media>, page: i64) {
        if self.find(media, page).is_some() || self.requests.slots() == 0 {
            return;
        }
        let free = self.slots.iter_mut().filter(|slot| slot.samples.is_some()).min_by_key(|slot| slot.used);
        let Some(slot) = free else { return };
        let Some(samples) = slot.samples.take() else { return };
        slot.key = Some((media.hash, page));
        slot.used = self.clock;
        if let Err(rtrb::PushError::Full(request)) =
            self.requests.push(Request { media: media.clone(), page, samples })
        {
            slot.key = None;
            slot.samples = Some(request.samples);
        }
    }

    fn collect(&mut self) {
        while let Ok(filled) = self.replies.pop() {
            let slot =
                self.slots.iter_mut().find(|slot| slot.key == Some(filled.key) && slot.samples.is_none());
            if let Some(slot) = slot {
                slot.samples = Some(filled.samples);
            }
        }
    }

    fn wait_for(&mut self, media: &Arc<Media>, page: i64) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.collect();
            match self.find(media, page) {
                Some(slot) if self.slots[slot].samples.is_some() => return,
                Some(_) => std::thread::sleep(Duration::from_micros(50)),
                None => {
                    self.request(media, page);
                    std::thread::sleep(Duration::from_micros(50));
                }
            }
        }
    }
}

/// The media thread's end of a player's rings.
struct Client {
    requests: Consumer<Request>,
    replies: Producer<Filled>,
}

/// Owns the thread that reads media for all players of an engine. Ends it when dropped.
pub(crate) struct MediaThread {
    clients: Sender<Client>,
    quit: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MediaThread {
    pub fn start() -> std::io::Result<Self> {
        let (clients, incoming) = mpsc::channel();
        let quit = Arc::new(AtomicBool::new(false));
        let stop = quit.clone();
        let thread = std::thread::Builder::new()
            .name("loophole-media".into())
            .spawn(move || Worker { incoming, clients: Vec::new(), files: Vec::new() }.run(&stop))?;
        Ok(Self { clients, quit, thread: Some(thread) })
    }

    /// Pages for one more player.
    pub fn pages(&self) -> Pages {
        let (requests, incoming) = RingBuffer::new(PAGES);
        let (outgoing, replies) = RingBuffer::new(PAGES);
        // A thread that has ended leaves its players silent.
        let _ = self.clients.send(Client { requests: incoming, replies: outgoing });
        let slot = || PageSlot { key: None, samples: Some(vec![0.0; 2 * PAGE].into()), used: 0 };
        Pages { slots: (0..PAGES).map(|_| slot()).collect(), requests, replies, clock: 0, late: 0 }
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        self.quit.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

struct Worker {
    incoming: Receiver<Client>,
    clients: Vec<Client>,
    /// Files kept open, most recently used last.
    files: Vec<(BlobHash, WavFile)>,
}

impl Worker {
    const OPEN_FILES: usize = 32;

    fn run(mut self, quit: &AtomicBool) {
        while !quit.load(Ordering::Acquire) {
            loop {
                match self.incoming.try_recv() {
                    Ok(client) => self.clients.push(client),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.clients.retain(|client| !(client.requests.is_abandoned() && client.requests.is_empty()));
            let files = &mut self.files;
            let served = self.clients.iter_mut().filter_map(|client| client.serve(files)).count();
            if served == 0 {
                // The audio thread must not wake anybody, so this thread looks by itself.
                std::thread::park_timeout(Duration::from_millis(2));
            }
        }
    }
}

impl Client {
    fn serve(&mut self, files: &mut Vec<(BlobHash, WavFile)>) -> Option<()> {
        let Request { media, page, mut samples } = self.requests.pop().ok()?;
        let (left, right) = samples.split_at_mut(PAGE);
        let read = open(&media, files).map(|file| file.read(page * frames(PAGE), left, right));
        if !matches!(read, Some(Ok(()))) {
            samples.fill(0.0);
        }
        // The ring holds as many pages as there are; it is full only if the player is gone.
        let _ = self.replies.push(Filled { key: (media.hash, page), samples });
        Some(())
    }
}

fn open<'a>(media: &Media, files: &'a mut Vec<(BlobHash, WavFile)>) -> Option<&'a mut WavFile> {
    if let Some(index) = files.iter().position(|(hash, _)| *hash == media.hash) {
        let entry = files.remove(index);
        files.push(entry);
    } else {
        let file = media.open().ok()?;
        if files.len() == Worker::OPEN_FILES {
            files.remove(0);
        }
        files.push((media.hash, file));
    }
    files.last_mut().map(|(_, file)| file)
}
