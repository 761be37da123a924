"""Match ordered variants against the POS: an ordered ladder of named rules. Ambiguity is a result, never a guess.

Pure: it is given what was looked up, and gives back statuses, warnings and questions, each with a sentence for buyers.
The rules, first that holds wins: the saved link, the link that the code had under another name (both Confirmed), the
code on a live POS item (UPC match), else a new item. What only resembles is offered, never taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from nuorder_pos.domain.asking import (
    archived,
    conflicting,
    doubtful,
    link_or_code,
    several,
    where,
)
from nuorder_pos.domain.catalogue import Catalogue, Holder, Place, case_codes_of, further_codes
from nuorder_pos.domain.codes import Code, read_code
from nuorder_pos.domain.evidence import (
    contradiction,
    described_as_another,
    link_colors,
    link_sizes,
    linked_apart,
    same_attributes,
)
from nuorder_pos.domain.match_data import (
    Candidate,
    Link,
    Match,
    Status,
    Warn,
)
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.rows_together import across, doubted_by_siblings
from nuorder_pos.domain.vocabulary import Agreement


@dataclass(slots=True)
class _Seen:
    """What the rules look at: the variant, what it is so far, and who holds its code. Nothing changes it."""

    base: Match
    link: Link | None
    """The saved link of this very variant."""
    catalogue: Catalogue
    in_order: Collection[tuple[str, str, str]]
    """Identities of all variants of the order."""
    in_pos: BrandInPos
    live: tuple[Holder, ...]
    archived: tuple[Holder, ...]


def match(variants: Sequence[Variant], catalogue: Catalogue, in_pos: BrandInPos | None = None) -> list[Match]:
    """Match every variant by itself, then look at what several of them have in common.

    ``in_pos``: under which ids the POS knows the brand; without it nothing is doubted for being another brand's.
    """
    identities = [variant.identity for variant in variants]
    in_order = set(identities)
    brand = in_pos or BrandInPos()
    matches = [
        _match_one(variant, identity, catalogue, in_order, brand)
        for variant, identity in zip(variants, identities, strict=True)
    ]
    return across(doubted_by_siblings(matches, brand))


def _plainly_held(
    variant: Variant, code: Code, held: Sequence[Holder], link: Link | None, catalogue: Catalogue
) -> Match | None:
    """What the rules say of the commonest variant, in one step: no saved link knows it or its code, and the code stands
    as it is in the UPC of one live item, which has the variant's own colour and size."""
    if link is not None or len(held) != 1 or code.problem or code.content or catalogue.links_with(code.gtin):
        return None
    item, place, text = held[0]
    if place is not Place.UPC or text != code.text or item.archived or not same_attributes(variant, item):
        return None
    return Match(variant, code, Status.UPC_MATCH, "code", _why_held(code, held[0]), item)


def _match_one(
    variant: Variant,
    identity: tuple[str, str, str],
    catalogue: Catalogue,
    in_order: Collection[tuple[str, str, str]],
    in_pos: BrandInPos,
) -> Match:
    code = read_code(variant.upc)
    held = catalogue.holders(code)
    link = catalogue.links.get(identity)
    if plain := _plainly_held(variant, code, held, link, catalogue):
        return plain
    seen = _Seen(
        Match(variant, code, Status.NEW_ITEM, warnings=_code_warnings(code) + _case_warning(variant, code)),
        link,
        catalogue,
        in_order,
        in_pos,
        tuple([one for one in held if not one.item.archived]),
        tuple([one for one in held if one.item.archived]),
    )
    outcome = _by_link(seen) or _by_old_link(seen) or _by_code(seen) or _as_new(seen)
    return outcome if link is None or outcome.link is link else _with_broken_link(outcome, link, catalogue)


def _code_warnings(code: Code) -> tuple[Warn, ...]:
    if not code.text or code.nothing:
        return (Warn("missing_upc", "The brand gave no UPC."),)
    if code.problem:
        mend = f" It may be meant as {code.repair}." if code.repair else ""
        return (Warn("invalid_upc", f"The UPC {code.text[:40]} is not valid: {code.problem}.{mend}"),)
    return ()


# ---- saved links ----


def _by_link(seen: _Seen) -> Match | None:
    """The link of this very variant."""
    base, link = seen.base, seen.link
    if link is None:
        return None
    linked = seen.catalogue.items.get(link.item_id)
    if linked is None or linked.archived:
        return None  # ``_with_broken_link`` says so, whatever rule comes after this one
    others = tuple([o.item for o in seen.live if o.item.item_id != linked.item_id and o.place.strong])
    if others and link.origin != "choice" and all(o.item.item_id != linked.item_id for o in seen.live):
        return link_or_code(base, link, linked, others)
    return _confirmed(base, "link", linked, link, _why_linked(link, linked))


def _confirmed(base: Match, rule: str, item: PosItem, link: Link, why: str) -> Match:
    return Match(
        base.variant, base.code, Status.CONFIRMED, rule, why, item, warnings=base.warnings, link=link
    )


def _why_linked(link: Link, item: PosItem) -> str:
    how = {
        "choice": f"{link.made_by or 'a merchant'} chose it",
        "created": "an earlier export created it",
    }.get(link.origin, "an earlier export matched it by its UPC")
    on = f" on {link.made_at.date().isoformat()}" if link.made_at else ""
    return f"Linked to POS item {item.item_id}: {how}{on}."


def _by_old_link(seen: _Seen) -> Match | None:
    """The link that the same code had under another name: a renamed colour, a style carried over under a new number.

    Taken where all such links lead to one live item, no other item holds the code, and size and one of style and
    colour agree: a code that the brand gave to two articles by mistake must not lead to the first one's item.
    """
    base, variant = seen.base, seen.base.variant
    links = seen.catalogue.links_with(base.code.gtin)
    if not links or seen.link is not None or not base.code.valid:
        return None
    if len({link.item_id for link in links}) != 1 or any(link.identity in seen.in_order for link in links):
        return None
    linked = seen.catalogue.items.get(links[0].item_id)
    if linked is None or linked.archived or _contradiction(seen, linked):
        return None
    if any(one.place.strong and one.item.item_id != linked.item_id for one in seen.live):
        return None
    agreeing = [link for link in links if _same_article_renamed(variant, link)]
    if not agreeing:
        return None
    why = f"The same UPC was linked to POS item {linked.item_id} before, as {agreeing[0].words}."
    return _confirmed(base, "link_by_code", linked, agreeing[0], why)


def _same_article_renamed(variant: Variant, link: Link) -> bool:
    colors = link_colors(variant, link)
    if link_sizes(variant, link) is not Agreement.SAME or colors is Agreement.DIFFERENT:
        return False
    return link.identity[0] == variant.style_key or colors is Agreement.SAME


# ---- the code ----


def _by_code(seen: _Seen) -> Match | None:
    base, live = seen.base, seen.live
    if not live:
        return None
    strong = tuple([one for one in live if one.place.strong])
    if len(strong) > 1 or (not strong and len(live) > 1):
        return several(base, strong or live, seen.catalogue)
    if not strong and any(one.place.strong for one in seen.archived):
        return None  # the code itself is held by an archived item; the live one is a candidate beside it
    holder = live[0]
    doubt = (
        _other_reading(base.code, holder)
        or _contradiction(seen, holder.item)
        or _linked_as_another(seen, holder)
    )
    if doubt:
        return doubtful(base, holder, doubt)
    if linked := _linked_elsewhere(seen, holder):
        return conflicting(base, linked, seen.catalogue.items[linked.item_id], holder)
    if beside := _beside(seen, holder):
        return doubtful(base, holder, "another item has the very colour and size of the order", beside)
    return Match(
        base.variant,
        base.code,
        Status.UPC_MATCH,
        rule="code" if strong else "code_elsewhere",
        why=_why_held(base.code, holder),
        item=holder.item,
        warnings=(*base.warnings, *_spelling(base.code, holder), *_also_held(holder, live[1:])),
    )


def _why_held(code: Code, holder: Holder) -> str:
    if holder.place is Place.UPC and holder.text == code.text:
        return f"POS item {holder.item.item_id} has this UPC."
    written = "" if holder.text == code.text else f", written {holder.text}"
    return f"POS item {holder.item.item_id} has this code as its {holder.place.value}{written}."


def _spelling(code: Code, holder: Holder) -> tuple[Warn, ...]:
    item, said = holder.item, []
    if holder.place is Place.EAN:
        said.append(Warn("ean_match", f"The code is the EAN of POS item {item.item_id}, not its UPC."))
    elif not holder.place.strong:
        text = f"The code is the {holder.place.value} of POS item {item.item_id}, which has "
        said.append(Warn("sku_match", text + (f"the UPC {item.upc}." if item.upc else "no UPC of its own.")))
    if holder.text != code.text:
        text = f"POS item {item.item_id} writes the code as {holder.text}: the same article number."
        said.append(Warn("gtin_variant", text))
    return tuple(said)


def _also_held(holder: Holder, others: Sequence[Holder]) -> tuple[Warn, ...]:
    if not others:
        return ()
    named = "; ".join(
        f"{one.item.item_id} {one.item.description}".strip() + f" in its {one.place.value}" for one in others
    )
    text = f"Another POS item carries this code too ({named}); the one with the code as its {holder.place.value} is used."
    return (Warn("also_held", text),)


def _other_reading(code: Code, holder: Holder) -> str:
    """Whether the item has the same number only in the less likely reading of eight digits, as a clause, or nothing."""
    text = holder.text
    if text == code.text or not (code.also or len(text) == 8):
        return ""
    gtin = read_code(text).gtin if len(text) == 8 else text.zfill(14)
    if gtin == code.gtin:
        return ""
    eight = code.text if code.also else text
    return f"{eight} may be a short UPC or an EAN-8, and only one of the two is the same number"


def _contradiction(seen: _Seen, item: PosItem) -> str:
    variant = seen.base.variant
    if stated := contradiction(variant, item, described=False):
        return stated
    return described_as_another(variant, item) if seen.catalogue.tells_apart(item) else ""


def _linked_as_another(seen: _Seen, holder: Holder) -> str:
    """What a saved link of this code and item says, where that certainly is another size or colour, or where nothing of
    style, colour and size agrees."""
    variant = seen.base.variant
    for link in seen.catalogue.links_with(seen.base.code.gtin):
        if link.item_id != holder.item.item_id:
            continue
        other_style = link.identity[0] != variant.style_key
        strange = other_style and Agreement.SAME not in (
            link_colors(variant, link),
            link_sizes(variant, link),
        )
        if strange or linked_apart(variant, link):
            return f"it was linked as {link.words} before"
    return ""


def _linked_elsewhere(seen: _Seen, holder: Holder) -> Link | None:
    """A saved link of the same code, under another name, to another live item."""
    for link in seen.catalogue.links_with(seen.base.code.gtin):
        linked = seen.catalogue.items.get(link.item_id)
        if linked is None or linked.archived or linked.item_id == holder.item.item_id:
            continue
        if link.identity not in seen.in_order and not linked_apart(seen.base.variant, link):
            return link
    return None


def _beside(seen: _Seen, holder: Holder) -> list[PosItem]:
    """Other items of the holder's style that have the ordered colour and size, where the holder itself has not: two
    codes may have been exchanged."""
    variant = seen.base.variant
    if same_attributes(variant, holder.item):
        return []
    return [
        item
        for item in seen.catalogue.beside(holder.item)
        if not item.archived and same_attributes(variant, item)
    ]


# ---- what is not found ----


def _as_new(seen: _Seen) -> Match:
    base = seen.base
    strong = tuple([one for one in seen.archived if one.place.strong])
    if strong:
        return archived(base, strong, seen.live)
    return Match(
        base.variant,
        base.code,
        Status.NEW_ITEM,
        rule="new",
        why=_why_new(base.code, held=bool(seen.archived)),
        candidates=_offered_by_code(seen),
        warnings=base.warnings,
        may_carry_code=base.code.writable and not seen.archived,
    )


def _why_new(code: Code, *, held: bool) -> str:
    if not code.text or code.nothing:
        return "Without a UPC no POS item was found for certain."
    if code.problem:
        return "The UPC is not valid, and no POS item has it."
    return "No live POS item has this UPC." if held else "No POS item has this UPC."


def _offered_by_code(seen: _Seen) -> tuple[Candidate, ...]:
    """Items that a repair of the code, the content of a case, a case of the article or an archived holder leads to."""
    code = seen.base.code
    offered: dict[str, Candidate] = {}
    for further in further_codes(code):
        for one in seen.catalogue.holders(further):
            if contradiction(seen.base.variant, one.item):
                continue
            reason = (
                f"has {further.text.lstrip('0').zfill(12)}, the single article in the case {code.text}"
                if code.valid
                else f"has {further.text}, which the brand may have meant by {code.text[:40]}"
            )
            offered.setdefault(
                one.item.item_id, Candidate(one.item, f"{'archived; ' * one.item.archived}{reason}")
            )
    for text in case_codes_of(seen.base.variant):
        for one in seen.catalogue.holders(read_code(text)):
            if not contradiction(seen.base.variant, one.item):
                reason = f"{'archived; ' * one.item.archived}has {text}, the code of a case of this article"
                offered.setdefault(one.item.item_id, Candidate(one.item, reason))
    for one in seen.archived:
        offered.setdefault(one.item.item_id, Candidate(one.item, f"archived; {where(one)}"))
    return tuple(offered.values())


def _case_warning(variant: Variant, code: Code) -> tuple[Warn, ...]:
    packed = variant.units_per_pack
    if not code.content:
        return ()
    single = code.content.lstrip("0").zfill(12)
    many = f"with {packed} pieces" if packed > 1 else "with a number of pieces that the order does not say"
    return (Warn("case_code", f"{code.text} is the code of a case of article {single}, {many}."),)


def _with_broken_link(found: Match, link: Link, catalogue: Catalogue) -> Match:
    """Say that the saved link leads nowhere, whatever was found instead; an archived item is offered."""
    linked = catalogue.items.get(link.item_id)
    why = "is archived" if linked is not None else "is gone (deleted or merged)"
    heal = ""
    if found.item is not None:
        heal = f" Item {found.item.item_id} takes its place."
    broken = Warn("link_broken", f"The POS item {link.item_id} that this was linked to {why}.{heal}")
    offered = found.candidates
    if linked is not None and found.item is None and all(c.item is not linked for c in offered):
        offered = (*offered, Candidate(linked, "archived; linked in an earlier export"))
    return replace(found, warnings=(*found.warnings, broken), candidates=offered)


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
