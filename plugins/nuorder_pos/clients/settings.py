"""One POS account's connection, and the links into its back office."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from nuorder_pos.clients.origins import checked_origin

API_ORIGIN = "https://api.lightspeedapp.com"
AUTH_ORIGIN = "https://cloud.lightspeedapp.com"
BACKOFFICE_ORIGIN = "https://us.merchantos.com"


@dataclass(frozen=True, slots=True)
class LightspeedSettings:
    """A connection of the type ``lightspeed_retail``. Origins are scheme, host and port.

    ``account_id`` may be empty: it is then read from the access token. ``refresh_token`` is the first one; the pair
    that descends from it lives in a vault.
    """

    origin: str
    client_id: str
    client_secret: str = field(repr=False)
    account_id: str = ""
    refresh_token: str = field(default="", repr=False)
    auth_url: str = AUTH_ORIGIN
    backoffice_url: str = BACKOFFICE_ORIGIN
    allow_http: bool = False
    connection_id: str = ""

    @property
    def name(self) -> str:
        """How sentences name this connection."""
        return f"connection {self.connection_id}" if self.connection_id else "the Lightspeed connection"

    def checked_origin(self) -> str:
        """The API's origin. Raises ``Permanent`` when it is none, or plain http to another machine."""
        return checked_origin(
            self.origin or API_ORIGIN, what=f"The host of {self.name}", allow_http=self.allow_http
        )

    def checked_auth_url(self) -> str:
        """The origin of the token endpoint, under the same rules."""
        return checked_origin(
            self.auth_url or AUTH_ORIGIN, what=f"auth_url of {self.name}", allow_http=self.allow_http
        )

    def po_url(self, order_id: str) -> str:
        """The purchase order in the back office. The host is regional and a setting: no API field carries it."""
        return self._view("purchase.views.purchase", order_id, "main")

    def item_url(self, item_id: str) -> str:
        """The item in the back office."""
        return self._view("item.views.item", item_id, "details")

    def _view(self, name: str, record_id: str, tab: str) -> str:
        base = (self.backoffice_url or BACKOFFICE_ORIGIN).strip().rstrip("/")
        return f"{base}/?name={name}&form_name=view&id={quote(record_id, safe='')}&tab={tab}"
