//! Scripts: the list, one to read and run, and the console.

use std::collections::BTreeMap;

use egui::{Rect, ScrollArea, Sense, TextEdit, Ui, pos2, vec2};
use protocol::Command;
use protocol::control::{LogLevel, ScriptEnding};

use crate::cx::Cx;
use crate::frame::ScriptOrigin;
use crate::icons::{self, Icon};
use crate::ids;
use crate::theme::{color, font, space};
use crate::widgets::text::{self, label, text_in};
use crate::widgets::{Face, Lit, button, field};

/// What the scripts page shows.
#[derive(Debug, Default)]
pub(crate) struct ScriptsView {
    /// The chosen script, by name.
    pub chosen: Option<String>,
    /// Arguments as typed: `key=value`, apart by spaces.
    pub args: String,
    /// The text as edited for this run; the script itself stays.
    pub source: String,
}

/// Draws the page.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::WELL);
    let (list, rest) = rect.split_left_right_at_x(rect.left() + 220.0);
    let (source, console) = rest.split_left_right_at_fraction(0.54);
    self::list(ui, list, cx);
    self::source(ui, source.with_min_x(source.left() + 2.0), cx);
    self::console(ui, console.with_min_x(console.left() + 2.0), cx);
}

fn list(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let scripts = cx.frame.scripts;
    if cx.view.scripts.chosen.is_none()
        && let Some(first) = scripts.first()
    {
        choose(&first.name, &first.source, cx);
    }
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(space::SMALL)));
    child.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).id_salt("scripts").show(&mut child, |ui| {
        for (title, ours) in [("In this project", true), ("Examples", false)] {
            let group = scripts.iter().enumerate();
            let group = group.filter(|(_, script)| matches!(script.origin, ScriptOrigin::Project(_)) == ours);
            let group: Vec<_> = group.collect();
            if group.is_empty() {
                continue;
            }
            let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
            text::caption(ui.painter(), head.shrink2(vec2(8.0, 0.0)), title);
            for (index, script) in group {
                let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
                let response = ui.interact(row, ids::nth("script", index), Sense::click());
                let chosen = cx.view.scripts.chosen.as_deref() == Some(&script.name);
                if chosen || response.hovered() {
                    let fill = if chosen { color::SELECTED } else { color::HOVER };
                    ui.painter().rect_filled(row, space::RADIUS, fill);
                }
                let icon = row.with_max_x(row.left() + 26.0);
                icons::paint_sized(ui.painter(), icon, Icon::Script, color::TEXT_DIM, 12.0);
                label(ui.painter(), row.with_min_x(icon.right() + 2.0), &script.name, color::TEXT);
                let response =
                    if script.about.is_empty() { response } else { response.on_hover_text(&script.about) };
                if response.clicked() {
                    choose(&script.name, &script.source, cx);
                }
            }
        }
    });
}

fn choose(name: &str, source: &str, cx: &mut Cx<'_, '_>) {
    cx.view.scripts.chosen = Some(name.to_owned());
    cx.view.scripts.source = source.to_owned();
}

fn source(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let (head, body) = rect.split_top_bottom_at_y(rect.top() + 34.0);
    let row = Rect::from_center_size(head.center(), vec2(head.width() - 16.0, space::CONTROL));
    let running = cx.frame.status.running_script.is_some();
    let run = Rect::from_min_max(pos2(row.right() - 76.0, row.top()), row.max);
    let name = cx.view.scripts.chosen.clone();
    if running {
        let face = Face::Both(Icon::Stop, "Stop");
        let tip = "End the script; what it did is discarded";
        if button(ui, run, ids::one("stop script"), face, Lit::Filled(color::ARM), tip).clicked() {
            cx.out.commands.push(Command::StopScript);
        }
    } else {
        let face = Face::Both(Icon::Play, "Run");
        let lit = if name.is_some() { Lit::Filled(color::ACCENT) } else { Lit::Disabled };
        let tip = "Run the script: one undo step";
        let mut ending = None;
        if button(ui, run, ids::one("run script"), face, lit, tip).clicked() {
            ending = Some(ScriptEnding::Commit);
        }
        let review =
            Rect::from_min_max(pos2(run.left() - 118.0, row.top()), pos2(run.left() - 4.0, row.bottom()));
        let face = Face::Both(Icon::Eye, "Run and review");
        let tip = "Run the script, and look at what it did before it becomes part of the project";
        let lit = Lit::enabled(name.is_some());
        if button(ui, review, ids::one("review script"), face, lit, tip).clicked() {
            ending = Some(ScriptEnding::Review);
        }
        if let (Some(name), Some(ending)) = (name, ending) {
            let source = cx.view.scripts.source.clone();
            let args = parse_args(&cx.view.scripts.args);
            cx.out.commands.push(Command::RunScript { name, source, args, ending });
        }
    }
    let args = Rect::from_min_max(
        pos2(row.left() + row.width() * 0.3, row.top()),
        pos2(run.left() - if running { 6.0 } else { 124.0 }, row.bottom()),
    );
    let title = row.with_max_x(args.left() - 8.0);
    let name = cx.view.scripts.chosen.as_deref().unwrap_or("No script");
    text_in(ui.painter(), title, egui::Align2::LEFT_CENTER, name, font::strong(), color::TEXT);
    field::line(ui, args, ids::one("script args"), &mut cx.view.scripts.args, "Arguments: amount=0.3 seed=7");
    let body = body.shrink2(vec2(space::MEDIUM, 0.0)).with_max_y(body.bottom() - 6.0);
    ui.painter().rect_filled(body, space::RADIUS, color::GROOVE);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body.shrink(2.0)));
    ScrollArea::both().auto_shrink(false).id_salt("source").show(&mut child, |ui| {
        TextEdit::multiline(&mut cx.view.scripts.source)
            .id(ids::one("script source"))
            .code_editor()
            .frame(egui::Frame::NONE.inner_margin(egui::Margin::symmetric(8, 5)))
            .desired_width(f32::INFINITY)
            .min_size(body.size() - vec2(8.0, 8.0))
            .show(ui);
    });
}

fn console(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let (head, body) = rect.split_top_bottom_at_y(rect.top() + 34.0);
    text::caption(ui.painter(), head.shrink2(vec2(space::LARGE, 0.0)), "Console");
    let body = body.shrink2(vec2(space::MEDIUM, 0.0)).with_max_y(body.bottom() - 6.0);
    ui.painter().rect_filled(body, space::RADIUS, color::GROOVE);
    let log = cx.frame.log;
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body.shrink2(vec2(8.0, 5.0))));
    child.spacing_mut().item_spacing.y = 2.0;
    let recent = &log[log.len().saturating_sub(500)..];
    ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true).id_salt("console").show(
        &mut child,
        |ui| {
            for line in recent {
                let tint = match line.level {
                    LogLevel::Error => color::ARM,
                    LogLevel::Warning => color::WARNING,
                    LogLevel::Info => color::TEXT,
                    LogLevel::Debug => color::TEXT_FAINT,
                };
                let mut job = egui::text::LayoutJob::default();
                let format =
                    |tint| egui::TextFormat { font_id: font::code(), color: tint, ..Default::default() };
                job.append(&format!("{}  ", line.source), 0.0, format(color::TEXT_FAINT));
                job.append(&line.text, 0.0, format(tint));
                ui.label(job);
            }
        },
    );
}

/// `key=value` pairs; values are JSON where they can be read so, and text otherwise.
fn parse_args(text: &str) -> BTreeMap<String, serde_json::Value> {
    text.split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| {
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            (key.to_owned(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_numbers_where_they_can_be() {
        let args = super::parse_args("amount=0.3  name=drums on=true =x junk");
        let text = serde_json::to_string(&args).unwrap();
        assert_eq!(text, r#"{"amount":0.3,"name":"drums","on":true}"#);
    }
}
