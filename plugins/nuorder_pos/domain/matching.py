"""Match ordered variants against the POS: an ordered ladder of named rules. Ambiguity is a result, never a guess.

Pure: it is given what was looked up, and gives back statuses, warnings and questions. Rules, first that holds wins:
the saved link (Confirmed), the code on a live POS item (UPC match), else a new item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from nuorder_pos.domain.catalogue import Catalogue, _lenient_canonical
from nuorder_pos.domain.codes import Code, read_code
from nuorder_pos.domain.gtin import canonical
from nuorder_pos.domain.match_data import NEW, SAME_AS, Candidate, Choice, Match, Question, Status, Warn
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem


def match(variants: Sequence[Variant], catalogue: Catalogue) -> list[Match]:
    """Match every variant by itself, then look at what several of them have in common."""
    return _across([_match_one(variant, catalogue) for variant in variants])


def _match_one(variant: Variant, catalogue: Catalogue) -> Match:
    code = read_code(variant.upc)
    found = catalogue.holders(code)
    live = tuple(item for item in found if not item.archived)
    base = Match(variant, code, Status.NEW_ITEM, warnings=_code_warnings(code))
    for rule in (_by_link, _by_code, _as_new):
        outcome = rule(base, catalogue, live, tuple(item for item in found if item.archived))
        if outcome is not None:
            return outcome
    raise AssertionError("the last rule always holds")


def _code_warnings(code: Code) -> tuple[Warn, ...]:
    if not code.text:
        return (Warn("missing_upc", "The brand gave no UPC."),)
    if code.problem:
        mend = f" Meant may be {code.repair}." if code.repair else ""
        return (Warn("invalid_upc", f"The UPC {code.text} is not valid: {code.problem}.{mend}"),)
    return ()


def _by_link(
    base: Match, catalogue: Catalogue, live: tuple[PosItem, ...], archived: tuple[PosItem, ...]
) -> Match | None:
    link = catalogue.links.get(base.variant.identity)
    if link is None:
        return None
    linked = catalogue.items.get(link.item_id)
    if linked is None or linked.archived:
        why = "is archived" if linked is not None else "is gone (deleted or merged)"
        broken = Warn("link_broken", f"The POS item {link.item_id} that this was linked to {why}.")
        return _next_rule(replace(base, warnings=(*base.warnings, broken)), catalogue, live, archived)
    confirmed = replace(base, status=Status.CONFIRMED, item=linked, link=link)
    others = tuple(item for item in live if item.item_id != linked.item_id)
    if others and linked not in live and link.origin != "choice":
        choices = (*tuple(_choice(item) for item in (linked, *others)), _choice_new())
        asked = Question(
            "link_conflict",
            f"The saved link names POS item {linked.item_id}, the UPC is held by {_names(others)}. Which one is it?",
            choices,
            base.variant.line,
        )
        candidates = (
            Candidate(linked, "linked in an earlier export"),
            *(Candidate(i, "holds the UPC") for i in others),
        )
        return replace(confirmed, item=None, questions=(asked,), candidates=candidates)
    return confirmed


def _next_rule(
    base: Match, catalogue: Catalogue, live: tuple[PosItem, ...], archived: tuple[PosItem, ...]
) -> Match | None:
    return _by_code(base, catalogue, live, archived) or _as_new(base, catalogue, live, archived)


def _by_code(
    base: Match, _catalogue: Catalogue, live: tuple[PosItem, ...], _archived: tuple[PosItem, ...]
) -> Match | None:
    if not live:
        return None
    if len(live) > 1:
        asked = Question(
            "duplicate_upc",
            f"{len(live)} POS items hold the UPC {base.code.text}: {_names(live)}. Which one is it?",
            (*tuple(_choice(item) for item in live), _choice_new()),
            base.variant.line,
        )
        return replace(
            base,
            status=Status.UPC_MATCH,
            questions=(asked,),
            candidates=tuple(Candidate(item, _where(base.code, item)) for item in live),
        )
    item = live[0]
    return replace(
        base, status=Status.UPC_MATCH, item=item, warnings=(*base.warnings, *_spelling(base.code, item))
    )


def _as_new(
    base: Match, _catalogue: Catalogue, _live: tuple[PosItem, ...], archived: tuple[PosItem, ...]
) -> Match | None:
    if archived:
        choices = tuple(
            Choice(i.item_id, f"un-archive and use item {i.item_id}, {i.description}") for i in archived
        )
        asked = Question(
            "archived_upc",
            f"The UPC {base.code.text} is held by an archived POS item only ({_names(archived)}). "
            "Use that item, or create a new one without the code?",
            (*choices, Choice(NEW, "create a new item without the code")),
            base.variant.line,
        )
        candidates = tuple(Candidate(item, "archived, holds the UPC") for item in archived)
        return replace(base, questions=(asked,), candidates=candidates)
    return replace(base, may_carry_code=base.code.writable)


def _spelling(code: Code, item: PosItem) -> tuple[Warn, ...]:
    if code.text == item.upc:
        return ()
    if code.text == item.ean:
        return (
            Warn("ean_match", f"The code {code.text} was found in the EAN field of POS item {item.item_id}."),
        )
    held = item.upc if read_same(code, item.upc) else item.ean
    found = Warn(
        "gtin_variant", f"POS item {item.item_id} writes the code as {held}: the same article number."
    )
    if held == item.ean and held != item.upc:
        return (Warn("ean_match", f"The code was found in the EAN field of POS item {item.item_id}."), found)
    return (found,)


def read_same(code: Code, held: str) -> bool:
    """Whether ``held`` writes the same article number as ``code``."""
    return held == code.text or bool(code.gtin and code.gtin in (canonical(held), _lenient_canonical(held)))


def _where(code: Code, item: PosItem) -> str:
    return "holds the UPC" if read_same(code, item.upc) else "holds the code in its EAN field"


def _names(items: Iterable[PosItem]) -> str:
    return ", ".join(f"{item.item_id} {item.description}".strip() for item in items)


def _choice(item: PosItem) -> Choice:
    sku = f", SKU {item.custom_sku or item.system_sku}" if item.custom_sku or item.system_sku else ""
    return Choice(item.item_id, f"use item {item.item_id}, {item.description}{sku}")


def _choice_new() -> Choice:
    return Choice(NEW, "create a new item in the POS (without the code, which another item holds)")


def _across(matches: list[Match]) -> list[Match]:
    """Questions and warnings that only show when the rows are seen together."""
    by_code: dict[str, list[int]] = {}
    by_item: dict[str, list[int]] = {}
    for place, found in enumerate(matches):
        if found.code.text and found.variant.quantity:
            by_code.setdefault(found.code.gtin or found.code.text, []).append(place)
        if found.item is not None and found.variant.quantity:
            by_item.setdefault(found.item.item_id, []).append(place)
    for places in by_code.values():
        if len({matches[place].variant.identity for place in places}) > 1:
            _ask_duplicates(matches, places)
    for item_id, places in by_item.items():
        if len(places) > 1:
            lines = ", ".join(matches[place].variant.line for place in places)
            shared = Warn("same_item", f"Lines {lines} meet the same POS item {item_id}.")
            for place in places:
                matches[place] = replace(matches[place], warnings=(*matches[place].warnings, shared))
    return matches


def _ask_duplicates(matches: list[Match], places: list[int]) -> None:
    """Two different variants carry one code: a mistake of the brand, or one article twice."""
    first = matches[places[0]].variant
    lines = ", ".join(matches[place].variant.line for place in places)
    for place in places:
        found = matches[place]
        if any(q.line for q in found.questions):
            continue
        used = (
            (Choice(found.item.item_id, f"use item {found.item.item_id}, {found.item.description}"),)
            if found.item
            else ()
        )
        same = (
            (Choice(SAME_AS + first.line, f"the same article as line {first.line}"),)
            if place != places[0] and not used
            else ()
        )
        new = Choice(NEW, "create a new item of its own")
        asked = Question(
            "duplicate_in_order",
            f"Lines {lines} are different variants with the same UPC {found.code.text}. What is line {found.variant.line}?",
            (*used, *same, new),
            found.variant.line,
        )
        candidates = found.candidates or tuple(
            Candidate(i, "holds the UPC") for i in (found.item,) if i is not None
        )
        matches[place] = replace(
            found, questions=(*found.questions, asked), candidates=candidates, may_carry_code=False
        )


def cost_warning(item: PosItem, unit_cost: Decimal) -> tuple[Warn, ...]:
    """Old and new, where the order's unit cost is not the item's default cost. The item keeps its cost."""
    old = item.default_cost
    if old is None or old == 0 or old == unit_cost:
        return ()
    return (
        Warn(
            "cost_change", f"Cost {plain(unit_cost)} in the order, {plain(old)} on the POS item (it stays)."
        ),
    )
