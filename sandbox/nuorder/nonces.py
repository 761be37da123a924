"""Used nonces. Reuse is refused within the time that a timestamp is accepted."""

from __future__ import annotations


class Nonces:
    """Remembers (consumer key, token, timestamp, nonce)."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str, str]] = set()

    def use(self, key: str, token: str, timestamp: str, nonce: str) -> bool:
        """Note a nonce; False when it was used before."""
        known = (key, token, timestamp, nonce)
        if known in self._seen:
            return False
        self._seen.add(known)
        return True
