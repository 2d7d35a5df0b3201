"""The one error, as a tree of exceptions by who must act (docs/errors.md)."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BackendError",
    "BugError",
    "DecryptionFailedError",
    "HostError",
    "KeyManagerError",
    "MalformedError",
    "MisuseError",
    "NotFoundError",
    "NotTrustedError",
    "RefusedError",
]


class KeyManagerError(Exception):
    """An error: a row of the error table and a sentence. It never holds a secret."""

    number: int
    """The stable number; 99 for a panic that was caught."""
    name: str
    """The stable name, in snake_case."""
    category: str
    """Who must act: ``misuse``, ``malformed``, ``not_found``, ``not_trusted``, ``refused``, ``decryption_failed``,
    ``backend``, ``bug``."""
    exit: int
    """The exit status the command line ends with on this error."""
    mosip_code: str | None
    """The code the MOSIP key manager answers in the same situation."""
    detail: str
    """The sentence that names what was wrong."""
    next: str
    """What whoever meets the error can do next."""

    def __init__(
        self, number: int, name: str, category: str, exit: int, mosip_code: str | None, detail: str, next: str
    ) -> None:
        # All of them are the arguments of the exception, so that it can be copied and pickled.
        super().__init__(number, name, category, exit, mosip_code, detail, next)
        self.number = number
        self.name = name
        self.category = category
        self.exit = exit
        self.mosip_code = mosip_code
        self.detail = detail
        self.next = next

    def __str__(self) -> str:
        return f"{self.number} {self.name}: {self.detail}"


class MisuseError(KeyManagerError):
    """The program must call in another way."""


class MalformedError(KeyManagerError):
    """The bytes are not what they should be."""


class NotFoundError(KeyManagerError):
    """What was named is not there."""


class NotTrustedError(KeyManagerError):
    """A certificate is not trusted."""


class RefusedError(KeyManagerError):
    """A rule forbids it."""


class DecryptionFailedError(KeyManagerError):
    """The envelope does not open. There is one text for every reason."""


class BackendError(KeyManagerError):
    """A store, a master backend or the operating system failed."""


class BugError(KeyManagerError):
    """A defect of the library."""


CATEGORIES: Final[dict[str, type[KeyManagerError]]] = {
    "misuse": MisuseError,
    "malformed": MalformedError,
    "not_found": NotFoundError,
    "not_trusted": NotTrustedError,
    "refused": RefusedError,
    "decryption_failed": DecryptionFailedError,
    "backend": BackendError,
    "bug": BugError,
}


class HostError(Exception):
    """What a store or a master backend of the host raises instead of an answer: a number of the error table, or one of its
    own, and a sentence without secrets. Any other exception is ``store_unavailable`` or ``master_unavailable`` with the
    name of its class; the exception itself is the cause of the error."""

    number: int
    """A number of the error table; any other is the host's own, and shown in the text (BND-21)."""
    message: str
    """A sentence that names what was wrong; may be empty."""

    def __init__(self, number: int, message: str = "") -> None:
        super().__init__(number, message)
        self.number = number
        self.message = message

    def __str__(self) -> str:
        return f"{self.number}: {self.message}"
