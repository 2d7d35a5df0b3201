"""What is asked for and what is answered, as plain records. Times are RFC 3339 in UTC, thumbprints 64 upper-case
hexadecimal digits; nothing in them is secret."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BackupReport",
    "Checked",
    "CopyReport",
    "DamagedRow",
    "DoctorFinding",
    "DoctorReport",
    "GeneratedKeys",
    "InspectCertificate",
    "InspectField",
    "InspectFinding",
    "InspectReport",
    "Key",
    "KeyCertificate",
    "KeyCsr",
    "KeyObject",
    "Policy",
    "Pool",
    "RewrapReport",
    "SignedReport",
    "Subject",
    "TableCopy",
    "Transferred",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Attributes of a subject; what is None comes from the configuration, or from the key's certificate."""

    common_name: str | None = None
    """CN."""
    organizational_unit: str | None = None
    """OU."""
    organization: str | None = None
    """O."""
    location: str | None = None
    """L."""
    state: str | None = None
    """ST."""
    country: str | None = None
    """C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key; nothing in it is secret."""

    alias: str
    """Its alias."""
    app_id: str
    """The application it is of."""
    ref_id: str | None
    """Its reference id; None for a master key."""
    level: str
    """``root``, ``module``, ``sign``, ``base``, ``symmetric``, ``other_domain``."""
    algorithm: str
    """``RSA-2048``, ``AES-256``, …; ``unknown`` without a certificate to tell from."""
    location: str
    """Where the private key is: ``master``, ``store``, ``external``."""
    thumbprint: str | None
    """The thumbprint of its certificate; None for symmetric keys."""
    issuer_alias: str | None
    """The alias of the key above it."""
    not_before: str | None
    """From when it is valid."""
    not_after: str | None
    """Until when it is valid."""
    state: str
    """``current``, ``pre_expiry``, ``expired``, ``revoked``, ``not_yet_valid``."""
    days_left: int | None
    """Whole days until ``not_after``, rounded down; negative when it is past."""
    uni_ident: str | None
    """``uni_ident`` of its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedKeys:
    """What a generation made, and what it found."""

    generated: tuple[Key, ...]
    """New keys."""
    existing: tuple[Key, ...]
    """Keys that were there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCertificate:
    """A key and its certificate."""

    key: Key
    """The key."""
    certificate_pem: str
    """Its certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCsr:
    """A certification request (PKCS#10) and the key that signed it."""

    key: Key
    """The key."""
    csr_pem: str
    """The request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyObject:
    """A master or signing key as it was asked for: its certificate, or a request for another."""

    key: Key
    """The key."""
    generated: bool
    """Whether this call made it."""
    certificate_pem: str | None
    """Its certificate, when that was asked for."""
    csr_pem: str | None
    """A certification request, when that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of an application."""

    app_id: str
    """The application."""
    validity_days: int | None
    """How long its keys are valid, in days."""
    pre_expire_days: int | None
    """How many days before its end a key is renewed."""
    active: bool
    """Whether it is in force."""
    access_allowed: str | None
    """The users who may decrypt: ``NA`` for everybody, or names with commas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The RSA keys that were made ahead of time under one Module key."""

    app_id: str | None
    """The application; None when no record names the Module key."""
    module_alias: str
    """The alias of the Module key."""
    current: bool
    """Whether it is the current one of its application; the ready keys of another are never used."""
    ready: int
    """How many keys are ready."""
    oldest: str | None
    """When the oldest ready key was made."""
    newest: str | None
    """When the newest ready key was made."""
    used: int
    """How many keys were taken."""
    last_used: str | None
    """When the last one was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """How many bytes went in and came out."""

    bytes_in: int
    """Bytes read: of the plaintext when encrypting, of the envelope when decrypting."""
    bytes_out: int
    """Bytes written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReport:
    """A report, the signature over its bytes, and the certificate of the key that made it. Nothing in it is secret."""

    document: str
    """What is signed: one JSON object, exactly these bytes in UTF-8."""
    signature: bytes
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    certificate_pem: str
    """The certificate of the key that signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedRow:
    """A row that could not be worked on; it is as it was."""

    alias: str
    """Its alias, or the text in the place of one."""
    error: str
    """The name of the error."""
    text: str
    """What is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrapReport:
    """What was wrapped again."""

    app_id: str
    """The application."""
    module_alias: str
    """The alias of the Module key that everything hangs under now."""
    former_modules: tuple[str, ...]
    """The other Module keys of the application. They stay."""
    rewrapped: int
    """How many keys were wrapped again."""
    kept: int
    """How many keys hung under it before, and open."""
    other_domain: int
    """How many certificates of other domains name one of the Module keys."""
    pool_keys_discarded: int
    """How many ready keys of the pool were discarded."""
    damaged: tuple[DamagedRow, ...]
    """What could not be wrapped again or does not open."""
    begun: str
    """When it began."""
    ended: str
    """When it ended."""
    seconds: int
    """How long it took."""
    signed: SignedReport
    """The report for outsiders, signed by the new Module key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCopy:
    """The rows of a table that were copied."""

    table: str
    """The table."""
    copied: int
    """How many rows were written."""
    present: int
    """How many were there already, and say the same."""
    others: int
    """How many the other store has besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What was copied."""

    tables: tuple[TableCopy, ...]
    """The tables, in the order in which they were copied."""
    intents_left: int
    """How many creations were under way in the source. They stay there."""
    pool_keys_left: int
    """How many rows of the key pool the source has. They stay there."""
    damaged: tuple[DamagedRow, ...]
    """The rows that cannot be understood."""
    begun: str
    """When it began."""
    ended: str
    """When it ended."""
    seconds: int
    """How long it took."""
    signed: SignedReport
    """The report for outsiders, signed by a key of the deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What is in an archive."""

    made: str
    """When the store was copied."""
    key_file: bool
    """Whether it has a key file."""
    keys: int
    """How many keys the store has."""
    chained: int
    """How many of them have a certificate that leads to a key of the deployment."""
    foreign_issuers: int
    """How many have a certificate by somebody else."""
    opened: int
    """How many private keys were opened and compared with their certificates."""
    damaged: tuple[DamagedRow, ...]
    """What cannot be understood or does not open. It was so in the store."""
    signed_by: str
    """The thumbprint of the certificate of the key that signed."""
    signed: SignedReport
    """The manifest with its signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the doctor looked at."""

    records: int
    """Keys of the store."""
    tokens: int
    """Keys of the master backend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFinding:
    """Something that does not fit together."""

    code: str
    """Its stable name (docs/doctor.md)."""
    severity: str
    """``info``, ``warning`` or ``error``."""
    alias: str | None
    """The key it is about."""
    text: str
    """What is wrong, and why."""
    repair: str | None
    """What repair does, or would do; None when nothing can be done here."""
    repaired: bool
    """Whether it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """What the doctor found (docs/doctor.md)."""

    findings: tuple[DoctorFinding, ...]
    """The findings, in the order in which they were found."""
    checked: Checked
    """What was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectField:
    """A part of the bytes."""

    name: str
    """Its name, unique in a report."""
    offset: int
    """Where it begins, in bytes; in the decoded bytes when the input is text."""
    length: int
    """Its size in bytes."""
    value: str | None
    """Its value where that is short and tells something: text, or base64url."""
    note: str
    """What it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectFinding:
    """Something to know about the bytes."""

    severity: str
    """``info``, ``warning`` or ``error``."""
    code: str
    """A stable name."""
    text: str
    """A sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectCertificate:
    """The given certificate, compared with the recipient."""

    matches: bool | None
    """Whether its thumbprint is the recipient's; None when the bytes name no recipient."""
    subject: str
    """Its subject (RFC 4514)."""
    not_after: str
    """Its notAfter (RFC 3339)."""
    days_left: int
    """Whole days left; negative once it has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectReport:
    """What bytes are: an envelope, a certificate, … (docs/envelopes.md, the inspector)."""

    kind: str
    """``envelope``, ``wrapped_private_key``, ``pin``, ``certificate``, ``csr``, ``bundle``, ``key_file``,
    ``unknown``."""
    layout: str | None
    """The layout of an envelope."""
    size: int
    """The size in bytes; of the decoded bytes when the input is text."""
    fields: tuple[InspectField, ...]
    """The parts, in their order."""
    thumbprint: str | None
    """The thumbprint: of the recipient, or of the certificate itself."""
    authenticated: tuple[str, ...]
    """The names of the fields that the tag vouches for."""
    not_authenticated: tuple[str, ...]
    """The names of the fields that nothing vouches for."""
    findings: tuple[InspectFinding, ...]
    """What to know."""
    certificate: InspectCertificate | None
    """The given certificate, compared with the recipient."""
