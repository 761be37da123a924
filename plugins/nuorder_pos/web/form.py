"""What a page's form sent: text by name. Read here, so that the routes themselves need not wait for the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, HTTPException
from starlette.requests import Request

LARGEST = 4_000_000
"""Bytes: the page of an order of 10,000 variants fits."""
MOST_FIELDS = 50_000
KIND = "application/x-www-form-urlencoded"


class Form:
    """The fields of a form; what was not sent is empty."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def one(self, name: str) -> str:
        """The last value of a field, without spaces around it."""
        return self.all(name)[-1].strip() if self.all(name) else ""

    def all(self, name: str) -> Sequence[str]:
        """Every value of a field, in the order of the page."""
        return self._fields.get(name, ())

    def names(self) -> list[str]:
        """The names of all fields that were sent."""
        return list(self._fields)


async def limited(request: Request, most: int, sentence: str) -> bytearray:
    """The body of a request; 413 with the sentence for one of more bytes, before it is in memory."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(413, sentence)
    return body


async def sent(request: Request) -> Form:
    """The form of a request. 415 for another kind of content, 413 for one that no page of ours makes."""
    if request.headers.get("content-type", "").split(";")[0].strip().casefold() != KIND:
        raise HTTPException(415, f"This address takes a form ({KIND}).")
    body = await limited(request, LARGEST, "The form is too large: send fewer orders at once.")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # no UTF-8, or too many fields
        raise HTTPException(
            400, "The form cannot be read: open the page again and send it from there."
        ) from None
    return Form(fields)


Sent = Annotated[Form, Depends(sent)]
