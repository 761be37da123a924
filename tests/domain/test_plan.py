"""The plan: every write in its order, with keys that do not depend on anything but what is planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from support.orders import Json, line, object_id, order, product, upc
from support.values import HARBOR, LEVELS, SETTINGS, VENDOR, approval, link, plan, pos_item, report

from nuorder_pos.domain.plan import Plan, Ref, Step, general_notes, order_surcharge
from nuorder_pos.domain.plan_data import plan_from_data, plan_to_data, resolve
from nuorder_pos.domain.pos import NamedRecord

ALL_NEW = replace(SETTINGS, vendor_id="", manufacturer_id="")
RAW = order("1001", line("TEE", "Red", {"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
PICTURED = [product(images=["https://x.example/tee.png"])]


def kinds(made: Plan) -> list[str]:
    return [step.kind for step in made.steps]


def steps(made: Plan, kind: str) -> list[Step]:
    return [step for step in made.steps if step.kind == kind]


def the(made: Plan, kind: str) -> Step:
    (found,) = steps(made, kind)
    return found


def lines(made: Plan) -> list[tuple[Any, int, str]]:
    return [(one.item, one.quantity, str(one.unit_cost)) for one in made.lines]


# ---- order and determinism ----


def test_everything_new_is_made_before_it_is_used_and_the_ordered_date_comes_last() -> None:
    made = plan(report(RAW, products=PICTURED, vendors=()), settings=replace(ALL_NEW, category=True))
    assert kinds(made) == [
        "create_vendor", "create_brand", "create_category", "create_matrix", "create_item", "add_image", "create_item",
        "create_po", "add_line", "add_line", "place_order",
    ]  # fmt: skip


def refs(value: Any) -> set[str]:
    if isinstance(value, Ref):
        return {value.step}
    if isinstance(value, Mapping):
        return {name for entry in value.values() for name in refs(entry)}
    if isinstance(value, list | tuple):
        return {name for entry in value for name in refs(entry)}
    return set()


def test_no_step_needs_what_a_later_step_gives() -> None:
    made = plan(
        report(RAW, products=PICTURED, vendors=()), settings=replace(ALL_NEW, category=True, write_b2b=True)
    )
    known: set[str] = set()
    for step in made.steps:
        assert refs(step.payload) | refs(step.target) | refs(step.natural) <= known, step.key
        known.add(step.key)


def test_the_same_order_gives_the_same_plan() -> None:
    assert plan(report(RAW, products=PICTURED)) == plan(
        report(json.loads(json.dumps(RAW)), products=PICTURED)
    )


def test_step_keys_are_unique() -> None:
    raw = order(
        "1001",
        *(line(style, "Red", {"S": 1, "M": 1}) for style in ("TEE", "CAP")),
        line("TEE", "Red", {"S": 1}),
    )
    keys = [step.key for step in plan(report(raw, products=PICTURED), settings=ALL_NEW).steps]
    assert len(keys) == len(set(keys))


def test_creation_keys_do_not_depend_on_the_order_that_needs_the_record() -> None:
    other = order("2002", line("CAP", "Blue"), line("TEE", "red ", {"M": 1}, price="7.00"))
    first = {step.creation_key for step in plan(report(RAW), settings=ALL_NEW).steps if step.creation_key}
    second = {step.creation_key for step in plan(report(other), settings=ALL_NEW).steps if step.creation_key}
    shared = {key.split(":")[0] for key in first & second}
    assert shared == {"vendor", "brand", "matrix", "item"}


def test_items_of_two_brands_have_creation_keys_of_their_own() -> None:
    mine = steps(plan(report(RAW)), "create_item")
    theirs = steps(plan(report(RAW), settings=replace(SETTINGS, brand_name="Birch")), "create_item")
    assert not {s.creation_key for s in mine} & {s.creation_key for s in theirs}


# ---- the head ----


def test_the_head_names_vendor_shop_reference_and_expected_date() -> None:
    payload = the(plan(report(RAW), shop=HARBOR), "create_po").payload
    assert {key: payload[key] for key in ("vendorID", "shopID", "refNum", "arrivalDate")} == {
        "vendorID": "1", "shopID": "2", "refNum": object_id("order", "1001"), "arrivalDate": "2026-04-20",
    }  # fmt: skip


@pytest.mark.parametrize("setting, wanted", [("ship_end", "2026-04-20"), ("ship_start", "2026-04-01")])
def test_the_expected_date_is_end_or_start_of_the_ship_window(setting: str, wanted: str) -> None:
    made = plan(report(RAW), settings=replace(SETTINGS, expected_date=setting))
    assert the(made, "create_po").payload["arrivalDate"] == wanted


def test_without_any_ship_date_no_expected_date_is_sent() -> None:
    payload = the(plan(report(RAW | {"start_ship": "", "end_ship": ""})), "create_po").payload
    assert "arrivalDate" not in payload


def test_shipping_surcharge_and_ordered_date_are_set_after_the_lines() -> None:
    raw = order("1001", line(sizes={"M": 2}), shipping="12.50", surcharge="4.25")
    step = plan(report(raw)).steps[-1]
    assert (step.kind, step.target) == ("place_order", Ref("po"))
    assert step.payload == {"shipCost": "12.5", "otherCost": "4.25", "orderedDate": "2026-03-02"}


def test_without_an_order_date_none_is_sent() -> None:
    assert "orderedDate" not in plan(report(RAW), ordered=None).steps[-1].payload


def test_a_surcharge_in_percent_becomes_money_of_the_goods() -> None:
    raw = order("1001", line(sizes={"M": 10}), additional_percentage=2.5, total="102.5")
    assert order_surcharge(report(raw)) == Decimal("2.5")
    assert plan(report(raw)).other_cost == Decimal("2.50")


def test_a_surcharge_in_money_goes_before_one_in_percent() -> None:
    raw = order("1001", line(sizes={"M": 10}), surcharge="4", additional_percentage=2.5)
    assert order_surcharge(report(raw)) == 4


def test_the_link_of_lightspeed_itself_is_left_alone_unless_set() -> None:
    assert not {"b2bOrderUID", "b2bOrderNumber"} & the(plan(report(RAW)), "create_po").payload.keys()
    payload = the(plan(report(RAW), settings=replace(SETTINGS, write_b2b=True)), "create_po").payload
    assert (payload["b2bOrderUID"], payload["b2bOrderNumber"]) == (object_id("order", "1001"), "1001")


@pytest.mark.parametrize("works, kept_in", [(None, "Note"), (True, "Note"), (False, "stockInstructions")])
def test_notes_are_tried_until_it_is_known_that_they_are_not_kept(works: bool | None, kept_in: str) -> None:
    payload = the(plan(report(RAW), settings=replace(SETTINGS, note_works=works)), "create_po").payload
    assert {"Note", "stockInstructions"} & payload.keys() == {kept_in}


def test_notes_say_what_the_order_has_and_nothing_else() -> None:
    raw = order("1001", line()) | {"rep_email": "robin@acme.example", "customer_po_number": "PO-7"}
    assert general_notes(report(raw).order).splitlines() == [
        "NuORDER order: 1001", "Customer PO: PO-7", "Sales rep: <robin@acme.example>",
    ]  # fmt: skip


# ---- vendor and brand ----


def test_a_known_vendor_and_brand_are_used() -> None:
    made = plan(report(RAW))
    assert made.vendor == "1"
    assert not {"create_vendor", "create_brand"} & set(kinds(made))


def test_the_vendor_that_the_merchant_chose_is_used() -> None:
    assert plan(report(RAW), approval(answers={"vendor_unclear": "4"})).vendor == "4"


def test_a_new_vendor_has_no_address_unless_the_brands_file_gives_one() -> None:
    assert the(plan(report(RAW), settings=ALL_NEW), "create_vendor").payload == {"name": "Acme Outdoor"}


def test_the_rep_of_the_brands_file_goes_before_the_order_s() -> None:
    raw = RAW | {"rep_name": "Robin de Vries"}
    given = {"rep_first_name": "Sam", "rep_last_name": "Lee"}
    of_order = the(plan(report(raw), settings=ALL_NEW), "create_vendor").payload["Reps"]["VendorRep"]
    of_file = the(
        plan(report(raw), settings=replace(ALL_NEW, vendor_address=given)), "create_vendor"
    ).payload["Reps"]["VendorRep"]
    assert of_order == {"firstName": "Robin", "lastName": "de Vries"}
    assert of_file == {"firstName": "Sam", "lastName": "Lee"}


def test_the_retailer_s_addresses_are_nowhere_in_the_plan() -> None:
    raw = RAW | {"rep_name": "Robin"}
    assert "Retailer Street" not in json.dumps(plan_to_data(plan(report(raw), settings=ALL_NEW)))


# ---- items ----


def test_a_new_item_carries_every_row_of_the_mapping() -> None:
    made = product(name="Trail Tee", wholesale="10.00", msrp="25.00", brand_id="tee-red-26")
    settings = replace(ALL_NEW, category=True, tags=True)
    step = steps(plan(report(RAW, products=[made]), settings=settings), "create_item")[1]
    assert step.payload == {
        "description": "Trail Tee Red M",
        "manufacturerID": Ref("brand:acme outdoor"),
        "defaultVendorID": Ref("vendor:acme outdoor"),
        "categoryID": Ref("category:tops"),
        "defaultCost": "10",
        "manufacturerSku": "TEE",
        "upc": upc(2),
        "Prices": {"ItemPrice": [
            {"amount": "25", "useTypeID": "1", "useType": "Default"}, {"amount": "25", "useTypeID": "2", "useType": "MSRP"},
            {"amount": "25", "useTypeID": "4", "useType": "Online"},
        ]},
        "ItemVendorNums": {"ItemVendorNum": [{"value": "tee-red-26", "vendorID": Ref("vendor:acme outdoor")}]},
        "itemMatrixID": Ref(steps(plan(report(RAW), settings=settings), "create_matrix")[0].key),
        "ItemAttributes": {"itemAttributeSetID": "1", "attribute1": "Red", "attribute2": "M"},
        "Tags": {"tag": ["SS26"]},
    }  # fmt: skip


def test_details_that_the_order_does_not_have_are_not_sent() -> None:
    raw = order("1001", line("", "", {"default": 1}), total="10")
    payload = the(plan(report(raw, products=[])), "create_item").payload
    assert (
        not {"Prices", "ItemVendorNums", "manufacturerSku", "itemMatrixID", "ItemAttributes", "upc", "Tags"}
        & payload.keys()
    )


def test_an_archived_price_level_gets_no_price() -> None:
    levels = (*LEVELS, NamedRecord("9", "Old", archived=True))
    rows = steps(plan(report(RAW), settings=replace(SETTINGS, price_levels=levels)), "create_item")[
        0
    ].payload["Prices"]["ItemPrice"]
    assert [row["useType"] for row in rows] == ["Default", "MSRP", "Online"]


def test_for_a_matched_item_only_the_line_is_sent() -> None:
    made = plan(report(RAW, pos_item("7", upc(1)), pos_item("8", upc(2))))
    assert kinds(made) == ["create_po", "add_line", "add_line", "place_order"]
    assert steps(made, "add_line")[0].payload == {
        "orderID": Ref("po"), "itemID": "7", "quantity": "2", "numReceived": "0", "price": "10", "originalPrice": "10",
    }  # fmt: skip


@pytest.mark.parametrize(
    "held_by",
    [pos_item("9", "", ean=upc(2)), pos_item("9", upc(2)), pos_item("9", "0" + upc(2), archived=True)],
)
def test_a_new_item_gets_no_code_that_any_pos_item_holds(held_by: Any) -> None:
    made = plan(report(RAW, pos_item("7", upc(1)), held_by), approval({"2": "new"}))
    assert "upc" not in the(made, "create_item").payload


def test_no_code_is_given_twice() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1, "L": 1}, upcs={"S": upc(1), "M": upc(1), "L": upc(2)}))
    made = plan(report(raw), approval({"1": "new", "2": "new"}))
    assert [step.payload.get("upc") for step in steps(made, "create_item")] == [None, None, upc(2)]


def test_of_two_lines_that_are_the_same_new_item_the_item_gets_the_code() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(1)}))
    made = plan(report(raw), approval({"1": "new", "2": "line:1"}))
    assert the(made, "create_item").payload["upc"] == upc(1)
    assert [quantity for _, quantity, _ in lines(made)] == [2]


@pytest.mark.parametrize("code", ["8.60010E+11", "123456789013", "96385074", "TEE"])
def test_a_code_that_is_damaged_or_too_short_is_not_sent(code: str) -> None:
    made = plan(report(order("1001", line(upcs={"M": code}))))
    assert "upc" not in the(made, "create_item").payload


def test_a_size_of_which_nothing_is_ordered_makes_neither_line_nor_item() -> None:
    made = plan(report(order("1001", line(sizes={"S": 0, "M": 1}))))
    assert (len(steps(made, "create_item")), len(made.lines)) == (1, 1)


def test_un_archiving_is_a_step_before_the_purchase_order() -> None:
    made = plan(
        report(RAW, pos_item("7", upc(1)), pos_item("8", upc(2), archived=True)), approval({"2": "8"})
    )
    assert kinds(made)[:2] == ["unarchive_item", "create_po"]
    assert (made.steps[0].target, made.steps[0].payload) == ("8", {"archived": "false"})


def test_long_texts_are_cut_to_what_the_pos_keeps() -> None:
    raw = order("1001", line("T" * 150, "R" * 200, {"M": 1}))
    payload = the(
        plan(report(raw, products=[product("T" * 150, "R" * 200, name="N" * 300)])), "create_item"
    ).payload
    assert (len(payload["description"]), len(payload["manufacturerSku"])) == (255, 100)


def test_one_picture_for_each_style_and_colour_goes_to_the_matrix_in_order() -> None:
    raw = order("1001", line("TEE", "Red", {"S": 1, "M": 1}), line("TEE", "Blue", {"S": 1}))
    made = [product("TEE", color, images=[f"https://x.example/{color}.png"]) for color in ("Red", "Blue")]
    images = steps(plan(report(raw, products=made)), "add_image")
    assert sorted(one.payload["url"] for one in images) == [
        "https://x.example/Blue.png",
        "https://x.example/Red.png",
    ]
    assert [one.payload["ordering"] for one in images] == ["0", "1"]
    assert {one.resource for one in images} == {"ItemMatrix/Image"}


def own_prices(raw: Json, pricing: Json) -> tuple[str | None, str | None]:
    """Default cost and MSRP of the new item."""
    payload = the(plan(report(raw, products=[product(pricing=pricing)])), "create_item").payload
    rows = payload.get("Prices", {}).get("ItemPrice", [{}])
    return payload.get("defaultCost"), rows[0].get("amount")


def test_an_item_s_prices_are_in_the_account_s_currency_whatever_the_order_s() -> None:
    pricing = {"EUR": {"wholesale": 9, "retail": 23}, "USD": {"wholesale": 10, "retail": 25}}
    in_euro = order("1001", line(price="9.00"), currency_code="EUR")
    assert own_prices(order("1001", line()), pricing) == ("10", "25")
    assert own_prices(in_euro, pricing) == ("10", "25")
    assert own_prices(in_euro, {"EUR": pricing["EUR"]}) == (None, None)


def test_an_item_s_prices_are_for_one_piece_where_the_order_counts_packs() -> None:
    raw = order("1001", line(sizes={"M": 2}, price="12.00"), total_quantity=12)
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = 6
    assert own_prices(raw, {"USD": {"wholesale": 12, "retail": 30}}) == ("2", "5")


# ---- lines ----


def test_lines_of_one_item_add_up_only_where_the_unit_cost_is_the_same() -> None:
    raw = order(
        "1001", line(sizes={"M": 2}, upcs={"M": upc(1)}), line(sizes={"M": 3}, upcs={"M": upc(1)}),
        line(sizes={"M": 4}, upcs={"M": upc(1)}, price="9.00"),
    )  # fmt: skip
    assert lines(plan(report(raw, pos_item("7", upc(1))))) == [("7", 5, "10.00"), ("7", 4, "9.00")]


def test_the_same_new_variant_on_two_lines_is_made_once() -> None:
    raw = order("1001", line(sizes={"M": 2}), line(sizes={"M": 3}, price="9.00"))
    made = plan(report(raw))
    key = the(made, "create_item").key
    assert lines(made) == [(Ref(key), 2, "10.00"), (Ref(key), 3, "9.00")]


def test_the_merchant_s_choices_go_before_the_match() -> None:
    found = report(RAW, pos_item("7", upc(1)), pos_item("8", upc(2)))
    made = plan(found, approval({"1": "55", "2": "new"}))
    assert made.lines[0].item == "55"
    assert isinstance(made.lines[1].item, Ref)


def test_in_the_vendor_s_currency_only_the_vendor_cost_is_sent() -> None:
    raw = RAW | {"currency_code": "EUR"}
    made = plan(report(raw, pos_item("7", upc(1)), vendors=(replace(VENDOR, currency="EUR"),)))
    payload = steps(made, "add_line")[0].payload
    assert made.vendor_currency
    assert payload["vendorCost"] == "10"
    assert not {"price", "originalPrice"} & payload.keys()


@pytest.mark.parametrize("answer, vendor_currency", [("account", False), ("vendor", True)])
def test_the_merchant_s_answer_about_the_currency_is_followed(answer: str, vendor_currency: bool) -> None:
    made = plan(report(RAW | {"currency_code": "CAD"}), approval(answers={"currency_mismatch": answer}))
    assert made.vendor_currency is vendor_currency


# ---- what is linked afterwards ----


def used(made: Plan) -> list[tuple[str, Any, str]]:
    return [
        (one.line, one.item if isinstance(one.item, str) else "made", one.origin) for one in made.used_items
    ]


def test_every_line_with_an_item_is_linked_by_how_it_came_about() -> None:
    found = report(RAW, pos_item("7", upc(1)))
    assert used(plan(found)) == [("1", "7", "upc"), ("2", "made", "created")]
    assert used(plan(found, approval({"1": "55"}))) == [("1", "55", "choice"), ("2", "made", "created")]


def test_a_link_that_was_there_keeps_its_origin_and_one_that_a_person_confirms_becomes_a_choice() -> None:
    found = report(
        RAW, pos_item("7"), pos_item("9", upc(1)), links={("tee", "red", "s"): link("7", "created")}
    )
    assert used(plan(found, approval({"1": "7"})))[0] == ("1", "7", "choice")
    alone = report(RAW, pos_item("7"), links={("tee", "red", "s"): link("7", "created")})
    assert used(plan(alone))[0] == ("1", "7", "created")


# ---- as data ----


def test_a_plan_survives_its_way_through_the_database() -> None:
    raw = order(
        "1001", line("TEE", "Red", {"S": 2, "M": 3}, upcs={"S": upc(1)}), shipping="12.50", rep_name="Robin"
    )
    settings = replace(ALL_NEW, category=True, tags=True, write_b2b=True, vendor_address={"city": "Boulder"})
    for made in (
        plan(report(raw, products=PICTURED), settings=settings),
        plan(report(RAW, pos_item("7", upc(1)))),
    ):
        assert plan_from_data(json.loads(json.dumps(plan_to_data(made)))) == made


def test_every_leaf_of_every_payload_is_text_or_a_reference() -> None:
    settings = replace(
        ALL_NEW, category=True, tags=True, write_b2b=True, vendor_address={"city": "Boulder", "email": "a@b"}
    )
    made = plan(report(RAW, products=PICTURED), settings=settings)

    def leaves(value: Any) -> list[Any]:
        if isinstance(value, Mapping):
            return [leaf for entry in value.values() for leaf in leaves(entry)]
        if isinstance(value, list | tuple):
            return [leaf for entry in value for leaf in leaves(entry)]
        return [value]

    assert {type(leaf) for step in made.steps for leaf in leaves(step.payload)} == {str, Ref}


def test_references_are_replaced_however_deep_and_a_missing_one_is_named() -> None:
    value: Json = {"a": Ref("vendor"), "b": [{"c": Ref("po")}, "x"], "d": {"e": "1"}}
    assert resolve(value, {"vendor": "5", "po": "9"}) == {"a": "5", "b": [{"c": "9"}, "x"], "d": {"e": "1"}}
    with pytest.raises(KeyError, match="po"):
        resolve(value, {"vendor": "5"})


def test_dates_and_costs_of_the_plan_are_what_is_compared_afterwards() -> None:
    made = plan(report(RAW | {"order_discounts": {"shipping_final_amount": "7"}}), shop=HARBOR)
    assert (made.expected, made.ordered, made.ship_cost, made.other_cost) == (
        date(2026, 4, 20), date(2026, 3, 2), Decimal(7), Decimal(0),
    )  # fmt: skip
