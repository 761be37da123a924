"""The one place that knows how matching is called: the pipeline's own look-ups and the report, with a POS in memory.

Only the answers of the POS are made here; what is looked up, in which rounds, and what is concluded, is the product's.
Change this module when matching changes; nothing else of the benchmark imports the matcher.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from rapidfuzz.fuzz import token_set_ratio

from bench.matching.judge import Said
from bench.matching.truth import BrandData, World
from nuorder_pos.clients import pos_records
from nuorder_pos.clients.pos_items import WORD_PAGES, describes
from nuorder_pos.domain.catalogue import Catalogue, wanted_keys
from nuorder_pos.domain.match_data import Link, Match
from nuorder_pos.domain.matching import match
from nuorder_pos.domain.orders import Order, Variant, read_order
from nuorder_pos.domain.pos import BrandInPos, PosAccount, PosItem, PosMatrix, PosVendor
from nuorder_pos.domain.report import Context, VendorFinding, make_report
from nuorder_pos.domain.resemblance import offer
from nuorder_pos.pipeline.lookups import Lookups, together
from nuorder_pos.pipeline.pos_catalogue import Wanted, look_up
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import migrate
from nuorder_pos.store.engine import Engine, make_engine, writing
from nuorder_pos.store.tables import link as link_table

ACCOUNT = "bench"
LOOK_IN = ("sku", "vendor_id", "description")


class Subject:
    """Matching over one world."""

    def __init__(self, world: World, engine: Engine) -> None:
        self._world = world
        self._pos = _Answers(world)
        self._work = cast("Work", SimpleNamespace(engine=engine, pos=SimpleNamespace(account_id=ACCOUNT)))
        with writing(engine) as connection:
            for brand in world.brands:
                _keep_links(connection, brand)

    def outcomes(self) -> Iterator[Said]:
        """Every variant of every order, order by order, brand by brand."""
        for brand in self._world.brands:
            for snapshot in brand.snapshots:
                yield from self._outcomes(brand, read_order(snapshot))

    def _outcomes(self, brand: BrandData, order: Order) -> Iterator[Said]:
        in_pos = BrandInPos(frozenset({brand.vendor_id}), frozenset({brand.manufacturer_id}))
        (found,) = look_up(
            self._work, cast("Lookups", self._pos), [Wanted(brand.name, in_pos, order.variants, LOOK_IN)]
        )
        report = make_report(
            order,
            Context(
                account=PosAccount(ACCOUNT, ACCOUNT, "USD"),
                brand=brand.name,
                vendor=VendorFinding(brand.name, (PosVendor(brand.vendor_id, brand.name),)),
                catalogue=found.catalogue,
                style_matrices=found.matrices,
                in_pos=in_pos,
                similar=token_set_ratio,
            ),
        )
        by_style = {line for question in report.questions for line, item in question.lines.items() if item}
        for line in report.lines:
            given = line.match
            asked = any(question.line for question in given.questions) or line.variant.line in by_style
            yield Said(
                key=(order.order_id, line.variant.product_id, line.variant.size),
                rule=str(getattr(given, "rule", "") or given.status),
                item_id=given.item.item_id if given.item is not None else "",
                asked=asked,
                candidates=tuple(candidate.item.item_id for candidate in given.candidates),
                named=next((c.item.item_id for c in given.candidates if c.likely), ""),
                refused=any(w.code in ("invalid_upc", "missing_upc") for w in given.warnings),
            )


@contextmanager
def subject(world: World) -> Iterator[Subject]:
    """Matching over this world, with a database of its own for the saved links."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'links.db'}")
        try:
            migrate.upgrade(engine)
            yield Subject(world, engine)
        finally:
            engine.dispose()


def _keep_links(connection: sa.Connection, brand: BrandData) -> None:
    """Saved links as earlier exports left them."""
    made = datetime(2025, 9, 1, tzinfo=UTC)
    rows = [
        {
            "account_id": ACCOUNT, "brand": brand.name, "style": link.identity[0], "color": link.identity[1],
            "size": link.identity[2], "item_id": link.item_id, "matrix_id": link.matrix_id, "gtin": link.gtin,
            "upc": link.gtin, "origin": link.origin, "made_by": link.made_by, "made_at": made,
        }
        for link in brand.links
    ]  # fmt: skip
    for start in range(0, len(rows), 1000):
        connection.execute(sa.insert(link_table), rows[start : start + 1000])


class _Answers:
    """Answers as ``Lookups`` does, from records in memory."""

    def __init__(self, world: World) -> None:
        items = [pos_records.item(row) for row in world.rows]
        self._items = {item.item_id: item for item in items}
        self._matrices = {row["itemMatrixID"]: pos_records.matrix(row) for row in world.matrices}
        self._by_code: dict[str, list[PosItem]] = defaultdict(list)
        self._by_sku: dict[str, list[PosItem]] = defaultdict(list)
        self._by_number: dict[str, list[PosItem]] = defaultdict(list)
        self._by_matrix: dict[str, list[PosItem]] = defaultdict(list)
        self._by_word: dict[str, list[PosItem]] = defaultdict(list)
        for item in sorted(items, key=lambda item: -int(item.item_id)):
            for code in {item.upc, item.ean} - {""}:
                self._by_code[code].append(item)
            for code in {item.custom_sku, item.manufacturer_sku} - {""}:
                self._by_sku[code].append(item)
            for _, number in item.vendor_numbers:
                self._by_number[number].append(item)
            self._by_matrix[item.matrix_id].append(item)
            for word in set(item.description.casefold().split()):
                self._by_word[word].append(item)

    def by_code(self, codes: Iterable[str]) -> list[PosItem]:
        return _found(self._by_code, codes)

    def by_sku(self, codes: Iterable[str]) -> list[PosItem]:
        return _found(self._by_sku, codes)

    def by_vendor_number(self, values: Iterable[str]) -> list[PosItem]:
        return _found(self._by_number, values)

    def by_id(self, item_ids: Iterable[str]) -> list[PosItem]:
        return together(self._items[item_id] for item_id in item_ids if item_id in self._items)

    def numbered(self, item_ids: Iterable[str]) -> list[PosItem]:
        return self.by_id(item_ids)

    def stocked(self, item_ids: Iterable[str]) -> list[PosItem]:
        return self.by_id(item_ids)

    def in_matrices(self, matrix_ids: Iterable[str]) -> list[PosItem]:
        return _found(self._by_matrix, matrix_ids)

    def matrices(self, matrix_ids: Iterable[str]) -> list[PosMatrix]:
        return [self._matrices[matrix_id] for matrix_id in sorted(matrix_ids) if matrix_id in self._matrices]

    def described(self, texts: Iterable[str]) -> list[PosItem]:
        """Whole words only: the POS would also find a word inside another one. The newest of 15 texts together, or of
        each by itself where that is too many, as the client asks."""
        found: list[PosItem] = []
        wanted = sorted({text for text in texts if len(text.strip()) > 2})
        for start in range(0, len(wanted), 15):
            hits = {text: self._saying(text) for text in wanted[start : start + 15]}
            together_ = {item.item_id: item for some in hits.values() for item in some}
            few = len(together_) < 100 * WORD_PAGES
            lists = [list(together_.values())] if few else list(hits.values())
            for some in lists:
                found += sorted(some, key=lambda item: -int(item.item_id))[: 100 * WORD_PAGES]
        return together(found)

    def _saying(self, text: str) -> list[PosItem]:
        rarest: Sequence[PosItem] = min(
            (self._by_word.get(word, []) for word in text.casefold().split()), key=len, default=[]
        )
        return [item for item in rarest if describes(item.description, text)]


def _found(index: dict[str, list[PosItem]], values: Iterable[Any]) -> list[PosItem]:
    return together(item for value in dict.fromkeys(values) for item in index.get(value, ()))


def match_all(
    variants: Sequence[Variant], items: Sequence[PosItem], links: Mapping[tuple[str, str, str], Link]
) -> list[Match]:
    """Index what was looked up, then match: the whole of the work, for the clock."""
    return match(variants, catalogue_of(variants, items, links))


def catalogue_of(
    variants: Sequence[Variant], items: Sequence[PosItem], links: Mapping[tuple[str, str, str], Link]
) -> Catalogue:
    """The index that matching these variants needs."""
    return Catalogue.of(items, links, wanted_keys(variants))


def match_in(variants: Sequence[Variant], catalogue: Catalogue) -> list[Match]:
    """Match against an index that is there."""
    return match(variants, catalogue)


def with_candidates(matches: Sequence[Match], catalogue: Catalogue, vendor_id: str) -> list[Match]:
    """Candidates by resemblance for what became new items."""
    return offer(matches, catalogue, BrandInPos(frozenset({vendor_id}), frozenset()), token_set_ratio)
