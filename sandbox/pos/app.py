"""The POS API: routing, authentication, limiter and the verbs on every resource."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import control
from sandbox.pos import backoffice, relations, session, special
from sandbox.pos.costs import request_cost
from sandbox.pos.errors import PosError, error_response
from sandbox.pos.finder import Finder
from sandbox.pos.oauth2 import OAuth2, oauth_error
from sandbox.pos.query import Query, parse_query
from sandbox.pos.schema import RESOURCES, Resource
from sandbox.pos.shapes import one_or_many, single, to_xml
from sandbox.pos.state import PosState
from sandbox.pos.tokens import Pair, TokenError

if TYPE_CHECKING:
    from sandbox.world import World

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
_BY_PATH = {resource.path or resource.name: resource for resource in RESOURCES.values()}


@dataclass(frozen=True)
class Target:
    """What a path names: a resource, a record of it, or an answer of its own kind."""

    resource: str
    record_id: str = ""
    parent: tuple[str, str] = ("", "")
    special: str = ""


def resolve(parts: list[str]) -> Target | None:
    """Read the part of the path behind the account. Names keep their spelling; ids are checked later."""
    match parts:
        case ["DisplayTemplate", "Order"] | ["DisplayTemplate", "Order", _]:
            return Target("Order", parts[2] if len(parts) == 3 else "", special="display")
        case ["Order", "CustomField", *rest] if len(rest) < 2:
            return Target("CustomField", rest[0] if rest else "")
        case ["Item" | "ItemMatrix", number, "Image", *rest] if len(rest) < 2:
            return Target("Image", rest[0] if rest else "", parent=(parts[0], number))
        case ["Order", number, "Shipment", *rest] if len(rest) < 2:
            return Target("OrderShipment", rest[0] if rest else "", parent=("Order", number))
        case [name, *rest] if name in _BY_PATH and len(rest) < 2:
            return Target(_BY_PATH[name].name, rest[0] if rest else "")
    return None


class PosApp:
    """The application of the POS server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.oauth2 = OAuth2(world)

    @property
    def state(self) -> PosState:
        """The current records; a reset replaces them."""
        return self.world.pos

    def build(self) -> Starlette:
        """All routes."""
        return Starlette(
            routes=[
                *control.routes(self.world, "pos"),
                *self.oauth2.routes(),
                Route("/API/{rest:path}", self.api, methods=_METHODS),
                Route("/", backoffice.page(self.world)),
            ]
        )

    async def api(self, request: Request) -> Response:
        """One API call: authenticate, charge, carry out, and put the limiter's headers on the answer."""
        switches = self.world.switches
        if latency := switches.number("pos_latency_ms"):
            await asyncio.sleep(latency / 1000)
        form = switches.text("error_bodies")
        try:
            pair = self.world.tokens.authenticate(_bearer(request))
        except TokenError as error:
            return oauth_error(error)
        path, wants_json = _path(request)
        target = resolve(path[3:]) if path[:2] == ["V3", "Account"] and len(path) > 3 else None
        try:
            query = parse_query(request.scope["query_string"].decode("latin-1"), switches.text("or_pipe"))
            unreadable = None
        except PosError as error:
            query, unreadable = parse_query(""), error
        raw = await request.body()
        body = _json(raw) if "multipart" not in request.headers.get("content-type", "") else None
        cost = request_cost(
            request.method,
            target.resource if target else "",
            bool(target and target.record_id),
            query,
            body,
            switches.text("nested_costs"),
        )
        verdict = self.world.limiter.charge(float(cost))
        if verdict.blocked_by:
            answer = error_response(429, switches.text("rate_limit_text"), form)
        else:
            try:
                if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > switches.whole(
                    "url_limit"
                ):
                    raise PosError(414, "The URL is too long.")
                if unreadable is not None:
                    raise unreadable
                shown = await self._call(request, path, target, query, body, pair)
                answer = _answer(shown, wants_json, query)
            except PosError as error:
                answer = error_response(error.status, error.message, form)
            except (ValueError, TypeError):  # a nested value of the wrong kind, met deep in a table
                answer = error_response(400, "A value of the request cannot be read.", form)
        answer.headers.update(verdict.headers)
        return answer

    async def _call(
        self, request: Request, path: list[str], target: Target | None, query: Query, body: Any, pair: Pair
    ) -> dict[str, Any]:
        """The body of a successful answer."""
        own = self.world.account_id
        match path:
            case ["Session"]:
                return session.session(self.world, pair)
            case ["V3", "Account"]:
                return session.accounts(self.world)
            case ["V3", "Account", number, *_] if number != own:
                raise PosError(403, "The access token belongs to another account.")
            case ["V3", "Account", _]:
                return session.account(self.world)
        if target is None:
            raise PosError(404, "There is no such endpoint.")
        resource = RESOURCES[target.resource]
        session.check_right(self.world, pair, resource, request.method)
        allowed = "GET" if target.special else resource.methods
        if request.method not in allowed.split() or (
            request.method in ("PUT", "DELETE") and not target.record_id
        ):
            raise PosError(405, f"{request.method} is not allowed here.")
        if request.method == "GET":
            return self._read(request, resource, target, query)
        if resource.name == "Image" and request.method == "POST":
            return await special.upload(self.state, request, target.parent)
        if not isinstance(body, dict):
            if request.method != "DELETE":
                raise PosError(400, "The body is not a JSON object.")
            body = {}
        return self._write(request.method, resource, target, body)

    # ---- reading -----------------------------------------------------------------------------------------

    def _read(self, request: Request, resource: Resource, target: Target, query: Query) -> dict[str, Any]:
        if target.record_id:
            return self._read_one(resource, target, query)
        records = list(self.state.all(resource.name))
        if target.parent[0]:
            parent = self.state.need(*target.parent)
            key = RESOURCES[target.parent[0]].key
            records = [record for record in records if record[key] == parent[key]]
        finder = Finder(self.state, resource, query)
        if query.counting:
            return finder.count(records)
        attributes, rows = finder.page(records, self.world.pos_origin(request) + request.url.path)
        shown = [self._shown(resource, row, finder.wanted, target.special) for row in rows]
        answer: dict[str, Any] = {"@attributes": attributes}
        if shown:
            answer[resource.name] = one_or_many(shown)
        elif (form := self.world.switches.text("empty_list")) != "absent":
            answer[resource.name] = [] if form == "array" else ""
        return answer

    def _read_one(self, resource: Resource, target: Target, query: Query) -> dict[str, Any]:
        wanted = relations.requested(resource.name, query)
        record = self.state.get(resource.name, target.record_id)
        if record is None:
            if resource.name in ("Item", "Image") and self.world.switches.text("missing_item") == "200":
                return {"@attributes": {"count": "0"}}
            raise PosError(404, f"{resource.name} with ID {target.record_id} does not exist.")
        return single(resource.name, self._shown(resource, record, wanted, target.special))

    def _shown(
        self, resource: Resource, record: dict[str, Any], wanted: dict[str, set[str]], kind: str
    ) -> dict[str, Any]:
        if kind == "display":
            return special.display_order(self.state, record)
        return self.state.tables[resource.name].show(record) | relations.load(
            self.state, resource.name, record, wanted
        )

    # ---- writing -----------------------------------------------------------------------------------------

    def _write(self, method: str, resource: Resource, target: Target, body: dict[str, Any]) -> dict[str, Any]:
        table = self.state.tables[resource.name]
        if method == "POST":
            if target.record_id:
                raise PosError(405, "POST is not allowed here.")
            record = table.create(body)
        else:
            record = self.state.need(resource.name, target.record_id)
            record = table.update(record, body) if method == "PUT" else table.delete(record)
        return single(resource.name, table.reply(record, body, method))


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _path(request: Request) -> tuple[list[str], bool]:
    """The path behind ``/API`` without its suffix, and whether JSON is wanted: the Accept header wins over
    the suffix, and the default is XML."""
    text = unquote(request.scope["raw_path"].decode("latin-1")).removeprefix("/API/").strip("/")
    suffix_json = text.endswith(".json")
    text = text.removesuffix(".json").removesuffix(".xml")
    accept = request.headers.get("accept", "")
    if "application/json" in accept:
        return text.split("/"), True
    if "xml" in accept and "*/*" not in accept:
        return text.split("/"), False
    return text.split("/"), suffix_json


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _answer(shown: dict[str, Any], wants_json: bool, query: Query) -> Response:
    if not wants_json:
        name = next((key for key in shown if key != "@attributes"), "Result")
        return Response(to_xml(name + "s", shown), media_type="application/xml")
    if query.params.get("pretty_print"):
        return Response(json.dumps(shown, indent=2, ensure_ascii=False), media_type="application/json")
    return JSONResponse(shown)
