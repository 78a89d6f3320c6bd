//! Random queries, legal by construction.

use std::fmt::Write as _;

use protocol::{EntityId, Value};

use crate::Project;
use crate::query::Param;
use crate::schema::{Field, FieldKind, Schema, TABLES, Table};

/// The dice: numbers that proptest chose, and can make smaller.
pub(super) struct Dice<'a> {
    numbers: &'a [u32],
    at: usize,
    pub(super) params: Vec<Param>,
    ids: Vec<EntityId>,
    schema: Schema<'a>,
}

impl<'a> Dice<'a> {
    pub(super) fn new(numbers: &'a [u32], project: &'a Project) -> Self {
        let ids = TABLES.iter().flat_map(|table| project.table(table.name)).collect();
        Self { numbers, at: 0, params: Vec::new(), ids, schema: project.schema() }
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
        let user: Vec<Table<'_>> = self.schema.user_tables().map(Table::User).collect();
        let built_in: Vec<Table<'_>> = TABLES.iter().map(Table::BuiltIn).collect();
        let table = match self.roll(3) {
            0 if !user.is_empty() => self.pick(&user),
            1 => {
                Table::BuiltIn(crate::schema::table(self.pick(&["tracks", "clips", "items"])).expect("known"))
            }
            _ => self.pick(&built_in),
        };
        let mut text = format!("table == '{}'", table.name());
        if self.roll(6) == 0 && !user.is_empty() {
            _ = write!(text, " AND table == '{}'", self.pick(&user).name());
        }
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

    fn order(&mut self, table: Table<'a>) -> String {
        match self.roll(4) {
            0 if order_by(table).is_some() => order_by(table).expect("just seen").to_owned(),
            1 => self.count(table, 1).unwrap_or_else(|| "id".to_owned()),
            _ => {
                let kinds = table.fields().filter(|field| {
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
                let names: Vec<&str> = kinds.map(|field| field.path).chain(["id"]).collect();
                self.pick(&names).to_owned()
            }
        }
    }

    /// A condition on entities of a table.
    fn condition(&mut self, table: Table<'a>, depth: usize) -> String {
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

    fn count(&mut self, table: Table<'a>, depth: usize) -> Option<String> {
        let rows = table
            .fields()
            .find(|field| matches!(field.kind, FieldKind::Numbers | FieldKind::Notes | FieldKind::Points));
        Some(match (self.relation(table, depth), rows) {
            (Some(relation), _) => format!("COUNT({relation})"),
            (None, Some(field)) => format!("COUNT({})", field.name),
            (None, None) => return None,
        })
    }

    /// What stands in `EXISTS` and `COUNT`.
    fn relation(&mut self, table: Table<'a>, depth: usize) -> Option<String> {
        let mut of = Vec::new();
        for from in self.schema.tables() {
            for field in from.fields() {
                match &field.kind {
                    FieldKind::Ref { tables, .. } if tables.contains(table.name()) => {
                        of.push((Many::Of(from), format!("{}<-{}", from.name(), field.name)));
                    }
                    _ => {}
                }
            }
        }
        for field in table.fields() {
            if matches!(field.kind, FieldKind::Notes) {
                of.push((Many::Notes, field.name.to_owned()));
            }
        }
        let kind = self.pick(&["likes", "likes_not", "never"]);
        of.extend([(Many::Ends, format!("->{kind}")), (Many::Ends, format!("<-{kind}"))]);
        let (many, mut text) = of.swap_remove(self.roll(of.len()));
        if self.roll(2) == 0 {
            let filter = match many {
                Many::Of(from) => self.condition(from, depth),
                Many::Notes => format!("velocity {} 0.{}", self.comparison(), self.roll(10)),
                Many::Ends => self.end(),
            };
            _ = write!(text, " WHERE {filter}");
        }
        Some(text)
    }

    /// What is asked of an end of an edge, or of the edge.
    fn end(&mut self) -> String {
        match self.roll(4) {
            0 => format!("edge.k {}", self.pick(&["IS NULL", "== 'a'", "!= true"])),
            1 => format!("table == '{}'", self.pick(&["clips", "tracks", "items"])),
            2 => match self.facet("") {
                Some(atom) => atom,
                None => "name != ''".to_owned(),
            },
            _ => format!("name {} '{}'", self.comparison(), self.pick(&["Keys", "Room", ""])),
        }
    }

    /// One comparison of a field of a user's table, by its path, or of being in it.
    fn facet(&mut self, path: &str) -> Option<String> {
        let tables: Vec<Table<'a>> = self.schema.user_tables().map(Table::User).collect();
        let table = *tables.get(self.roll(tables.len()))?;
        let fields: Vec<Field<'a>> = table.fields().collect();
        let at = self.roll(fields.len() + 1);
        Some(match fields.get(at) {
            Some(field) => self.field(field, path, field.path),
            None if path.is_empty() => format!("table {} '{}'", self.pick(&["==", "!="]), table.name()),
            None => format!("{path}id IS NOT NULL"),
        })
    }

    /// One comparison of a field.
    fn atom(&mut self, table: Table<'a>, path: &str) -> String {
        self.atom_among(&[table], table, path)
    }

    /// The same, where entities may be of any of these tables: where several have a field of that name but of another kind,
    /// the first one's is meant.
    fn atom_among(&mut self, tables: &[Table<'a>], table: Table<'a>, path: &str) -> String {
        if self.roll(4) == 0
            && let Some(facet) = self.facet(path)
        {
            return facet;
        }
        let is_meant = |field: &Field<'a>| {
            let meant = tables.iter().find_map(|table| table.fields().find(|other| other.name == field.name));
            let kind = |field: &Field<'a>| std::mem::discriminant(field.kind);
            meant.is_some_and(|meant| kind(&meant) == kind(field))
        };
        let fields: Vec<Field<'a>> = table.fields().filter(is_meant).collect();
        let at = self.roll(fields.len());
        match fields.get(at) {
            Some(field) => self.field(field, path, field.name),
            None => format!("{path}name != 'Keys'"),
        }
    }

    fn field(&mut self, field: &Field<'a>, path: &str, name: &str) -> String {
        let name = format!("{path}{name}");
        let op = self.comparison();
        let same = self.pick(&["==", "!="]);
        match field.kind {
            FieldKind::Bool { .. } => self.pick(&["", "NOT "]).to_owned() + &name,
            FieldKind::Int { .. } => match self.roll(3) {
                0 => format!("{name} IN (5, {}, 1)", self.roll(8)),
                1 => format!("{name} >= {} AND {name} < {}", self.roll(8), self.roll(30)),
                _ => format!("{name} {op} {}", self.roll(8)),
            },
            FieldKind::Float { .. } => match self.roll(3) {
                0 => format!("{name} {op} {}", self.roll(3)),
                1 => format!("{name} {op} -{}.5", self.roll(40)),
                _ => format!("{name} {op} {}e-1", self.roll(200)),
            },
            FieldKind::Text { .. } => match self.roll(5) {
                0 => format!("{name} LIKE '%{}%'", self.pick(&["e", "O", "_s", ""])),
                1 => format!("{name} CONTAINS '{}'", self.pick(&["e", "OO", ""])),
                2 => format!("{name} NOT IN ('Keys', \"Room\", '')"),
                _ => {
                    format!("{name} {op} '{}'", self.pick(&["Keys", "Room", "Voice", "pan", "", "a", "long"]))
                }
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
                _ => {
                    let targets: Vec<Table<'a>> =
                        tables.iter().filter_map(|name| self.schema.table(name)).collect();
                    let at = self.roll(targets.len());
                    match targets.get(at) {
                        Some(target) if path.len() < 20 => {
                            self.atom_among(&targets, *target, &format!("{name}->"))
                        }
                        // An end of an edge may be anything, and has no field for certain.
                        _ => format!("{name} IS NULL"),
                    }
                }
            },
            FieldKind::Blob => format!("{name} IS NOT NULL"),
            FieldKind::Numbers => match self.roll(2) {
                0 => format!("{name}.cutoff {op} {}00", self.roll(200)),
                _ => format!("{name}.k {op} 0.{}", self.roll(10)),
            },
            FieldKind::Properties => {
                format!("{name}.k {}", self.pick(&["IS NULL", "== true", "!= 'a'", "== 'long'"]))
            }
            FieldKind::List => format!("NOT {name} CONTAINS {}", self.pick(&["'wet'", "1", "0.5"])),
            FieldKind::Notes | FieldKind::Points | FieldKind::Events => {
                format!("COUNT({name}) {op} {}", self.roll(3))
            }
        }
    }
}

/// What a relation is to.
#[derive(Clone, Copy)]
enum Many<'a> {
    Of(Table<'a>),
    Notes,
    Ends,
}

fn order_by(table: Table<'_>) -> Option<&'static str> {
    match table {
        Table::BuiltIn(table) => table.order_by,
        Table::User(_) => None,
    }
}
