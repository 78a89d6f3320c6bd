//! Icons, drawn as lines so that they are sharp at every scale and match the type.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2};

/// A picture on a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Stop,
    Return,
    Loop,
    Undo,
    Redo,
    Save,
    Menu,
    Plus,
    Close,
    Search,
    Refresh,
    Power,
    Window,
    Down,
    Right,
    Left,
    Note,
    Wave,
    Bus,
    Master,
    Effect,
    Plug,
    Target,
    Script,
    Browser,
    Automation,
    Pencil,
    Eye,
    Check,
    Frozen,
}

/// Draws `icon` in the middle of `rect`, in a box of 14 points.
pub(crate) fn paint(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    paint_sized(painter, rect, icon, color, 14.0);
}

/// Draws `icon` in the middle of `rect`, in a box of `size` points.
pub(crate) fn paint_sized(painter: &Painter, rect: Rect, icon: Icon, color: Color32, size: f32) {
    let pen = Pen { painter, origin: rect.center() - Vec2::splat(size / 2.0), unit: size / 14.0, color };
    pen.draw(icon);
}

/// Draws on a grid of 14 by 14.
struct Pen<'a> {
    painter: &'a Painter,
    origin: Pos2,
    unit: f32,
    color: Color32,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.origin + Vec2::new(x, y) * self.unit
    }

    fn stroke(&self) -> Stroke {
        Stroke::new((1.4 * self.unit).max(1.0), self.color)
    }

    fn line(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::line(points.iter().map(|point| self.at(*point)).collect(), self.stroke()));
    }

    fn fill(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter.add(Shape::convex_polygon(points, self.color, Stroke::NONE));
    }

    fn ring(&self, center: (f32, f32), radius: f32) {
        self.painter.circle_stroke(self.at(center), radius * self.unit, self.stroke());
    }

    fn dot(&self, center: (f32, f32), radius: f32) {
        self.painter.circle_filled(self.at(center), radius * self.unit, self.color);
    }

    fn frame(&self, min: (f32, f32), max: (f32, f32)) {
        let rect = Rect::from_min_max(self.at(min), self.at(max));
        self.painter.rect_stroke(rect, 1.5 * self.unit, self.stroke(), egui::StrokeKind::Middle);
    }

    /// Part of a circle, angles in turns, clockwise from three o'clock.
    fn arc(&self, center: (f32, f32), radius: f32, from: f32, to: f32) {
        let points = (0..=20u8)
            .map(|step| {
                let angle = (from + (to - from) * f32::from(step) / 20.0) * std::f32::consts::TAU;
                self.at((center.0 + radius * angle.cos(), center.1 + radius * angle.sin()))
            })
            .collect();
        self.painter.add(Shape::line(points, self.stroke()));
    }

    fn draw(&self, icon: Icon) {
        match icon {
            Icon::Play => self.fill(&[(3.5, 2.0), (12.0, 7.0), (3.5, 12.0)]),
            Icon::Stop => self.fill(&[(3.0, 3.0), (11.0, 3.0), (11.0, 11.0), (3.0, 11.0)]),
            Icon::Return => {
                self.line(&[(3.0, 2.5), (3.0, 11.5)]);
                self.fill(&[(11.5, 2.5), (11.5, 11.5), (5.0, 7.0)]);
            }
            Icon::Loop => {
                self.line(&[(4.5, 3.5), (9.0, 3.5)]);
                self.line(&[(5.0, 10.5), (9.5, 10.5)]);
                self.arc((9.0, 7.0), 3.5, -0.25, 0.02);
                self.arc((5.0, 7.0), 3.5, 0.25, 0.52);
                self.fill(&[(10.4, 6.4), (14.0, 6.4), (12.2, 9.2)]);
                self.fill(&[(0.0, 7.6), (3.6, 7.6), (1.8, 4.8)]);
            }
            Icon::Undo => {
                self.arc((7.5, 8.0), 4.0, -0.5, 0.25);
                self.fill(&[(0.6, 6.6), (6.2, 6.6), (3.4, 10.4)]);
            }
            Icon::Redo => {
                self.arc((6.5, 8.0), 4.0, 1.0, 0.25);
                self.fill(&[(7.8, 6.6), (13.4, 6.6), (10.6, 10.4)]);
            }
            Icon::Save => {
                self.line(&[(7.0, 1.5), (7.0, 8.5)]);
                self.line(&[(4.0, 5.8), (7.0, 8.8), (10.0, 5.8)]);
                self.line(&[(2.0, 9.0), (2.0, 12.0), (12.0, 12.0), (12.0, 9.0)]);
            }
            Icon::Menu => {
                for y in [3.5, 7.0, 10.5] {
                    self.line(&[(2.0, y), (12.0, y)]);
                }
            }
            Icon::Plus => {
                self.line(&[(7.0, 2.5), (7.0, 11.5)]);
                self.line(&[(2.5, 7.0), (11.5, 7.0)]);
            }
            Icon::Close => {
                self.line(&[(3.5, 3.5), (10.5, 10.5)]);
                self.line(&[(10.5, 3.5), (3.5, 10.5)]);
            }
            Icon::Search => {
                self.ring((6.0, 6.0), 3.8);
                self.line(&[(8.8, 8.8), (12.0, 12.0)]);
            }
            Icon::Refresh => {
                self.arc((7.0, 7.0), 4.4, -0.12, 0.68);
                self.fill(&[(8.2, 0.8), (12.6, 3.2), (8.4, 5.6)]);
            }
            Icon::Power => {
                self.arc((7.0, 7.6), 4.4, -0.15, 0.65);
                self.line(&[(7.0, 1.6), (7.0, 6.6)]);
            }
            Icon::Window => {
                self.frame((1.8, 2.6), (12.2, 11.4));
                self.line(&[(1.8, 5.4), (12.2, 5.4)]);
            }
            Icon::Down => self.line(&[(3.5, 5.2), (7.0, 8.8), (10.5, 5.2)]),
            Icon::Right => self.line(&[(5.2, 3.5), (8.8, 7.0), (5.2, 10.5)]),
            Icon::Left => self.line(&[(8.8, 3.5), (5.2, 7.0), (8.8, 10.5)]),
            Icon::Note => {
                self.dot((4.6, 10.6), 2.2);
                self.line(&[(6.3, 10.6), (6.3, 2.4), (10.6, 4.4)]);
            }
            Icon::Wave => {
                for (x, half) in [(1.5, 1.2), (4.2, 3.6), (7.0, 5.4), (9.8, 2.8), (12.5, 1.2)] {
                    self.line(&[(x, 7.0 - half), (x, 7.0 + half)]);
                }
            }
            Icon::Bus => {
                self.line(&[(1.5, 3.0), (5.0, 3.0), (8.0, 7.0), (12.5, 7.0)]);
                self.line(&[(1.5, 11.0), (5.0, 11.0), (8.0, 7.0)]);
            }
            Icon::Master => {
                self.ring((7.0, 7.0), 5.0);
                self.dot((7.0, 7.0), 1.8);
            }
            Icon::Effect => {
                self.ring((7.0, 7.0), 4.8);
                self.line(&[(7.0, 7.0), (10.0, 4.0)]);
            }
            Icon::Plug => {
                self.line(&[(4.8, 1.5), (4.8, 4.6)]);
                self.line(&[(9.2, 1.5), (9.2, 4.6)]);
                self.frame((3.0, 4.6), (11.0, 9.4));
                self.line(&[(7.0, 9.4), (7.0, 12.8)]);
            }
            Icon::Target => {
                self.ring((7.0, 7.0), 3.8);
                self.dot((7.0, 7.0), 1.3);
                for (from, to) in [((7.0, 0.8), (7.0, 3.2)), ((7.0, 10.8), (7.0, 13.2))] {
                    self.line(&[from, to]);
                    self.line(&[(from.1, from.0), (to.1, to.0)]);
                }
            }
            Icon::Script => {
                self.line(&[(2.0, 4.0), (5.2, 7.0), (2.0, 10.0)]);
                self.line(&[(7.0, 10.6), (12.0, 10.6)]);
            }
            Icon::Browser => {
                self.frame((1.8, 2.4), (12.2, 11.6));
                self.line(&[(5.6, 2.4), (5.6, 11.6)]);
            }
            Icon::Automation => {
                self.line(&[(1.8, 11.0), (5.2, 4.0), (8.6, 8.4), (12.2, 2.6)]);
                self.dot((5.2, 4.0), 1.5);
                self.dot((8.6, 8.4), 1.5);
            }
            Icon::Eye => {
                self.line(&[(1.2, 7.0), (3.6, 4.4), (7.0, 3.4), (10.4, 4.4), (12.8, 7.0)]);
                self.line(&[(1.2, 7.0), (3.6, 9.6), (7.0, 10.6), (10.4, 9.6), (12.8, 7.0)]);
                self.dot((7.0, 7.0), 1.8);
            }
            Icon::Frozen => {
                for (x, y) in [(5.4, 0.0), (2.7, 4.7), (-2.7, 4.7)] {
                    self.line(&[(7.0 - x, 7.0 - y), (7.0 + x, 7.0 + y)]);
                }
            }
            Icon::Check => self.line(&[(2.6, 7.4), (5.8, 10.6), (11.6, 3.6)]),
            Icon::Pencil => {
                self.line(&[
                    (3.0, 8.8),
                    (9.4, 2.4),
                    (11.6, 4.6),
                    (5.2, 11.0),
                    (2.2, 11.8),
                    (3.0, 8.8),
                    (5.2, 11.0),
                ]);
                self.line(&[(7.8, 4.0), (10.0, 6.2)]);
            }
        }
    }
}

/// A short triangle, pointing down, as on the ruler.
pub(crate) fn flag(painter: &Painter, tip: Pos2, color: Color32) {
    let points = vec![pos2(tip.x - 5.0, tip.y - 7.0), pos2(tip.x + 5.0, tip.y - 7.0), tip];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}
