"""The benchmark's own data: the same for a seed, of the documented shapes, and with a truth that holds in it."""

from __future__ import annotations

import json

import pytest
from stdnum import ean

from bench.matching.damage import DAMAGES
from bench.matching.generate import generate
from bench.matching.gtins import gtin, holds, short_form, with_check
from bench.matching.profiles import PROFILES, Profile
from bench.matching.truth import CodeState, World
from bench.matching.words import COLORS, KINDS
from nuorder_pos.clients import pos_records
from nuorder_pos.domain.orders import read_order

VARIANTS = 2_000


@pytest.fixture(scope="module", params=PROFILES.values(), ids=PROFILES)
def profile(request: pytest.FixtureRequest) -> Profile:
    return request.param


@pytest.fixture(scope="module")
def world(profile: Profile) -> World:
    return generate(7, profile, VARIANTS)


def test_a_seed_gives_the_same_world_to_the_letter(profile: Profile, world: World) -> None:
    again, other = generate(7, profile, VARIANTS), generate(8, profile, VARIANTS)
    assert _text(again) == _text(world) != _text(other)


def test_every_ordered_variant_has_one_truth(world: World) -> None:
    keys = [
        (order.order_id, variant.product_id, variant.size)
        for brand in world.brands
        for snapshot in brand.snapshots
        for order in [read_order(snapshot)]
        for variant in order.variants
    ]
    assert len(keys) == len(set(keys)) >= VARIANTS
    assert set(keys) == set(world.truths)


def test_a_right_item_is_in_the_pos(world: World) -> None:
    items = {item.item_id: item for item in map(pos_records.item, world.rows)}
    assert len(items) == len(world.rows)
    for truth in world.truths.values():
        assert not truth.item_id or truth.item_id in items
        if truth.item_id and items[truth.item_id].archived:
            assert truth.must_ask
        assert not (truth.apart and truth.shows)


def test_what_is_called_valid_is_and_what_is_called_invalid_is_not(world: World) -> None:
    codes = _codes(world)
    for key, truth in world.truths.items():
        code = codes[key]
        if truth.state is CodeState.INVALID:
            assert code
            assert not holds(code), truth.code
        elif truth.state is CodeState.MISSING:
            assert not code
        else:
            assert holds(code), truth.code


def test_a_sole_holder_is_the_only_live_item_with_that_number_in_any_field(world: World) -> None:
    codes = _codes(world)
    holders: dict[str, set[str]] = {}
    for row in world.rows:
        if row["archived"] == "false":
            number = row.get("ItemVendorNums", {}).get("ItemVendorNum", {}).get("value", "")
            for text in {row["upc"], row["ean"], row["customSku"], row["manufacturerSku"], number}:
                holders.setdefault(text.lstrip("0"), set()).add(row["itemID"])
    sole = [(key, truth) for key, truth in world.truths.items() if truth.sole]
    assert len(sole) > VARIANTS / 10
    for key, truth in sole:
        if truth.code != "as UPC-E":
            assert holders[codes[key].lstrip("0")] == {truth.item_id}, truth


def test_brands_share_style_numbers_and_no_article_number(world: World) -> None:
    styles = [
        {
            line["product"]["style_number"]
            for snapshot in brand.snapshots
            for line in snapshot["order"]["line_items"]
        }
        for brand in world.brands
    ]
    assert sum("1001" in numbers for numbers in styles) > 3
    own = [truth for truth in world.truths.values() if truth.state is CodeState.VALID]
    assert len({(truth.brand, code) for truth, code in zip(own, _own(world), strict=True)}) == len(
        set(_own(world))
    )


def test_every_damage_and_every_kind_of_case_comes_up() -> None:
    truths = generate(1, PROFILES["hard"], 10_000).truths.values()
    assert set(DAMAGES) <= {truth.code for truth in truths}
    wanted = {*PROFILES["hard"].code, *PROFILES["hard"].pos, *PROFILES["hard"].link}
    assert wanted <= {label for truth in truths for label in (truth.code, truth.pos, truth.link)}


def test_half_of_the_words_are_odd() -> None:
    words = {*COLORS, *(size for _, _, sizes in KINDS for size in sizes)}
    odd, common = sum(len(word.odd) for word in words), sum(len(word.common) for word in words)
    assert odd >= common


def test_numbers_are_as_python_stdnum_says() -> None:
    for body in ("03600029145", "400638133393", "9638507", "1001234567890"):
        assert with_check(body) == body + ean.calc_check_digit(body)


@pytest.mark.parametrize(
    "upc_a, upc_e",
    [
        ("042100005264", "04252614"),
        ("012345000058", "01234558"),
        ("065100004327", "06543217"),
        ("012345678905", ""),
    ],
)
def test_short_forms(upc_a: str, upc_e: str) -> None:
    assert short_form(upc_a) == upc_e
    assert not upc_e or holds(upc_e)


def _text(world: World) -> str:
    brands = [(b.name, b.snapshots, [repr(link) for link in b.links]) for b in world.brands]
    truths = [(key, repr(truth)) for key, truth in world.truths.items()]
    return json.dumps([brands, world.rows, world.matrices, truths])


def _codes(world: World) -> dict[tuple[str, str, str], str]:
    return {
        (order.order_id, variant.product_id, variant.size): variant.upc
        for brand in world.brands
        for snapshot in brand.snapshots
        for order in [read_order(snapshot)]
        for variant in order.variants
    }


def _own(world: World) -> list[str]:
    codes = _codes(world)
    return [gtin(codes[key]) for key, truth in world.truths.items() if truth.state is CodeState.VALID]
