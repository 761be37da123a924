"""Access tokens in the documented form: RS256 JSON Web Tokens, signed with the standard library only.

The key is made at the first start of a process from a fixed seed: every sandbox has the same one, and no
private key lies in the source tree. It protects nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

KEY_ID: Final = "RT_OAUTH2_2024_07_08"
_EXPONENT: Final = 65537
_PRIME_BITS: Final = 512
_SHA256_PREFIX: Final = bytes.fromhex("3031300d060960864801650304020105000420")
_SMALL_PRIMES: Final = [
    number for number in range(3, 2000, 2) if all(number % low for low in range(3, int(number**0.5) + 1, 2))
]


@dataclass(frozen=True)
class Key:
    """An RSA key."""

    modulus: int
    private: int

    @property
    def size(self) -> int:
        """Length of a signature in bytes."""
        return (self.modulus.bit_length() + 7) // 8


def _is_prime(number: int, source: random.Random) -> bool:
    """Miller-Rabin with 20 rounds."""
    if any(number % small == 0 for small in _SMALL_PRIMES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        value = pow(source.randrange(2, number - 1), odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


@cache
def key() -> Key:
    """The sandbox's key."""
    source = random.Random("sandbox access tokens")
    primes: list[int] = []
    while len(primes) < 2:
        number = source.getrandbits(_PRIME_BITS) | 1 | 0b11 << (_PRIME_BITS - 2)
        if (number - 1) % _EXPONENT and _is_prime(number, source):
            primes.append(number)
    first, second = primes
    return Key(first * second, pow(_EXPONENT, -1, (first - 1) * (second - 1)))


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _b64_json(value: dict[str, Any]) -> str:
    return _b64(json.dumps(value, separators=(",", ":")).encode())


def sign(claims: dict[str, Any]) -> str:
    """A signed token (PKCS #1 v1.5 with SHA-256)."""
    text = _b64_json({"typ": "JWT", "alg": "RS256", "kid": KEY_ID}) + "." + _b64_json(claims)
    digest = _SHA256_PREFIX + hashlib.sha256(text.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (key().size - len(digest) - 3) + b"\x00" + digest
    signature = pow(int.from_bytes(padded), key().private, key().modulus)
    return text + "." + _b64(signature.to_bytes(key().size))


def jwks() -> dict[str, Any]:
    """The public key as a key set."""
    modulus = key().modulus.to_bytes(key().size)
    return {
        "keys": [
            {
                "kty": "RSA",
                "alg": "RS256",
                "use": "sig",
                "kid": KEY_ID,
                "n": _b64(modulus),
                "e": _b64(_EXPONENT.to_bytes(3)),
            }
        ]
    }
