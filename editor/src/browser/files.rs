//! Files to import and projects to open, one folder at a time.

use std::path::{Path, PathBuf};

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};
use protocol::Command;

use crate::cx::Cx;
use crate::icons::{self, Icon};
use crate::theme::{color, font, space};
use crate::widgets::text::{label, text_in};
use crate::{edits, ids, project_menu};

/// Most entries of a folder that are listed.
const MOST: usize = 5_000;

/// The folder that is shown. Read when it is entered or refreshed, not every frame.
#[derive(Debug, Default)]
pub(crate) struct FilesView {
    folder: Option<PathBuf>,
    entries: Vec<Entry>,
    /// Why the folder could not be read.
    error: Option<String>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    path: PathBuf,
    kind: Kind,
}

/// What a click on an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Folder,
    Project,
    Midi,
    Audio,
    SoundFont,
}

impl Kind {
    /// By extension; `None` for what we cannot use.
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "loophole" => Self::Project,
            "mid" | "midi" => Self::Midi,
            "wav" | "flac" | "ogg" | "mp3" => Self::Audio,
            "sf2" => Self::SoundFont,
            _ => return None,
        })
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Folder => Icon::Right,
            Self::Project => Icon::Master,
            Self::Midi | Self::SoundFont => Icon::Note,
            Self::Audio => Icon::Wave,
        }
    }

    const fn tip(self) -> &'static str {
        match self {
            Self::Folder => "Open this folder",
            Self::Project => "Double-click to open this project",
            Self::Midi => "Import at the playhead, as new tracks",
            Self::Audio => "Import at the playhead: on the selected audio track, or on a new one",
            Self::SoundFont => "Load into the selected track's SoundFont Player",
        }
    }
}

impl FilesView {
    /// Reads a folder. Hidden files and what we cannot use are left out.
    fn enter(&mut self, folder: PathBuf) {
        self.entries.clear();
        self.error = None;
        match std::fs::read_dir(&folder) {
            Ok(entries) => {
                let known = entries.filter_map(Result::ok).take(MOST).filter_map(|entry| {
                    let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
                    let kind = if path.is_dir() { Some(Kind::Folder) } else { Kind::of(&path) };
                    (!name.starts_with('.')).then_some(Entry { name, path, kind: kind? })
                });
                self.entries.extend(known);
                self.entries.sort_by_key(|entry| (entry.kind != Kind::Folder, entry.name.to_lowercase()));
            }
            Err(error) => self.error = Some(error.to_string()),
        }
        self.folder = Some(folder);
    }

    /// Reads the folder again.
    pub fn refresh(&mut self) {
        if let Some(folder) = self.folder.take() {
            self.enter(folder);
        }
    }
}

/// Where to begin: beside the project, or at home.
fn first_folder(cx: &Cx<'_, '_>) -> PathBuf {
    let beside =
        cx.frame.status.file.as_ref().and_then(|file| file.parent()).filter(|folder| folder.is_dir());
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    beside.map(Path::to_path_buf).or(home).unwrap_or_else(|| PathBuf::from("/"))
}

/// Draws the folder; `wanted` is what the search says.
pub(super) fn show(ui: &mut Ui, body: Rect, wanted: &str, cx: &mut Cx<'_, '_>) {
    if cx.view.browser.files.folder.is_none() {
        let folder = first_folder(cx);
        cx.view.browser.files.enter(folder);
    }
    let (head, rest) = body.split_top_bottom_at_y(body.top() + 26.0);
    let mut enter = up(ui, head, cx);
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(rest));
    list.spacing_mut().item_spacing.y = 0.0;
    let files = &cx.view.browser.files;
    if let Some(error) = &files.error {
        text_in(ui.painter(), rest.shrink(8.0), egui::Align2::LEFT_TOP, error, font::body(), color::WARNING);
    }
    let shown: Vec<&Entry> =
        files.entries.iter().filter(|entry| entry.name.to_lowercase().contains(wanted)).collect();
    let mut chosen = None;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("files");
    area.show_rows(&mut list, space::ROW, shown.len(), |ui, range| {
        for index in range {
            let Some(entry) = shown.get(index) else { continue };
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
            let response = ui.interact(row, ids::nth("file", index), Sense::click());
            if response.hovered() {
                ui.painter().rect_filled(row, space::RADIUS, color::HOVER);
            }
            let icon = row.with_max_x(row.left() + 26.0);
            let ink = if entry.kind == Kind::Folder { color::TEXT_FAINT } else { color::TEXT_DIM };
            icons::paint_sized(ui.painter(), icon, entry.kind.icon(), ink, 12.0);
            let words = row.with_min_x(icon.right() + 2.0).with_max_x(row.right() - 6.0);
            label(ui.painter(), words, &entry.name, color::TEXT);
            let response = response.on_hover_text(entry.kind.tip());
            let meant =
                if entry.kind == Kind::Project { response.double_clicked() } else { response.clicked() };
            if meant {
                chosen = Some((entry.path.clone(), entry.kind));
            }
        }
    });
    match chosen {
        Some((path, Kind::Folder)) => enter = Some(path),
        Some((path, Kind::Project)) => project_menu::leave(cx, Command::Open { path }),
        Some((path, kind)) => {
            let fits = |track: &_| match kind {
                Kind::Audio => edits::takes_audio(cx.project(), *track),
                Kind::SoundFont => edits::takes_notes(cx.project(), *track),
                Kind::Folder | Kind::Project | Kind::Midi => false,
            };
            let track = cx.selected_track().filter(fits);
            cx.out.commands.push(Command::Import { path, track, at: cx.playhead() });
        }
        None => {}
    }
    if let Some(folder) = enter {
        cx.view.browser.files.enter(folder);
    }
}

/// The folder's name, and the way up; gives where to go.
fn up(ui: &Ui, head: Rect, cx: &Cx<'_, '_>) -> Option<PathBuf> {
    let folder = cx.view.browser.files.folder.as_deref()?;
    let row = head.with_max_y(head.bottom() - 2.0);
    let response = ui.interact(row, ids::one("folder up"), Sense::click());
    if response.hovered() {
        ui.painter().rect_filled(row, space::RADIUS, color::HOVER);
    }
    icons::paint_sized(ui.painter(), row.with_max_x(row.left() + 26.0), Icon::Left, color::TEXT_DIM, 12.0);
    let name = folder.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy());
    let words = Rect::from_min_max(pos2(row.left() + 28.0, row.top()), pos2(row.right() - 6.0, row.bottom()));
    text_in(ui.painter(), words, egui::Align2::LEFT_CENTER, &name, font::strong(), color::TEXT);
    let clicked = response.on_hover_text(folder.to_string_lossy()).clicked();
    clicked.then(|| folder.parent().map(Path::to_path_buf)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lists_what_can_be_used_and_says_why_it_cannot_be_read() {
        let folder = std::env::temp_dir().join(format!("loophole-files-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("Loops")).expect("a folder");
        for name in ["b.WAV", "a.mid", "notes.txt", ".hidden.wav", "Song.loophole"] {
            std::fs::write(folder.join(name), b"").expect("a file");
        }
        let mut files = FilesView::default();
        files.enter(folder.clone());
        let names: Vec<_> = files.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["Loops", "a.mid", "b.WAV", "Song.loophole"]);
        std::fs::remove_dir_all(&folder).expect("ours to remove");
        files.refresh();
        assert!(files.entries.is_empty() && files.error.is_some());
    }
}
