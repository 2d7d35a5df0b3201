//! The rows of a `pg_dump --column-inserts` of a running service, put into a store in SQLite.

use std::collections::BTreeMap;

/// Inserts the rows of keys and policies, with the schema prefix removed; answers how many there are in each table.
pub(crate) fn insert(dump: &str, database: &rusqlite::Connection) -> BTreeMap<&'static str, usize> {
    let mut rows = BTreeMap::new();
    for table in ["key_alias", "key_store", "key_policy_def"] {
        for (start, _) in dump.match_indices(&format!("INSERT INTO keymgr.{table} (")) {
            database.execute(&statement(&dump[start..]).replacen("keymgr.", "", 1), []).unwrap();
            *rows.entry(table).or_insert(0) += 1;
        }
    }
    rows
}

/// The first SQL statement of a text; a semicolon inside quotes does not end it.
fn statement(text: &str) -> &str {
    let mut quoted = false;
    for (position, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            ';' if !quoted => return &text[..position],
            _ => {}
        }
    }
    panic!("a statement ends with a semicolon");
}
