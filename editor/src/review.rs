//! Work that waits for review: what it changes, its conflicts, and the choice to accept or to reject it.

use egui::{Align2, Key, Modifiers, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use protocol::{Command, ConflictId, SessionId, Take};

use crate::cx::Cx;
use crate::frame::SessionEntry;
use crate::icons::Icon;
use crate::theme::{color, font, space};
use crate::view::{Focus, Tab};
use crate::widgets::text::{text_center, text_in};
use crate::widgets::{Face, Lit, button};
use crate::{ids, people};

mod conflicts;
mod left;
pub(crate) mod lines;
mod words;

/// What the page shows.
#[derive(Debug, Default)]
pub(crate) struct ReviewView {
    /// What was chosen; the first while nothing was, or while it is gone.
    chosen: Option<Chosen>,
    /// The conflict that the keyboard is on.
    conflict: Option<ConflictId>,
    page: Page,
}

/// What is shown of a session that has conflicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    Conflicts,
    Changes,
}

/// Something to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chosen {
    Session(SessionId),
    /// What a merge of files left undecided in the project.
    Left,
}

/// Width of the list.
const LIST: f32 = 250.0;
/// Height of an entry of it.
const ENTRY: f32 = 42.0;

/// Draws the page.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::WELL);
    let all = choices(cx);
    let Some(chosen) = chosen(cx, &all) else {
        let text =
            "Nothing waits for review. \"Run and review\" a script, and what it did is shown here first.";
        text_center(ui.painter(), rect, text, font::body(), color::TEXT_FAINT);
        return;
    };
    let (list, rest) = rect.split_left_right_at_x(rect.left() + LIST.min(rect.width() * 0.4));
    self::list(ui, list, &all, chosen, cx);
    let rest = rest.with_min_x(rest.left() + 2.0);
    match chosen {
        Chosen::Left => left::show(ui, rest, cx),
        Chosen::Session(id) => {
            let sessions = cx.frame.sessions;
            if let Some(session) = sessions.iter().find(|session| session.id == id) {
                self::session(ui, rest, session, cx);
            }
        }
    }
}

/// How much waits: a number beside the tab. Gives where it ends.
pub(crate) fn badge(ui: &Ui, left: f32, bar: Rect, cx: &Cx<'_, '_>) -> f32 {
    let waiting = choices(cx).len();
    if waiting == 0 {
        return left;
    }
    let text = waiting.to_string();
    let rect = Rect::from_center_size(pos2(left + 2.0, bar.center().y), vec2(18.0, 16.0));
    ui.painter().rect_filled(rect, 8, color::WARNING);
    text_center(ui.painter(), rect, &text, font::caption(), color::TEXT_DARK);
    rect.right()
}

/// Gives the keyboard to the page while its tab is open.
pub(crate) fn focus(cx: &mut Cx<'_, '_>) {
    let open = cx.view.panels.bottom && cx.view.tab == Tab::Review;
    let selection = &mut cx.view.selection;
    if open {
        selection.focus = Focus::Review;
    } else if selection.focus == Focus::Review {
        selection.focus = Focus::Track;
    }
}

fn choices(cx: &Cx<'_, '_>) -> Vec<Chosen> {
    let left = (left::count(cx) > 0).then_some(Chosen::Left);
    let sessions = cx.frame.sessions.iter().map(|session| Chosen::Session(session.id));
    left.into_iter().chain(sessions).collect()
}

fn chosen(cx: &Cx<'_, '_>, all: &[Chosen]) -> Option<Chosen> {
    cx.view.review.chosen.filter(|chosen| all.contains(chosen)).or_else(|| all.first().copied())
}

fn list(ui: &mut Ui, rect: Rect, all: &[Chosen], chosen: Chosen, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(space::SMALL)));
    child.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).id_salt("sessions").show_rows(
        &mut child,
        ENTRY,
        all.len(),
        |ui, range| {
            for index in range {
                let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), ENTRY), Sense::hover());
                let response = ui.interact(row, ids::nth("session", index), Sense::click());
                let which = all[index];
                if which == chosen || response.hovered() {
                    let fill = if which == chosen { color::SELECTED } else { color::HOVER };
                    ui.painter().rect_filled(row, space::RADIUS, fill);
                }
                entry(ui, row, which, cx);
                if response.clicked() {
                    cx.view.review.chosen = Some(which);
                    cx.view.selection.focus = Focus::Review;
                }
            }
        },
    );
}

fn entry(ui: &Ui, row: Rect, which: Chosen, cx: &Cx<'_, '_>) {
    let painter = ui.painter();
    let words = row.shrink2(vec2(8.0, 4.0)).with_min_x(row.left() + 32.0);
    let (top, bottom) = words.split_top_bottom_at_fraction(0.5);
    let (name, about, when, tint) = match which {
        Chosen::Left => {
            let count = left::count(cx);
            let icon = Rect::from_center_size(pos2(row.left() + 17.0, row.center().y), vec2(16.0, 16.0));
            crate::icons::paint(painter, icon, Icon::Bus, color::WARNING);
            ("Left by a merge of files".to_owned(), plural(count, "conflict"), String::new(), color::WARNING)
        }
        Chosen::Session(id) => {
            let sessions = cx.frame.sessions;
            let Some(session) = sessions.iter().find(|session| session.id == id) else { return };
            people::badge(painter, pos2(row.left() + 17.0, row.center().y), &session.author, 1.0);
            let open = session.conflicts.len();
            let about = match open {
                0 => format!("{} · {}", people::name(&session.author), plural(session.operations, "edit")),
                _ => format!("{} to decide", plural(open, "conflict")),
            };
            let tint = if open > 0 { color::WARNING } else { color::TEXT_DIM };
            (session.name.clone(), about, people::ago(session.opened_ms), tint)
        }
    };
    let time = text_in(painter, top, Align2::RIGHT_CENTER, &when, font::small(), color::TEXT_FAINT);
    let top = if when.is_empty() { top } else { top.with_max_x(time.left() - 6.0) };
    text_in(painter, top, Align2::LEFT_CENTER, &name, font::strong(), color::TEXT);
    text_in(painter, bottom, Align2::LEFT_CENTER, &about, font::small(), tint);
}

/// `1 edit`, `12 edits`.
fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn session(ui: &mut Ui, rect: Rect, session: &SessionEntry, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let (head, body) = rect.split_top_bottom_at_y(rect.top() + 36.0);
    self::head(ui, head, session, cx);
    if session.conflicts.is_empty() || cx.view.review.page == Page::Changes {
        lines::show(ui, body, "review lines", &session.lines, cx);
    } else {
        conflicts::show(ui, body, session, cx);
    }
}

fn head(ui: &Ui, rect: Rect, session: &SessionEntry, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * space::LARGE, space::CONTROL));
    let accept = Rect::from_min_max(pos2(row.right() - 92.0, row.top()), row.max);
    let reject =
        Rect::from_min_max(pos2(accept.left() - 90.0, row.top()), pos2(accept.left() - 4.0, row.bottom()));
    let open = session.conflicts.len();
    let (lit, tip) = if open > 0 {
        (Lit::Disabled, format!("{} to decide first", plural(open, "conflict")))
    } else {
        (Lit::Filled(color::ACCENT), "Make this part of the project, as one undo step  (Enter)".to_owned())
    };
    let face = Face::Both(Icon::Check, "Accept");
    if button(ui, accept, ids::one("accept session"), face, lit, &tip).clicked() {
        cx.out.commands.push(Command::AcceptSession { session: session.id });
    }
    let face = Face::Both(Icon::Close, "Reject");
    let tip = "Throw this away; the project stays as it is  (Del)";
    if button(ui, reject, ids::one("reject session"), face, Lit::No, tip).clicked() {
        cx.out.commands.push(Command::RejectSession { session: session.id });
    }
    let mut end = reject.left();
    if !session.conflicts.is_empty() {
        let rect = Rect::from_min_max(pos2(end - 114.0, row.top()), pos2(end - 4.0, row.bottom()));
        let (word, other) = match cx.view.review.page {
            Page::Conflicts => ("Show changes", Page::Changes),
            Page::Changes => ("Show conflicts", Page::Conflicts),
        };
        if button(ui, rect, ids::one("review page"), Face::Text(word), Lit::No, word).clicked() {
            cx.view.review.page = other;
        }
        end = rect.left();
    }
    let words = row.with_max_x(end - space::LARGE);
    let painter = ui.painter();
    let name = text_in(painter, words, Align2::LEFT_CENTER, &session.name, font::strong(), color::TEXT);
    let about = format!(
        "by {} · {} · {}",
        people::name(&session.author),
        plural(session.operations, "edit"),
        plural(session.lines.len(), "change"),
    );
    let rest = words.with_min_x(name.right() + space::LARGE);
    text_in(painter, rest, Align2::LEFT_CENTER, &about, font::small(), color::TEXT_DIM);
}

/// The keyboard on the page: up and down choose, left and right decide, enter accepts, delete rejects.
pub(crate) fn keys(cx: &mut Cx<'_, '_>, pressed: impl Fn(Modifiers, Key) -> bool) {
    let all = choices(cx);
    let Some(chosen) = chosen(cx, &all) else { return };
    let sessions = cx.frame.sessions;
    let session = sessions.iter().find(|session| chosen == Chosen::Session(session.id));
    let conflicts = session.map_or(&[][..], |session| &session.conflicts);
    for (key, step) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
        if pressed(Modifiers::NONE, key) {
            if conflicts.is_empty() {
                let place = all.iter().position(|which| *which == chosen).unwrap_or(0);
                let next = place.checked_add_signed(step).and_then(|next| all.get(next));
                cx.view.review.chosen = next.copied().or(Some(chosen));
            } else {
                conflicts::step(cx, conflicts, step);
            }
        }
    }
    let Some(session) = session else { return };
    for (key, take) in [(Key::ArrowLeft, Take::Project), (Key::ArrowRight, Take::Session)] {
        if pressed(Modifiers::NONE, key)
            && let Some(conflict) = conflicts::current(cx, conflicts)
        {
            cx.out.commands.push(Command::ResolveConflict { session: session.id, conflict, take });
            conflicts::advance(cx, conflicts);
        }
    }
    if pressed(Modifiers::NONE, Key::Enter) && session.conflicts.is_empty() {
        cx.out.commands.push(Command::AcceptSession { session: session.id });
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        cx.out.commands.push(Command::RejectSession { session: session.id });
    }
}
