//! The tables, the same in every store that has some.

/// A table: its name, and its columns with `TIME` in place of the database's type for a time.
pub(super) struct Definition {
    pub(super) name: &'static str,
    columns: &'static str,
}

impl Definition {
    /// The statement that makes the table, with `time` as the type of times.
    pub(super) fn create(&self, name: &str, time: &str) -> String {
        format!("CREATE TABLE IF NOT EXISTS {name} ({}\n)", self.columns.replace("TIME", time))
    }
}

/// The tables of `mosip_keymgr` (v1.3.0) under their own names.
pub(super) const TABLES: &[Definition] = &[
    Definition {
        name: "key_alias",
        columns: "
    id                varchar(36) NOT NULL CONSTRAINT pk_keymals_id PRIMARY KEY,
    app_id            varchar(36) NOT NULL,
    ref_id            varchar(128),
    key_gen_dtimes    TIME,
    key_expire_dtimes TIME,
    status_code       varchar(36),
    lang_code         varchar(3),
    cr_by             varchar(256) NOT NULL,
    cr_dtimes         TIME NOT NULL,
    upd_by            varchar(256),
    upd_dtimes        TIME,
    is_deleted        boolean DEFAULT FALSE,
    del_dtimes        TIME,
    cert_thumbprint   varchar(100),
    uni_ident         varchar(50) CONSTRAINT uni_ident_const UNIQUE",
    },
    Definition {
        name: "key_store",
        columns: "
    id               varchar(36) NOT NULL CONSTRAINT pk_keystr_id PRIMARY KEY,
    master_key       varchar(36) NOT NULL,
    private_key      varchar(2500) NOT NULL,
    certificate_data varchar NOT NULL,
    cr_by            varchar(256) NOT NULL,
    cr_dtimes        TIME NOT NULL,
    upd_by           varchar(256),
    upd_dtimes       TIME,
    is_deleted       boolean DEFAULT FALSE,
    del_dtimes       TIME",
    },
    Definition {
        name: "key_policy_def",
        columns: "
    app_id                varchar(36) NOT NULL CONSTRAINT pk_keypdef_id PRIMARY KEY,
    key_validity_duration smallint,
    is_active             boolean NOT NULL,
    pre_expire_days       smallint,
    access_allowed        varchar(1024),
    cr_by                 varchar(256) NOT NULL,
    cr_dtimes             TIME NOT NULL,
    upd_by                varchar(256),
    upd_dtimes            TIME,
    is_deleted            boolean DEFAULT FALSE,
    del_dtimes            TIME",
    },
    Definition {
        name: "data_encrypt_keystore",
        columns: "
    id         bigint NOT NULL CONSTRAINT pk_dekstr_id PRIMARY KEY,
    key        varchar(64) NOT NULL,
    key_status varchar(16),
    cr_by      varchar(256) NOT NULL,
    cr_dtimes  TIME NOT NULL,
    upd_by     varchar(256),
    upd_dtimes TIME",
    },
    Definition {
        name: "ca_cert_store",
        columns: "
    cert_id         varchar(36) NOT NULL CONSTRAINT pk_cacs_id PRIMARY KEY,
    cert_subject    varchar(500) NOT NULL,
    cert_issuer     varchar(500) NOT NULL,
    issuer_id       varchar(36) NOT NULL,
    cert_not_before TIME,
    cert_not_after  TIME,
    crl_uri         varchar(120),
    cert_data       varchar,
    cert_thumbprint varchar(100),
    cert_serial_no  varchar(50),
    partner_domain  varchar(36),
    cr_by           varchar(256),
    cr_dtimes       TIME,
    upd_by          varchar(256),
    upd_dtimes      TIME,
    is_deleted      boolean DEFAULT FALSE,
    del_dtimes      TIME,
    ca_cert_type    varchar(25),
    CONSTRAINT cert_thumbprint_unique UNIQUE (cert_thumbprint, partner_domain)",
    },
    Definition {
        name: "partner_cert_store",
        columns: "
    cert_id           varchar(36) NOT NULL CONSTRAINT pk_parcs_id PRIMARY KEY,
    cert_subject      varchar(500) NOT NULL,
    cert_issuer       varchar(500) NOT NULL,
    issuer_id         varchar(36) NOT NULL,
    cert_not_before   TIME,
    cert_not_after    TIME,
    partner_domain    varchar(36),
    cert_data         varchar,
    signed_cert_data  varchar,
    key_usage         varchar(150),
    organization_name varchar(120),
    cert_thumbprint   varchar(100),
    cert_serial_no    varchar(50),
    cr_by             varchar(256),
    cr_dtimes         TIME,
    upd_by            varchar(256),
    upd_dtimes        TIME,
    is_deleted        boolean DEFAULT FALSE,
    del_dtimes        TIME",
    },
    Definition {
        name: "licensekey_list",
        columns: "
    license_key   varchar(255) NOT NULL CONSTRAINT pk_lkeylst PRIMARY KEY,
    created_dtime TIME,
    expiry_dtime  TIME,
    is_active     boolean NOT NULL,
    cr_by         varchar(256) NOT NULL,
    cr_dtimes     TIME NOT NULL,
    upd_by        varchar(256),
    upd_dtimes    TIME,
    is_deleted    boolean DEFAULT FALSE,
    del_dtimes    TIME",
    },
    Definition {
        name: "licensekey_permission",
        columns: "
    license_key varchar(255) NOT NULL CONSTRAINT pk_lkeyper PRIMARY KEY
                CONSTRAINT fk_lkeyper REFERENCES licensekey_list (license_key),
    permission  varchar(512),
    is_active   boolean NOT NULL,
    cr_by       varchar(256) NOT NULL,
    cr_dtimes   TIME NOT NULL,
    upd_by      varchar(256),
    upd_dtimes  TIME,
    is_deleted  boolean DEFAULT FALSE,
    del_dtimes  TIME",
    },
    Definition {
        name: "tsp_licensekey_map",
        columns: "
    tsp_id      varchar(36) NOT NULL,
    license_key varchar(255) NOT NULL CONSTRAINT fk_tsplkeym REFERENCES licensekey_list (license_key),
    is_active   boolean NOT NULL,
    cr_by       varchar(256) NOT NULL,
    cr_dtimes   TIME NOT NULL,
    upd_by      varchar(256),
    upd_dtimes  TIME,
    is_deleted  boolean DEFAULT FALSE,
    del_dtimes  TIME,
    CONSTRAINT pk_tsplkeym PRIMARY KEY (tsp_id, license_key)",
    },
];

/// Our tables beside them.
pub(super) const SIDE_TABLES: &[Definition] = &[
    Definition {
        name: "km_intent",
        columns: "
    alias  varchar(36) NOT NULL PRIMARY KEY,
    app_id varchar(36) NOT NULL,
    ref_id varchar(128) NOT NULL,
    begun  TIME NOT NULL",
    },
    Definition {
        name: "km_former_thumbprint",
        columns: "
    thumbprint varchar(64) NOT NULL,
    alias      varchar(36) NOT NULL,
    until      TIME NOT NULL,
    PRIMARY KEY (thumbprint, alias)",
    },
    Definition {
        name: "km_key_pool",
        columns: "
    alias       varchar(36) NOT NULL PRIMARY KEY,
    master_key  varchar(36) NOT NULL,
    public_key  varchar NOT NULL,
    private_key varchar(2500) NOT NULL,
    signature   varchar NOT NULL,
    created     TIME NOT NULL,
    used        TIME",
    },
];

/// The table of MACs (STO-85): not among those above, which are made and asked for as a whole.
pub(super) const ROW_MACS: Definition = Definition {
    name: "km_row_mac",
    columns: "
    of_table varchar(36) NOT NULL,
    id       varchar(36) NOT NULL,
    mac_key  varchar(36) NOT NULL,
    mac      varchar(64) NOT NULL,
    PRIMARY KEY (of_table, id)",
};
