"""The token pair as ciphertext, so that a database holds nothing that could be used."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nuorder_pos.clients.token_set import Attempts, TokenSet
from nuorder_pos.errors import Permanent


def seal_key(client_id: str, client_secret: str) -> bytes:
    """The Fernet key of an API client: HKDF-SHA256 over its secret, salted with its id."""
    if not client_secret:
        raise Permanent(
            "The Lightspeed connection has no client secret (its password); tokens cannot be kept safely."
        )
    kdf = HKDF(algorithm=SHA256(), length=32, salt=client_id.encode(), info=b"nuorder-pos tokens")
    return base64.urlsafe_b64encode(kdf.derive(client_secret.encode()))


def seal(tokens: TokenSet, key: bytes) -> str:
    """``tokens`` as ciphertext under a key of ``seal_key``."""
    plain = {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_at": tokens.expires_at.isoformat(),
        "seed": tokens.seed,
        "issued_at": tokens.issued_at.isoformat() if tokens.issued_at else None,
    }
    return Fernet(key).encrypt(json.dumps(plain).encode()).decode()


def unseal(sealed: str, key: bytes) -> TokenSet:
    """The pair that ``seal`` made. Raises ``Permanent`` when the key does not fit or the text was changed."""
    try:
        plain = json.loads(Fernet(key).decrypt(sealed.encode()))
        issued = plain.get("issued_at")
        return TokenSet(
            plain["access_token"],
            plain["refresh_token"],
            datetime.fromisoformat(plain["expires_at"]),
            plain["seed"],
            datetime.fromisoformat(issued) if issued else None,
        )
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise Permanent(
            "The stored POS tokens cannot be read with this client id and secret (were they changed?): authorise again"
            " with nuorder-pos connect lightspeed."
        ) from None


def attempts_to_text(attempts: Attempts) -> str:
    """``attempts`` as JSON. Nothing in it is a secret: fingerprints lead back to no token."""
    return json.dumps(
        {
            "asked": [moment.isoformat() for moment in attempts.asked],
            "refused": {mark: moment.isoformat() for mark, moment in attempts.refused.items()},
        }
    )


def attempts_from_text(text: str) -> Attempts:
    """What ``attempts_to_text`` wrote."""
    plain = json.loads(text)
    return Attempts(
        tuple(map(datetime.fromisoformat, plain["asked"])),
        {mark: datetime.fromisoformat(moment) for mark, moment in plain["refused"].items()},
    )
