//! Where we answer otherwise than the service, and why; and what we have no call for.

/// The groups that are replayed.
pub const GROUPS: &[&str] = &[
    "generate-master",
    "get-certificate",
    "force-same-day",
    "force-next-day",
    "revoke",
    "other-domain",
    "upload-certificate",
    "csr",
    "ec",
    "two-current",
    "no-root",
    "backfill",
    "first-caller",
    "envelope-errors",
    "short-data",
    "caches",
    "extra",
    "time",
    "symmetric-zk",
];

/// A reason, and the steps it is the reason of: step, their answer, ours.
pub type Difference = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

pub const DIFFERENCES: &[Difference] = &[
    (
        "a second key on one UTC day is made, where the service fails on its unique constraint, and for ROOT stays out of order (HIE-25, HIE-52)",
        &[
            ("upload-certificate/get-after-expired", "KER-KMS-500", "ok, 1 made"),
            ("upload-certificate/get-after-future", "KER-KMS-500", "ok, 1 made"),
            ("ec/ed-after-force", "KER-KMS-016", "ok"),
            ("ec/force-ec-same-day", "KER-KMS-500", "ok, 1 made"),
            ("ec/force-ed-same-day", "KER-KMS-500", "ok, 1 made"),
            ("extra/module-after", "KER-KMS-011", "ok, 1 made"),
            ("extra/root-after", "KER-KMS-500", "ok"),
            ("extra/root-force", "KER-KMS-500", "ok, 1 made"),
            ("force-same-day/force", "KER-KMS-500", "ok, 1 made"),
            ("force-same-day/force-again", "KER-KMS-500", "ok, 1 made"),
            ("force-same-day/force-sign", "KER-KMS-500", "ok, 1 made"),
            ("no-root/module-now", "KER-KMS-011", "ok, 1 made"),
            ("no-root/root-force-same-day", "KER-KMS-500", "ok, 1 made"),
            ("no-root/root-still-there", "KER-KMS-500", "ok"),
            ("revoke/encrypt-same-day", "KER-KMS-500", "ok, 1 made"),
            ("revoke/get-same-day", "KER-KMS-500", "ok"),
            ("two-current/force", "KER-KMS-500", "ok, 1 made"),
        ],
    ),
    (
        "the step before made a key, where the service failed, and this step finds it",
        &[
            ("revoke/other-domain-next-day", "KER-KMS-016", "ok"),
            ("extra/module-after-restart", "ok, 1 made", "ok"),
            ("extra/root-after-restart", "ok", "ok, with another key"),
            ("force-same-day/get-after", "ok", "ok, with another key"),
            ("generate-master/new-with-names", "ok, 1 made", "ok"),
            ("revoke/get-next-day", "ok, 1 made", "ok"),
            ("time/pms-1797-again", "ok, 1 made", "ok"),
            ("time/root-1797", "ok, 1 made", "ok"),
        ],
    ),
    (
        "a Root in its pre-expiry window is renewed on demand (HIE-23)",
        &[("time/genmaster-1797", "KER-KMS-011", "ok, 1 made"), ("time/pms-1797", "KER-KMS-011", "ok, 2 made")],
    ),
    (
        "a reference id that is missing is the empty one, where the service fails on a null pointer (HIE-2)",
        &[
            ("csr/null-ref", "KER-KMS-500", "ok"),
            ("generate-master/null-ref-existing-csr", "KER-KMS-500", "ok"),
            ("upload-certificate/null-ref", "KER-KMS-500", "KER-KMS-014"),
            ("generate-master/null-ref-new", "KER-KMS-500", "ok, 1 made"),
            ("symmetric-zk/force-null", "KER-KMS-500", "ok, 1 made"),
        ],
    ),
    ("a reference id of blanks is the empty one (HIE-2)", &[("generate-master/ref-spaces", "ok, 1 made", "ok")]),
    ("BASE is no application (HIE-32)", &[("generate-master/BASE-as-app", "ok, 1 made", "KER-KMS-016")]),
    (
        "an application id that no column can hold is refused as an argument",
        &[
            ("get-certificate/AAAAAAAAAAAA|", "KER-KMS-002", "KER-KMS-005"),
            ("get-certificate/blank-app", "KER-KMS-002", "KER-KMS-005"),
        ],
    ),
    (
        "a certificate of a foreign issuer is a chain of its own, where the service fails on a null pointer",
        &[
            ("get-certificate/chain|PARTNER|p-one", "KER-KMS-500", "ok"),
            ("upload-certificate/chain", "KER-KMS-500", "ok"),
        ],
    ),
    (
        "policy and rows are read again each time (HIE-30)",
        &[("caches/get-stale", "ok", "ok, 1 made"), ("caches/later2", "KER-KMS-002", "ok, 1 made")],
    ),
    (
        "of several current keys the newest is used, and all are revoked (HIE-14, HIE-54)",
        &[
            ("two-current/csr", "KER-KMS-003", "KER-KMS-016"),
            ("two-current/genmaster", "KER-KMS-003", "KER-KMA-004"),
            ("two-current/genmaster-sign", "KER-KMS-003", "KER-KMA-004"),
            ("two-current/master", "KER-KMS-003", "KER-KMA-004"),
            ("two-current/new-base-needs-master", "KER-KMS-003", "KER-KMA-004"),
            ("two-current/revoke", "KER-KMS-003", "ok"),
            ("two-current/sym", "KER-KMS-003", "ok"),
        ],
    ),
    (
        "nothing is remembered from one caller to the next: any reference id of the application opens (HIE-47)",
        &[
            ("envelope-errors/blank-ref", "KER-KMS-024", "ok"),
            ("envelope-errors/null-ref", "KER-KMS-024", "ok"),
            ("envelope-errors/other-ref", "KER-KMS-024", "ok"),
            ("first-caller/right-after-null", "KER-KMS-024", "ok"),
            ("first-caller/right-ref-after-blank", "KER-KMS-024", "ok"),
            ("first-caller/right-ref-second", "KER-KMS-024", "ok"),
            ("first-caller/unknown-ref", "KER-KMS-024", "ok"),
        ],
    ),
    (
        "a symmetric master whose keys cannot be wrapped again is neither replaced nor revoked (HIE-34)",
        &[
            ("revoke/identity-cache", "ok", "rewrap_needed"),
            ("symmetric-zk/force", "ok, 1 made", "rewrap_needed"),
            ("symmetric-zk/force-again", "ok, 1 made", "rewrap_needed"),
        ],
    ),
    (
        "after a key was found there is one error (HIE-46)",
        &[
            ("envelope-errors/mgf1sha1", "KER-FSE-004", "KER-KMS-019"),
            ("envelope-errors/sk31", "KER-FSE-001", "KER-KMS-019"),
            ("envelope-errors/tamper-aad", "KER-FSE-004", "KER-KMS-019"),
            ("envelope-errors/tamper-tag", "KER-FSE-004", "KER-KMS-019"),
            ("envelope-errors/trailing", "KER-FSE-004", "KER-KMS-019"),
            ("envelope-errors/truncated", "KER-FSE-004", "KER-KMS-019"),
            ("short-data/a1-48", "KER-FSE-004", "KER-KMS-019"),
            ("short-data/ext-16", "KER-FSE-004", "KER-KMS-019"),
            ("short-data/suffix-33", "KER-FSE-004", "KER-KMS-019"),
        ],
    ),
    ("session keys are of 32 bytes", &[("envelope-errors/sk16", "ok", "KER-KMS-019")]),
    (
        "a salt of 12 or 16 bytes is what a writer may use (ENV-17)",
        &[("envelope-errors/salt-1byte", "ok", "KER-FSE-009")],
    ),
    (
        "the parser is strict and fails before a key is touched, where the service runs into its own cipher or index errors (ENV-20 to ENV-28)",
        &[
            ("envelope-errors/only-header-keypart", "KER-KMS-500", "KER-CRY-003"),
            ("envelope-errors/rsa-long", "KER-FSE-005", "KER-CRY-003"),
            ("envelope-errors/short", "KER-KMS-500", "KER-CRY-003"),
            ("envelope-errors/tamper-header", "KER-FSE-005", "KER-CRY-003"),
            ("envelope-errors/with-salt", "KER-FSE-004", "KER-CRY-003"),
            ("short-data/a1-0", "KER-KMS-500", "KER-CRY-003"),
            ("short-data/a1-31", "KER-KMS-500", "KER-CRY-003"),
            ("short-data/a1-32", "KER-FSE-006", "KER-CRY-003"),
            ("short-data/a1-33", "KER-FSE-004", "KER-CRY-003"),
            ("short-data/ext-0", "KER-FSE-006", "KER-CRY-003"),
            ("short-data/ext-1", "KER-FSE-004", "KER-CRY-003"),
            ("short-data/ext-15", "KER-FSE-004", "KER-CRY-003"),
            ("short-data/suffix-0", "KER-FSE-006", "KER-CRY-003"),
            ("short-data/suffix-1", "KER-FSE-002", "KER-CRY-003"),
            ("short-data/suffix-16", "KER-FSE-002", "KER-CRY-003"),
            ("short-data/suffix-31", "KER-FSE-002", "KER-CRY-003"),
            ("short-data/suffix-32", "KER-FSE-002", "KER-CRY-003"),
            ("short-data/suffix-empty", "KER-FSE-002", "KER-CRY-003"),
        ],
    ),
    (
        "a certificate that was replaced keeps opening what was made for it",
        &[
            ("upload-certificate/decrypt-old-thumbprint", "KER-KMS-025", "ok"),
            ("upload-certificate/decrypt-to-master-old-thumb", "KER-KMS-025", "ok"),
            ("upload-certificate/decrypt-under-master", "KER-KMS-025", "ok"),
        ],
    ),
    (
        "the step before signed, which renews the key, and for which we have no call: the certificate renews it (HIE-103)",
        &[
            ("revoke/cert-EC_SECP256R1_SIGN", "ok", "ok, 1 made"),
            ("revoke/cert-ED25519_SIGN", "ok", "ok, 1 made"),
            ("time/cert-EC_SECP256K1_SIGN", "ok", "ok, 1 made"),
            ("time/cert-ED25519_SIGN", "ok", "ok, 1 made"),
        ],
    ),
    (
        "a certificate of another domain that was replaced can be uploaded again",
        &[
            ("other-domain/first-again", "KER-KMS-500", "ok, 1 made"),
            ("revoke/reupload-same", "KER-KMS-500", "ok, 1 made"),
        ],
    ),
    (
        "names are encoded, where the service joins them to a text and reads it again",
        &[("generate-master/csr-special-chars", "KER-CRY-003", "ok")],
    ),
    (
        "envelopes are made for RSA keys of 2048 bits alone, which every reader expects",
        &[("other-domain/enc-4096", "ok", "KER-FSE-001")],
    ),
];

/// Calls that are not covered, by reason, and how many they are.
pub const NOT_COVERED: &[(&str, usize)] = &[
    ("JWS and JWE", 31),
    ("PIN envelopes", 8),
    ("the REST layer's: form of request and answer", 14),
    ("zero-knowledge encryption", 24),
];
