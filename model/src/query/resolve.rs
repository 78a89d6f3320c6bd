//! What names mean where they stand: tables, fields of an entity and of what it holds for users' tables, columns of rows,
//! kinds of edges.

use super::ast::{
    At, Comparison, Condition, Name as Word, Operand, Path, Related as RelatedAst, Relation, Step,
};
use super::compile::{Checked, Compiler, End, Get, Last, Many, Related, Test, named_table};
use super::error::{QueryProblem, nearest};
use super::field::Field;
use super::types::{Scope, Table, Tables, Type};
use super::value::Const;
use crate::entity::Name;
use crate::schema::is_dotted_name;

/// The name by which a filter on edges reads what is known of the edge.
const EDGE: &str = "edge";

impl Compiler<'_> {
    /// The table that the query is over, and the users' tables in which its entities are to be as well.
    pub(super) fn table(&self, conditions: &[&Condition]) -> Checked<(Table, Vec<Name>)> {
        let named = conditions.iter().filter_map(|condition| named_table(condition));
        let named = named.map(|operand| Ok((operand.at(), self.table_of(operand)?)));
        let mut named = named.collect::<Checked<Vec<_>>>()?;
        // A built-in table says what the entities' own fields are.
        let main = named.iter().position(|(_, table)| matches!(table, Table::BuiltIn(_))).unwrap_or(0);
        if named.is_empty() {
            return Err(self.fault(At(0), QueryProblem::NoTable));
        }
        let (_, table) = named.remove(main);
        let others = named.into_iter().map(|(at, other)| match other {
            Table::User(other) => Ok(other.name.clone()),
            Table::BuiltIn(_) => Err(self.fault(at, QueryProblem::TableNamedTwice)),
        });
        Ok((table, others.collect::<Checked<_>>()?))
    }

    fn table_of(&self, operand: &Operand) -> Checked<Table> {
        match self.constant(operand, &Type::Text)? {
            Const::Text(name) => self.known_table(&Word { text: name, at: operand.at() }),
            Const::Other(_) => Err(self.fault(operand.at(), QueryProblem::NoTable)),
        }
    }

    fn known_table(&self, name: &Word) -> Checked<Table> {
        Table::named(&name.text, self.schema).ok_or_else(|| {
            let suggestion = nearest(&name.text, self.schema.tables().map(|table| table.name()));
            self.fault(name.at, QueryProblem::UnknownTable { name: name.text.clone(), suggestion })
        })
    }

    /// `table == 'grading'` where it says that an entity is in a user's table.
    pub(super) fn membership(
        &self,
        scope: &Scope,
        left: &Operand,
        op: Comparison,
        right: &Operand,
    ) -> Option<Test> {
        let condition =
            Condition::Compare { left: left.clone(), op: Comparison::Equal, right: right.clone() };
        let table = self.table_of(named_table(&condition).filter(|_| scope.tables().is_some())?).ok()?;
        let Table::User(table) = table else { return None };
        let test = Test::Member(table.name.clone());
        match op {
            Comparison::Equal => Some(test),
            Comparison::NotEqual => Some(Test::Not(Box::new(test))),
            _ => None,
        }
    }

    pub(super) fn path(&self, scope: &Scope, path: &Path) -> Checked<(Get, Type)> {
        let Some((last, before)) = path.steps.split_last() else {
            return Err(self.fault(At(0), QueryProblem::NoTable));
        };
        let mut scope = scope.clone();
        let mut via = Vec::new();
        for step in before {
            let (last, ty) = self.step(&scope, step)?;
            match (last, ty) {
                (Last::Field(field), Type::Ref(tables)) => {
                    via.push(field);
                    scope = Scope::Entities(tables);
                }
                (_, ty) => return Err(self.leads_nowhere(step, &ty)),
            }
        }
        let (last, ty) = self.step(&scope, last)?;
        Ok((Get { via, last }, ty))
    }

    fn step(&self, scope: &Scope, step: &Step) -> Checked<(Last, Type)> {
        let (name, of_edge) = (&step.name.text, matches!(scope, Scope::Ends(_)));
        let tables = match scope {
            Scope::Rows(rows) => {
                let columns = rows.columns();
                let found = columns.iter().find(|(known, _)| known == name);
                let &(_, column) = found.ok_or_else(|| {
                    let of = Type::Rows(*rows).described();
                    self.unknown_field(&step.name, of, columns.iter().map(|(known, _)| *known))
                })?;
                return if step.inner.is_empty() {
                    Ok((Last::Column(column), column.ty()))
                } else {
                    Err(self.leads_nowhere(step, &column.ty()))
                };
            }
            Scope::Ends(_) if name == EDGE && !step.inner.is_empty() => {
                return Ok((Last::OfEdge(key(&step.inner)), Type::Any));
            }
            Scope::Entities(tables) | Scope::Ends(tables) => tables,
        };
        let own = self.own(tables, name);
        let is_whole = |ty: &Type| step.inner.is_empty() || ty.has_keys();
        if let Some((last, ty)) = own.clone().filter(|(_, ty)| is_whole(ty)) {
            return Ok(entry(last, ty, &step.inner));
        }
        if let Some(found) = self.declared(step)? {
            return Ok(found);
        }
        match (own, step.inner.first()) {
            (Some((_, Type::Ref(_))), Some(inner)) => {
                let expected = format!("an arrow: {}->{inner}", step.name);
                Err(self.wrong_type(inner.at, expected, "a dot"))
            }
            (Some((_, ty)), _) => Err(self.leads_nowhere(step, &ty)),
            (None, _) => {
                let of = match tables.names()[..] {
                    [ref few @ .., _] if few.len() > 4 => "any table".to_owned(),
                    ref names => format!("'{}'", names.join("' or '")),
                };
                let built_in = tables.built_in();
                let user = tables.user().iter().flat_map(|table| &table.fields).map(|field| &*field.name);
                let known = built_in.iter().flat_map(|table| table.fields).map(|field| field.name);
                let paths = self.schema.user_tables().map(|table| &*table.name);
                let edge = of_edge.then_some(EDGE);
                let known = known.chain(user).chain(paths).chain(["id", "table"]).chain(edge);
                Err(self.unknown_field(&step.name, of, known))
            }
        }
    }

    /// A field that entities of some tables have under a single name.
    fn own(&self, tables: &Tables, name: &str) -> Option<(Last, Type)> {
        let user = tables.user().iter().find_map(|table| table.field(name));
        let user = user.map(|field| Field::declared(field, self.schema));
        let found = user.or_else(|| Field::built_in(&tables.built_in(), name, self.schema));
        match (found, name) {
            (Some((field, ty)), _) => Some((Last::Field(field), ty)),
            (None, "id") => Some((Last::Id, Type::Ref(tables.clone()))),
            (None, "table") => {
                let names = tables.built_in().into_iter().map(|table| Name::fixed(table.name));
                Some((Last::Table, Type::Choice(names.collect())))
            }
            _ => None,
        }
    }

    /// `grading.score`, or an entry of it: a field of a user's table, which an entity of any table may be in.
    fn declared(&self, step: &Step) -> Checked<Option<(Last, Type)>> {
        let mut path = step.name.text.clone();
        let mut table = None;
        let mut unknown = None;
        let mut found = None;
        // The names of tables may have dots too: the longest that is one counts.
        for (at, word) in step.inner.iter().enumerate() {
            if let Some(Table::User(user)) = Table::named(&path, self.schema) {
                match user.field(&word.text) {
                    Some(field) => found = Some((Field::declared(field, self.schema), &step.inner[at + 1..])),
                    None => unknown = Some(word),
                }
                table = Some(user);
            }
            path.push('.');
            path.push_str(&word.text);
        }
        match (found, table, unknown) {
            (Some(((_, ty), rest)), _, _) if !rest.is_empty() && !ty.has_keys() => {
                Err(self.leads_nowhere(step, &ty))
            }
            (Some(((field, ty), rest)), _, _) => Ok(Some(entry(Last::Field(field), ty, rest))),
            (None, Some(table), Some(word)) => {
                let known = table.fields.iter().map(|field| &*field.name);
                Err(self.unknown_field(word, format!("'{}'", table.name), known))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn related(&self, scope: &Scope, related: &RelatedAst) -> Checked<Related> {
        let (of, inner) = match &related.of {
            Relation::From { table, field } => self.from(scope, table, field)?,
            Relation::Out(kind) => self.edges(scope, kind, End::Target)?,
            Relation::In(kind) => self.edges(scope, kind, End::Source)?,
            Relation::Content(path) => {
                let (get, ty) = self.path(scope, path)?;
                match (get, ty) {
                    (Get { via, last: Last::Field(field) }, Type::Rows(rows)) => {
                        (Many::Rows { via, field }, Scope::Rows(rows))
                    }
                    (
                        Get { via, last: Last::Field(field) },
                        Type::Numbers | Type::Properties | Type::List,
                    ) if related.filter.is_none() => {
                        return Ok(Related { of: Many::Entries { via, field }, filter: None });
                    }
                    (_, ty) => {
                        let expected =
                            "notes, points, edges, or a table and what it names this by: clips<-track";
                        return Err(self.wrong_type(path.at(), expected, ty.described()));
                    }
                }
            }
        };
        let filter = related.filter.as_ref().map(|filter| self.test(&inner, filter)).transpose()?;
        Ok(Related { of, filter: filter.map(Box::new) })
    }

    /// `->kind` and `<-kind`.
    fn edges(&self, scope: &Scope, kind: &Word, end: End) -> Checked<(Many, Scope)> {
        if let Scope::Rows(rows) = scope {
            return Err(self.wrong_type(kind.at, "an entity", Type::Rows(*rows).described()));
        }
        if !is_dotted_name(&kind.text) {
            return Err(self.fault(kind.at, QueryProblem::NotAKind { name: kind.text.clone() }));
        }
        Ok((Many::Edges { kind: kind.text.clone(), end }, Scope::Ends(Tables::any())))
    }

    /// `table<-field`.
    fn from(&self, scope: &Scope, table: &Word, field: &Step) -> Checked<(Many, Scope)> {
        let table = self.known_table(table)?;
        let inner = Scope::Entities(Tables::one(table.clone()));
        let (last, ty) = self.step(&inner, field)?;
        let (Last::Field(found), Type::Ref(targets)) = (last, &ty) else {
            let expected = format!("a reference of '{}'", table.name());
            return Err(self.wrong_type(field.name.at, expected, ty.described()));
        };
        if scope.tables().is_some_and(|here| here.meet(targets)) {
            return Ok((Many::From { table, field: found }, inner));
        }
        let here = match scope {
            Scope::Entities(tables) | Scope::Ends(tables) => tables.names().join(" or "),
            Scope::Rows(rows) => Type::Rows(*rows).described(),
        };
        Err(self.wrong_type(field.name.at, format!("a reference to {here}"), ty.described()))
    }

    fn unknown_field<'a>(
        &self,
        name: &Word,
        of: String,
        known: impl Iterator<Item = &'a str>,
    ) -> super::QueryError {
        let suggestion = nearest(&name.text, known);
        self.fault(name.at, QueryProblem::UnknownField { name: name.text.clone(), of, suggestion })
    }

    fn leads_nowhere(&self, step: &Step, ty: &Type) -> super::QueryError {
        let (name, holds) = (step.name.to_string(), ty.described());
        self.fault(step.name.at, QueryProblem::NotAReference { name, holds })
    }
}

/// A field, or the entry of it that some words name.
fn entry(last: Last, ty: Type, words: &[Word]) -> (Last, Type) {
    match (last, &ty) {
        (Last::Field(field), Type::Numbers | Type::Properties) if !words.is_empty() => {
            let ty = if matches!(ty, Type::Numbers) { Type::Number } else { Type::Any };
            (Last::Field(field.entry(key(words))), ty)
        }
        (last, _) => (last, ty),
    }
}

/// Keys may have dots in them.
fn key(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".")
}
