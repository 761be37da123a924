"""Match ordered variants against the POS: an ordered ladder of named rules. Ambiguity is a result, never a guess.

Pure: it is given what was looked up, and gives back statuses, warnings and questions, each with a sentence for buyers.
The rules, first that holds wins: the saved link, the link that the code had under another name (both Confirmed), the
code on a live POS item (UPC match), else a new item. What only resembles is offered, never taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from nuorder_pos.domain.catalogue import Catalogue, Holder, Place, further_codes
from nuorder_pos.domain.codes import Code, read_code
from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.evidence import contradiction, has_size, same_attributes
from nuorder_pos.domain.likely import most_likely
from nuorder_pos.domain.match_data import (
    NEW,
    SAME_AS,
    Candidate,
    Choice,
    Link,
    Match,
    Question,
    Status,
    Warn,
)
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rules look at: the variant, what it is so far, and who holds its code."""

    base: Match
    catalogue: Catalogue
    in_order: Collection[tuple[str, str, str]]
    """Identities of all variants of the order."""
    live: tuple[Holder, ...]
    archived: tuple[Holder, ...]


def match(variants: Sequence[Variant], catalogue: Catalogue) -> list[Match]:
    """Match every variant by itself, then look at what several of them have in common."""
    in_order = {variant.identity for variant in variants}
    return _across([_match_one(variant, catalogue, in_order) for variant in variants])


def _match_one(variant: Variant, catalogue: Catalogue, in_order: Collection[tuple[str, str, str]]) -> Match:
    code = read_code(variant.upc)
    held = catalogue.holders(code)
    base = Match(variant, code, Status.NEW_ITEM, warnings=_code_warnings(code))
    seen = _Seen(
        base,
        catalogue,
        in_order,
        tuple([one for one in held if not one.item.archived]),
        tuple([one for one in held if one.item.archived]),
    )
    outcome = next((found for rule in RULES if (found := rule(seen)) is not None), None) or _as_new(seen)
    return _with_broken_link(outcome, catalogue) if catalogue.links else outcome


def _code_warnings(code: Code) -> tuple[Warn, ...]:
    if not code.text or code.nothing:
        return (Warn("missing_upc", "The brand gave no UPC."),)
    if code.problem:
        mend = f" Meant may be {code.repair}." if code.repair else ""
        return (Warn("invalid_upc", f"The UPC {code.text[:40]} is not valid: {code.problem}.{mend}"),)
    return ()


# ---- saved links ----


def _by_link(seen: _Seen) -> Match | None:
    """The link of this very variant."""
    base, link = seen.base, seen.catalogue.links.get(seen.base.variant.identity)
    if link is None:
        return None
    linked = seen.catalogue.items.get(link.item_id)
    if linked is None or linked.archived:
        return None  # ``_with_broken_link`` says so, whatever rule comes after this one
    others = tuple(one.item for one in seen.live if one.place.strong and one.item.item_id != linked.item_id)
    holds = any(one.item.item_id == linked.item_id for one in seen.live)
    if others and not holds and link.origin != "choice":
        choices = (*tuple(_choice(item) for item in (linked, *others)), _choice_new())
        asked = Question(
            "link_conflict",
            f"The saved link names POS item {linked.item_id}, the UPC is held by {_names(others)}. Which one is it?",
            choices,
            base.variant.line,
        )
        candidates = (
            Candidate(linked, "linked in an earlier export"),
            *(Candidate(item, "holds the UPC") for item in others),
        )
        return replace(
            base,
            status=Status.CONFIRMED,
            rule="link",
            link=link,
            questions=(asked,),
            candidates=candidates,
            why="The saved link and the UPC name different POS items.",
        )
    return replace(
        base, status=Status.CONFIRMED, rule="link", item=linked, link=link, why=_why_linked(link, linked)
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
    if not base.code.valid or variant.identity in seen.catalogue.links:
        return None
    links = seen.catalogue.links_with(base.code.gtin)
    if len({link.item_id for link in links}) != 1 or any(link.identity in seen.in_order for link in links):
        return None
    linked = seen.catalogue.items.get(links[0].item_id)
    if linked is None or linked.archived or contradiction(variant, linked):
        return None
    if any(one.place.strong and one.item.item_id != linked.item_id for one in seen.live):
        return None
    agreeing = [link for link in links if _same_article_renamed(variant, link)]
    if not agreeing:
        return None
    why = f"The same UPC was linked to POS item {linked.item_id} before, as {_as_linked(agreeing[0])}."
    return replace(base, status=Status.CONFIRMED, rule="link_by_code", item=linked, link=agreeing[0], why=why)


def _same_article_renamed(variant: Variant, link: Link) -> bool:
    style, color, size = link.identity
    no_size = not has_size(variant) and size in ("", "default")
    if not no_size and compare_sizes(variant.size, size) is not Agreement.SAME:
        return False
    colors = compare_colors(variant.color, color) if variant.color and color else Agreement.UNKNOWN
    if colors is Agreement.DIFFERENT:
        return False
    return style == variant.style_key or colors is Agreement.SAME


# ---- the code ----


def _by_code(seen: _Seen) -> Match | None:
    base, live = seen.base, seen.live
    strong = tuple([one for one in live if one.place.strong])
    if len(strong) > 1 or (not strong and len(live) > 1):
        return _several(seen, strong or live)
    if not strong and any(one.place.strong for one in seen.archived):
        return None  # the code itself is held by an archived item; the live one is a candidate beside it
    if not live:
        return None
    holder = live[0]
    if doubt := contradiction(base.variant, holder.item) or _linked_as_another(seen, holder):
        return _doubtful(seen, holder, doubt)
    if linked := _linked_elsewhere(seen, holder):
        return _conflict_of_old_link(seen, linked, holder)
    if beside := _beside(seen, holder):
        return _doubtful(seen, holder, "another item has the very colour and size of the order", beside)
    return replace(
        base,
        status=Status.UPC_MATCH,
        rule="code" if holder.place.strong else "code_elsewhere",
        item=holder.item,
        warnings=(*base.warnings, *_spelling(base.code, holder), *_also_held(holder, live[1:])),
        why=_why_held(base.code, holder),
    )


def _why_held(code: Code, holder: Holder) -> str:
    if holder.place is Place.UPC and holder.text == code.text:
        return f"POS item {holder.item.item_id} has this UPC."
    written = "" if holder.text == code.text else f", written {holder.text}"
    return f"POS item {holder.item.item_id} has this code in its field {holder.place.value}{written}."


def _spelling(code: Code, holder: Holder) -> tuple[Warn, ...]:
    item, said = holder.item, []
    if holder.place is Place.EAN:
        said.append(Warn("ean_match", f"The code was found in the EAN field of POS item {item.item_id}."))
    elif not holder.place.strong:
        text = f"The code was found in the field {holder.place.value} of POS item {item.item_id}, which has "
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


def _several(seen: _Seen, holders: Sequence[Holder]) -> Match:
    base = seen.base
    likely, because = most_likely(base.variant, holders, seen.catalogue)
    items = [one.item for one in holders]
    hint = f" Most likely {likely.item_id}: {because}." if likely is not None else ""
    asked = Question(
        "duplicate_upc",
        f"{len(items)} POS items hold the UPC {base.code.text}: {_names(items)}. Which one is it?{hint}",
        (*tuple(_choice(item) for item in items), _choice_new()),
        base.variant.line,
    )
    return replace(
        base,
        status=Status.UPC_MATCH,
        rule="several",
        questions=(asked,),
        candidates=tuple(
            Candidate(
                one.item,
                f"{_where(one)}; {because}" if one.item is likely else _where(one),
                likely=one.item is likely,
            )
            for one in holders
        ),
        why=f"{len(items)} POS items have this code.",
    )


def _linked_as_another(seen: _Seen, holder: Holder) -> str:
    """What a saved link of this code and item says, where that certainly is another size or colour."""
    for link in seen.catalogue.links_with(seen.base.code.gtin):
        if link.item_id == holder.item.item_id and _apart(seen.base.variant, link):
            return f"it was linked as {_as_linked(link)} before"
    return ""


def _linked_elsewhere(seen: _Seen, holder: Holder) -> Link | None:
    """A saved link of the same code, under another name, to another live item."""
    for link in seen.catalogue.links_with(seen.base.code.gtin):
        linked = seen.catalogue.items.get(link.item_id)
        if linked is None or linked.archived or linked.item_id == holder.item.item_id:
            continue
        if link.identity not in seen.in_order and not _apart(seen.base.variant, link):
            return link
    return None


def _conflict_of_old_link(seen: _Seen, link: Link, holder: Holder) -> Match:
    base, linked, item = seen.base, seen.catalogue.items[link.item_id], holder.item
    asked = Question(
        "link_conflict",
        f"The UPC {base.code.text} was linked to POS item {linked.item_id} {linked.description} before, as {_as_linked(link)}; "
        f"POS item {item.item_id} {item.description} holds it now. Which one is it?",
        (_choice(linked), _choice(item), _choice_new()),
        base.variant.line,
    )
    return replace(
        base,
        status=Status.UPC_MATCH,
        rule="link_conflict",
        questions=(asked,),
        candidates=(
            Candidate(linked, f"linked before, as {_as_linked(link)}"),
            Candidate(item, _where(holder)),
        ),
        why="An earlier link of this UPC and the POS item that holds it are different items.",
    )


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


def _apart(variant: Variant, link: Link) -> bool:
    """Whether a link's variant certainly has another size or colour."""
    _, color, size = link.identity
    sizes = compare_sizes(variant.size, size) if has_size(variant) and size else Agreement.UNKNOWN
    colors = compare_colors(variant.color, color) if variant.color and color else Agreement.UNKNOWN
    return Agreement.DIFFERENT in (sizes, colors)


def _as_linked(link: Link) -> str:
    return ", ".join(part for part in link.identity if part)


def _doubtful(seen: _Seen, holder: Holder, doubt: str, beside: Sequence[PosItem] = ()) -> Match:
    base, item = seen.base, holder.item
    asked = Question(
        "upc_doubtful",
        f"POS item {item.item_id} {item.description} has the UPC {base.code.text}, but {doubt}. Is it that item?",
        (_choice(item), *map(_choice, beside), _choice_new()),
        base.variant.line,
    )
    return replace(
        base,
        status=Status.UPC_MATCH,
        rule="doubtful",
        questions=(asked,),
        candidates=(
            Candidate(item, f"{_where(holder)}, but {doubt}"),
            *(Candidate(one, "has the colour and size of the order, but another code") for one in beside),
        ),
        why=f"POS item {item.item_id} has this UPC, but {doubt}.",
    )


RULES: tuple[Callable[[_Seen], Match | None], ...] = (_by_link, _by_old_link, _by_code)


# ---- what is not found ----


def _as_new(seen: _Seen) -> Match:
    base = replace(seen.base, rule="new")
    strong = tuple(one for one in seen.archived if one.place.strong)
    if strong:
        return _archived(seen, base, strong)
    offered = _offered_by_code(seen)
    return replace(
        base,
        candidates=offered,
        warnings=(*base.warnings, *_case_warning(seen)),
        may_carry_code=base.code.writable and not seen.archived,
        why=_why_new(base.code),
    )


def _why_new(code: Code) -> str:
    if not code.text or code.nothing:
        return "Without a UPC no POS item was found for certain."
    if code.problem:
        return "The UPC is not valid, and no POS item has it."
    return "No POS item has this UPC."


def _archived(seen: _Seen, base: Match, strong: Sequence[Holder]) -> Match:
    items = [one.item for one in strong]
    live = [one.item for one in seen.live]
    asked = Question(
        "archived_upc",
        f"The UPC {base.code.text} is held by an archived POS item only ({_names(items)}). "
        "Use that item, or create a new one without the code?",
        (
            *(Choice(i.item_id, f"un-archive and use item {i.item_id}, {i.description}") for i in items),
            *map(_choice, live),
            Choice(NEW, "create a new item without the code"),
        ),
        base.variant.line,
    )
    candidates = (
        *(Candidate(item, "archived, holds the UPC") for item in items),
        *(Candidate(one.item, _where(one)) for one in seen.live),
    )
    return replace(
        base,
        rule="archived",
        questions=(asked,),
        candidates=candidates,
        why="Only an archived POS item has this UPC.",
    )


def _offered_by_code(seen: _Seen) -> tuple[Candidate, ...]:
    """Items that a repair of the code, the content of a case or an archived holder leads to."""
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
    for one in seen.archived:
        offered.setdefault(one.item.item_id, Candidate(one.item, f"archived; {_where(one)}"))
    return tuple(offered.values())


def _case_warning(seen: _Seen) -> tuple[Warn, ...]:
    code, packed = seen.base.code, seen.base.variant.units_per_pack
    if not code.content:
        return ()
    single = code.content.lstrip("0").zfill(12)
    many = f"{packed} pieces" if packed > 1 else "the order does not say how many pieces"
    return (
        Warn("case_code", f"{code.text} is the code of a case of article {single}: {many} in each case."),
    )


def _with_broken_link(found: Match, catalogue: Catalogue) -> Match:
    """Say that the saved link leads nowhere, whatever was found instead; an archived item is offered."""
    link = catalogue.links.get(found.variant.identity)
    if link is None or (found.link is link):
        return found
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


# ---- words ----


def _where(holder: Holder) -> str:
    if holder.place is Place.UPC:
        return "holds the UPC"
    return f"holds the code in its field {holder.place.value}"


def _names(items: Iterable[PosItem]) -> str:
    return ", ".join(f"{item.item_id} {item.description}".strip() for item in items)


def _choice(item: PosItem) -> Choice:
    sku = f", SKU {item.custom_sku or item.system_sku}" if item.custom_sku or item.system_sku else ""
    return Choice(item.item_id, f"use item {item.item_id}, {item.description}{sku}")


def _choice_new() -> Choice:
    return Choice(NEW, "create a new item in the POS (without the code, which another item holds)")


# ---- rows seen together ----


def _across(matches: list[Match]) -> list[Match]:
    """Questions and warnings that only show when the rows are seen together."""
    by_code: dict[str, list[int]] = {}
    by_item: dict[str, list[int]] = {}
    for place, found in enumerate(matches):
        if not found.variant.quantity:
            continue
        if found.code.text and not found.code.nothing:
            by_code.setdefault(found.code.gtin or found.code.text, []).append(place)
        if found.item is not None:
            by_item.setdefault(found.item.item_id, []).append(place)
    for places in by_code.values():
        if len(places) > 1 and len({matches[place].variant.identity for place in places}) > 1:
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
        if found.rule == "link" or any(q.line for q in found.questions):
            continue  # what this very variant is was decided before, or is asked already
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
