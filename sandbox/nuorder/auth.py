"""Verifies the signature of every NuORDER call, and runs the handshake that hands out tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from sandbox.nuorder import oauth1
from sandbox.nuorder.errors import NuOrderError
from sandbox.nuorder.store import Brand, Pending, alnum

if TYPE_CHECKING:
    from sandbox.world import World


@dataclass(frozen=True)
class Caller:
    """A verified caller: the brand whose credential it used, and the header's members."""

    brand: Brand
    members: dict[str, str]


def _refuse(message: str = "Signature is not correct") -> NuOrderError:
    return NuOrderError(401, message)


async def verify(world: World, request: Request, stage: str = "") -> Caller:
    """Check an Authorization header; ``stage`` is ``initiate`` or ``token`` during the handshake.

    The URL that was signed is the public one: from the command line, otherwise rebuilt from the Host header.
    """
    switches = world.switches
    header = request.headers.get("authorization", "")
    members = oauth1.parse_header(header, switches.on("unquoted_header"))
    signature = members.get("oauth_signature", "")
    scheme_a = oauth1.is_scheme_a(signature)
    if not scheme_a:
        members = oauth1.decoded(members)
        signature = members.get("oauth_signature", "")
        if stage and not switches.on("scheme_b_handshake"):
            raise _refuse()
    if members.get("oauth_signature_method", "HMAC-SHA1") != "HMAC-SHA1" or not signature:
        raise _refuse()
    brand = world.nuorder.by_key(members.get("oauth_consumer_key", ""))
    if brand is None:
        raise _refuse("Consumer key is not known")
    expected = await _expected(world, request, members, brand, _token_secret(brand, members, stage), scheme_a)
    if expected is None or not oauth1.same(expected, signature):
        raise _refuse()
    _check_freshness(world, members)
    return Caller(brand, members)


def _token_secret(brand: Brand, members: dict[str, str], stage: str) -> str:
    """The secret that belongs to the token sent. An old token on initiate is tolerated, as recorded."""
    token = members.get("oauth_token", "")
    if stage == "token":
        pending = next((one for one in brand.pending if one.token == token), None)
        if pending is None:
            raise _refuse("Token is not known")
        return pending.secret
    if token in brand.tokens:
        return brand.tokens[token]
    if stage == "initiate":
        return ""
    raise _refuse("Token is not known")


async def _expected(
    world: World, request: Request, members: dict[str, str], brand: Brand, token_secret: str, scheme_a: bool
) -> str | None:
    """The signature that the request should carry; None when its form is not accepted at all."""
    query = request.scope["query_string"].decode("latin-1")
    url = world.origin("nuorder", request) + request.scope["raw_path"].decode("latin-1")
    if scheme_a:
        if query and world.switches.text("scheme_a_query") == "reject":
            return None
        return oauth1.sign_a(
            request.method, url + (f"?{query}" if query else ""), members, brand.consumer_secret, token_secret
        )
    form: list[tuple[str, str]] = []
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = oauth1.query_pairs((await request.body()).decode())
    return oauth1.sign_b(
        request.method,
        url + (f"?{query}" if query else ""),
        members,
        brand.consumer_secret,
        token_secret,
        form,
    )


def _check_freshness(world: World, members: dict[str, str]) -> None:
    """Timestamp within the accepted distance, nonce not used before; both by switch."""
    timestamp, nonce = members.get("oauth_timestamp", ""), members.get("oauth_nonce", "")
    skew = world.switches.number("timestamp_skew")
    if not timestamp.isdigit() or (skew and abs(world.clock.now().timestamp() - int(timestamp)) > skew):
        raise _refuse("Timestamp is out of range")
    if world.switches.on("nonce_check") and not (
        nonce
        and world.nonces.use(members["oauth_consumer_key"], members.get("oauth_token", ""), timestamp, nonce)
    ):
        raise _refuse("Nonce was used before")


def initiate(caller: Caller) -> dict[str, object]:
    """Step 1 of the handshake: a temporary pair, and an application that waits for approval."""
    name = caller.members.get("application_name", "unnamed")
    pending = Pending(name, alnum(16), alnum(24), alnum(16))
    caller.brand.pending.append(pending)
    return {
        "oauth_token": pending.token,
        "oauth_token_secret": pending.secret,
        "oauth_callback_confirmed": True,
    }


def token(caller: Caller) -> dict[str, object]:
    """Step 3: the verification code of an approved application buys the permanent pair."""
    members, brand = caller.members, caller.brand
    pending = next(one for one in brand.pending if one.token == members["oauth_token"])
    if not pending.approved or not oauth1.same(members.get("oauth_verifier", ""), pending.verifier):
        raise _refuse("Verification code is not correct")
    brand.pending.remove(pending)
    final, secret = alnum(24), alnum(64)
    brand.tokens[final] = secret
    return {"oauth_token": final, "oauth_token_secret": secret}


def approve(world: World, application_name: str, brand_name: str = "") -> dict[str, str]:
    """Step 2, the person's part: approve the newest pending application of that name."""
    for brand in world.nuorder.brands:
        if brand_name and brand_name not in (brand.slug, brand.name):
            continue
        for pending in reversed(brand.pending):
            if pending.name == application_name:
                pending.approved = True
                return {
                    "brand": brand.name,
                    "application_name": application_name,
                    "oauth_verifier": pending.verifier,
                }
    raise ValueError(f"no pending application is called {application_name!r}")
