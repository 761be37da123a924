"""Token pairs of the POS: rotation, expiry, revocation, and the limit on refreshes.

The rule in force since 2026-01-15: a refresh gives a new pair, and the used refresh token is revoked only
when the new access token first authenticates a request. So a refresh whose answer was lost may be repeated.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from sandbox.clock import Clock
from sandbox.pos import jwt
from sandbox.switches import Switches

CLIENT_ID: Final = "sandbox-client"
CLIENT_SECRET: Final = "sandbox-client-secret"
FIRST_REFRESH_TOKEN: Final = "sandbox-refresh-token"
ALL_SCOPES: Final = (
    "employee:all employee:inventory employee:purchase_orders employee:product_cost employee:product_edit "
    "employee:vendors employee:manufacturers employee:categories employee:tags employee:admin_inventory"
)
_DAY: Final = 86400.0
EXPIRED: Final = "Access token could not be verified"
REVOKED: Final = "Access token has been revoked"


class TokenError(Exception):
    """An OAuth error answer: status, ``error``, description and hint."""

    def __init__(self, status: int, error: str, hint: str) -> None:
        super().__init__(hint)
        self.status, self.error, self.hint = status, error, hint


@dataclass(eq=False)
class Pair:
    """An access token and the refresh token issued with it."""

    access: str
    refresh: str
    scope: str
    parent: Pair | None
    access_until: float
    refresh_until: float
    access_revoked: bool = False
    refresh_revoked: bool = False
    used: bool = False

    def line(self) -> list[Pair]:
        """This pair and those it was refreshed from, back to the first."""
        return [self, *(self.parent.line() if self.parent else [])]


@dataclass
class Code:
    """An authorization code, good for a minute and one exchange."""

    scope: str
    challenge: str
    method: str
    until: float


@dataclass
class Tokens:
    """All token pairs of the one connection the sandbox has (account, client, employee)."""

    clock: Clock
    switches: Switches
    account_id: str
    employee_id: int = 1
    pairs: list[Pair] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    refreshes: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pairs.append(Pair("", FIRST_REFRESH_TOKEN, ALL_SCOPES, None, 0.0, self._refresh_end()))

    def _refresh_end(self) -> float:
        return self.clock.ticks() + self.switches.number("refresh_token_days") * _DAY

    def issue(self, scope: str, parent: Pair | None) -> Pair:
        """A new pair."""
        lifetime = self.switches.number("access_token_seconds")
        now = self.clock.now().timestamp()
        access = jwt.sign(
            {
                "jti": secrets.token_hex(20),
                "iss": "https://cloud.lightspeedapp.com",
                "aud": CLIENT_ID,
                "sub": str(self.employee_id),
                "acct": self.account_id,
                "scope": scope,
                "iat": now,
                "nbf": now,
                "exp": now + self.clock.real_seconds(lifetime),
            }
        )
        pair = Pair(
            access,
            "def50200" + secrets.token_hex(secrets.choice((40, 44, 48))),
            scope,
            parent,
            self.clock.ticks() + lifetime,
            self._refresh_end(),
        )
        self.pairs.append(pair)
        return pair

    def add_code(self, scope: str, challenge: str, method: str) -> str:
        """A code for a person who agreed."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(
            scope, challenge, method, self.clock.ticks() + self.switches.number("code_seconds")
        )
        return code

    def refresh(self, refresh_token: str) -> Pair:
        """Exchange a refresh token. Attempts are limited per minute, failed ones count too."""
        now = self.clock.ticks()
        self.refreshes = [moment for moment in self.refreshes if moment > now - 60]
        if len(self.refreshes) >= self.switches.whole("refreshes_per_minute"):
            raise TokenError(
                self.switches.whole("refresh_limit_status"), "invalid_request", "Too many refresh attempts"
            )
        self.refreshes.append(now)
        pair = next((one for one in self.pairs if one.refresh == refresh_token), None)
        always = refresh_token == FIRST_REFRESH_TOKEN and self.switches.text("seed_refresh_token") == "always"
        if pair is None or (pair.refresh_revoked and not always):
            raise TokenError(400, "invalid_grant", "Token has been revoked")
        if pair.refresh_until < now:
            raise TokenError(400, "invalid_grant", "Token has expired")
        return self.issue(pair.scope, pair)

    def authenticate(self, access_token: str) -> Pair:
        """The pair of an access token; its first use retires the tokens it was refreshed from."""
        pair = next((one for one in self.pairs if one.access and one.access == access_token), None)
        if pair is None:
            raise TokenError(401, "access_denied", EXPIRED)
        if pair.access_revoked:
            raise TokenError(401, "access_denied", REVOKED)
        if pair.access_until < self.clock.ticks():
            raise TokenError(401, "access_denied", EXPIRED)
        if not pair.used:
            pair.used = True
            self._retire_before(pair)
        return pair

    def _retire_before(self, pair: Pair) -> None:
        """Both tokens of every ancestor die. So do pairs of the same connection that came from a repeated
        refresh (switch ``sibling_tokens``); pairs refreshed from this one live."""
        line, own = pair.line(), pair
        for other in self.pairs:
            ancestor = other in line and other is not own
            sibling = other not in line and own not in other.line() and other.line()[-1] is line[-1]
            if ancestor or (sibling and self.switches.text("sibling_tokens") == "revoke"):
                other.access_revoked = other.refresh_revoked = True

    def revoke(self, refresh_token: str) -> None:
        """The revoke call: everything that hangs on the token's connection dies."""
        if not any(one.refresh == refresh_token for one in self.pairs):
            raise TokenError(400, "invalid_grant", "Token is unknown")
        self.revoke_all()

    def revoke_all(self) -> None:
        """A revocation in the POS settings kills every token."""
        for pair in self.pairs:
            pair.access_revoked = pair.refresh_revoked = True

    def revoke_access(self) -> None:
        """Fault ``revoke_tokens``: access tokens die, the refresh tokens stay good."""
        for pair in self.pairs:
            pair.access_revoked = True
