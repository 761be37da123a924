"""What was looked up in the POS for some variants, archived records included, indexed by the codes that items hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nuorder_pos.domain.codes import Code, read_code, spellings
from nuorder_pos.domain.gtin import canonical
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was looked up in the POS, archived records included.

    ``items`` by item id; ``links`` by variant identity. Items are found by code through ``holders``.
    """

    items: Mapping[str, PosItem]
    links: Mapping[tuple[str, str, str], Link] = field(default_factory=dict)
    by_code: Mapping[str, tuple[PosItem, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, items: Iterable[PosItem], links: Mapping[tuple[str, str, str], Link] | None = None
    ) -> Catalogue:
        """Index items by every code they hold, in canonical form where it is valid."""
        known = {item.item_id: item for item in items}
        index: dict[str, dict[str, PosItem]] = {}
        for item in known.values():
            for code in (item.upc, item.ean):
                for key in {code, canonical(code) or _lenient_canonical(code)} - {""}:
                    index.setdefault(key, {})[item.item_id] = item
        return cls(
            known,
            links or {},
            {key: tuple(sorted(found.values(), key=_by_id)) for key, found in index.items()},
        )

    def holders(self, code: Code) -> tuple[PosItem, ...]:
        """Every item that holds this code in any spelling, in the order of their ids."""
        keys = dict.fromkeys(k for k in (code.gtin, code.text, *spellings(code)) if k)
        found = {item.item_id: item for key in keys for item in self.by_code.get(key, ())}
        return tuple(sorted(found.values(), key=_by_id))


def _lenient_canonical(code: str) -> str:
    """The GTIN of a code that the POS holds without its leading zeros."""
    return canonical(code.zfill(12)) if code.isdigit() and 6 <= len(code) < 12 else ""


def _by_id(item: PosItem) -> tuple[int, str]:
    return (len(item.item_id), item.item_id)


def codes_to_look_up(variants: Iterable[Variant]) -> list[str]:
    """The distinct codes, in every spelling, that must be looked up for these variants."""
    return list(dict.fromkeys(s for v in variants for s in spellings(read_code(v.upc))))
