"""What an export teaches: links with their numbers, links of renamed variants, links that heal."""

from __future__ import annotations

from typing import Any

from support.orders import item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.domain.codes import read_code
from nuorder_pos.pipeline import check_links
from nuorder_pos.store import links


def saved(retail: Retail, **narrowed: Any) -> list[dict[str, Any]]:
    return links.list_links(retail.engine, **narrowed)


def exported(retail: Retail, number: str, **decision: Any) -> None:
    retail.approved(number, **decision)
    retail.export(number)


def test_an_exported_variant_is_linked_with_its_number(retail: Retail) -> None:
    retail.given(
        order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": ""})),
        shop_floor=pos([item(7, upc(1), itemMatrixID=0)]),
    )
    exported(retail, "1001")
    found = {one["size"]: (one["origin"], one["gtin"], one["order_number"]) for one in saved(retail)}
    assert found == {"s": ("upc", read_code(upc(1)).gtin, "1001"), "m": ("created", "", "1001")}


def test_a_renamed_variant_gets_its_own_link_at_its_export_and_the_old_name_keeps_its(retail: Retail) -> None:
    retail.given(
        order("1001", line(sizes={"M": 1}, upcs={"M": upc(1)})),
        order("1002", line("TEE-2", "Crimson", sizes={"M": 1}, upcs={"M": upc(1)})),
        shop_floor=pos([item(7, upc(1))]),
    )
    exported(retail, "1001")
    exported(retail, "1002")
    assert [(one["style"], one["item_id"], one["order_number"]) for one in saved(retail)] == [
        ("tee", "7", "1001"), ("tee-2", "7", "1002"),
    ]  # fmt: skip


def test_a_code_that_two_different_items_of_an_order_carry_leads_to_neither(retail: Retail) -> None:
    retail.given(
        order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(1)})),
        shop_floor=pos([item(7, upc(1))]),
    )
    exported(retail, "1001", lines={"1": "7", "2": "new"})
    small, medium = sorted(saved(retail), key=lambda one: str(one["size"]), reverse=True)
    assert (small["item_id"], small["upc"], small["gtin"]) == ("7", upc(1), "")
    assert (medium["item_id"] != "7", medium["upc"], medium["gtin"]) == (True, upc(1), "")


def test_a_broken_link_is_healed_by_the_export_that_used_another_item(retail: Retail) -> None:
    raw = [order(number, line(sizes={"M": 1}, upcs={"M": upc(1)})) for number in ("1001", "1002")]
    retail.given(*raw, shop_floor=pos([item(7, upc(1)), item(8)]))
    exported(retail, "1001")
    retail.sandbox.do("pos", "merge_items", winner=8, loser=7, loser_is="gone")
    assert check_links.check(retail.work, ["7"]) == 1
    assert [one["trouble"] for one in saved(retail, broken=True)] == ["gone"]
    exported(retail, "1002")
    old, new = saved(retail, all_history=True)
    assert (old["item_id"], old["withdrawn_because"]) == ("7", "replaced by item 8, in order 1002")
    assert (new["item_id"], new["trouble"], new["gtin"]) == ("8", "", read_code(upc(1)).gtin)


def test_an_item_that_was_unarchived_counts_again(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": 1}, upcs={"M": upc(1)})), shop_floor=pos([item(7, upc(1))]))
    exported(retail, "1001")
    retail.sandbox.do("pos", "archive_item", itemID=7)
    assert check_links.check(retail.work, ["7"]) == 1
    assert check_links.check(retail.work, ["7"]) == 0
    assert [one["trouble"] for one in saved(retail)] == ["archived"]
    retail.sandbox.do("pos", "unarchive_item", itemID=7)
    assert check_links.check(retail.work, ["7"]) == 1
    assert [one["trouble"] for one in saved(retail)] == [""]


def test_what_a_look_costs_is_known_before(retail: Retail) -> None:
    assert check_links.check(retail.work, []) == 0
    assert [check_links.cost_of(["7"] * count).requests for count in (0, 1, 100, 101)] == [0, 1, 1, 2]
