"""NuORDER, read only: orders by status, single orders, products, images (fact sheet ``nuorder.md``)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import quote

from nuorder_pos.clients.body import clean, ended
from nuorder_pos.clients.classify import Asked, UnexpectedBody, header
from nuorder_pos.clients.image_host import ImageHost
from nuorder_pos.clients.images import LARGEST, Image
from nuorder_pos.clients.nuorder_auth import Keys, Signer, auth_for
from nuorder_pos.clients.origins import checked_origin
from nuorder_pos.clients.pacer import utc_now
from nuorder_pos.clients.transport import Answer, Limits, Retry, Transport
from nuorder_pos.errors import NuorderPosError, Permanent

_log = logging.getLogger(__name__)
STATUSES = ("draft", "review", "pending", "approved", "processed", "shipped", "cancelled")
FINAL_STATUSES = ("approved", "processed", "shipped")
_CONCURRENT = 2
_CLOCK_TOLERANCE = 120.0
_gates: dict[tuple[str, str, str], threading.BoundedSemaphore] = {}
_gates_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class NuorderSettings:
    """One brand's connection. ``image_hosts`` are further hosts that product images may come from."""

    origin: str
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(repr=False)
    signature: str = "rfc5849"
    image_hosts: tuple[str, ...] = ()
    allow_http: bool = False
    connection_id: str = ""


class Nuorder:
    """One brand's NuORDER. Returned records are the API's own JSON, numbers with a fraction as ``Decimal``.

    Reads only; each is retried by the transport. At most two requests of one credential are under way in a process.
    Errors: ``Permanent`` (credentials, rights, settings), ``Transient`` (anything that may pass).
    """

    def __init__(
        self,
        settings: NuorderSettings,
        *,
        timeouts: Limits | None = None,
        retry: Retry | None = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._name = (
            f"connection {settings.connection_id}" if settings.connection_id else "the NuORDER connection"
        )
        self._origin = checked_origin(
            settings.origin, what=f"The host of {self._name}", allow_http=settings.allow_http
        )
        missing = [
            name
            for name in ("consumer_key", "consumer_secret", "token", "token_secret")
            if not getattr(settings, name).strip()
        ]
        if missing:
            raise Permanent(
                f"{self._name[0].upper()}{self._name[1:]} has no {' and no '.join(missing)}: nuorder-pos connect"
                " nuorder makes them."
            )
        keys = Keys(settings.consumer_key, settings.consumer_secret, settings.token, settings.token_secret)
        self._clock = clock
        self._api = Transport(
            "NuORDER",
            credentials=Signer(auth_for(settings.signature, keys)),
            limits=timeouts,
            retry=retry,
            explain=self._explain,
            allow_http=settings.allow_http,
            sleep=sleep,
        )
        base = timeouts or Limits()
        self._images = ImageHost(
            self._origin,
            settings.image_hosts,
            limits=replace(base, max_bytes=LARGEST),
            retry=retry,
            allow_http=settings.allow_http,
            sleep=sleep,
        )
        self._gate = _gate(self._origin, keys)

    def order_ids(self, status: str) -> list[str]:
        """The ``_id`` of every order in a status, in the API's order. Raises ``Permanent`` for an unknown status.

        Entries that are no ids are left out and named in the log: they must not keep the orders beside them away.
        """
        wanted = status.strip().lower()
        if wanted not in STATUSES:
            raise Permanent(f"{status!r} is no NuORDER order status; it is one of {', '.join(STATUSES)}.")
        data = self._get(f"/api/orders/{wanted}/list").data
        if not isinstance(data, list):
            raise UnexpectedBody(f"NuORDER's list of {wanted} orders is not a list.")
        found = [entry.get("_id") if isinstance(entry, dict) else entry for entry in data]
        ids = list(dict.fromkeys(one for one in found if isinstance(one, str) and one.strip()))
        if data and not ids:
            raise UnexpectedBody(f"NuORDER's list of {wanted} orders holds nothing that is an order id.")
        for entry in found:
            if not isinstance(entry, str) or not entry.strip():
                _log.error(
                    "NuORDER's list of %s orders holds %s, which is no order id",
                    wanted,
                    clean(repr(entry), 80),
                )
        return ids

    def order(self, order_id: str) -> dict[str, Any] | None:
        """One order by its ``_id``, or ``None`` when NuORDER has none."""
        return self._record(f"/api/order/{_segment(order_id)}", "_id", order_id)

    def order_by_number(self, order_number: str) -> dict[str, Any] | None:
        """One order by its number, or ``None`` when NuORDER has none."""
        return self._record(f"/api/order/number/{_segment(order_number)}", "order_number", order_number)

    def product(self, product_id: str) -> dict[str, Any] | None:
        """One product (a style in one colour) by its ``_id``, or ``None`` when NuORDER has none."""
        return self._record(f"/api/product/{_segment(product_id)}", "_id", product_id)

    def image(self, url: str) -> Image:
        """Fetches a product image. Raises ``Permanent`` when its address is not allowed, when it is larger than 10 MB
        or no image, ``Transient`` when its host cannot answer now; see ``ImageHost.fetch``. No credentials are sent."""
        with self._gate:
            return self._images.fetch(url)

    def check(self) -> str:
        """One sentence that says that the connection works; raises the error that says why it does not."""
        count = len(self.order_ids("approved"))
        orders = "1 approved order is" if count == 1 else f"{count} approved orders are"
        return f"NuORDER answers at {self._origin} (signature {self.settings.signature}); {orders} visible."

    def close(self) -> None:
        """Closes its connections."""
        self._api.close()
        self._images.close()

    def __enter__(self) -> Nuorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, path: str) -> Answer:
        with self._gate:
            return self._api.send(
                "GET", f"{self._origin}{path}", write=False, headers={"Content-Type": "application/json"}
            )

    def _record(self, path: str, key: str, wanted: str) -> dict[str, Any] | None:
        """A single record. One that is not the record asked for is an error: it must not be taken for it.

        ``Permanent`` where NuORDER answers, and this record cannot be read.
        """
        try:
            data = self._get(path).data
        except Permanent as error:
            if error.status == 404:
                return None
            raise
        except UnexpectedBody as error:
            raise self._unreadable(str(error)) from None
        if not isinstance(data, dict) or not isinstance(data.get("_id"), str) or not data["_id"].strip():
            raise self._unreadable(f"NuORDER answered GET {path} with something that is no record.")
        found = str(data.get(key, wanted))
        if found.strip().lower() != wanted.strip().lower():
            raise self._unreadable(f"NuORDER answered GET {path} with another record: {clean(found, 60)}.")
        return data

    def _unreadable(self, said: str) -> NuorderPosError:
        """The error for a record that cannot be read: the record's own, unless NuORDER as a whole is in trouble.

        Taken for a passing trouble of NuORDER, three damaged orders in a row would keep all others from being read.
        """
        try:
            answers = any(self.order_ids(status) for status in FINAL_STATUSES)
        except NuorderPosError:
            answers = False
        if not answers:
            return UnexpectedBody(said)
        return Permanent(
            f"{said} Its other answers are in order: ask NuORDER or the brand to correct this record."
        )

    def _explain(self, asked: Asked, status: int, headers: Mapping[str, str], message: str) -> str | None:
        said = f" It says: {ended(message)}" if message else ""
        if status == 401:
            return (
                f"NuORDER does not accept the signature of {self._name} (401). Check its four keys and its signature"
                f" setting, now {self.settings.signature}.{self._clock_hint(headers)}{said}"
            )
        if status == 403:
            return (
                f"NuORDER does not allow {self._name} to read this (403): ask the brand or NuORDER to give the"
                f" application access to orders and products.{said}"
            )
        return None

    def _clock_hint(self, headers: Mapping[str, str]) -> str:
        """A sentence when the server's clock and ours are too far apart for a signature to hold."""
        try:
            server = parsedate_to_datetime(header(headers, "Date"))
        except ValueError:
            return " Check this machine's clock too."
        apart = (self._clock() - (server if server.tzinfo else server.replace(tzinfo=UTC))).total_seconds()
        if abs(apart) <= _CLOCK_TOLERANCE:
            return ""
        return f" This machine's clock is {abs(apart):.0f} seconds {'ahead of' if apart > 0 else 'behind'} NuORDER's."


def _segment(value: str) -> str:
    """An id as one path segment. Raises ``Permanent`` for an empty one, which would name another resource."""
    text = value.strip()
    if not text or text in (".", ".."):
        raise Permanent(f"{value!r} is no id or number of a NuORDER record.")
    return quote(text, safe="")


def _gate(origin: str, keys: Keys) -> AbstractContextManager[bool]:
    """The semaphore that all clients of one credential in this process share."""
    with _gates_lock:
        return _gates.setdefault(
            (origin, keys.consumer_key, keys.token), threading.BoundedSemaphore(_CONCURRENT)
        )
