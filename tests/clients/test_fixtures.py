"""Recorded traffic and documentation samples go through the parsers. Skipped where the folder is absent."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from nuorder_pos.clients import pos_records, v3
from nuorder_pos.clients.body import BodyState, read_body
from nuorder_pos.clients.classify import Asked, classify_answer
from nuorder_pos.errors import NuorderPosError, Permanent, Transient

RECORDS: dict[str, Any] = {
    "Item": pos_records.item,
    "ItemMatrix": pos_records.matrix,
    "Vendor": pos_records.vendor,
    "Shop": pos_records.shop,
    "Order": pos_records.purchase_order,
    "OrderLine": pos_records.line,
    "PriceLevel": lambda row: pos_records.named(row, "priceLevelID"),
    "ItemAttributeSet": lambda row: pos_records.named(row, "itemAttributeSetID"),
    "Manufacturer": lambda row: pos_records.named(row, "manufacturerID"),
}


def recorded(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "lightspeed" / "recorded_v2" / name).read_text())
    return found


def samples(folder: Path) -> list[tuple[str, Any]]:
    found = []
    for path in sorted((folder / "lightspeed" / "official_docs_v3_samples").glob("*.json")):
        found += [
            (path.name, one["json"]) for one in json.loads(path.read_text())["samples"] if "json" in one
        ]
    return found


def answers(folder: Path) -> list[tuple[str, Any]]:
    found = list(samples(folder))
    for path in sorted((folder / "lightspeed" / "recorded_v2").glob("*.json")):
        content = json.loads(path.read_text())
        if content.get("response", {}).get("status") == 200:
            found.append((path.name, content["response"]["body"]))
    return found


def test_every_record_of_a_known_kind_is_parsed(fixtures_folder: Path) -> None:
    parsed = 0
    for name, body in answers(fixtures_folder):
        for entity, parse in RECORDS.items():
            if isinstance(body, dict) and entity in body and "@attributes" in body:
                for row in v3.rows(body, entity):
                    if v3.text(row, f"{entity[0].lower()}{entity[1:]}ID"):
                        assert parse(row), name
                        parsed += 1
    assert parsed > 40


def test_recorded_shapes(fixtures_folder: Path) -> None:
    empty = recorded(fixtures_folder, "category_query_zero_results.json")["response"]["body"]
    assert v3.rows(empty, "Category") == []
    (order,) = v3.rows(
        recorded(fixtures_folder, "order_query_single_object.json")["response"]["body"], "Order"
    )
    parsed = pos_records.purchase_order(order)
    assert (parsed.order_id, parsed.lines, parsed.ordered, parsed.status) == ("4", (), None, "Open")
    item = v3.single(
        recorded(fixtures_folder, "item_get_by_id_with_relations.json")["response"]["body"], "Item"
    )
    assert item is not None
    assert pos_records.item(item).vendor_numbers == (("73", "8674-90 CG"),)


def test_recorded_refusals(fixtures_folder: Path) -> None:
    for name, status in (
        ("item_create_invalid_400.json", 400),
        ("item_update_invalid_400.json", 400),
        ("category_create_invalid_400.json", 400),
        ("account_unauthorized_401.json", 401),
    ):
        response = recorded(fixtures_folder, name)["response"]
        headers = {key: values[0] for key, values in response["headers"].items()}
        state, data, text = read_body(json.dumps(response["body"]).encode())
        asked = Asked("Lightspeed", "POST", "/x", write=True)
        error = classify_answer(asked, response["status"], headers, state, data, text)
        assert isinstance(error, Permanent)
        assert error.status == status
        assert response["body"]["message"].rstrip(".") in str(error)


def test_recorded_nuorder_answers_are_judged_as_recorded(fixtures_folder: Path) -> None:
    judged: list[tuple[int, NuorderPosError | None]] = []
    for path in sorted((fixtures_folder / "nuorder").glob("http_*.json")):
        for exchange in json.loads(path.read_text()):
            response, body = exchange["response"], exchange["response"]["body"]
            content = body if isinstance(body, str) else json.dumps(body)
            asked = Asked("NuORDER", "GET", "/x", write=False)
            judged.append(
                (
                    response["status"],
                    classify_answer(asked, response["status"], {}, *read_body(content.encode())),
                )
            )
    assert {status for status, _ in judged} >= {200, 201, 404, 500}
    for status, error in judged:
        expected = type(None) if status < 300 else Transient if status >= 500 else Permanent
        assert isinstance(error, expected), status


def test_a_recorded_order_has_decimal_amounts(fixtures_folder: Path) -> None:
    content = (fixtures_folder / "nuorder" / "order_2023_processed_full.json").read_bytes()
    state, order, _ = read_body(content)
    assert state is BodyState.JSON
    assert Decimal(str(order["total"])) > 0
    assert not any(isinstance(size["price"], float) for line in order["line_items"] for size in line["sizes"])
