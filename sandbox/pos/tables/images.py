"""Images of items and matrices: uploaded as multipart, kept by size and hash only."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record
from sandbox.pos.tables.base import Body, Table

_BASE_URL = "https://res.cloudinary.com/lightspeed-retail/image/upload/"


class Images(Table):
    """An image belongs to an item or to a matrix."""

    def upload(self, data: Body, filename: str, content: bytes, owner: dict[str, int]) -> Record:
        """Store one upload; ``owner`` comes from the path and wins over ``data``."""
        body = {**data, **owner}
        for name, key in (("Item", "itemID"), ("ItemMatrix", "itemMatrixID")):
            if body.get(key) not in (None, "", 0, "0"):
                self.state.need(name, body[key], 404 if key in owner else 400)
        if not content:
            raise PosError(400, "Image not created. The image part is missing.")
        record = self.create(body)
        digest = hashlib.sha256(content).hexdigest()
        record |= {
            "filename": filename or "image",
            "size": len(content),
            "publicID": digest[:20],
            "baseImageURL": _BASE_URL,
            "_sha256": digest,
        }
        return record

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        record.setdefault("_sha256", str(body.get("sha256", "")))

    def of(self, key: str, number: int) -> list[Record]:
        """The images of an item or matrix in their order."""
        return sorted(
            (one for one in self.state.all("Image") if one[key] == number),
            key=lambda one: (one["ordering"], one["imageID"]),
        )

    def delete(self, record: Record) -> Record:
        """DELETE with what follows from it."""
        del self.state.rows["Image"][record["imageID"]]
        return record

    def shown_rows(self, key: str, number: int) -> list[dict[str, Any]]:
        """The images of an item or matrix as rows."""
        return [self.show(one) for one in self.of(key, number)]
