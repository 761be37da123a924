"""Every row of the field mapping, read back from the ledger of the stand-in POS. One export each, looked at row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.databases import KINDS, Place
from support.orders import ACME, Json, item, line, order, pos, product, upc
from support.retail import Retail
from support.sandbox import Sandbox

NOTES = "\n".join(
    [
        "NuORDER order: 1001",
        "Customer PO: PO-77",
        "Created by: Cara Creator",
        "Sales rep: Robin de Vries <robin@acme.example>",
        "Discount: 10 %",
    ]
)
ADDRESS = {
    "address1": "1 Summit Way",
    "address2": "Floor 2",
    "city": "Boulder",
    "state": "CO",
    "zip": "80301",
    "country": "United States",
    "phone": "555 0101",
    "email": "sales@acme.example",
}


class Exported:
    """What is in the POS, and what people read, after one export."""

    def __init__(self, retail: Retail, numbers: tuple[str, ...] = ("1001",)) -> None:
        self.po: Json = retail.the_purchase_order(numbers[0])
        kinds = ("Vendor", "Manufacturer", "Category", "ItemMatrix", "Item", "Image")
        self.records = {kind: retail.records(kind) for kind in kinds}
        self.row = retail.row(numbers[0])
        self.report = retail.report(numbers[0])
        self.order_id = retail.id(numbers[0])
        self.requests = retail.written()

    @property
    def new_item(self) -> Json:
        """The item that the export made."""
        return next(one for one in self.records["Item"] if one["itemID"] != 7)


def everything() -> Json:
    """An order that uses every row: discounts inside the price, shipping, surcharge, a known and a new item."""
    raw = order(
        "1001",
        line("TEE", "Red", {"M": 2, "L": 3}, price="9.00", upcs={"M": upc(1), "L": upc(2)}),
        shipping="12.50",
        surcharge="4.25",
        customer_po_number="PO-77",
        creator_name="Cara Creator",
        rep_name="Robin de Vries",
        rep_email="robin@acme.example",
        discount=10,
        created_on="2026-03-03T02:30:00.000Z",
    )
    for size in raw["line_items"][0]["sizes"]:
        size["original_price"] = 10
    return raw


def export_everything(retail: Retail, **switches: Any) -> Exported:
    made = product(wholesale="10.00", msrp="25.00", brand_id="tee-red-26")
    retail.given(
        everything(),
        products=[made],
        shop_floor=pos([item(7, upc(1), manufacturerID=1)], vendors=[], manufacturers=[]),
        **switches,
    )
    address = f"{retail.sandbox.nuorder}/images/tee.png"
    retail.sandbox.do("nuorder", "edit_product", _id=made["_id"], changes={"images": [address]})
    retail.configure(brand={"vendor_address": ADDRESS, "category": True, "tags": True}, write_b2b=True)
    retail.approved("1001")
    retail.export("1001")
    return Exported(retail)


def on_both(setup: Any) -> Any:
    """A fixture that exports once for each database and keeps what came of it."""

    @pytest.fixture(scope="module", params=KINDS)
    def fixture(
        request: pytest.FixtureRequest, databases: Place, sandbox_process: Sandbox
    ) -> Iterator[Exported]:
        retail = Retail(sandbox_process, databases.engine(request.param))
        try:
            yield setup(retail)
        finally:
            retail.close()

    return fixture


ignored = on_both(
    lambda retail: export_everything(retail, order_note="ignore", item_tags="ignore", b2b_fields="ignore")
)
accepted = on_both(
    lambda retail: export_everything(retail, order_note="accept", item_tags="accept", b2b_fields="accept")
)

HEAD = {
    "expected date is the calendar day of end_ship": ("arrivalDate", "2026-04-20T04:00:00+00:00"),
    "ordered date is the day of created_on in New York": ("orderedDate", "2026-03-02T05:00:00+00:00"),
    "the ordered date makes it Ordered": ("status", "Ordered"),
    "shipping costs": ("shipCost", "12.5"),
    "surcharge under other costs": ("otherCost", "4.25"),
    "subtotal is the sum of the lines": ("subTotalCost", "45"),
    "total is the order's own total": ("totalCost", "61.75"),
    "quantity": ("totalQuantity", 5),
    "no discount field beside the discounted cost": ("discount", "0"),
    "shop": ("shopID", 1),
}


@pytest.mark.parametrize("row", HEAD)
def test_the_head_of_the_purchase_order(accepted: Exported, row: str) -> None:
    field, wanted = HEAD[row]
    assert accepted.po[field] == wanted


def test_the_reference_is_exactly_the_order_s_id(accepted: Exported) -> None:
    assert accepted.po["refNum"] == accepted.order_id
    assert len(accepted.po["refNum"]) == 24


def test_the_lines_carry_quantity_and_discounted_unit_cost_as_price_and_original_price(
    accepted: Exported,
) -> None:
    found = [
        (one["itemID"], one["quantity"], one["price"], one["originalPrice"]) for one in accepted.po["lines"]
    ]
    assert found == [(7, 2, "9", "9"), (8, 3, "9", "9")]


def test_the_brand_is_vendor_and_manufacturer(accepted: Exported) -> None:
    (vendor,) = accepted.records["Vendor"]
    (maker,) = accepted.records["Manufacturer"]
    assert (vendor["name"], maker["name"]) == ("Acme Outdoor", "Acme Outdoor")
    assert accepted.po["vendorID"] == vendor["vendorID"]
    assert accepted.new_item["defaultVendorID"] == vendor["vendorID"]
    assert accepted.new_item["manufacturerID"] == maker["manufacturerID"]


def test_a_new_vendor_has_the_address_of_the_brands_file_and_the_rep_of_the_order(accepted: Exported) -> None:
    (vendor,) = accepted.records["Vendor"]
    (address,) = vendor["contact"]["Addresses"]
    assert address == {k: v for k, v in ADDRESS.items() if k not in ("phone", "email")}
    assert [one["number"] for one in vendor["contact"]["Phones"]] == ["555 0101"]
    assert [one["address"] for one in vendor["contact"]["Emails"]] == ["sales@acme.example"]
    assert vendor["reps"] == [{"firstName": "Robin", "lastName": "de Vries"}]
    assert "Retailer Street" not in str(accepted.requests)


ITEM = {
    "description is name, colour and size": ("description", "Trail Tee Red L"),
    "style number is the manufacturer SKU": ("manufacturerSku", "TEE"),
    "upc": ("upc", upc(2)),
    "wholesale price is the default cost": ("defaultCost", "10"),
}


@pytest.mark.parametrize("row", ITEM)
def test_a_new_item(accepted: Exported, row: str) -> None:
    field, wanted = ITEM[row]
    assert accepted.new_item[field] == wanted


def test_the_brand_s_id_of_style_and_colour_is_the_vendor_s_number(accepted: Exported) -> None:
    (numbered,) = accepted.new_item["vendor_numbers"]
    assert (numbered["value"], numbered["vendorID"]) == ("tee-red-26", accepted.po["vendorID"])


def test_the_msrp_is_every_price_level(accepted: Exported) -> None:
    assert accepted.new_item["prices"] == {"Default": "25", "MSRP": "25", "Online": "25", "Employee": "25"}


def test_colour_and_size_are_attributes_in_a_matrix_of_the_style(accepted: Exported) -> None:
    (matrix,) = accepted.records["ItemMatrix"]
    assert matrix["description"] == "Trail Tee TEE"
    assert matrix["itemAttributeSetID"] == 1
    found = accepted.new_item["attributes"]
    assert (accepted.new_item["itemMatrixID"], found["attribute1"], found["attribute2"]) == (1, "Red", "L")


def test_the_category_is_written_where_configured(accepted: Exported) -> None:
    (category,) = accepted.records["Category"]
    assert category["name"] == "Tops"
    assert accepted.new_item["categoryID"] == category["categoryID"]


def test_the_image_of_the_product_is_uploaded_once(accepted: Exported) -> None:
    (image,) = accepted.records["Image"]
    assert (image["itemMatrixID"], image["itemID"], image["filename"]) == (1, 0, "tee.png")


def test_the_item_that_was_there_is_not_touched(accepted: Exported) -> None:
    known = next(one for one in accepted.records["Item"] if one["itemID"] == 7)
    assert (known["description"], known["defaultCost"], known["itemMatrixID"]) == ("Trail Tee Red M", "10", 0)
    assert not [one for one in accepted.requests if "/Item/7" in one["path"]]


def test_notes_are_kept_where_the_pos_accepts_them(accepted: Exported) -> None:
    assert accepted.po["note"]["note"] == NOTES
    assert accepted.po["stockInstructions"] == ""


def test_notes_go_to_the_stock_instructions_where_the_pos_ignores_them(ignored: Exported) -> None:
    assert ignored.po["note"] is None
    assert ignored.po["stockInstructions"] == NOTES
    said = ignored.report["not_written"]["General notes"]
    assert "could not be written" in said
    assert NOTES in said


def test_tags_are_kept_where_the_pos_accepts_them(accepted: Exported) -> None:
    assert len(accepted.new_item["tags"]) == 1


def test_tags_that_were_ignored_are_said_to_be(ignored: Exported) -> None:
    assert ignored.new_item["tags"] == []
    assert ignored.report["not_written"]["tags"] == "could not be written: SS26"


def test_the_link_of_lightspeed_itself_is_written_with_the_setting(accepted: Exported) -> None:
    assert (accepted.po["b2bOrderUID"], accepted.po["b2bOrderNumber"]) == (accepted.order_id, "1001")


def test_the_link_of_lightspeed_itself_is_said_where_it_did_not_take(ignored: Exported) -> None:
    assert ignored.po["b2bOrderUID"] == ""
    assert {"b2bOrderUID", "b2bOrderNumber"} <= ignored.report["not_written"].keys()


def test_where_everything_took_nothing_is_said_to_be_unwritten(accepted: Exported) -> None:
    assert accepted.report["not_written"] == {}
    assert (accepted.row["state"], accepted.row["reason"]) == ("exported", "")


def test_where_something_did_not_take_the_order_is_exported_and_says_so(ignored: Exported) -> None:
    assert ignored.row["state"] == "exported"
    assert "Could not be written" in ignored.row["reason"]
    assert "General notes" in ignored.row["reason"]


def test_the_order_names_its_purchase_order_and_its_page(accepted: Exported) -> None:
    assert accepted.row["po_id"] == str(accepted.po["orderID"])
    assert f"id={accepted.po['orderID']}" in accepted.row["po_url"]
    assert accepted.row["export_status"] == "exported"


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from leaves(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from leaves(entry)
    else:
        yield value


def test_everything_that_is_sent_is_text_so_no_amount_is_ever_a_float(
    accepted: Exported, ignored: Exported
) -> None:
    bodies = [
        one["body"] for one in (*accepted.requests, *ignored.requests) if "multipart_bytes" not in one["body"]
    ]
    assert len(bodies) > 10
    assert {type(leaf) for body in bodies for leaf in leaves(body)} == {str}


# ---- dates, shops, settings: one export each ----


def one_known_item(retail: Retail, raw: Json, **given: Any) -> Json:
    retail.given(raw, shop_floor=given.pop("shop_floor", pos([item(7, upc(1))])), **given)
    retail.approved("1001", shop=None)
    retail.export("1001")
    return retail.the_purchase_order("1001")


SIMPLE = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}


def test_a_los_angeles_shop_has_the_same_calendar_days(retail: Retail) -> None:
    raw = order("1001", line(**SIMPLE), created_on="2026-03-03T07:59:00.000Z")
    retail.configure(brand={"shop": "Harbor Mall"})
    po = one_known_item(retail, raw)
    assert po["shopID"] == 2
    assert po["orderedDate"] == "2026-03-02T08:00:00+00:00"
    assert po["arrivalDate"] == "2026-04-20T07:00:00+00:00"


def test_an_instant_after_midnight_in_the_shop_is_the_next_day(retail: Retail) -> None:
    po = one_known_item(retail, order("1001", line(**SIMPLE), created_on="2026-03-03T05:00:00.000Z"))
    assert po["orderedDate"] == "2026-03-03T05:00:00+00:00"


def test_a_date_in_winter_and_one_in_summer_are_midnight_in_the_shop(retail: Retail) -> None:
    raw = order(
        "1001", line(**SIMPLE), created_on="2026-01-05T12:00:00.000Z", end_ship="2026-07-01T00:00:00.000Z"
    )
    po = one_known_item(retail, raw)
    assert (po["orderedDate"], po["arrivalDate"]) == (
        "2026-01-05T05:00:00+00:00",
        "2026-07-01T04:00:00+00:00",
    )


def test_without_end_ship_the_latest_line_gives_the_expected_date(retail: Retail) -> None:
    raw = order(
        "1001",
        line(**SIMPLE, ship_end="2026-05-01T00:00:00.000Z"),
        line("CAP", "Blue", {"M": 1}, upcs={"M": upc(2)}, ship_end="2026-06-15T00:00:00.000Z"),
        end_ship="",
    )
    po = one_known_item(retail, raw, shop_floor=pos([item(7, upc(1)), item(8, upc(2))]))
    assert po["arrivalDate"] == "2026-06-15T04:00:00+00:00"


def test_a_setting_chooses_the_start_of_the_ship_window(retail: Retail) -> None:
    retail.configure(brand={"expected_date": "ship_start"})
    po = one_known_item(retail, order("1001", line(**SIMPLE)))
    assert po["arrivalDate"] == "2026-04-01T04:00:00+00:00"


def test_without_the_setting_the_link_of_lightspeed_itself_is_left_alone(retail: Retail) -> None:
    po = one_known_item(retail, order("1001", line(**SIMPLE)))
    assert (po["b2bOrderUID"], po["b2bOrderNumber"]) == ("", "")


def test_where_notes_are_known_to_be_ignored_they_go_to_the_stock_instructions_at_once(
    retail: Retail,
) -> None:
    retail.given(
        order("1001", line(**SIMPLE)), order("1002", line(**SIMPLE)), shop_floor=pos([item(7, upc(1))])
    )
    retail.approved("1001", "1002")
    retail.export("1001")
    retail.export("1002")
    sent = [one["body"] for one in retail.written("/Order.json")]
    assert [("Note" in body, "stockInstructions" in body) for body in sent] == [(True, False), (False, True)]
    assert retail.the_purchase_order("1002")["stockInstructions"] == "NuORDER order: 1002"
    assert "General notes" in retail.report("1002")["not_written"]


def test_an_order_in_the_vendor_s_currency_sends_the_vendor_cost_only(retail: Retail) -> None:
    vendor = ACME | {"purchasingCurrency": {"code": "EUR", "symbol": "€", "rate": "1.08"}}
    raw = order("1001", line(**SIMPLE, price="10.00"), currency_code="EUR")
    po = one_known_item(retail, raw, shop_floor=pos([item(7, upc(1))], vendors=[vendor]))
    (only,) = po["lines"]
    assert (only["vendorCost"], only["originalPrice"]) == ("10", "10.8")
    (sent,) = [one["body"] for one in retail.written("OrderLine")]
    assert not {"price", "originalPrice"} & sent.keys()


@pytest.mark.parametrize("switch, said", [("accept", set()), ("ignore", {"shipping", "other costs"})])
def test_shipping_in_the_vendor_s_currency_is_never_written_as_the_account_s(
    retail: Retail, switch: str, said: set[str]
) -> None:
    vendor = ACME | {"purchasingCurrency": {"code": "EUR", "symbol": "€", "rate": "1.08"}}
    raw = order("1001", line(**SIMPLE), currency_code="EUR", shipping="7.00", surcharge="2.00")
    floor = pos([item(7, upc(1))], vendors=[vendor])
    po = one_known_item(retail, raw, shop_floor=floor, order_money_fields=switch)
    assert (po["shipCost"], po["otherCost"]) == ("0", "0")
    assert (po["shipVendorCost"], po["otherVendorCost"]) == (("7", "2") if switch == "accept" else ("0", "0"))
    assert said <= retail.report("1001")["not_written"].keys()


def test_unit_costs_are_rounded_to_the_precision_of_the_pos(retail: Retail) -> None:
    raw = order("1001", line(sizes={"M": 3}, upcs={"M": upc(1)}, price="3.335"), total="10.01")
    po = one_known_item(retail, raw)
    assert [one["price"] for one in po["lines"]] == ["3.34"]
    assert po["subTotalCost"] == "10.02"


def test_prices_before_discounts_are_reduced_by_what_gives_the_order_s_own_total(retail: Retail) -> None:
    raw = order("1001", line(sizes={"M": 4}, upcs={"M": upc(1)}, price="20.00"), discount=25, total="60")
    po = one_known_item(retail, raw)
    assert [one["price"] for one in po["lines"]] == ["15"]
    assert po["totalCost"] == "60"


def test_the_attribute_set_follows_from_what_varies(retail: Retail) -> None:
    sizes_only = line("SOCK", "", {"M": 1}, upcs={"M": upc(1)})
    colours_only = line("BAG", "Red", {"default": 1}, upcs={"default": upc(2)})
    neither = line("PIN", "", {"default": 1}, upcs={"default": upc(3)})
    retail.given(order("1001", sizes_only, colours_only, neither))
    retail.approved("1001")
    retail.export("1001")
    pin, bag, sock = sorted(
        retail.records("Item"), key=lambda one: "PIN BAG SOCK".index(one["manufacturerSku"])
    )
    found = [one["attributes"] for one in (sock, bag)]
    shown = [(one["itemAttributeSetID"], one["attribute1"], one["attribute2"]) for one in found]
    assert shown == [(2, "", "M"), (3, "Red", "")]
    assert (pin["itemMatrixID"], pin["attributes"], pin["description"]) == (0, None, "Trail Tee")
    assert len(retail.records("ItemMatrix")) == 2


def test_a_vendor_named_in_the_brands_file_is_used(retail: Retail) -> None:
    retail.configure(brand={"vendor": "Summit Trading"})
    vendors = [ACME, {"vendorID": 5, "name": "SUMMIT trading"}]
    po = one_known_item(
        retail, order("1001", line(**SIMPLE)), shop_floor=pos([item(7, upc(1))], vendors=vendors)
    )
    assert po["vendorID"] == 5


def test_a_vendor_named_by_its_id_is_used(retail: Retail) -> None:
    retail.configure(brand={"vendor": "5"})
    vendors = [ACME, {"vendorID": 5, "name": "Summit Trading"}]
    po = one_known_item(
        retail, order("1001", line(**SIMPLE)), shop_floor=pos([item(7, upc(1))], vendors=vendors)
    )
    assert po["vendorID"] == 5


def test_an_archived_vendor_of_that_name_is_not_used(retail: Retail) -> None:
    vendors = [ACME | {"archived": True}, ACME | {"vendorID": 2}]
    po = one_known_item(
        retail, order("1001", line(**SIMPLE)), shop_floor=pos([item(7, upc(1))], vendors=vendors)
    )
    assert po["vendorID"] == 2
    assert len(retail.records("Vendor")) == 2


def test_the_price_levels_of_another_account_are_found_by_their_names(retail: Retail) -> None:
    levels = [{"priceLevelID": 11, "name": "Default"}, {"priceLevelID": 12, "name": "MSRP"}]
    retail.given(order("1001", line(**SIMPLE)), shop_floor=pos(price_levels=levels))
    retail.approved("1001")
    retail.export("1001")
    assert [one["prices"] for one in retail.records("Item")] == [{"Default": "25", "MSRP": "25"}]


def test_an_eight_digit_code_is_not_sent_because_the_pos_takes_eleven_to_fourteen(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": 1}, upcs={"M": "96385074"})))
    retail.approved("1001")
    retail.export("1001")
    assert [one["upc"] for one in retail.records("Item")] == [""]
    assert "code_not_written" in {w["code"] for w in retail.report("1001")["lines"][0]["warnings"]}


def test_markup_quotes_and_umlauts_arrive_as_they_are(retail: Retail) -> None:
    name = 'Søren\'s <b>"Wool"</b> & Tee – 100%'
    raw = order("1001", line("Ø-1", "Blåbær", {"M": 1}, upcs={"M": upc(1)}))
    retail.given(raw, products=[product("Ø-1", "Blåbær", name=name)])
    retail.approved("1001")
    retail.export("1001")
    assert [one["description"] for one in retail.records("Item")] == [f"{name} Blåbær M"]
    assert retail.row("1001")["state"] == "exported"
