"""Product images, fetched by us: a page asks nobody but us, and a brand's image host learns nothing of who looks."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from nuorder_pos import runtime
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.store import reports
from nuorder_pos.web.access import Who, need_read

router = APIRouter()
KEPT_BY_THE_BROWSER = "private, max-age=86400"


@router.get("/images/{order_id}/{line}")
def image(order_id: str, line: str, who: Who) -> Response:
    """The image of the product on a line of the order's current report. 404 where there is none to be had."""
    row = row_of(runtime.open_engine(), order_id)
    need_read(who, row["account"])
    report = reports.get_report(runtime.open_engine(), row["report_hash"])
    found = next((entry for entry in (report or {}).get("lines", ()) if entry["line"] == line), None)
    if found is None or not found.get("image"):
        raise HTTPException(404, "This product has no image.")
    try:
        brand = runtime.account_config(row["account"]).brand(row["brand"])
        with runtime.open_nuorder(brand.nuorder_conn_id) as nuorder:
            fetched = nuorder.image(found["image"])
    except (NuorderPosError, KeyError):
        raise HTTPException(404, "The image cannot be fetched now.") from None
    # `fetched` was judged by its first bytes: PNG, JPEG, GIF or WebP, never a page or a script.
    return Response(
        fetched.data, media_type=fetched.content_type, headers={"Cache-Control": KEPT_BY_THE_BROWSER}
    )
