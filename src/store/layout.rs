//! Where the columns that are read are in the rows of a statement.

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

impl Layout {
    /// The layout of rows with columns of these names.
    pub(super) fn of(names: &[&str], kind: Kind) -> Result<Self> {
        match kind {
            Kind::Policy => Ok(Self::Policy(POLICY.places(names, 0)?)),
            Kind::Intent => Ok(Self::Intent(INTENT.places(names, 0)?)),
            Kind::Former => Ok(Self::Former(FORMER.places(names, 0)?)),
            Kind::Pool => Ok(Self::Pool(POOL.places(names, 0)?)),
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
