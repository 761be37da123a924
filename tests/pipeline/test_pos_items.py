"""POS items as the order page shows them: live, by id and by a search."""

from __future__ import annotations

from support.retail import Retail

from nuorder_pos.pipeline import pos_items


def test_details_and_search_give_stock_of_the_shop_and_the_vendors_name(retail: Retail) -> None:
    retail.given()
    record = {"upc": "070000000034", "description": "Ridge Jacket", "qoh": {"1": 4}}
    retail.sandbox.do("pos", "create", type="Item", record=record)
    work = retail.work
    (found,) = pos_items.search(work, "070000000034", "Main Street")
    assert (found["stock"], found["shop"], found["archived"]) == ("4", "Main Street", False)
    (named,) = pos_items.details(work, [found["item_id"], "", "x", found["item_id"]], "nowhere")
    assert (named["stock"], named["shop"]) == ("4", "all shops")
    assert named["url"].startswith("http")
    assert pos_items.details(work, [], "") == []
    assert pos_items.details(work, ["999999999"], "") == []
