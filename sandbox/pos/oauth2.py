"""The OAuth 2 endpoints of the POS: authorize, token, revoke, introspect, key set."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.pos import jwt
from sandbox.pos.tokens import ALL_SCOPES, CLIENT_ID, CLIENT_SECRET, Pair, TokenError, Tokens

if TYPE_CHECKING:
    from sandbox.world import World

_SCOPE = re.compile(r"(employee|systemuser):[a-z_]+")
_DESCRIPTIONS = {
    "invalid_client": "Client authentication failed",
    "invalid_grant": "The provided authorization grant or refresh token is invalid, expired or revoked.",
    "invalid_request": "The request is missing a required parameter or includes an invalid one.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed",
    "access_denied": "The resource owner or authorization server denied the request.",
}


def oauth_error(error: TokenError) -> JSONResponse:
    """The documented body: error, error_description, hint."""
    body = {"error": error.error, "error_description": _DESCRIPTIONS[error.error], "hint": error.hint}
    headers = {"Retry-After": "60"} if error.status == 429 else None
    return JSONResponse(body, status_code=error.status, headers=headers)


async def _fields(request: Request) -> dict[str, Any]:
    """A token call's fields. JSON and multipart are documented, form encoding is in use as well."""
    if "json" in request.headers.get("content-type", ""):
        try:
            body = json.loads(await request.body())
        except ValueError as error:
            raise TokenError(400, "invalid_request", "The body is not JSON") from error
        if not isinstance(body, dict):
            raise TokenError(400, "invalid_request", "The body is not a JSON object")
        return body
    async with request.form() as form:
        return {name: str(value) for name, value in form.items()}


class OAuth2:
    """The endpoints, on the tokens of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def tokens(self) -> Tokens:
        """The current tokens; a reset replaces them."""
        return self.world.tokens

    def routes(self) -> list[Route]:
        """Documented paths, and the deprecated ones that some clients still use."""
        every = ["GET", "POST", "PUT", "DELETE"]
        return [
            Route("/auth/oauth/authorize", self.authorize),
            Route("/oauth/authorize.php", self.authorize),
            Route("/auth/oauth/token", self.token, methods=every),
            Route("/oauth/access_token.php", self.token, methods=every),
            Route("/auth/oauth/revoke", self.revoke, methods=every),
            Route("/auth/oauth/introspect", self.introspect),
            Route("/.well-known/jwks", self.jwks),
        ]

    async def authorize(self, request: Request) -> Response:
        """Plays the person who agrees: redirects at once with a code and the state."""
        query = request.query_params
        try:
            if query.get("client_id") != CLIENT_ID:
                raise TokenError(400, "invalid_client", "Check the client_id parameter")
            if query.get("response_type") != "code":
                raise TokenError(400, "invalid_request", "Check the response_type parameter")
            scopes = query.get("scope", "").split()
            if not scopes or not all(_SCOPE.fullmatch(scope) for scope in scopes):
                raise TokenError(400, "invalid_scope", "Check the scope parameter")
            challenge, method = query.get("code_challenge", ""), query.get("code_challenge_method", "plain")
            if challenge and method not in ("plain", "S256"):
                raise TokenError(400, "invalid_request", "Check the code_challenge_method parameter")
            target = query.get("redirect_uri") or self.world.switches.text("redirect_uri")
            parts = urlsplit(target)
            if parts.fragment or (
                parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1")
            ):
                raise TokenError(400, "invalid_request", "The redirect URI must be https without a fragment")
        except TokenError as error:
            return oauth_error(error)
        code = self.tokens.add_code(" ".join(scopes), challenge, method)
        answer = {"code": code} | ({"state": query["state"]} if "state" in query else {})
        return RedirectResponse(f"{target}{'&' if parts.query else '?'}{urlencode(answer)}", status_code=302)

    async def token(self, request: Request) -> Response:
        """Code grant and refresh grant."""
        try:
            if request.method != "POST":
                raise TokenError(405, "invalid_request", "The method must be POST")
            fields = await _fields(request)
            if "scope" in fields and self.world.switches.text("token_scope_field") == "reject":
                raise TokenError(400, "invalid_request", "The scope parameter is not allowed here")
            grant = fields.get("grant_type")
            self._check_client(fields, public=grant == "authorization_code" and "code_verifier" in fields)
            if grant == "refresh_token":
                pair = self.tokens.refresh(self._need(fields, "refresh_token"))
            elif grant == "authorization_code":
                pair = self._exchange(self._need(fields, "code"), fields)
            else:
                raise TokenError(400, "invalid_request", "Check the grant_type parameter")
        except TokenError as error:
            return oauth_error(error)
        return self._reply(pair)

    def _reply(self, pair: Pair) -> JSONResponse:
        """``expires_in`` counts the client's own seconds, so a faster clock shows in it."""
        seconds = self.world.clock.real_seconds(pair.access_until - self.world.clock.ticks())
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": round(seconds),
                "access_token": pair.access,
                "refresh_token": pair.refresh,
            }
        )

    @staticmethod
    def _need(fields: dict[str, Any], name: str) -> str:
        if not fields.get(name):
            raise TokenError(400, "invalid_request", f"Check the {name} parameter")
        return str(fields[name])

    def _check_client(self, fields: dict[str, Any], public: bool) -> None:
        client_id = self._need(fields, "client_id")
        secret = fields.get("client_secret")
        if secret is None and not public:
            raise TokenError(400, "invalid_request", "Check the client_secret parameter")
        if client_id != CLIENT_ID or (secret is not None and secret != CLIENT_SECRET):
            raise TokenError(401, "invalid_client", "Check the client credentials")

    def _exchange(self, given: str, fields: dict[str, Any]) -> Pair:
        """A code is used up by the attempt; with PKCE the verifier must fit the challenge."""
        code = self.tokens.codes.pop(given, None)
        if code is None or code.until < self.world.clock.ticks():
            raise TokenError(400, "invalid_grant", "Authorization code is invalid or has expired")
        if code.challenge:
            verifier = str(fields.get("code_verifier") or "")
            if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier):
                raise TokenError(400, "invalid_request", "Check the code_verifier parameter")
            seen = verifier
            if code.method == "S256":
                digest = hashlib.sha256(verifier.encode()).digest()
                seen = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if seen != code.challenge:
                raise TokenError(400, "invalid_grant", "Failed to verify code_verifier")
        return self.tokens.issue(code.scope or ALL_SCOPES, None)

    async def revoke(self, request: Request) -> Response:
        """Revoke a connection by its refresh token."""
        try:
            if request.method != "POST":
                raise TokenError(405, "invalid_request", "The method must be POST")
            fields = await _fields(request)
            self._check_client(fields, public=False)
            self.tokens.revoke(self._need(fields, "refresh_token"))
        except TokenError as error:
            return oauth_error(error)
        return JSONResponse({})

    async def introspect(self, request: Request) -> Response:
        """The claims of a bearer token, for debugging."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        active = any(
            pair.access == token and not pair.access_revoked and pair.access_until >= self.world.clock.ticks()
            for pair in self.tokens.pairs
        )
        if not active:
            return JSONResponse({"active": False})
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return JSONResponse({"active": True, **claims})

    async def jwks(self, request: Request) -> Response:
        """The public key of the access tokens."""
        return JSONResponse(jwt.jwks())
