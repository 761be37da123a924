"""Product images, fetched by us: a page asks nobody but us, and a brand's image host learns nothing of who looks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from fastapi import APIRouter, HTTPException, Response

from nuorder_pos import runtime
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.store import reports
from nuorder_pos.web.access import Who, need_read, row_of

router = APIRouter()
KEPT_BY_THE_BROWSER = "private, max-age=86400"


@router.get("/images/{order_id}/{line}")
def image(order_id: str, line: str, who: Who) -> Response:
    """The image of the product on a line of the order's current report. 404 where there is none to be had."""
    row = row_of(order_id)
    need_read(who, row["account"])
    address = _images(row["report_hash"]).get(line) if row["report_hash"] else None
    if not address:
        raise HTTPException(404, "This product has no image.")
    try:
        brand = runtime.account_config(row["account"]).brand(row["brand"])
        with runtime.open_nuorder(brand.nuorder_conn_id, for_page=True) as nuorder:
            fetched = nuorder.image(address)
    except (NuorderPosError, KeyError):
        raise HTTPException(404, "The image cannot be fetched now.") from None
    # `fetched` was judged by its first bytes: PNG, JPEG, GIF or WebP, never a page or a script.
    return Response(
        fetched.data, media_type=fetched.content_type, headers={"Cache-Control": KEPT_BY_THE_BROWSER}
    )


@lru_cache(maxsize=32)
def _images(report_hash: str) -> Mapping[str, str]:
    """The images of a report by line. A page asks for each by itself, and a report, which never changes, is long."""
    report = reports.get_report(runtime.open_engine(), report_hash)
    return {entry["line"]: entry["image"] for entry in (report or {}).get("lines", ()) if entry.get("image")}
