//! Where the columns that are read are in the rows of a statement.

use rusqlite::{Row, Statement, StatementStatus};

use crate::error::{Code, Error, Result};

/// The column that stands between the two halves of a key.
const BETWEEN: &str = "km_half";

pub(super) static ALIAS: Table<9> = Table {
    name: "key_alias",
    columns: [
        "id",
        "app_id",
        "ref_id",
        "key_gen_dtimes",
        "key_expire_dtimes",
        "cert_thumbprint",
        "uni_ident",
        "cr_by",
        "cr_dtimes",
    ],
};
pub(super) static STORE: Table<6> =
    Table { name: "key_store", columns: ["id", "master_key", "private_key", "certificate_data", "cr_by", "cr_dtimes"] };
pub(super) static POLICY: Table<7> = Table {
    name: "key_policy_def",
    columns: [
        "app_id",
        "key_validity_duration",
        "pre_expire_days",
        "is_active",
        "access_allowed",
        "cr_by",
        "cr_dtimes",
    ],
};
pub(super) static INTENT: Table<4> = Table { name: "km_intent", columns: ["alias", "app_id", "ref_id", "begun"] };

pub(super) static FORMER: Table<3> = Table { name: "km_former_thumbprint", columns: ["thumbprint", "alias", "until"] };

pub(super) static POOL: Table<7> = Table {
    name: "km_key_pool",
    columns: ["alias", "master_key", "public_key", "private_key", "signature", "created", "used"],
};

pub(super) struct Table<const COLUMNS: usize> {
    pub(super) name: &'static str,
    /// The columns the library reads, in the order in which `row` counts them.
    pub(super) columns: [&'static str; COLUMNS],
}

/// Where the columns of a statement's rows are: tables may have more of them, in any order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    Key { alias: Places<9>, stored: Places<6> },
    Policy(Places<7>),
    Intent(Places<4>),
    Former(Places<3>),
    Pool(Places<7>),
}

/// For each column that is read, its index in the row.
pub(super) type Places<const COLUMNS: usize> = [usize; COLUMNS];

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Key,
    Policy,
    Intent,
    Former,
    Pool,
}

/// The layouts of the statements that one connection keeps prepared: to look the names up takes as long as the rest
/// of a query. Another process may change the tables at any moment (STO-4), so a layout holds as long as the statement
/// is the same one and SQLite has not planned it anew.
#[derive(Default)]
pub(super) struct Layouts(Vec<Known>);

struct Known {
    sql: &'static str,
    /// How often the statement had been planned anew.
    plans: i32,
    layout: Layout,
}

impl Layouts {
    /// To be called each time before `statement` runs: one that never ran is not the one whose layout is known.
    pub(super) fn forget_if_new(&mut self, sql: &'static str, statement: &Statement<'_>) {
        if statement.get_status(StatementStatus::Run) == 0 {
            self.0.retain(|known| known.sql != sql);
        }
    }

    /// The layout of this row, which the statement of `sql` gave. While it gives rows the tables cannot change.
    pub(super) fn of(&mut self, sql: &'static str, row: &Row<'_>, kind: Kind) -> Result<Layout> {
        let plans = row.as_ref().get_status(StatementStatus::RePrepare);
        if let Some(known) = self.0.iter().find(|known| known.sql == sql && known.plans == plans) {
            return Ok(known.layout);
        }
        let layout = Layout::of(row, kind)?;
        self.0.retain(|known| known.sql != sql);
        self.0.push(Known { sql, plans, layout });
        Ok(layout)
    }
}

impl Layout {
    /// The layout of this row's statement. To be asked after the first step, when the schema cannot change any more.
    fn of(row: &Row<'_>, kind: Kind) -> Result<Self> {
        let names: Vec<&str> = row.as_ref().column_names().collect();
        match kind {
            Kind::Policy => Ok(Self::Policy(POLICY.places(&names, 0)?)),
            Kind::Intent => Ok(Self::Intent(INTENT.places(&names, 0)?)),
            Kind::Former => Ok(Self::Former(FORMER.places(&names, 0)?)),
            Kind::Pool => Ok(Self::Pool(POOL.places(&names, 0)?)),
            Kind::Key => {
                let between = names.iter().position(|name| *name == BETWEEN);
                let between = between.ok_or_else(|| Error::internal("a key row without its middle"))?;
                let (left, right) = names.split_at(between);
                Ok(Self::Key { alias: ALIAS.places(left, 0)?, stored: STORE.places(right, between)? })
            }
        }
    }
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    fn places(&self, names: &[&str], first: usize) -> Result<Places<COLUMNS>> {
        let mut places = [0; COLUMNS];
        for (place, column) in places.iter_mut().zip(&self.columns) {
            let at = names.iter().position(|name| name == column).and_then(|at| at.checked_add(first));
            *place = at.ok_or_else(|| {
                Error::new(Code::StoreUnavailable, format!("the table {} has no column {column}", self.name))
            })?;
        }
        Ok(places)
    }
}
