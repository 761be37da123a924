"""Questions about one line: each names the items between which a merchant chooses, and why it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nuorder_pos.domain.catalogue import Catalogue, Holder, Place
from nuorder_pos.domain.likely import most_likely
from nuorder_pos.domain.match_data import NEW, Candidate, Choice, Link, Match, Question, Status
from nuorder_pos.domain.pos import PosItem


def several(base: Match, holders: Sequence[Holder], catalogue: Catalogue) -> Match:
    """Several live items have the code."""
    likely, because = most_likely(base.variant, holders, catalogue)
    items = [one.item for one in holders]
    hint = f" Most likely it is {likely.item_id}: {because}." if likely is not None else ""
    asked = Question(
        "duplicate_upc",
        f"{len(items)} POS items hold the UPC {base.code.text}: {names(items)}. Which one is it?{hint}",
        (*tuple(choice(item) for item in items), choice_new()),
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
                f"{where(one)}; {because}" if one.item is likely else where(one),
                likely=one.item is likely,
            )
            for one in holders
        ),
        why=f"{len(items)} POS items have this code.",
    )


def doubtful(base: Match, holder: Holder, doubt: str, beside: Sequence[PosItem] = ()) -> Match:
    """One live item has the code, but ``doubt`` speaks against it. ``beside``: items that may be meant instead."""
    item = holder.item
    asked = Question(
        "upc_doubtful",
        f"POS item {item.item_id} {item.description} has the UPC {base.code.text}, but {doubt}. Is it that item?",
        (choice(item), *map(choice, beside), choice_new()),
        base.variant.line,
    )
    return replace(
        base,
        status=Status.UPC_MATCH,
        rule="doubtful",
        item=None,
        questions=(asked,),
        candidates=(
            Candidate(item, f"{where(holder)}, but {doubt}"),
            *(Candidate(one, "has the colour and size of the order, but another code") for one in beside),
        ),
        why=f"POS item {item.item_id} has this UPC, but {doubt}.",
    )


def conflicting(base: Match, link: Link, linked: PosItem, holder: Holder) -> Match:
    """The code was linked to one item under another name, and another item holds it."""
    item = holder.item
    asked = Question(
        "link_conflict",
        f"The UPC {base.code.text} was linked to POS item {linked.item_id} {linked.description} before, as {link.words}; "
        f"POS item {item.item_id} {item.description} holds it now. Which one is it?",
        (choice(linked), choice(item), choice_new()),
        base.variant.line,
    )
    return replace(
        base,
        status=Status.UPC_MATCH,
        rule="link_conflict",
        questions=(asked,),
        candidates=(
            Candidate(linked, f"linked before, as {link.words}"),
            Candidate(item, where(holder)),
        ),
        why="An earlier link of this UPC and the POS item that holds it are different items.",
    )


def link_or_code(base: Match, link: Link, linked: PosItem, others: Sequence[PosItem]) -> Match:
    """The variant's own link leads to one item, and others hold its code."""
    asked = Question(
        "link_conflict",
        f"The saved link names POS item {names([linked])}; the UPC is held by {names(others)}. Which one is it?",
        (*(choice(item) for item in (linked, *others)), choice_new()),
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


def archived(base: Match, strong: Sequence[Holder], live: Sequence[Holder]) -> Match:
    """The code is held by archived items only; ``live`` hold it in a SKU or vendor ID."""
    items = [one.item for one in strong]
    beside = "".join(f"POS item {names([one.item])} has it as its {one.place.value}. " for one in live)
    asked = Question(
        "archived_upc",
        f"The UPC {base.code.text} is held by an archived POS item only ({names(items)}). {beside}"
        f"Use {'it' if len(items) == 1 and not live else 'one of them'}, or create a new one without the code?",
        (
            *(Choice(i.item_id, f"un-archive and use item {i.item_id}, {i.description}") for i in items),
            *(choice(one.item) for one in live),
            Choice(NEW, "create a new item without the code"),
        ),
        base.variant.line,
    )
    candidates = (
        *(Candidate(item, "archived, holds the UPC") for item in items),
        *(Candidate(one.item, where(one)) for one in live),
    )
    return replace(
        base,
        rule="archived",
        questions=(asked,),
        candidates=candidates,
        why="Only an archived POS item has this UPC.",
    )


def where(holder: Holder) -> str:
    """Where an item holds the code, as a reason."""
    if holder.place is Place.UPC:
        return "holds the UPC"
    return f"has the code as its {holder.place.value}"


def names(items: Iterable[PosItem]) -> str:
    """Items by id and description."""
    return ", ".join(f"{item.item_id} {item.description}".strip() for item in items)


def choice(item: PosItem) -> Choice:
    """The choice of an item."""
    sku = f", SKU {item.custom_sku or item.system_sku}" if item.custom_sku or item.system_sku else ""
    return Choice(item.item_id, f"use item {item.item_id}, {item.description}{sku}")


def choice_new() -> Choice:
    """The choice of a new item, where another one holds the code."""
    return Choice(NEW, "create a new item in the POS (without the code, which another item holds)")
