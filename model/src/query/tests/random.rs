//! Random queries over the built-in tables, legal by construction.

use std::fmt::Write as _;

use protocol::{EntityId, Value};

use crate::Project;
use crate::query::Param;
use crate::schema::{FieldKind, TABLES, TableDescriptor};

/// The dice: numbers that proptest chose, and can make smaller.
pub(super) struct Dice<'a> {
    numbers: &'a [u32],
    at: usize,
    pub(super) params: Vec<Param>,
    ids: Vec<EntityId>,
}

impl<'a> Dice<'a> {
    pub(super) fn new(numbers: &'a [u32], project: &Project) -> Self {
        let ids = TABLES.iter().flat_map(|table| project.table(table.name)).collect();
        Self { numbers, at: 0, params: Vec::new(), ids }
    }

    /// A number below `sides`; 0 once the numbers are used up.
    fn roll(&mut self, sides: usize) -> usize {
        self.at += 1;
        self.numbers.get(self.at - 1).map_or(0, |&number| number as usize % sides.max(1))
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.roll(items.len())]
    }

    fn id(&mut self) -> EntityId {
        let ids = std::mem::take(&mut self.ids);
        let id = self.pick(&ids);
        self.ids = ids;
        id
    }

    /// A whole query.
    pub(super) fn query(&mut self) -> String {
        let table = &TABLES[self.roll(TABLES.len())];
        let mut text = format!("table == '{}'", table.name);
        for _ in 0..self.roll(3) {
            _ = write!(text, " AND {}", self.condition(table, 3));
        }
        for index in 0..self.roll(3) {
            text += if index == 0 { " ORDER BY " } else { ", " };
            text += &self.order(table);
            text += self.pick(&["", " ASC", " DESC"]);
        }
        if self.roll(3) == 0 {
            _ = write!(text, " LIMIT {}", self.roll(6));
        }
        if self.roll(4) == 0 {
            text += " OFFSET ?";
            let offset = i64::try_from(self.roll(4)).expect("small");
            self.params.push(offset.into());
        }
        text
    }

    fn order(&mut self, table: &'static TableDescriptor) -> String {
        match self.roll(4) {
            0 if table.order_by.is_some() => table.order_by.expect("just seen").to_owned(),
            1 => self.count(table, 1).unwrap_or_else(|| "id".to_owned()),
            _ => {
                let kinds = table.fields.iter().filter(|field| {
                    !matches!(
                        field.kind,
                        FieldKind::Numbers
                            | FieldKind::Notes
                            | FieldKind::Points
                            | FieldKind::Events
                            | FieldKind::List
                            | FieldKind::Properties
                    )
                });
                let names: Vec<&str> = kinds.map(|field| field.name).chain(["id"]).collect();
                self.pick(&names).to_owned()
            }
        }
    }

    /// A condition on entities of a table.
    fn condition(&mut self, table: &'static TableDescriptor, depth: usize) -> String {
        let inner = depth.saturating_sub(1);
        match self.roll(if depth == 0 { 3 } else { 8 }) {
            3 => format!("({} OR {})", self.condition(table, inner), self.condition(table, inner)),
            4 => format!("({} AND {})", self.condition(table, inner), self.condition(table, inner)),
            5 => format!("NOT ({})", self.condition(table, inner)),
            6 => {
                let op = self.comparison();
                match self.count(table, inner) {
                    Some(count) => format!("{count} {op} {}", self.roll(4)),
                    None => self.atom(table, ""),
                }
            }
            7 => match self.relation(table, inner) {
                Some(relation) => format!("EXISTS({relation})"),
                None => self.atom(table, ""),
            },
            _ => self.atom(table, ""),
        }
    }

    fn comparison(&mut self) -> &'static str {
        self.pick(&["==", "!=", "<", "<=", ">", ">="])
    }

    fn count(&mut self, table: &'static TableDescriptor, depth: usize) -> Option<String> {
        let rows = table
            .fields
            .iter()
            .find(|field| matches!(field.kind, FieldKind::Numbers | FieldKind::Notes | FieldKind::Points));
        Some(match (self.relation(table, depth), rows) {
            (Some(relation), _) => format!("COUNT({relation})"),
            (None, Some(field)) => format!("COUNT({})", field.name),
            (None, None) => return None,
        })
    }

    /// What stands in `EXISTS` and `COUNT`.
    fn relation(&mut self, table: &'static TableDescriptor, depth: usize) -> Option<String> {
        let mut of = Vec::new();
        for from in TABLES {
            for field in from.fields {
                match &field.kind {
                    FieldKind::Ref { tables, .. } if tables.contains(table.name) => {
                        of.push((Some(from), format!("{}<-{}", from.name, field.name)));
                    }
                    _ => {}
                }
            }
        }
        for field in table.fields {
            if matches!(field.kind, FieldKind::Notes) {
                of.push((None, field.name.to_owned()));
            }
        }
        if of.is_empty() {
            return None;
        }
        let (from, mut text) = of.swap_remove(self.roll(of.len()));
        if self.roll(2) == 0 {
            _ = match from {
                Some(from) => write!(text, " WHERE {}", self.condition(from, depth)),
                None => write!(text, " WHERE velocity {} 0.{}", self.comparison(), self.roll(10)),
            };
        }
        Some(text)
    }

    /// One comparison of a field.
    fn atom(&mut self, table: &'static TableDescriptor, path: &str) -> String {
        let field = &table.fields[self.roll(table.fields.len())];
        let name = format!("{path}{}", field.name);
        let op = self.comparison();
        let same = self.pick(&["==", "!="]);
        match &field.kind {
            FieldKind::Bool { .. } => self.pick(&["", "NOT "]).to_owned() + &name,
            FieldKind::Int { .. } => format!("{name} {op} {}", self.roll(8)),
            FieldKind::Float { .. } => match self.roll(3) {
                0 => format!("{name} {op} {}", self.roll(3)),
                1 => format!("{name} {op} -{}.5", self.roll(40)),
                _ => format!("{name} {op} {}e-1", self.roll(10)),
            },
            FieldKind::Text { .. } => match self.roll(5) {
                0 => format!("{name} LIKE '%{}%'", self.pick(&["e", "O", "_s", ""])),
                1 => format!("{name} CONTAINS '{}'", self.pick(&["e", "OO", ""])),
                2 => format!("{name} NOT IN ('Keys', \"Room\", '')"),
                _ => format!("{name} {op} '{}'", self.pick(&["Keys", "Room", "Voice", "pan", ""])),
            },
            FieldKind::Choice { words } => {
                format!("{name} {same} '{}'", self.pick(&words.iter().collect::<Vec<_>>()))
            }
            FieldKind::Beats { .. } => format!("{name} {op} {}.25 beats", self.roll(64)),
            FieldKind::OptionalBeats { .. } => {
                format!("{name} {}", self.pick(&["IS NULL", "IS NOT NULL", "> 2", "!= 4 beats"]))
            }
            FieldKind::Ref { tables, .. } => match self.roll(4) {
                0 => {
                    let id = self.id();
                    self.params.push(id.into());
                    format!("{name} {same} ?")
                }
                1 => {
                    let ids = (0..self.roll(4)).map(|_| Value::Ref(self.id())).collect::<Vec<_>>();
                    self.params.push(ids.into());
                    format!("{name} IN ?")
                }
                2 => format!("{name} IS NULL"),
                // An end of an edge may be anything, and has no field for certain.
                _ if tables.is_empty() => format!("{name} IS NULL"),
                _ => {
                    let target = self.pick(&tables.iter().collect::<Vec<_>>());
                    let target = crate::schema::table(target).expect("declared");
                    if path.len() < 20 {
                        self.atom(target, &format!("{name}->"))
                    } else {
                        format!("{name} IS NULL")
                    }
                }
            },
            FieldKind::Blob => format!("{name} IS NOT NULL"),
            FieldKind::Numbers => format!("{name}.cutoff {op} {}00", self.roll(200)),
            FieldKind::Properties => format!("{name}.take {op} 3"),
            FieldKind::List => format!("NOT {name} CONTAINS 'wet'"),
            FieldKind::Notes | FieldKind::Points | FieldKind::Events => {
                format!("COUNT({name}) {op} {}", self.roll(3))
            }
        }
    }
}
