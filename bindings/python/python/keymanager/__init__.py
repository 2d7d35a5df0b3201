"""Key hierarchy and packet envelopes of national-ID programmes, without a server.

A client encrypts to a certificate::

    envelope = keymanager.encrypt(certificate, packet)

A server runs a key hierarchy over a store and a master backend, embedded or written in Python::

    with KeyManager.open(SqliteStore("keymanager.db"), KeyFile("keymanager.p12", passphrase)) as manager:
        packet = manager.decrypt("REGISTRATION", "", envelope)
"""

from ._native import (
    DecryptStream,
    EncryptStream,
    KeyFile,
    KeyManager,
    SqliteStore,
    __version__,
    encrypt,
    encrypt_file,
    encrypt_into,
    encrypt_stream,
    envelope_len,
    inspect,
)
from .errors import (
    BackendError,
    BugError,
    DecryptionFailedError,
    HostError,
    KeyManagerError,
    MalformedError,
    MisuseError,
    NotFoundError,
    NotTrustedError,
    RefusedError,
)
from .hosts import HostMaster, HostProgress, HostStore
from .records import (
    Checked,
    DoctorFinding,
    DoctorReport,
    GeneratedKeys,
    InspectCertificate,
    InspectField,
    InspectFinding,
    InspectReport,
    Key,
    KeyCertificate,
    KeyCsr,
    KeyObject,
    Policy,
    Pool,
    Subject,
    Transferred,
)

__all__ = [
    "BackendError",
    "BugError",
    "Checked",
    "DecryptStream",
    "DecryptionFailedError",
    "DoctorFinding",
    "DoctorReport",
    "EncryptStream",
    "GeneratedKeys",
    "HostError",
    "HostMaster",
    "HostProgress",
    "HostStore",
    "InspectCertificate",
    "InspectField",
    "InspectFinding",
    "InspectReport",
    "Key",
    "KeyCertificate",
    "KeyCsr",
    "KeyFile",
    "KeyManager",
    "KeyManagerError",
    "KeyObject",
    "MalformedError",
    "MisuseError",
    "NotFoundError",
    "NotTrustedError",
    "Policy",
    "Pool",
    "RefusedError",
    "SqliteStore",
    "Subject",
    "Transferred",
    "__version__",
    "encrypt",
    "encrypt_file",
    "encrypt_into",
    "encrypt_stream",
    "envelope_len",
    "inspect",
]
