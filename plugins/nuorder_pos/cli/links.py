"""``links``: the saved links of a brand's variants to POS items."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nuorder_pos.cli.options import By, Json, decider
from nuorder_pos.cli.output import say, say_json, table
from nuorder_pos.cli.text import plural
from nuorder_pos.errors import NeedsMerchant

links = typer.Typer(
    name="links",
    help="Saved links of variants to POS items: list, set, withdraw.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_ORIGINS = {"upc": "UPC match", "choice": "a merchant's choice", "created": "created by an export"}


@links.callback()
def _links() -> None:
    """Saved links of a brand's variants (style, colour, size) to POS items: what makes a line Confirmed."""


@links.command("list")
def list_(
    brand: Annotated[str | None, typer.Option(metavar="B", help="Only links of this brand.")] = None,
    style: Annotated[str | None, typer.Option(metavar="S", help="Only links of this style number.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Withdrawn links too.")] = False,
    json: Json = False,
) -> None:
    """List saved links.

    \b
    Example:
      nuorder-pos links list --brand "Acme Outdoor" --style AC-1001
    """
    from nuorder_pos.domain.orders import fold
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store.links import list_links

    rows = [dict(row) for row in list_links(open_engine(), brand=brand, all_history=history)]
    if style is not None:
        rows = [row for row in rows if row["style"] == fold(style)]
    if json:
        say_json([_data(row) for row in rows])
        return
    if not rows:
        say("No saved links. Exports save them, and `nuorder-pos links set` does.")
        return
    columns = ["link", "brand", "style", "color", "size", "POS item", "from", "by", "since"]
    shown = [
        [
            row["link_id"],
            row["brand"],
            row["style"],
            row["color"],
            row["size"],
            row["item_id"],
            _ORIGINS.get(row["origin"], row["origin"]),
            row["made_by"],
            str(row["made_at"])[:10],
        ]
        for row in rows
    ]
    if history:
        columns.append("withdrawn")
        for cells, row in zip(shown, rows, strict=True):
            cells.append(
                f"{str(row['withdrawn_at'])[:10]} by {row['withdrawn_by']}" if row["withdrawn_at"] else ""
            )
    say(
        table(columns, shown, right=("link",), whole=("POS item", "since")),
        "",
        f"{plural(len(rows), 'link')}.",
    )


def _data(row: dict[str, Any]) -> dict[str, Any]:
    """A link for machines: ids as text, instants as ISO 8601."""
    found = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
    return {**found, "link_id": str(row["link_id"])}


@links.command("set")
def set_(
    brand: Annotated[str, typer.Option(metavar="B", help="The brand, as the brands file names it.")],
    style: Annotated[str, typer.Option(metavar="S", help="Style number.")],
    item: Annotated[str, typer.Option(metavar="ITEM_ID", help="The POS item.")],
    color: Annotated[str, typer.Option(metavar="C", help="Colour, if the variant has one.")] = "",
    size: Annotated[str, typer.Option(metavar="Z", help="Size, if the variant has one.")] = "",
    by: By = None,
    json: Json = False,
) -> None:
    """Link a variant to a POS item.

    A link that names another item is withdrawn and stays as history.

    \b
    Example:
      nuorder-pos links set --brand "Acme Outdoor" --style AC-1001 --color Moss --size M --item 2101
    """
    who = decider(by)
    if not style.strip() or not item.strip():
        raise typer.BadParameter("style and item may not be empty", param_hint="'--style' / '--item'")
    from nuorder_pos.config import load_brands
    from nuorder_pos.domain.orders import fold
    from nuorder_pos.errors import Permanent
    from nuorder_pos.runtime import open_engine, open_pos
    from nuorder_pos.store.links import set_link

    accounts = load_brands().accounts.values()
    known = {fold(entry.name): (entry.name, account) for account in accounts for entry in account.brands}
    if fold(brand) not in known:
        names = ", ".join(name for name, _ in known.values())
        raise Permanent(f"The brands file has no brand {brand!r}; it has {names}.")
    name, account = known[fold(brand)]
    engine = open_engine()
    with open_pos(account.lightspeed_conn_id, engine) as pos:
        found = pos.item(item.strip())
        if found is None or found.archived:
            gone = "is archived" if found is not None else "does not exist"
            raise NeedsMerchant(
                f"The POS item {item} {gone}: name a live one, or un-archive it in the POS first."
            )
        set_link(
            engine,
            account_id=pos.account_id,
            brand=name,
            style=style,
            color=color,
            size=size,
            item_id=found.item_id,
            made_by=who,
        )
    if json:
        say_json(
            {
                "brand": name,
                "style": fold(style),
                "color": fold(color),
                "size": fold(size),
                "item_id": found.item_id,
            }
        )
    else:
        variant = ", ".join(part for part in (style, color, size) if part)
        say(
            f"{name} {variant} is linked to POS item {found.item_id} {found.description}.",
            "Orders that wait see it when they are matched again: nuorder-pos rematch ORDER.",
        )


@links.command()
def withdraw(
    link: Annotated[int, typer.Argument(metavar="LINK", help="The link's number, as `links list` shows it.")],
    by: By = None,
    json: Json = False,
) -> None:
    """Withdraw a link.

    The variant is matched by its UPC again; the link stays as history.

    \b
    Example:
      nuorder-pos links withdraw 17
    """
    who = decider(by)
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store.links import withdraw_link

    if not withdraw_link(open_engine(), link, who):
        raise NeedsMerchant(f"There is no live link {link}: `nuorder-pos links list` shows them.")
    if json:
        say_json({"link_id": str(link), "withdrawn_by": who})
    else:
        say(
            f"Link {link} is withdrawn.",
            "Orders that wait see it when they are matched again: nuorder-pos rematch ORDER.",
        )
