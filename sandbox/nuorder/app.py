"""The NuORDER API: routes, signature check, concurrency limit, recorded headers."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import control
from sandbox.nuorder import approval, auth, orders, products
from sandbox.nuorder.auth import Caller
from sandbox.nuorder.errors import NuOrderError, error_response
from sandbox.nuorder.oauth1 import parse_header

if TYPE_CHECKING:
    from sandbox.world import World

_SCHEMA_FIELDS = {
    "order": ("order_number", "status", "currency_code", "line_items", "start_ship", "end_ship"),
    "product": ("style_number", "season", "color", "name", "brand_id", "sizes"),
    "company": ("name", "code", "addresses", "currency_code"),
}


class NuOrderApp:
    """The application of the NuORDER server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.in_flight: Counter[str] = Counter()

    def build(self) -> Starlette:
        """All routes."""
        methods = ["GET", "POST", "PUT", "DELETE"]
        return Starlette(
            routes=[
                *control.routes(self.world, "nuorder"),
                Route("/_approve", approval.page(self.world), methods=["GET", "POST"]),
                Route("/images/{name}", self.image),
                Route("/api/{rest:path}", self.api, methods=methods),
            ]
        )

    async def image(self, request: Request) -> Response:
        """A product picture; public, like the pictures of a shop."""
        return Response(self.world.nuorder.image(request.path_params["name"]), media_type="image/png")

    async def api(self, request: Request) -> Response:
        """One API call, with the headers of the recordings on its answer."""
        switches = self.world.switches
        brand_key = parse_header(request.headers.get("authorization", "")).get("oauth_consumer_key", "")
        limit = switches.whole("nuorder_concurrency")
        self.in_flight[brand_key] += 1
        try:
            if limit and self.in_flight[brand_key] > limit:
                wait = str(switches.whole("nuorder_retry_after"))
                raise NuOrderError(429, "too many concurrent requests", {"Retry-After": wait})
            if latency := switches.number("nuorder_latency_ms"):
                await asyncio.sleep(latency / 1000)
            status, body = await self._call(request)
            answer: Response = JSONResponse(body, status_code=status)
        except NuOrderError as error:
            answer = error_response(error, switches.text("nuorder_error_bodies"))
        finally:
            self.in_flight[brand_key] -= 1
        return self._dressed(request, answer)

    def _dressed(self, request: Request, answer: Response) -> Response:
        answer.headers["X-Powered-By"] = "Express"
        if answer.status_code == 500:
            return answer
        answer.headers["Request-Token"] = str(int(self.world.clock.now().timestamp() * 1000))
        answer.headers["Cache-Control"] = "private,max-age=0, must-revalidate"
        if request.method == "GET":
            answer.headers["ETag"] = f'"{int(hashlib.sha256(bytes(answer.body)).hexdigest()[:8], 16)}"'
        return answer

    async def _call(self, request: Request) -> tuple[int, Any]:
        """Status and body of a successful answer."""
        raw_path = request.scope["raw_path"].decode("latin-1").removeprefix("/api/").strip("/")
        parts = [unquote(part) for part in raw_path.split("/")]
        stage = parts[0] if parts in (["initiate"], ["token"]) and request.method == "GET" else ""
        caller = await auth.verify(self.world, request, stage)
        if stage:
            return 200, auth.initiate(caller) if stage == "initiate" else auth.token(caller)
        if request.method == "GET":
            return 200, self._read(request, parts, caller)
        raw = await request.body()
        try:
            body = json.loads(raw) if raw else None
        except ValueError as error:
            raise NuOrderError(400, "the body is not JSON") from error
        return self._write(request.method, parts, caller, body)

    # ---- reading -----------------------------------------------------------------------------------------

    def _read(self, request: Request, parts: list[str], caller: Caller) -> Any:
        world, brand, query = self.world, caller.brand, request.query_params
        populate = query.get("__populate", "")
        origin = world.origin("nuorder", request)
        match parts:
            case ["orders", "list"]:
                found = orders.between(world, brand, query.get("start_date", ""), query.get("end_date", ""))
                return [str(order["_id"]) for order in orders.page(world, found, query)]
            case ["orders", status, "list" | "detail" as form]:
                found = orders.page(world, orders.in_status(world, brand, status), query)
                if form == "list":
                    return [str(order["_id"]) for order in found]
                return [orders.shown(world, order, populate) for order in found]
            case ["order", "number", number]:
                return orders.shown(world, orders.need_number(brand, number), populate)
            case ["order", order_id]:
                return orders.shown(world, orders.need(brand, order_id), populate)
            case ["product", "external_id", external_id]:
                return products.shown(world, products.by_external_id(brand, external_id), origin)
            case ["product", product_id]:
                return products.shown(world, products.need(brand, product_id), origin)
            case ["products", "modified", "after", month, day, year]:
                return [
                    products.shown(world, one, origin)
                    for one in products.modified_after(brand, month, day, year)
                ]
            case ["products", field, value, "list"] if world.switches.text("products_list") == "ids":
                return [str(one["_id"]) for one in products.where(brand, field, value)]
            case ["products", field, value, "list" | "detail" as form] if (
                form == "list" or world.switches.text("products_detail") == "objects"
            ):
                return [products.shown(world, one, origin) for one in products.where(brand, field, value)]
            case ["company", company_id] if company_id in brand.companies:
                return brand.companies[company_id]
            case ["company", _]:
                raise NuOrderError(404, "company not found")
            case ["schemas"]:
                return [_schema(name) for name in _SCHEMA_FIELDS]
            case ["schemas", name] if name in _SCHEMA_FIELDS:
                return [_schema(name)]
            case ["v3.1", "catalogs"]:
                return []
        raise NuOrderError(404, "not found")

    # ---- writing -----------------------------------------------------------------------------------------

    def _write(self, method: str, parts: list[str], caller: Caller, body: Any) -> tuple[int, Any]:
        """Write calls: a retailer's credential may not make them, as long as the switch stands."""
        world, brand = self.world, caller.brand
        if (method, parts) == ("POST", ["company", "new"]) and body is None:
            raise NuOrderError(500, "")
        if world.switches.text("nuorder_writes") == "forbidden":
            raise NuOrderError(403, "forbidden")
        match (method, *parts):
            case ("PUT", "order", "new"):
                return world.switches.whole("order_create_status"), orders.create(world, brand, body)
            case ("POST", "order", "number", number, status):
                return 200, orders.set_status(world, orders.need_number(brand, number), status)
            case ("POST", "order", order_id, "set", field, value):
                return 200, orders.edit(world, orders.need(brand, order_id), {field: value})
            case ("POST", "order", order_id, status):
                return 200, orders.set_status(world, orders.need(brand, order_id), status)
            case ("POST", "order", order_id) if isinstance(body, dict):
                return 200, orders.edit(world, orders.need(brand, order_id), body)
        raise NuOrderError(404, "not found")


def _schema(name: str) -> dict[str, Any]:
    fields = [
        {"key": key, "name": key.replace("_", " "), "type": "string", "required": False}
        for key in _SCHEMA_FIELDS[name]
    ]
    return {"_id": hashlib.sha256(name.encode()).hexdigest()[:24], "type": name, "fields": fields}
