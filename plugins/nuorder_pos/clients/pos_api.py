"""Lightspeed R-Series V3, resource by resource: the calls that know nothing of items or orders."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urljoin, urlsplit

from nuorder_pos.clients import v3, wire
from nuorder_pos.clients.classify import Asked, UnexpectedBody, unexpected
from nuorder_pos.clients.costs import read_cost, write_cost
from nuorder_pos.clients.origins import origin_of, same_origin
from nuorder_pos.clients.pacer import PATIENCE, Pacer, utc_now
from nuorder_pos.clients.pacing import Bucket, PaceStore, actual_cost, drained
from nuorder_pos.clients.rights import refusal
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.token_set import TokenVault
from nuorder_pos.clients.tokens import BearerCredentials, Tokens, claims
from nuorder_pos.clients.transport import Answer, Limits, Retry, Transport
from nuorder_pos.errors import OutcomeUnknown, Permanent

_log = logging.getLogger(__name__)
PAGE = 100
"""Rows in a page: the API's largest."""


class PosApi:
    """One POS account. Rows are the API's own JSON; a read is retried by the transport, a write is sent once.

    ``vault`` keeps the token pair and ``pace_store`` the rate limit's bucket, both for all processes. ``on_cost`` is
    told the drips of every answered request. ``patience`` is the longest wait for the rate limit in seconds that is
    slept through. ``in_list_form`` is how several codes are asked for at once; see
    ``Lightspeed.probe_in_lists``.

    Errors of every call: ``Permanent`` (with ``status`` where the API refused), ``Transient``, and for a write
    ``OutcomeUnknown``.
    """

    def __init__(
        self,
        settings: LightspeedSettings,
        vault: TokenVault,
        pace_store: PaceStore,
        *,
        timeouts: Limits | None = None,
        retry: Retry | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        on_cost: Callable[[Decimal], None] | None = None,
        in_list_form: wire.InForm = "json",
    ) -> None:
        if in_list_form not in wire.IN_FORMS:
            raise Permanent(f"in_list_form is one of {', '.join(wire.IN_FORMS)}, not {in_list_form!r}.")
        self.settings = settings
        self.in_list_form: wire.InForm = in_list_form
        self._origin = settings.checked_origin()
        settings.checked_auth_url()
        self.tokens = Tokens(vault, settings, limits=timeouts, clock=clock, sleep=sleep)
        self._transport = Transport(
            "Lightspeed",
            credentials=BearerCredentials(self.tokens),
            pace=Pacer(pace_store, clock, sleep, patience),
            limits=timeouts,
            retry=retry,
            explain=self._explain,
            allow_http=settings.allow_http,
            sleep=sleep,
        )
        self._on_cost = on_cost
        self._pace_store, self._clock = pace_store, clock
        self._account_id = settings.account_id.strip()

    @property
    def account_id(self) -> str:
        """The account: the connection's, else the access token's ``acct``, else the one that the API names."""
        if not self._account_id:
            self._account_id = self._find_account()
        return self._account_id

    def bucket(self) -> Bucket:
        """What is believed of the rate limit's bucket at present."""
        return self._pace_store.update(lambda found: (found, drained(found, self._clock())))

    def query(
        self, resource: str, params: Mapping[str, str] | None = None, relations: Sequence[str] = ()
    ) -> Iterator[v3.Row]:
        """All rows of a query, page by page, following the addresses that the API gives.

        ``params`` are fields with operators as the API knows them, not encoded. Rows are what the server found: a
        caller that depends on a filter compares again.
        """
        wanted = {"limit": str(PAGE), **(params or {}), **wire.relations(relations)}
        cost = read_cost(resource, wanted)
        url = self._url(resource)
        data = self._read(url, cost, wanted).data
        seen: set[str] = set()
        while True:
            yield from v3.rows(data, resource)
            following = v3.next_url(data)
            if not following and v3.is_partial(data, resource):
                raise UnexpectedBody(
                    f"Lightspeed answered with a part of {resource} and no address of the rest."
                )
            if not following:
                return
            page = self._page(following)
            if page in seen:
                raise UnexpectedBody(f"Lightspeed's pages of {resource} go in a circle.")
            seen.add(page)
            data = self._read(page, cost).data

    def get(self, resource: str, record_id: str, relations: Sequence[str] = ()) -> v3.Row | None:
        """One record by its id, or ``None``: a 404, a 200 without the record, or the id that stands for none."""
        if record_id in ("", "0"):
            return None
        wanted = wire.relations(relations)
        try:
            answer = self._read(
                self._url(resource, record_id), read_cost(resource, wanted, single=True), wanted
            )
        except Permanent as error:
            if error.status == 404:
                return None
            raise
        row = v3.single(answer.data, resource)
        found = v3.text(row, id_field(resource)) if row is not None else ""
        if found not in ("", record_id):
            raise UnexpectedBody(
                f"Lightspeed answered with {resource} {found} where {record_id} was asked for."
            )
        return row

    def create(
        self,
        resource: str,
        payload: Mapping[str, Any],
        path: str | None = None,
        *,
        before_send: Callable[[], None] | None = None,
    ) -> v3.Row:
        """POST: the new record as the API echoes it. ``path`` replaces the resource's own, as in ``Item/5/Image``.

        ``before_send`` is called once every wait (rate limit, token) is over, right before the request goes out.
        """
        url = self._url(path or resource)
        return self._written("POST", url, resource, payload, before_send=before_send)

    def update(
        self,
        resource: str,
        record_id: str,
        payload: Mapping[str, Any],
        *,
        before_send: Callable[[], None] | None = None,
    ) -> v3.Row:
        """PUT: fields that are left out keep their value. The echo may lack fields: read again to know the state."""
        url = self._url(resource, _existing(record_id))
        return self._written("PUT", url, resource, payload, before_send=before_send)

    def delete(
        self, resource: str, record_id: str, *, before_send: Callable[[], None] | None = None
    ) -> v3.Row:
        """DELETE: archives most records, and removes an order line for good."""
        url = self._url(resource, _existing(record_id))
        return self._written("DELETE", url, resource, None, before_send=before_send)

    def close(self) -> None:
        """Closes its connections."""
        self._transport.close()
        self.tokens.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, url: str, cost: Decimal, params: Mapping[str, str] | None = None) -> Answer:
        return self._transport.send(
            "GET", url, write=False, params=params, cost=float(cost), on_answer=self._cost_teller(cost)
        )

    def _written(
        self,
        method: str,
        url: str,
        entity: str,
        payload: Mapping[str, Any] | None,
        files: Mapping[str, Any] | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> v3.Row:
        """Sends a write and returns the record in its answer; an answer without one leaves the outcome unknown."""
        cost = write_cost(entity, payload)
        answer = self._transport.send(
            method,
            url,
            write=True,
            json=wire.payload(payload) if payload is not None else None,
            files=files,
            cost=float(cost),
            on_answer=self._cost_teller(cost),
            before_send=before_send,
        )
        asked = Asked("Lightspeed", method, urlsplit(url).path, write=True)
        if answer.data is None and method == "DELETE":
            return {}
        try:
            row = v3.single(answer.data, entity)
        except UnexpectedBody as error:
            raise OutcomeUnknown(f"{error} It was the answer to {asked}.") from None
        if row is None:
            raise unexpected(asked, f"no {entity} in it")
        return row

    def _cost_teller(self, predicted: Decimal) -> Callable[[int, Mapping[str, str]], None]:
        def tell(status: int, headers: Mapping[str, str]) -> None:
            actual = actual_cost(headers)
            spent = predicted if actual is None else Decimal(str(actual))
            if actual is not None and spent > predicted:
                _log.info("a request cost %s drips where %s were predicted", spent, predicted)
            if self._on_cost is not None:
                self._on_cost(spent)

        return tell

    def _url(self, resource: str, record_id: str = "") -> str:
        suffix = f"/{quote(record_id, safe='')}" if record_id else ""
        return f"{self._origin}/API/V3/Account/{quote(self.account_id, safe='')}/{resource}{suffix}.json"

    def _page(self, following: str) -> str:
        """The address of the next page, if it is on the API's own host: the access token goes nowhere else."""
        url = urljoin(self._origin, following)
        if not same_origin(url, self._origin):
            raise Permanent(
                f"Lightspeed sends the next page to another host ({origin_of(url) or 'unknown'}), which is never"
                f" followed: check the host of {self.settings.name}, now {self._origin}."
            )
        return url

    def _find_account(self) -> str:
        account = claims(self.tokens.access_token()).get("acct")
        if isinstance(account, str | int) and not isinstance(account, bool) and str(account).strip():
            return str(account).strip()
        answer = self._read(f"{self._origin}/API/V3/Account.json", read_cost("Account"))
        found = v3.single(answer.data, "Account")
        account_id = v3.text(found or {}, "accountID")
        if not account_id:
            raise UnexpectedBody("Lightspeed named no account for this connection.")
        return account_id

    def _explain(self, asked: Asked, status: int, headers: Mapping[str, str], message: str) -> str | None:
        return refusal(self.settings, asked, status, message)


def id_field(resource: str) -> str:
    """The name of a resource's own id: ``itemMatrixID`` for ``ItemMatrix``."""
    return f"{resource[0].lower()}{resource[1:]}ID"


def _existing(record_id: str) -> str:
    if record_id.strip() in ("", "0"):
        raise Permanent(f"{record_id!r} is no id of a record in the POS.")
    return record_id.strip()
