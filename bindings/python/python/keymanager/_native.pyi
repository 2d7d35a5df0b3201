from collections.abc import Sequence
from os import PathLike
from types import TracebackType
from typing import Final, Self, final

from typing_extensions import Buffer

from .hosts import HostAccess, HostAudit, HostMaster, HostProgress, HostStore
from .records import (
    BackupReport,
    CopyReport,
    DoctorReport,
    GeneratedKeys,
    InspectReport,
    Key,
    KeyCertificate,
    KeyCsr,
    KeyObject,
    Policy,
    Pool,
    RewrapReport,
    SignedReport,
    Subject,
    Transferred,
)

__all__ = [
    "DecryptStream",
    "EncryptStream",
    "KeyFile",
    "KeyManager",
    "PostgresStore",
    "SqliteStore",
    "Token",
    "__version__",
    "encrypt",
    "encrypt_file",
    "encrypt_into",
    "encrypt_stream",
    "envelope_len",
    "inspect",
    "verify_report",
]

__version__: Final[str]

def encrypt(
    certificate: str | Buffer,
    plaintext: Buffer,
    *,
    layout: str | None = None,
    aad: Buffer | None = None,
    salt: Buffer | None = None,
) -> bytes: ...
def encrypt_into(
    certificate: str | Buffer,
    plaintext: Buffer,
    out: Buffer,
    *,
    layout: str | None = None,
    aad: Buffer | None = None,
    salt: Buffer | None = None,
) -> int: ...
def envelope_len(plaintext_len: int, *, layout: str | None = None) -> int: ...
def encrypt_stream(
    certificate: str | Buffer, *, layout: str | None = None, aad: Buffer | None = None, salt: Buffer | None = None
) -> EncryptStream: ...
def encrypt_file(
    certificate: str | Buffer,
    input: str | PathLike[str],
    output: str | PathLike[str],
    *,
    overwrite: bool = False,
    layout: str | None = None,
    aad: Buffer | None = None,
    salt: Buffer | None = None,
    progress: HostProgress | None = None,
) -> Transferred: ...
def verify_report(report: SignedReport) -> None: ...
def inspect(data: Buffer, certificate: str | Buffer | None = None) -> InspectReport: ...
@final
class SqliteStore:
    def __new__(cls, path: str | PathLike[str]) -> Self: ...
    @property
    def path(self) -> str: ...

@final
class PostgresStore:
    def __new__(
        cls, address: str, *, password: Buffer | None = None, read_from: str | None = None
    ) -> Self: ...
    @property
    def address(self) -> str: ...
    @property
    def read_from(self) -> str | None: ...

@final
class Token:
    def __new__(cls, uri: str, pin: Buffer) -> Self: ...
    @property
    def uri(self) -> str: ...

@final
class KeyFile:
    def __new__(cls, path: str | PathLike[str], passphrase: Buffer) -> Self: ...
    @property
    def path(self) -> str: ...

@final
class EncryptStream:
    def update(self, data: Buffer) -> bytes: ...
    def finish(self) -> bytes: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...

@final
class DecryptStream:
    def update(self, data: Buffer) -> None: ...
    def finish(self) -> Transferred: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...

@final
class KeyManager:
    @staticmethod
    def open(
        store: SqliteStore | PostgresStore | HostStore,
        master: KeyFile | Token | HostMaster,
        *,
        create: bool = False,
        caller: str | None = None,
        config: str | None = None,
        access: HostAccess | None = None,
        audit: HostAudit | None = None,
        audit_may_fail: bool = False,
    ) -> KeyManager: ...
    def initialise(self) -> None: ...
    def generate_all(self, *, progress: HostProgress | None = None) -> GeneratedKeys: ...
    def generate(
        self,
        app: str,
        reference: str = "",
        *,
        kind: str | None = None,
        force: bool = False,
        subject: Subject | None = None,
    ) -> GeneratedKeys: ...
    def generate_master_key(
        self, app: str, reference: str, object_type: str, *, force: bool = False, subject: Subject | None = None
    ) -> KeyObject: ...
    def generate_ec_sign_key(
        self, app: str, reference: str, object_type: str, *, force: bool = False, subject: Subject | None = None
    ) -> KeyObject: ...
    def rotate(self, app: str, reference: str) -> GeneratedKeys: ...
    def revoke(self, app: str, reference: str) -> Key: ...
    def upload_certificate(self, app: str, reference: str, certificate: str | Buffer) -> Key: ...
    def upload_other_domain(self, app: str, reference: str, certificate: str | Buffer) -> Key: ...
    def generate_csr(self, app: str, reference: str, subject: Subject | None = None) -> KeyCsr: ...
    def certificate(self, app: str, reference: str) -> str: ...
    def chain(self, app: str, reference: str) -> str: ...
    def chain_pkcs7(self, app: str, reference: str) -> str: ...
    def all_certificates(self, app: str, reference: str) -> tuple[KeyCertificate, ...]: ...
    def certificate_of(self, thumbprint: str) -> str | None: ...
    def keys(
        self, app: str | None = None, reference: str | None = None, *, all: bool = False
    ) -> tuple[Key, ...]: ...
    def key(self, alias_or_thumbprint: str) -> Key: ...
    def policies(self) -> tuple[Policy, ...]: ...
    def policy(self, app: str) -> Policy: ...
    def set_policy(
        self,
        app: str,
        *,
        validity_days: int | None = None,
        pre_expire_days: int | None = None,
        active: bool | None = None,
        access_allowed: str | None = None,
    ) -> Policy: ...
    def fill_pool(self, app: str, count: int, *, progress: HostProgress | None = None) -> Pool: ...
    def pool(self) -> tuple[Pool, ...]: ...
    def recover(self) -> None: ...
    def doctor(self, *, folders: Sequence[str] = (), progress: HostProgress | None = None) -> DoctorReport: ...
    def repair(
        self, *, remove: Sequence[str] = (), folders: Sequence[str] = (), progress: HostProgress | None = None
    ) -> DoctorReport: ...
    def rewrap(
        self,
        app: str,
        *,
        to: KeyFile | Token | HostMaster | None = None,
        module: str | None = None,
        stop_at_damaged: bool = False,
        progress: HostProgress | None = None,
    ) -> RewrapReport: ...
    def copy_store(
        self,
        to: SqliteStore | PostgresStore | HostStore,
        *,
        create: bool = False,
        stop_at_damaged: bool = False,
        progress: HostProgress | None = None,
    ) -> CopyReport: ...
    def backup(
        self, path: str | PathLike[str], *, open: bool = False, progress: HostProgress | None = None
    ) -> BackupReport: ...
    def verify_backup(
        self, path: str | PathLike[str], *, open: bool = False, progress: HostProgress | None = None
    ) -> BackupReport: ...
    def restore_backup(
        self,
        path: str | PathLike[str],
        store: str | PathLike[str],
        key_file: str | PathLike[str] | None = None,
        *,
        progress: HostProgress | None = None,
    ) -> BackupReport: ...
    def encrypt(
        self,
        app: str,
        reference: str,
        plaintext: Buffer,
        *,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
    ) -> bytes: ...
    def decrypt(
        self,
        app: str,
        reference: str,
        envelope: Buffer,
        *,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
    ) -> bytes: ...
    def decrypt_into(
        self,
        app: str,
        reference: str,
        envelope: Buffer,
        out: Buffer,
        *,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
    ) -> int: ...
    def encrypt_stream(
        self,
        app: str,
        reference: str,
        *,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
    ) -> EncryptStream: ...
    def decrypt_stream(
        self,
        app: str,
        reference: str,
        output: str | PathLike[str],
        *,
        overwrite: bool = False,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
    ) -> DecryptStream: ...
    def encrypt_file(
        self,
        app: str,
        reference: str,
        input: str | PathLike[str],
        output: str | PathLike[str],
        *,
        overwrite: bool = False,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
        progress: HostProgress | None = None,
    ) -> Transferred: ...
    def decrypt_file(
        self,
        app: str,
        reference: str,
        input: str | PathLike[str],
        output: str | PathLike[str],
        *,
        overwrite: bool = False,
        layout: str | None = None,
        aad: Buffer | None = None,
        salt: Buffer | None = None,
        progress: HostProgress | None = None,
    ) -> Transferred: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...
