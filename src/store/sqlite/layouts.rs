//! What is known of the statements that one connection keeps prepared.

use rusqlite::{Row, Statement, StatementStatus};

use crate::error::Result;
use crate::store::layout::{Kind, Layout};

/// The layouts of the statements that one connection keeps prepared: to look the names up takes as long as the rest
/// of a query. Another process may change the tables at any moment (STO-4), so a layout holds as long as the statement
/// is the same one and SQLite has not planned it anew.
#[derive(Default)]
pub(super) struct Layouts(Vec<Known>);

struct Known {
    sql: &'static str,
    /// Whether it is the form with the MAC of each row.
    macs: bool,
    /// How often the statement had been planned anew.
    plans: i32,
    layout: Layout,
}

impl Layouts {
    /// To be called each time before `statement` runs: one that never ran is not the one whose layout is known.
    pub(super) fn forget_if_new(&mut self, sql: &'static str, macs: bool, statement: &Statement<'_>) {
        if statement.get_status(StatementStatus::Run) == 0 {
            self.0.retain(|known| known.sql != sql || known.macs != macs);
        }
    }

    /// The layout of this row, which the statement of `sql` gave. While it gives rows the tables cannot change.
    pub(super) fn of(&mut self, sql: &'static str, macs: bool, row: &Row<'_>, kind: Kind) -> Result<Layout> {
        let plans = row.as_ref().get_status(StatementStatus::RePrepare);
        if let Some(known) = self.0.iter().find(|known| known.sql == sql && known.macs == macs && known.plans == plans)
        {
            return Ok(known.layout);
        }
        // To be asked after the first step, when the schema cannot change any more.
        let names: Vec<&str> = row.as_ref().column_names().collect();
        let layout = Layout::of(&names, kind)?;
        self.0.retain(|known| known.sql != sql || known.macs != macs);
        self.0.push(Known { sql, macs, plans, layout });
        Ok(layout)
    }
}
