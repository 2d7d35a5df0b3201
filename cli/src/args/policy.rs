//! Arguments of `policy`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Every policy
    List,
    /// The policy of an application
    Show {
        /// Application id
        #[arg(value_name = "APP")]
        app: String,
    },
    /// Set the policy of an application; what is left out stays
    Set(PolicySet),
}

#[derive(Debug, Args)]
pub(crate) struct PolicySet {
    /// Application id
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// How long a key is valid, days
    #[arg(long, value_name = "N")]
    pub(crate) validity_days: Option<i16>,
    /// How many days before its end a key is renewed
    #[arg(long, value_name = "N")]
    pub(crate) pre_expire_days: Option<i16>,
    /// Whether keys may be made under it
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    pub(crate) active: Option<bool>,
    /// Users who may decrypt: names with commas between, or NA for everybody
    #[arg(long, value_name = "USER,…")]
    pub(crate) access: Option<String>,
}
