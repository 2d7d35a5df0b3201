//! `keys …`

pub(crate) mod certificate;
pub(crate) mod csr;
pub(crate) mod generate;
pub(crate) mod list;
pub(crate) mod pool;
pub(crate) mod revoke;
pub(crate) mod rewrap;
pub(crate) mod rotate;
pub(crate) mod show;
pub(crate) mod tree;
pub(crate) mod upload;

use keymanager::Result;
use keymanager::id::KeyScope;
use keymanager::manager::{KeyInfo, KeyState};

use crate::args::Scope;
use crate::output::{Cell, Colour, Table};

/// The scope of `--app` and `--ref`.
pub(crate) fn scope(arguments: &Scope) -> Result<KeyScope> {
    KeyScope::new(arguments.app.as_str(), arguments.reference.as_str())
}

/// A table for rows of [`add_row`].
pub(crate) fn table() -> Table {
    Table::new(&["KEY", "LEVEL", "ALGORITHM", "STATE", "DAYS", "UNTIL", "ALIAS"])
}

/// A key as a row of a table.
pub(crate) fn add_row(table: &mut Table, key: &KeyInfo) {
    table.row(vec![
        key.scope.to_string().into(),
        words(key.level.as_str()).into(),
        key.algorithm.as_str().into(),
        state_cell(key),
        days_cell(key),
        until_cell(key),
        Cell::new(key.alias.as_str()).colour(Colour::Dim),
    ]);
}

/// The state in its colour.
pub(crate) fn state_cell(key: &KeyInfo) -> Cell {
    let colour = match key.state {
        KeyState::Current => Colour::Green,
        KeyState::PreExpiry | KeyState::NotYetValid => Colour::Yellow,
        _ => Colour::Red,
    };
    Cell::new(words(key.state.as_str())).colour(colour)
}

/// The days left, or none.
pub(crate) fn days_cell(key: &KeyInfo) -> Cell {
    Cell::number(key.days_left.map(|days| days.to_string()).unwrap_or_default())
}

/// The day on which the key ends.
pub(crate) fn until_cell(key: &KeyInfo) -> Cell {
    Cell::new(key.not_after.map(|time| time.date_text()).unwrap_or_default())
}

/// A JSON word for people.
pub(crate) fn words(word: &str) -> String {
    word.replace('_', " ")
}

/// `1 key`, `2 keys`.
pub(crate) fn count(number: usize) -> String {
    if number == 1 { "1 key".to_owned() } else { format!("{number} keys") }
}
