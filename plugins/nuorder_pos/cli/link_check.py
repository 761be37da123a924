"""``links check``: are the POS items that saved links lead to still there?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nuorder_pos.cli.options import Json
from nuorder_pos.cli.output import complain, say, say_json, table
from nuorder_pos.cli.text import plural

if TYPE_CHECKING:
    from rich.console import RenderableType

TROUBLE = {"archived": "archived in the POS", "gone": "gone from the POS"}
WHAT_TO_DO = {
    "archived": "archived, perhaps after a merge: un-archive the item in the POS, or link another one with"
    " `nuorder-pos links set`.",
    "gone": "gone: the item was deleted, or merged into another one. Link that one with `nuorder-pos links set`, or"
    " withdraw the link.",
}


def check(
    brand: Annotated[str | None, typer.Option(metavar="B", help="Only links of this brand.")] = None,
    json: Json = False,
) -> None:
    """Look all linked items up in the POS.

    In lists of 100, which cost one drip each; the cost is printed first. Links whose item is archived or gone
    are listed with what to do. They stay, and count again when the item is there again.

    \b
    Example:
      nuorder-pos links check --brand "Acme Outdoor"
    """
    from nuorder_pos.cli.links import as_data, known_brand
    from nuorder_pos.config import load_brands
    from nuorder_pos.pipeline.check_links import check as look
    from nuorder_pos.pipeline.check_links import cost_of
    from nuorder_pos.runtime import open_work
    from nuorder_pos.store import links

    name, accounts = None, list(load_brands().accounts)
    if brand is not None:
        name, account = known_brand(brand)
        accounts = [account.name]
    found: list[dict[str, Any]] = []
    asked: set[str] = set()
    items = news = 0
    for one in accounts:
        with open_work(one) as work:
            if work.pos.account_id in asked:
                continue
            asked.add(work.pos.account_id)
            linked = links.linked_items(work.engine, work.pos.account_id, brand=name)
            cost = cost_of(linked)
            before = (
                f"{one}: {plural(cost.items, 'linked item')} to look up, {plural(cost.requests, 'request')},"
                f" {cost.drips} {'drip' if cost.drips == 1 else 'drips'}."
            )
            complain(before) if json else say(before)
            items += cost.items
            news += look(work, linked)
            found += links.list_links(work.engine, account_id=work.pos.account_id, brand=name, broken=True)
    if json:
        say_json({"items": items, "news": news, "broken": [as_data(row) for row in found]})
    else:
        say(*_shown(found, news))


def _shown(found: Sequence[Mapping[str, Any]], news: int) -> Iterator[RenderableType]:
    if not found:
        again = f" {plural(news, 'link')} that had trouble {'counts' if news == 1 else 'count'} again."
        yield "All linked items are there." + (again if news else "")
        return
    yield ""
    yield table(
        ("link", "brand", "style", "color", "size", "POS item", "trouble"),
        [
            (
                *(row[name] for name in ("link_id", "brand", "style", "color", "size", "item_id")),
                TROUBLE.get(row["trouble"], row["trouble"]),
            )
            for row in found
        ],
        right=("link",),
        whole=("POS item",),
    )
    yield ""
    kinds = {row["trouble"] for row in found}
    yield from (text for kind, text in WHAT_TO_DO.items() if kind in kinds)
    yield (
        f"{plural(len(found), 'link')} broken. Until then these variants are matched by their UPC; an export that uses"
        " another item replaces the link."
    )
