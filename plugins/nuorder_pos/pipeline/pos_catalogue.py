"""What matching needs to know of the POS, for one order or for all orders of a run together.

Asked for in rounds, because what one round finds decides what the next one asks: codes and saved links first, then,
for what they do not find, the other places that may hold a code or lead to the article.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nuorder_pos.domain.catalogue import Catalogue, case_codes_of, codes_to_look_up
from nuorder_pos.domain.codes import read_code
from nuorder_pos.domain.evidence import same_attributes
from nuorder_pos.domain.match_data import Link, Match, by_style
from nuorder_pos.domain.matching import match
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pool import Kin
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.resemblance import wants_candidates
from nuorder_pos.pipeline.lookups import Lookups, together
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import links
from nuorder_pos.store.links import ARCHIVED, GONE

NONE = frozenset({"", "0"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The variants of one order. ``known_ids``: items that a report of it rests on and that neither their code nor a
    link leads to; with them nothing new is searched for, only what the report rests on is looked at again."""

    brand: str
    in_pos: BrandInPos
    variants: Sequence[Variant]
    look_in: Collection[str]
    known_ids: Collection[str] | None = None


@dataclass(slots=True)
class Found:
    """What is known for one order: items, the brand's links, and the live matrices of each style with their sets."""

    wanted: Wanted
    links: list[Link]
    items: list[PosItem] = field(default_factory=list)
    matrices: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """The items, indexed, with the links by variant."""
        return Catalogue.of(self.items, {link.identity: link for link in self.links})

    def add(self, items: Iterable[PosItem]) -> None:
        """Take over what another round found."""
        self.items = together(self.items, items)


def look_up(work: Work, lookups: Lookups, orders: Sequence[Wanted]) -> list[Found]:
    """Look up what all these orders need, each value once, and give it order by order."""
    found = [Found(one, _links(work, one)) for one in orders]
    _codes(lookups, found)
    matched = [match(one.wanted.variants, one.catalogue, one.wanted.in_pos) for one in found]
    searching = [
        (one, lines) for one, lines in zip(found, matched, strict=True) if one.wanted.known_ids is None
    ]
    if searching:
        _note_trouble(work, [one for one, _ in searching])
        _elsewhere(lookups, searching)
        # What was found there is a match too, and its matrix one of the style's.
        matched = [match(one.wanted.variants, one.catalogue, one.wanted.in_pos) for one in found]
    _matrices(lookups, found, matched)
    _stock(lookups, found, matched)
    return found


def _links(work: Work, one: Wanted) -> list[Link]:
    styles = {variant.style_key for variant in one.variants}
    codes = (read_code(variant.upc) for variant in one.variants)
    return links.for_variants(
        work.engine, work.pos.account_id, one.brand, styles, {code.gtin for code in codes if code.valid}
    )


def _codes(lookups: Lookups, found: Sequence[Found]) -> None:
    """Every code in the UPC and EAN fields, and every item that a link of a variant, or of its code, leads to."""
    texts = [codes_to_look_up(one.wanted.variants) for one in found]
    by_code = _by_code(lookups.by_code(text for listed in texts for text in listed))
    linked = [_linked_ids(one) for one in found]
    by_id = {item.item_id: item for item in lookups.by_id(i for some in linked for i in some)}
    known = [set(one.wanted.known_ids or ()) for one in found]
    by_id |= {item.item_id: item for item in lookups.numbered(i for some in known for i in some)}
    for one, listed, *ids in zip(found, texts, linked, known, strict=True):
        one.add(item for text in listed for item in by_code.get(text, ()))
        one.add(by_id[item_id] for some in ids for item_id in some if item_id in by_id)


def _linked_ids(one: Found) -> set[str]:
    identities = {variant.identity for variant in one.wanted.variants}
    codes = {read_code(variant.upc).gtin for variant in one.wanted.variants} - {""}
    return {link.item_id for link in one.links if link.identity in identities or link.gtin in codes}


def _by_code(items: Iterable[PosItem]) -> dict[str, list[PosItem]]:
    held: dict[str, list[PosItem]] = {}
    for item in items:
        for code in {item.upc, item.ean} - {""}:
            held.setdefault(code, []).append(item)
    return held


def _note_trouble(work: Work, found: Sequence[Found]) -> None:
    """Keep with the links what the POS says about their items, so that broken ones can be listed."""
    seen: dict[str, str] = {}
    for one in found:
        known = {item.item_id: item for item in one.items}
        for item_id in _linked_ids(one):
            item = known.get(item_id)
            seen[item_id] = GONE if item is None else ARCHIVED if item.archived else ""
    if seen:
        links.note_trouble(work.engine, work.pos.account_id, seen)


def _elsewhere(lookups: Lookups, orders: Sequence[tuple[Found, Sequence[Match]]]) -> None:
    """For lines without a certain item: other fields that may hold the code, case codes, and what resembles. Also the
    style of items whose colour or size is not the order's in so many words: another item may be the one."""
    lines = [[m.variant for m in matched if wants_candidates(m)] for _, matched in orders]
    unsure = [_styles_of_siblings(matched) for _, matched in orders]
    cases = [[code for variant in wanted for code in case_codes_of(variant)] for wanted in lines]
    by_code = lookups.by_code(code for some in cases for code in some)
    skus, numbers, names = [], [], []
    for (one, matched), wanted, doubted in zip(orders, lines, unsure, strict=True):
        codes = [text for text in codes_to_look_up(wanted) if len(text) >= 11]
        known = bool(one.wanted.in_pos.vendor_ids or one.wanted.in_pos.manufacturer_ids)
        look_in = one.wanted.look_in
        styles = [*(v.style_number for v in wanted), *doubted] if known else []
        skus += [*codes, *styles] if "sku" in look_in else []
        numbers += [*codes, *(v.brand_ref for v in wanted if known)] if "vendor_id" in look_in else []
        names += (
            [*_texts_of(wanted), *_shop_words(one, matched)] if "description" in look_in and known else []
        )
    items = together(
        by_code, lookups.by_sku(skus), lookups.by_vendor_number(numbers), lookups.described(names)
    )
    for (one, _), wanted, doubted in zip(orders, lines, unsure, strict=True):
        if wanted or doubted:
            # All of them: which of these items say something about which line is for the matching to find.
            one.add(
                item for item in items if one.wanted.in_pos.has(item) is not False or _holds(item, wanted)
            )


def _texts_of(wanted: Sequence[Variant]) -> list[str]:
    """What descriptions are searched for: the names, and their first telling word where no valid code speaks for a line.
    A shop's own words for an article mostly keep that one."""
    texts = [v.name for v in wanted]
    for variant in wanted:
        telling = [part for part in variant.name.split() if len(part) > 3]
        if telling and not read_code(variant.upc).valid:
            texts.append(telling[0])
    return texts


def _shop_words(one: Found, matched: Sequence[Match]) -> list[str]:
    """How the shop describes styles that have open lines, by their other items."""
    styles = by_style(matched)
    catalogue = one.catalogue
    phrases = (
        Kin.of(style, lines, catalogue).phrase
        for style, lines in styles.items()
        if any(map(wants_candidates, lines))
    )
    return [phrase for phrase in phrases if phrase]


def _styles_of_siblings(matched: Sequence[Match]) -> list[str]:
    """Style numbers of lines whose item is not sure, and the manufacturer SKUs that the POS has for styles with open
    lines: other items of the style have them too."""
    open_styles = {m.variant.style_key for m in matched if wants_candidates(m)}
    skus = [
        m.item.manufacturer_sku for m in matched if m.item is not None and m.variant.style_key in open_styles
    ]
    return [*(m.variant.style_number for m in matched if _unsure(m)), *skus]


def _unsure(found: Match) -> bool:
    """Whether a line has its item by the code alone, and the item states another colour or size, or none."""
    by_code = found.item is not None and found.rule in ("code", "code_elsewhere")
    return by_code and found.item is not None and not same_attributes(found.variant, found.item)


def _holds(item: PosItem, wanted: Sequence[Variant]) -> bool:
    texts = {*codes_to_look_up(wanted), *(code for variant in wanted for code in case_codes_of(variant))}
    held = {
        item.upc,
        item.ean,
        item.custom_sku,
        item.manufacturer_sku,
        *(number for _, number in item.vendor_numbers),
    }
    return bool(held & texts)


def _matrices(lookups: Lookups, found: Sequence[Found], matched: Sequence[Sequence[Match]]) -> None:
    """The matrices that a style with new lines is in, if they are live, and all their items."""
    ids_by_order = [_style_matrices(one, lines) for one, lines in zip(found, matched, strict=True)]
    ids = {matrix for styles in ids_by_order for listed in styles.values() for matrix in listed}
    live = {m.matrix_id: m for m in lookups.matrices(ids) if not m.archived}
    members: dict[str, list[PosItem]] = {}
    for item in lookups.in_matrices(live):
        members.setdefault(item.matrix_id, []).append(item)
    for one, styles in zip(found, ids_by_order, strict=True):
        for style, listed in styles.items():
            there = {matrix: live[matrix].attribute_set_id for matrix in listed if matrix in live}
            if there:
                one.matrices[style] = there
                one.add(item for matrix in there for item in members.get(matrix, ()))


def _style_matrices(one: Found, lines: Sequence[Match]) -> dict[str, list[str]]:
    """The matrices of each style that has a new line: of its links and of its matched items."""
    styles = {m.variant.style_key for m in lines if wants_candidates(m) or _unsure(m)}
    found: dict[str, set[str]] = {style: set() for style in styles}
    for link in one.links:
        if link.identity[0] in styles:
            found[link.identity[0]].add(link.matrix_id)
    for m in lines:
        if m.item is not None and m.variant.style_key in styles:
            found[m.variant.style_key].add(m.item.matrix_id)
    return {style: sorted(ids - NONE) for style, ids in sorted(found.items()) if ids - NONE}


def _stock(lookups: Lookups, found: Sequence[Found], matched: Sequence[Sequence[Match]]) -> None:
    """Stock and vendor ids of the items between which a merchant has to choose."""
    ids = [{c.item.item_id for m in lines if m.rule == "several" for c in m.candidates} for lines in matched]
    items: Mapping[str, PosItem] = {i.item_id: i for i in lookups.stocked(i for some in ids for i in some)}
    for one, some in zip(found, ids, strict=True):
        one.add(items[item_id] for item_id in sorted(some) if item_id in items)
