"""What is decided once for a style: its matrix, and the items that are in it already; remembered for the next order."""

from __future__ import annotations

from typing import Any

import pytest
from support.orders import Json, line, order, pos, product, upc
from support.pos_side import attributes, by_size, matrix, member
from support.retail import Retail, second_brand, with_second_brand

from nuorder_pos.store import links, style_choices

UNCLEAR, THERE = "matrix_unclear/tee", "in_matrix/tee"


def sized(number: str, *sizes: str, color: str = "Red", first: int = 1) -> Json:
    """An order of some sizes of the style, each with a code of its own."""
    codes = {size: upc(n) for n, size in enumerate(sizes, first)}
    return order(number, line("TEE", color, dict.fromkeys(sizes, 1), upcs=codes))


def two_matrices(retail: Retail, *orders: Json, **sections: Any) -> None:
    """Size S is in matrix 30 and size M in matrix 31; both codes are on every order that begins with these sizes."""
    items = [member(7, upc(1), size="S", matrix_id=30), member(8, upc(2), size="M", matrix_id=31)]
    floor = {"matrices": [matrix(30, "Tee old"), matrix(31, "Tee older")]} | sections
    retail.given(*orders, shop_floor=pos(items, **floor))


FIRST, NEXT = sized("1001", "S", "M", "L"), sized("1002", "S", "M", "L", "XL")


def questions(report: Json) -> dict[str, list[str]]:
    return {one["code"]: [choice["value"] for choice in one["choices"]] for one in report["questions"]}


def exported(retail: Retail, number: str, **decision: Any) -> Json:
    """Discover, match, approve, export; gives the report."""
    retail.discover(f"run-for-{number}")
    report = retail.match(number)
    retail.approve(number, **decision)
    assert retail.look(number).kind == "go", retail.row(number)["reason"]
    retail.export(number)
    return report


def matched(retail: Retail, number: str) -> Json:
    retail.discover(f"run-for-{number}")
    return retail.match(number)


def matrix_of(retail: Retail, size: str) -> int:
    """The matrix of the one item with this size."""
    (found,) = [one["itemMatrixID"] for one in retail.records("Item") if attributes(one)[1] == size]
    return int(found)


def remembered(retail: Retail) -> dict[str, str]:
    return {one["style"]: one["choice"] for one in style_choices.list_choices(retail.engine)}


def matrices(retail: Retail) -> set[int]:
    return {int(one["itemMatrixID"]) for one in retail.records("ItemMatrix")}


# ---- several matrices ----


def test_a_style_in_two_matrices_is_asked_about_once_for_the_style_and_not_again(retail: Retail) -> None:
    two_matrices(retail, FIRST, NEXT)
    report = exported(retail, "1001", answers={UNCLEAR: "31"})
    assert questions(report) == {UNCLEAR: ["30", "31", "new"]}
    assert (matrix_of(retail, "L"), remembered(retail)) == (31, {"tee": "31"})
    after = matched(retail, "1002")
    assert questions(after) == {}
    assert by_size(after)["XL"]["matrix"] == "joins matrix 31"


def test_an_order_is_not_approved_without_the_answer(retail: Retail) -> None:
    two_matrices(retail, FIRST)
    matched(retail, "1001")
    with pytest.raises(Exception, match="matrix_unclear"):
        retail.approve("1001")


def test_a_new_matrix_is_remembered_as_the_one_that_was_made(retail: Retail) -> None:
    two_matrices(retail, FIRST, NEXT)
    exported(retail, "1001", answers={UNCLEAR: "new"})
    made = matrix_of(retail, "L")
    assert made not in (30, 31)
    assert remembered(retail) == {"tee": str(made)}
    report = exported(retail, "1002")
    assert (questions(report), by_size(report)["XL"]["matrix"]) == ({}, f"joins matrix {made}")
    assert (matrix_of(retail, "XL"), matrices(retail)) == (made, {30, 31, made})


def test_a_remembered_matrix_that_was_archived_is_asked_about_again(retail: Retail) -> None:
    two_matrices(retail, FIRST, NEXT)
    exported(retail, "1001", answers={UNCLEAR: "new"})
    made = matrix_of(retail, "L")
    retail.sandbox.do("pos", "update", type="ItemMatrix", id=made, changes={"archived": True})
    (item,) = [one["itemID"] for one in retail.records("Item") if attributes(one)[1] == "L"]
    retail.sandbox.do("pos", "archive_item", itemID=item)
    assert UNCLEAR in questions(matched(retail, "1002"))


def test_a_choice_that_was_withdrawn_is_asked_about_again(retail: Retail) -> None:
    two_matrices(retail, FIRST, NEXT)
    exported(retail, "1001", answers={UNCLEAR: "31"})
    (known,) = style_choices.list_choices(retail.engine)
    assert style_choices.withdraw(retail.engine, known["choice_id"], "Mia")
    assert questions(matched(retail, "1002")) == {UNCLEAR: ["30", "31", "new"]}


def test_who_chose_is_kept_with_the_order(retail: Retail) -> None:
    two_matrices(retail, FIRST)
    exported(retail, "1001", answers={UNCLEAR: "30"}, by="Ada")
    (known,) = style_choices.list_choices(retail.engine)
    assert (known["made_by"], known["order_number"], known["brand"]) == ("Ada", "1001", "Acme Outdoor")


def test_a_choice_is_the_brands_own(retail: Retail) -> None:
    with_second_brand(retail)
    retail.given(
        FIRST,
        shop_floor=pos(
            [member(7, upc(1), size="S", matrix_id=30), member(8, upc(2), size="M", matrix_id=31)],
            matrices=[matrix(30, "Tee old"), matrix(31, "Tee older")],
            vendors=[{"vendorID": 1, "name": "Acme Outdoor"}, {"vendorID": 2, "name": "Birch"}],
        ),
        others=[second_brand(NEXT)],
    )
    exported(retail, "1001", answers={UNCLEAR: "31"})
    assert UNCLEAR in questions(matched(retail, "1002"))


# ---- a matrix for each colour ----


def test_a_style_that_is_split_by_colour_stays_so_and_a_new_colour_gets_its_own_matrix_once(
    retail: Retail,
) -> None:
    raw = order(
        "1001",
        line("TEE", "Red", {"S": 1, "M": 1}, upcs={"S": upc(1)}),
        line("TEE", "Blue", {"S": 1}, upcs={"S": upc(2)}),
        line("TEE", "Green", {"S": 1, "M": 1}),
    )
    later = order("1002", line("TEE", "Green", {"L": 1}), line("TEE", "Blue", {"L": 1}))
    items = [
        member(7, upc(1), size="S", matrix_id=30),
        member(8, upc(2), color="Blue", size="S", matrix_id=31),
    ]
    floor = pos(items, matrices=[matrix(30, "Tee red"), matrix(31, "Tee blue")])
    retail.given(raw, later, shop_floor=floor)
    report = exported(retail, "1001", answers={UNCLEAR: "by_color"})
    assert questions(report) == {UNCLEAR: ["by_color", "30", "31", "new"]}
    (green,) = matrices(retail) - {30, 31}
    where = {attributes(one): int(one["itemMatrixID"]) for one in retail.records("Item")}
    assert where["Red", "M"] == 30
    assert where["Green", "S"] == where["Green", "M"] == green
    report = exported(retail, "1002")
    assert questions(report) == {}
    assert {row["color"]: row["matrix"] for row in report["lines"]} == {
        "Green": f"joins matrix {green}", "Blue": "joins matrix 31",
    }  # fmt: skip
    assert matrices(retail) == {30, 31, green}


# ---- variants that the matrix has already ----


def one_matrix(retail: Retail, *orders: Json) -> None:
    """Size S is matched by its code; Medium and Large are in its matrix without one."""
    items = [
        member(7, upc(1), size="S", matrix_id=30),
        member(8, size="Medium", matrix_id=30),
        member(9, "", size="Large", matrix_id=30),
    ]
    retail.given(*orders, shop_floor=pos(items, matrices=[matrix(30)]))


def test_items_that_are_there_under_another_spelling_are_used_and_known_from_then_on(retail: Retail) -> None:
    one_matrix(retail, FIRST, sized("1002", "S", "M", "L"))
    report = exported(retail, "1001", answers={THERE: "existing"})
    assert questions(report) == {THERE: ["existing", "new"]}
    assert sorted(one["itemID"] for one in retail.the_purchase_order("1001")["lines"]) == [7, 8, 9]
    assert len(retail.records("Item")) == 3
    known = {one["size"]: (one["item_id"], one["origin"]) for one in links.list_links(retail.engine)}
    assert known == {"s": ("7", "upc"), "m": ("8", "choice"), "l": ("9", "choice")}
    after = matched(retail, "1002")
    assert (questions(after), {row["status"] for row in after["lines"]}) == ({}, {"confirmed"})


def test_new_items_beside_those_that_are_there_are_made_once_and_known_from_then_on(retail: Retail) -> None:
    one_matrix(retail, FIRST, sized("1002", "S", "M", "L"))
    exported(retail, "1001", answers={THERE: "new"})
    assert len(retail.records("Item")) == 5
    after = exported(retail, "1002")
    assert (questions(after), {row["status"] for row in after["lines"]}) == ({}, {"confirmed"})
    assert len(retail.records("Item")) == 5


def test_a_line_that_was_decided_by_itself_goes_before_the_answer_for_its_style(retail: Retail) -> None:
    one_matrix(retail, FIRST)
    report = matched(retail, "1001")
    large = by_size(report)["L"]["line"]
    retail.approve("1001", answers={THERE: "existing"}, lines={large: "new"})
    retail.look("1001")
    retail.export("1001")
    used = {one["itemID"] for one in retail.the_purchase_order("1001")["lines"]}
    assert {7, 8} < used
    assert 9 not in used


# ---- two orders of one style at the same time ----


def test_an_approval_stands_where_another_order_made_all_that_its_style_question_was_about(
    retail: Retail,
) -> None:
    two_matrices(retail, FIRST, sized("1002", "S", "M", "L"))
    retail.discover()
    for number in ("1001", "1002"):
        retail.match(number)
        retail.approve(number, answers={UNCLEAR: "31"})
        assert retail.look(number).kind == "go"
    retail.export("1001")
    retail.export("1002")
    assert len(retail.records("Item")) == 3, "the size L was made once"
    assert {one["itemID"] for one in retail.the_purchase_order("1001")["lines"]} == {
        one["itemID"] for one in retail.the_purchase_order("1002")["lines"]
    }


# ---- what a matrix looks like ----


def test_a_matrix_lists_its_sizes_as_the_brand_does(retail: Retail) -> None:
    raw = sized("1001", "XL", "S", "L", "M")
    thin = raw["line_items"][0]["product"]
    listed = product("TEE", "Red", sizes=[{"size": size} for size in ("S", "M", "L", "XL")]) | {
        "_id": thin["_id"]
    }
    retail.given(raw, products=[listed], shop_floor=pos())
    exported(retail, "1001")
    made = sorted(retail.records("Item"), key=lambda one: int(one["itemID"]))
    assert [attributes(one)[1] for one in made] == ["S", "M", "L", "XL"]
