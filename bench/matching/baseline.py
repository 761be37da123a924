"""What the simplest rule would do: the order's UPC, as it is written, equal to the ``upc`` field of a live item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bench.matching.judge import Said
from bench.matching.truth import Json, Key, World


def outcomes(world: World) -> Iterator[Said]:
    """Every ordered variant: taken where one item has the text, asked where several have, else new."""
    holders: dict[str, list[str]] = defaultdict(list)
    for row in world.rows:
        if row["upc"] and row["archived"] != "true":
            holders[row["upc"]].append(row["itemID"])
    for brand in world.brands:
        for snapshot in brand.snapshots:
            for line in snapshot["order"]["line_items"]:
                for size in line["sizes"]:
                    key = (snapshot["order"]["_id"], line["product"]["_id"], size["size"])
                    yield _outcome(key, holders.get(_code(size, line, snapshot), []))


def _code(size: Json, line: Json, snapshot: Json) -> str:
    product = snapshot["products"].get(line["product"]["_id"]) or {}
    own: Json = next((one for one in product.get("sizes", ()) if one["size"] == size["size"]), {})
    return str(size.get("upc") or own.get("upc") or "").strip()


def _outcome(key: Key, held: list[str]) -> Said:
    if len(held) == 1:
        return Said(key, "equal UPC", held[0], False, ())
    return Said(key, "several" if held else "new", "", bool(held), tuple(held))
