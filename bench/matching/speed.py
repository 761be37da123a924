"""How fast matching is: 100,000 variants against 1,000,000 items of the POS, beside a plain merge of pandas in the same
process. Values of both are built before the clock starts; the index of matching is built while it runs.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.matching import subject
from bench.matching.gtins import gtin, with_check
from bench.matching.words import NAMES, QUALITIES
from bench.sandbox import ROOT
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem

VARIANTS, ITEMS, ROUNDS = 100_000, 1_000_000, 5
OF_A_RULE = 20_000
MIXTURE = {
    "code in upc": 55, "code in ean": 5, "code in customSku": 3, "code as EAN-13": 5, "saved link": 14,
    "saved link by code": 4, "several holders": 2, "archived holder": 2, "code held by nobody": 5, "no code": 3,
    "code with hyphens": 2,
}  # fmt: skip
"""What the variants are, in percent: each kind ends in another rule."""

Links = dict[tuple[str, str, str], Link]
Place = tuple[str, str, bool]
"""What field an item has its code in (upc, ean, custom_sku), the code, whether it is archived."""


def data(
    variants: int = VARIANTS, items: int = ITEMS
) -> tuple[dict[str, list[Variant]], list[PosItem], Links]:
    """Variants by kind, items, links. The same every time."""
    random = Random("speed")
    codes = [with_check(f"8{number:010d}") for number in random.sample(range(10**9), items)]
    places: list[Place] = [("upc", code, False) for code in codes]
    by_kind: dict[str, list[Variant]] = {}
    links: Links = {}
    further: list[Place] = []
    at = 0
    for kind, percent in MIXTURE.items():
        some = by_kind[kind] = []
        for _ in range(variants * percent // 100):
            code = codes[at]
            written = _ordered(kind, code)
            variant = _variant(at, written)
            if kind in ("code in ean", "code in customSku", "archived holder"):
                field = {"code in ean": "ean", "code in customSku": "custom_sku"}.get(kind, "upc")
                places[at] = (field, code, kind == "archived holder")
            elif kind == "several holders":
                further.append(("ean", code, False))
            elif kind == "code held by nobody":
                places[at] = ("upc", "", False)
            elif kind.startswith("saved link"):
                identity = variant.identity if kind == "saved link" else ("before", *variant.identity[1:])
                links[(*identity[:2], f"{identity[2]}{at}") if kind != "saved link" else identity] = Link(
                    str(at), "upc", "", identity, gtin(code)
                )
            some.append(variant)
            at += 1
    records = [
        _item(number, place) for number, place in enumerate((*places[: items - len(further)], *further))
    ]
    return by_kind, records, links


def _ordered(kind: str, code: str) -> str:
    if kind == "no code":
        return ""
    if kind == "code as EAN-13":
        return f"0{code}"
    return f"{code[0]}-{code[1:6]}-{code[6:11]}-{code[11]}" if kind == "code with hyphens" else code


def _variant(number: int, code: str) -> Variant:
    return Variant(
        str(number), number // 20, f"{number // 5:024x}", f"ST-{number // 20}", ("Black", "Navy", "Red", "White")[number // 5 % 4],
        ("XS", "S", "M", "L", "XL")[number % 5], 3, None, upc=code, name=_name(number // 20),
    )  # fmt: skip


def _name(style: int) -> str:
    return f"{NAMES[style % len(NAMES)]} {QUALITIES[style // 7 % len(QUALITIES)]} {('Tee', 'Parka', 'Low', 'Cord', 'Tote')[style % 5]}"


def _item(number: int, place: Place) -> PosItem:
    field, code, archived = place
    color, size = ("Black", "Navy", "Red", "White")[number // 5 % 4], ("XS", "S", "M", "L", "XL")[number % 5]
    return PosItem(
        item_id=str(number), description=f"{_name(number // 20)} {color} {size}", archived=archived,
        system_sku=f"21{number:010d}", manufacturer_sku=f"ST-{number // 20}", matrix_id=str(number // 20 + 1),
        attribute_set_id="1", color=color, size=size, default_vendor_id="7", upc=code if field == "upc" else "",
        ean=code if field == "ean" else "", custom_sku=code if field == "custom_sku" else "",
    )  # fmt: skip


def show(console: Console) -> dict[str, Any]:
    """Measure and print; the figures come back for a file."""
    by_kind, items, links = data()
    variants = [variant for some in by_kind.values() for variant in some]
    found: dict[str, Any] = _times(variants, items, links)
    ratios = [ours / plain for ours, plain in zip(found["ours"], found["merge"], strict=True)]
    built = [ours / plain for ours, plain in zip(found["ours"], found["merge_with_frames"], strict=True)]
    table = Table(title=f"{len(variants):,} variants against {len(items):,} items, {ROUNDS} rounds in turns")
    for name in ("", "median s", "least", "most"):
        table.add_column(name, justify="left" if not name else "right")
    for name, key in (
        ("matching, index included", "ours"), ("  of it the index", "index"),
        ("pandas merge on the code", "merge"), ("pandas merge, frames built as well", "merge_with_frames"),
    ):  # fmt: skip
        times = found[key]
        table.add_row(name, f"{statistics.median(times):.2f}", f"{min(times):.2f}", f"{max(times):.2f}")
    console.print(table)
    console.print(
        f"Matching takes {statistics.median(ratios):.2f} times as long as the merge ({min(ratios):.2f} to {max(ratios):.2f};"
        f" target 3), {statistics.median(built):.2f} times with the frames' own building."
    )
    found["ratio"], found["ratio_with_frames"] = ratios, built
    found["rules"] = _rules(console, by_kind, items, links)
    del items, by_kind, variants, links
    found["memory"] = _memory(console)
    return found


def _times(variants: list[Variant], items: list[PosItem], links: Links) -> dict[str, list[float]]:
    import pandas as pd

    def frames() -> tuple[Any, Any]:
        left = pd.DataFrame({"line": [v.line for v in variants], "code": [v.upc for v in variants]})
        right = pd.DataFrame({"item_id": [i.item_id for i in items], "code": [i.upc for i in items]})
        return left, right

    times: dict[str, list[float]] = {"ours": [], "index": [], "merge": [], "merge_with_frames": []}
    for _ in range(ROUNDS):
        times["ours"].append(_seconds(lambda: subject.match_all(variants, items, links)))
        times["index"].append(_seconds(lambda: subject.catalogue_of(variants, items, links)))
        building = time.perf_counter()
        left, right = frames()
        built = time.perf_counter() - building
        # Items without a code would meet every variant without one: nobody would merge so.
        right = right[right["code"] != ""]
        merge = _seconds(partial(left.merge, right, how="left", on="code"))
        times["merge"].append(merge)
        times["merge_with_frames"].append(built + merge)
        del left, right
    return times


def _rules(
    console: Console, by_kind: dict[str, list[Variant]], items: list[PosItem], links: Links
) -> dict[str, float]:
    """Microseconds of a variant of each kind, against an index that is there."""
    everything = [variant for some in by_kind.values() for variant in some]
    catalogue = subject.catalogue_of(everything, items, links)
    table = Table(title="Cost of each rule, against an index that is there (medians of 3)")
    for name in ("variants", "ends in", "count", "µs each", "share of matching"):
        table.add_column(name, justify="left" if name in ("variants", "ends in") else "right")
    costs: dict[str, float] = {}
    rows = []
    for kind, some in by_kind.items():
        sample = some[:OF_A_RULE]
        matching = partial(subject.match_in, sample, catalogue)
        took = statistics.median(_seconds(matching) for _ in range(3))
        ends = Counter(str(m.rule or m.status) for m in matching()).most_common(1)[0][0]
        costs[kind] = took / len(sample) * 1e6
        rows.append((kind, ends, len(some)))
    whole = sum(costs[kind] * count for kind, _, count in rows)
    for kind, ends, count in rows:
        table.add_row(kind, ends, f"{count:,}", f"{costs[kind]:.1f}", f"{costs[kind] * count / whole:.0%}")
    new = by_kind["no code"][:1000]
    shelf = subject.catalogue_of(new, items[:20_000], {})
    open_lines = subject.match_in(new, shelf)
    took = _seconds(lambda: subject.with_candidates(open_lines, shelf, "7"))
    costs["candidates by resemblance"] = took / len(new) * 1e6
    table.add_section()
    table.add_row(
        "no code, 20,000 items of the brand",
        "candidates",
        f"{len(new):,}",
        f"{took / len(new) * 1e6:.0f}",
        "",
    )
    console.print(table)
    return costs


def _memory(console: Console) -> dict[str, float]:
    """Resident size of a child process before it does one thing, and the peak while it does it. Linux only."""
    found: dict[str, float] = {}
    for name in ("matching", "merge"):
        done = subprocess.run(
            [sys.executable, "-m", "bench.matching.speed", name],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        found |= {f"{name} {key}": value for key, value in json.loads(done.stdout).items()}
    console.print(
        "Resident memory of a process of its own (VmRSS before, VmHWM as the peak; MB): "
        + "; ".join(f"{name} {value:,.0f}" for name, value in found.items())
        + ". Before: variants and items, built by this benchmark; the merge holds its frames as well."
    )
    return found


def _child(name: str) -> None:
    by_kind, items, links = data()
    variants = [variant for some in by_kind.values() for variant in some]
    if name == "matching":
        before = _forget_peak()
        kept: Any = subject.match_all(variants, items, links)
    else:
        import pandas as pd

        left = pd.DataFrame({"line": [v.line for v in variants], "code": [v.upc for v in variants]})
        right = pd.DataFrame(
            {"item_id": [i.item_id for i in items if i.upc], "code": [i.upc for i in items if i.upc]}
        )
        before = _forget_peak()
        kept = left.merge(right, how="left", on="code")
    assert len(kept) >= len(variants)
    print(json.dumps({"before": before, "peak": _memory_of("VmHWM")}))


def _forget_peak() -> float:
    """Resident size now, in MB; what was the peak so far counts no more."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _memory_of("VmRSS")


def _memory_of(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


if __name__ == "__main__":
    _child(sys.argv[1])
