//! `policy …`

pub(crate) mod list;
pub(crate) mod set;
pub(crate) mod show;

use keymanager::store::PolicyRow;

use crate::output::{Cell, Colour, Style, Table};

/// Policies as a table.
fn text(rows: &[PolicyRow], style: Style) -> String {
    let mut table = Table::new(&["APPLICATION", "VALIDITY", "PRE-EXPIRY", "ACTIVE", "ACCESS"]);
    let days = |days: Option<i16>| days.map(|days| format!("{days} d")).unwrap_or_default();
    for row in rows {
        let active =
            if row.active { Cell::new("yes").colour(Colour::Green) } else { Cell::new("no").colour(Colour::Red) };
        table.row(vec![
            row.app.as_str().into(),
            Cell::number(days(row.validity_days)),
            Cell::number(days(row.pre_expire_days)),
            active,
            row.access_allowed.as_deref().unwrap_or_default().into(),
        ]);
    }
    table.render(style)
}
