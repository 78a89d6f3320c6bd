//! The window as a whole: where its parts are, and what happens once a frame.

use egui::{Id, Rect, Sense, Ui};

use crate::cx::Cx;
use crate::frame::EditorFrame;
use crate::output::EditorOutput;
use crate::theme::{self, color, space};
use crate::times::Times;
use crate::view::View;
use crate::widgets::area;
use crate::{arranger, bottom, browser, project_menu, shortcuts, status, transport};

/// The editor of one window. Holds view state only.
#[derive(Default)]
pub struct Editor {
    view: View,
    times: Times,
    stats: FrameStats,
    moving: bool,
    /// Frames drawn while the window settles, and its size in the last.
    settling: (u8, egui::Vec2),
}

/// Frames in which a window may still find its size.
const SETTLING: u8 = 5;

/// How much the last frame drew; what is out of sight is not visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameStats {
    /// Track rows and mixer strips.
    pub tracks: usize,
    /// Clips.
    pub clips: usize,
    /// Notes, in clips and in the piano roll.
    pub notes: usize,
}

impl Editor {
    /// A new editor, showing the whole project.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Prepares a window's context: fonts, colours, spacing. Once per window, before its first frame.
    pub fn open(&self, ctx: &egui::Context) {
        theme::apply(ctx);
    }

    /// Draws the window into `ui` and collects what was asked for.
    pub fn ui(&mut self, ui: &mut Ui, frame: &EditorFrame<'_>, out: &mut EditorOutput) {
        self.times.update(frame.project);
        let now_secs = ui.input(|input| input.time);
        self.stats = FrameStats::default();
        self.settle(ui.max_rect().size());
        let mut cx = Cx {
            frame: *frame,
            out,
            view: &mut self.view,
            stats: &mut self.stats,
            signatures: &self.times.signatures,
            times: &self.times,
            now_secs,
        };
        shortcuts::handle(ui.ctx(), &mut cx);
        show(ui, &mut cx);
        let now = cx.now();
        cx.view.hand.end_frame(now, cx.out);
        crate::widgets::field::end_frame(&mut cx.view.draft);
        let meters = cx.view.holds.end_frame();
        let waiting = cx.view.hand.is_busy() || cx.view.arranger.is_busy() || cx.view.roll.is_busy();
        self.moving = frame.telemetry.playing
            || meters
            || waiting
            || frame.status.scan.is_some()
            || frame.status.render.is_some();
    }

    /// A window's first frames may come before its scale is known. What is chosen by its size is chosen again then.
    fn settle(&mut self, size: egui::Vec2) {
        let (frames, before) = &mut self.settling;
        if *frames < SETTLING && *before != size {
            self.view.fitted = false;
            self.view.panels.bottom_height = None;
        }
        *frames = frames.saturating_add(1);
        *before = size;
    }

    /// Whether something on the screen still moves by itself: the playhead, a meter that falls. Whoever has the window then
    /// sees to the next frame.
    #[must_use]
    pub fn wants_repaint(&self) -> bool {
        self.moving
    }

    /// What the last frame drew.
    #[must_use]
    pub fn stats(&self) -> FrameStats {
        self.stats
    }
}

/// Where the parts are.
struct Layout {
    top: Rect,
    browser: Option<Rect>,
    arranger: Rect,
    splitter: Option<Rect>,
    bottom: Rect,
    status: Rect,
}

/// Room between panels.
const GAP: f32 = 3.0;

impl Layout {
    fn new(window: Rect, view: &mut View) -> Self {
        let (top, rest) = window.split_top_bottom_at_y(window.top() + space::TOP_BAR);
        let (rest, status) = rest.split_top_bottom_at_y(rest.bottom() - space::STATUS);
        let rest = rest.with_min_y(rest.top() + GAP).with_max_y(rest.bottom() - GAP);
        let (browser, rest) = if view.panels.browser && rest.width() > 700.0 {
            let (left, right) = rest.split_left_right_at_x(rest.left() + space::BROWSER);
            (Some(left), right.with_min_x(right.left() + GAP))
        } else {
            (None, rest)
        };
        let most = (rest.height() - 150.0).max(space::HEADER);
        let chosen = view.panels.bottom_height.unwrap_or((rest.height() * 0.32).clamp(272.0, 380.0));
        let chosen = chosen.clamp(space::HEADER + 90.0, most.max(120.0));
        view.panels.bottom_height = Some(chosen);
        let height = if view.panels.bottom { chosen.min(most) } else { space::HEADER };
        let (arranger, bottom) = rest.split_top_bottom_at_y(rest.bottom() - height);
        let splitter = Rect::from_min_max(
            egui::pos2(bottom.left(), bottom.top() - GAP),
            egui::pos2(bottom.right(), bottom.top() + 2.0),
        );
        Self {
            top,
            browser,
            arranger: arranger.with_max_y(arranger.bottom() - GAP),
            splitter: view.panels.bottom.then_some(splitter),
            bottom,
            status,
        }
    }
}

fn show(ui: &mut Ui, cx: &mut Cx<'_, '_>) {
    let window = ui.max_rect();
    ui.painter().rect_filled(window, 0, color::VOID);
    let layout = Layout::new(window, cx.view);
    area(ui, layout.top, "top", |ui| transport::show(ui, layout.top, cx));
    if let Some(rect) = layout.browser {
        area(ui, rect, "browser", |ui| browser::show(ui, rect, cx));
    }
    area(ui, layout.arranger, "arranger", |ui| arranger::show(ui, layout.arranger, cx));
    area(ui, layout.bottom, "bottom", |ui| bottom::show(ui, layout.bottom, cx));
    area(ui, layout.status, "status", |ui| status::show(ui, layout.status, cx));
    if let Some(rect) = layout.splitter {
        split(ui, rect, cx);
    }
    project_menu::prompt(ui, cx);
    project_menu::confirm(ui, cx);
}

fn split(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let response = ui.interact(rect, Id::unique("splitter"), Sense::drag());
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeVertical);
        let line = Rect::from_center_size(rect.center(), egui::vec2(rect.width(), 2.0));
        ui.painter().rect_filled(line, 1, color::ACCENT_DIM);
    }
    if response.dragged() {
        let height = cx.view.panels.bottom_height.get_or_insert(272.0);
        *height -= response.drag_delta().y;
    }
}
