"""Looks whether the POS items that saved links lead to are still there, and notes what it finds with the links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from nuorder_pos.clients.costs import read_cost
from nuorder_pos.clients.pos_items import LONGEST_LIST
from nuorder_pos.pipeline.pos_search import use_right_list_form
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import links


@dataclass(frozen=True, slots=True)
class Cost:
    """What a look at ``items`` POS items costs: so many requests, so many drips in all."""

    items: int
    requests: int
    drips: Decimal


def cost_of(item_ids: Sequence[str]) -> Cost:
    """What it costs to look these items up."""
    requests = -(-len(item_ids) // LONGEST_LIST)
    return Cost(len(item_ids), requests, requests * read_cost("Item"))


def check(work: Work, item_ids: Sequence[str]) -> int:
    """Look linked items up and note with their links which are archived or gone, and which are there again.

    Gives the number of links that this is news for. What was found before a failure is kept. Raises what the POS raises.
    """
    news = 0
    if item_ids:
        use_right_list_form(work)
    for start in range(0, len(item_ids), LONGEST_LIST):
        asked = item_ids[start : start + LONGEST_LIST]
        archived = {item.item_id: item.archived for item in work.pos.items_by_codes("itemID", asked)}
        said = {True: links.ARCHIVED, False: "", None: links.GONE}
        seen = {item_id: said[archived.get(item_id)] for item_id in asked}
        news += links.note_trouble(work.engine, work.pos.account_id, seen, stamp=True)
    return news
