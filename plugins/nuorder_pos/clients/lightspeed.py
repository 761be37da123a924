"""Lightspeed Retail (R-Series): one class for everything the project asks of the POS (fact sheet
``lightspeed-r-series.md``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from nuorder_pos.clients import v3, wire
from nuorder_pos.clients.images import Image
from nuorder_pos.clients.pos_account import AccountReads
from nuorder_pos.clients.pos_matrices import MatrixReads
from nuorder_pos.clients.pos_orders import OrderReads
from nuorder_pos.clients.pos_probes import SearchProbes
from nuorder_pos.clients.settings import LightspeedSettings

__all__ = ["Lightspeed", "LightspeedSettings"]


class Lightspeed(AccountReads, SearchProbes, MatrixReads, OrderReads):
    """The POS of one account: typed reads, generic writes (``create``, ``update``, ``delete``), images, links."""

    def upload_image(
        self,
        image: Image,
        *,
        item_id: str = "",
        matrix_id: str = "",
        description: str = "",
        ordering: int = 0,
        before_send: Callable[[], None] | None = None,
    ) -> v3.Row:
        """Adds an image to an item or to a matrix (exactly one of the two) and returns its record. A write: sent
        once."""
        if bool(item_id) == bool(matrix_id):
            raise ValueError("an image belongs to one item or to one matrix")
        owner = f"Item/{item_id}" if item_id else f"ItemMatrix/{matrix_id}"
        data = json.dumps({"description": description, "ordering": str(ordering)}, ensure_ascii=False)
        files = {"data": (None, data), "image": (image.filename, image.data, image.content_type)}
        return self._written("POST", self._url(f"{owner}/Image"), "Image", None, files, before_send)

    def images_of(self, *, item_id: str = "", matrix_id: str = "") -> list[v3.Row]:
        """The image records of an item or of a matrix; empty when it has none or does not exist."""
        if bool(item_id) == bool(matrix_id):
            raise ValueError("images belong to one item or to one matrix")
        resource = "Item" if item_id else "ItemMatrix"
        row = self.get(resource, item_id or matrix_id, ("Images",))
        return v3.relation(row, "Images", "Image") if row is not None else []

    def po_url(self, order_id: str) -> str:
        """The purchase order in the back office."""
        return self.settings.po_url(order_id)

    def item_url(self, item_id: str) -> str:
        """The item in the back office."""
        return self.settings.item_url(item_id)

    @staticmethod
    def date_only(day: date) -> str:
        """A calendar day as it is sent: the POS takes it as midnight in the shop's zone."""
        return wire.date_only(day)
