//! The language, its errors, and properties over random queries and projects.

mod language;
mod properties;
mod random;
mod reference;
mod user;
