//! Where the two may answer otherwise, and why: docs/hierarchy.md, section 8.

/// What is known about an operation when its answers differ.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// The scope, or one above it, got a key or a certificate on this UTC day.
    pub(crate) same_day: bool,
    /// A Root key is there, and none is current.
    pub(crate) root_is_due: bool,
    /// Somebody else certified, or has, a key of the scope or of one above it.
    pub(crate) from_outside: bool,
    /// It is about a signing key on Ed25519.
    pub(crate) ed25519: bool,
    /// The symmetric key that other keys are wrapped to.
    pub(crate) wraps_others: bool,
    /// No row has the envelope's thumbprint any more.
    pub(crate) replaced: bool,
    /// The envelope is opened under another reference id than that of its key.
    pub(crate) other_reference: bool,
    /// The envelope was damaged.
    pub(crate) damaged: bool,
}

pub(crate) struct Difference {
    pub(crate) why: &'static str,
    /// The operations; none for any.
    pub(crate) operations: &'static [&'static str],
    /// Their answers.
    pub(crate) theirs: &'static [&'static str],
    /// Ours.
    pub(crate) ours: &'static [&'static str],
    pub(crate) when: fn(&Facts) -> bool,
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "a Root in its pre-expiry window is renewed on demand (HIE-23)",
        operations: &[],
        theirs: &["KER-KMS-011"],
        ours: &["ok"],
        when: |facts| facts.root_is_due,
    },
    Difference {
        why: "a symmetric master whose keys cannot be wrapped again is neither replaced nor revoked (HIE-34)",
        operations: &["generateSymmetricKey", "revokeKey"],
        theirs: &["ok"],
        ours: &["rewrap_needed"],
        when: |facts| facts.wraps_others,
    },
    Difference {
        why: "a second key on one UTC day is made, where the service fails on its unique constraint (HIE-25, HIE-52)",
        operations: &[],
        theirs: &["KER-KMS-500"],
        ours: &["ok"],
        when: |facts| facts.same_day,
    },
    Difference {
        why: "a certificate renews a signing key on Ed25519, where the service waits for a signature (HIE-103)",
        operations: &["getCertificate", "getCertificateChain", "generateCSR"],
        theirs: &["KER-KMS-016"],
        ours: &["ok"],
        when: |facts| facts.ed25519,
    },
    Difference {
        why: "a chain ends where its certificates end, where the service fails without a path",
        operations: &["getCertificateChain"],
        theirs: &["KER-KMS-500"],
        ours: &["ok"],
        when: |facts| facts.from_outside,
    },
    Difference {
        why: "a certificate of another domain that was there before can be uploaded again, or is told (HIE-76, HIE-77)",
        operations: &["uploadOtherDomainCertificate"],
        theirs: &["KER-KMS-500"],
        ours: &["ok", "KER-KMS-035"],
        when: |facts| facts.from_outside,
    },
    Difference {
        why: "a certificate that was replaced keeps opening what was made for it (HIE-72)",
        operations: &["decrypt"],
        theirs: &["KER-KMS-025"],
        ours: &["ok"],
        when: |facts| facts.replaced,
    },
    Difference {
        why: "nothing is remembered from one caller to the next: any reference id of the application opens (HIE-47)",
        operations: &["decrypt"],
        theirs: &["KER-KMS-024"],
        ours: &["ok"],
        when: |facts| facts.other_reference,
    },
    Difference {
        why: "after a key was found there is one error, and none before the layout is read (HIE-46)",
        operations: &["decrypt"],
        theirs: &["KER-FSE-001", "KER-FSE-004", "KER-FSE-005", "KER-KMS-025", "KER-KMS-500", "KER-CRY-003"],
        ours: &["KER-KMS-019", "KER-CRY-003"],
        when: |facts| facts.damaged,
    },
];

/// The reason, if there is one.
pub(crate) fn reason(operation: &str, theirs: &str, ours: &str, facts: &Facts) -> Option<&'static str> {
    let fits = |difference: &&Difference| {
        (difference.operations.is_empty() || difference.operations.contains(&operation))
            && difference.theirs.contains(&theirs)
            && difference.ours.contains(&ours)
            && (difference.when)(facts)
    };
    DIFFERENCES.iter().find(fits).map(|difference| difference.why)
}
