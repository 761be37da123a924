"""What can go wrong, named by how to recover.

    NuorderPosError
    ├── Permanent          trying again changes nothing: wrong credentials, a mistake in a file, a right that is missing
    ├── NeedsMerchant      a person decides or mends something; then the work goes on from where it stood
    ├── Transient          nothing was applied, and it may pass by itself: wait (``retry_after``), then try again
    └── OutcomeUnknown     a write was sent and its answer never came: look before anything is sent again

The message of an error is one sentence for the person who reads it: what is wrong, and what to do.
"""

from __future__ import annotations


class NuorderPosError(Exception):
    """Base of every error that this project raises on purpose."""


class Permanent(NuorderPosError):
    """Trying again changes nothing; somebody has to change a setting, a credential or a file.

    ``status`` is the HTTP status where the error came from an answer, else ``None``.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NeedsMerchant(NuorderPosError):
    """A decision, or a change in the POS or in NuORDER, is needed from a person."""


class Transient(NuorderPosError):
    """Nothing was applied and it may pass by itself. ``retry_after`` is the server's wish in seconds, if it had one."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(NuorderPosError):
    """A write was sent, and whether it was applied is not known. It is never sent again before a look-up."""
