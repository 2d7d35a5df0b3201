//! The tables of a store file, and the version of the file (STO-1 to STO-9).

use rusqlite::{Connection, TransactionBehavior};

use super::failure::failed;
use crate::error::{Code, Error, Result};

/// `PRAGMA application_id` of a store: "KMST".
const APPLICATION: i64 = 0x4b4d_5354;
/// `PRAGMA user_version` of what this release writes; 0 is a file without tables.
const VERSION: i64 = 1;

/// The text of a time column, made comparable: a blank between date and time and six fraction digits. No time is the
/// empty text, which sorts first. SQLite sees that the indexes hold this expression, so it must be written one way.
macro_rules! padded {
    ($column:literal) => {
        concat!(
            "coalesce(replace(CASE length(",
            $column,
            ") WHEN 19 THEN ",
            $column,
            " || '.000000' ELSE substr(",
            $column,
            " || '000000', 1, 26) END, 'T', ' '), '')"
        )
    };
}
pub(super) use padded;

/// The tables of `mosip_keymgr` (v1.3.0) under their own names, then ours.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS key_alias (
    id                varchar(36) NOT NULL CONSTRAINT pk_keymals_id PRIMARY KEY,
    app_id            varchar(36) NOT NULL,
    ref_id            varchar(128),
    key_gen_dtimes    text,
    key_expire_dtimes text,
    status_code       varchar(36),
    lang_code         varchar(3),
    cr_by             varchar(256) NOT NULL,
    cr_dtimes         text NOT NULL,
    upd_by            varchar(256),
    upd_dtimes        text,
    is_deleted        boolean DEFAULT FALSE,
    del_dtimes        text,
    cert_thumbprint   varchar(100),
    uni_ident         varchar(50) CONSTRAINT uni_ident_const UNIQUE
);
CREATE TABLE IF NOT EXISTS key_store (
    id               varchar(36) NOT NULL CONSTRAINT pk_keystr_id PRIMARY KEY,
    master_key       varchar(36) NOT NULL,
    private_key      varchar(2500) NOT NULL,
    certificate_data varchar NOT NULL,
    cr_by            varchar(256) NOT NULL,
    cr_dtimes        text NOT NULL,
    upd_by           varchar(256),
    upd_dtimes       text,
    is_deleted       boolean DEFAULT FALSE,
    del_dtimes       text
);
CREATE TABLE IF NOT EXISTS key_policy_def (
    app_id                varchar(36) NOT NULL CONSTRAINT pk_keypdef_id PRIMARY KEY,
    key_validity_duration smallint,
    is_active             boolean NOT NULL,
    pre_expire_days       smallint,
    access_allowed        varchar(1024),
    cr_by                 varchar(256) NOT NULL,
    cr_dtimes             text NOT NULL,
    upd_by                varchar(256),
    upd_dtimes            text,
    is_deleted            boolean DEFAULT FALSE,
    del_dtimes            text
);
CREATE TABLE IF NOT EXISTS data_encrypt_keystore (
    id         bigint NOT NULL CONSTRAINT pk_dekstr_id PRIMARY KEY,
    key        varchar(64) NOT NULL,
    key_status varchar(16),
    cr_by      varchar(256) NOT NULL,
    cr_dtimes  text NOT NULL,
    upd_by     varchar(256),
    upd_dtimes text
);
CREATE TABLE IF NOT EXISTS ca_cert_store (
    cert_id         varchar(36) NOT NULL CONSTRAINT pk_cacs_id PRIMARY KEY,
    cert_subject    varchar(500) NOT NULL,
    cert_issuer     varchar(500) NOT NULL,
    issuer_id       varchar(36) NOT NULL,
    cert_not_before text,
    cert_not_after  text,
    crl_uri         varchar(120),
    cert_data       varchar,
    cert_thumbprint varchar(100),
    cert_serial_no  varchar(50),
    partner_domain  varchar(36),
    cr_by           varchar(256),
    cr_dtimes       text,
    upd_by          varchar(256),
    upd_dtimes      text,
    is_deleted      boolean DEFAULT FALSE,
    del_dtimes      text,
    ca_cert_type    varchar(25),
    CONSTRAINT cert_thumbprint_unique UNIQUE (cert_thumbprint, partner_domain)
);
CREATE TABLE IF NOT EXISTS partner_cert_store (
    cert_id           varchar(36) NOT NULL CONSTRAINT pk_parcs_id PRIMARY KEY,
    cert_subject      varchar(500) NOT NULL,
    cert_issuer       varchar(500) NOT NULL,
    issuer_id         varchar(36) NOT NULL,
    cert_not_before   text,
    cert_not_after    text,
    partner_domain    varchar(36),
    cert_data         varchar,
    signed_cert_data  varchar,
    key_usage         varchar(150),
    organization_name varchar(120),
    cert_thumbprint   varchar(100),
    cert_serial_no    varchar(50),
    cr_by             varchar(256),
    cr_dtimes         text,
    upd_by            varchar(256),
    upd_dtimes        text,
    is_deleted        boolean DEFAULT FALSE,
    del_dtimes        text
);
CREATE TABLE IF NOT EXISTS licensekey_list (
    license_key   varchar(255) NOT NULL CONSTRAINT pk_lkeylst PRIMARY KEY,
    created_dtime text,
    expiry_dtime  text,
    is_active     boolean NOT NULL,
    cr_by         varchar(256) NOT NULL,
    cr_dtimes     text NOT NULL,
    upd_by        varchar(256),
    upd_dtimes    text,
    is_deleted    boolean DEFAULT FALSE,
    del_dtimes    text
);
CREATE TABLE IF NOT EXISTS licensekey_permission (
    license_key varchar(255) NOT NULL CONSTRAINT pk_lkeyper PRIMARY KEY
                CONSTRAINT fk_lkeyper REFERENCES licensekey_list (license_key),
    permission  varchar(512),
    is_active   boolean NOT NULL,
    cr_by       varchar(256) NOT NULL,
    cr_dtimes   text NOT NULL,
    upd_by      varchar(256),
    upd_dtimes  text,
    is_deleted  boolean DEFAULT FALSE,
    del_dtimes  text
);
CREATE TABLE IF NOT EXISTS tsp_licensekey_map (
    tsp_id      varchar(36) NOT NULL,
    license_key varchar(255) NOT NULL CONSTRAINT fk_tsplkeym REFERENCES licensekey_list (license_key),
    is_active   boolean NOT NULL,
    cr_by       varchar(256) NOT NULL,
    cr_dtimes   text NOT NULL,
    upd_by      varchar(256),
    upd_dtimes  text,
    is_deleted  boolean DEFAULT FALSE,
    del_dtimes  text,
    CONSTRAINT pk_tsplkeym PRIMARY KEY (tsp_id, license_key)
);
CREATE TABLE IF NOT EXISTS km_intent (
    alias  varchar(36) NOT NULL PRIMARY KEY,
    app_id varchar(36) NOT NULL,
    ref_id varchar(128) NOT NULL,
    begun  text NOT NULL
);
CREATE TABLE IF NOT EXISTS km_former_thumbprint (
    thumbprint varchar(64) NOT NULL,
    alias      varchar(36) NOT NULL,
    until      text NOT NULL,
    PRIMARY KEY (thumbprint, alias)
);
CREATE TABLE IF NOT EXISTS km_key_pool (
    alias       varchar(36) NOT NULL PRIMARY KEY,
    master_key  varchar(36) NOT NULL,
    public_key  varchar NOT NULL,
    private_key varchar(2500) NOT NULL,
    signature   varchar NOT NULL,
    created     text NOT NULL,
    used        text
);
";

/// Tables that are ours and that earlier releases may lack.
const SIDE_TABLES: [&str; 2] = ["km_former_thumbprint", "km_key_pool"];

/// Each index ends in the order of the answers, so that a page is read off it without sorting.
const INDEXES: &str = concat!(
    "CREATE INDEX IF NOT EXISTS km_key_alias_order ON key_alias (",
    padded!("key_gen_dtimes"),
    ", id);\nCREATE INDEX IF NOT EXISTS km_key_alias_scope ON key_alias (app_id, coalesce(ref_id, ''), ",
    padded!("key_gen_dtimes"),
    ", id);\nCREATE INDEX IF NOT EXISTS km_key_alias_thumbprint ON key_alias (cert_thumbprint, ",
    padded!("key_gen_dtimes"),
    ", id) WHERE cert_thumbprint IS NOT NULL;",
    "\nCREATE INDEX IF NOT EXISTS km_key_alias_no_thumbprint ON key_alias (",
    padded!("key_gen_dtimes"),
    ", id) WHERE cert_thumbprint IS NULL;",
    "\nCREATE INDEX IF NOT EXISTS km_key_store_master ON key_store (master_key);",
    "\nCREATE INDEX IF NOT EXISTS km_former_thumbprint_alias ON km_former_thumbprint (alias);",
    "\nCREATE INDEX IF NOT EXISTS km_key_pool_master ON km_key_pool (master_key, alias);",
    "\nCREATE INDEX IF NOT EXISTS km_key_pool_ready ON km_key_pool (master_key, alias) WHERE used IS NULL;",
);

/// Creates what is missing (STO-5). Running it twice, or in many processes at once, is fine.
pub(super) fn prepare(connection: &mut Connection) -> Result<()> {
    let doing = |error: rusqlite::Error| failed("create the tables", &error);
    if user_version(connection)? == 0 {
        // Kept in the file. A file system without shared memory refuses, and the rollback journal stays.
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(doing)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(doing)?;
    check(&transaction)?;
    transaction.execute_batch(TABLES).map_err(doing)?;
    transaction.execute_batch(INDEXES).map_err(doing)?;
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(doing)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(doing)?;
    transaction.commit().map_err(doing)
}

/// Adds the side tables that a store of an earlier release lacks (STO-6). A file without tables is left as it is.
pub(super) fn complete(connection: &mut Connection) -> Result<()> {
    let doing = |error: rusqlite::Error| failed("read the tables of the store", &error);
    if user_version(connection)? != VERSION {
        return Ok(());
    }
    for table in SIDE_TABLES {
        if !connection.table_exists(None, table).map_err(doing)? {
            return prepare(connection);
        }
    }
    Ok(())
}

/// Refuses a file of another program, and one that a newer release wrote (STO-3, STO-4).
pub(super) fn check(connection: &Connection) -> Result<()> {
    let application: i64 = connection
        .prepare_cached("PRAGMA application_id")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| failed("read the header of the store", &error))?;
    if application != 0 && application != APPLICATION {
        return Err(Error::new(Code::StoreUnavailable, "the SQLite file belongs to another program"));
    }
    match user_version(connection)? {
        0 | VERSION => Ok(()),
        version => Err(Error::new(
            Code::StoreVersion,
            format!("the store has version {version}, and this release knows versions up to {VERSION}"),
        )),
    }
}

fn user_version(connection: &Connection) -> Result<i64> {
    connection
        .prepare_cached("PRAGMA user_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| failed("read the version of the store", &error))
}
