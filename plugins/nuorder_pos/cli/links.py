"""``links``: the saved links of a brand's variants to POS items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nuorder_pos.cli.link_check import TROUBLE, check
from nuorder_pos.cli.options import By, Json, decider
from nuorder_pos.cli.output import say, say_json, table
from nuorder_pos.cli.style_choices import styles
from nuorder_pos.cli.text import plural
from nuorder_pos.errors import NeedsMerchant

if TYPE_CHECKING:
    from nuorder_pos.config import AccountConfig

links = typer.Typer(
    name="links",
    help="Saved links of variants to POS items: list, check, set, withdraw; choices for styles.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_BY_HAND = "choice"
_ORIGINS = {"upc": "UPC match", _BY_HAND: "by hand", "created": "created by an export"}


@links.callback()
def _links() -> None:
    """Saved links of a brand's variants (style, colour, size) to POS items: what makes a line Confirmed."""


@links.command("list")
def list_(
    brand: Annotated[str | None, typer.Option(metavar="B", help="Only links of this brand.")] = None,
    style: Annotated[str | None, typer.Option(metavar="S", help="Only links of this style number.")] = None,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Only links that a person made or confirmed.")
    ] = False,
    broken: Annotated[
        bool, typer.Option("--broken", help="Only links whose item was archived or gone when last seen.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Withdrawn links too: when, by whom and why.")
    ] = False,
    json: Json = False,
) -> None:
    """List saved links.

    \b
    Example:
      nuorder-pos links list --brand "Acme Outdoor" --style AC-1001
      nuorder-pos links list --broken
    """
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store.links import list_links

    rows = list_links(
        open_engine(), brand=brand, style=style, by_hand=by_hand, broken=broken, all_history=history
    )
    if json:
        say_json([as_data(row) for row in rows])
        return
    if not rows:
        narrowed = any((brand, style, by_hand, broken))
        empty = "No saved links. Exports save them, and `nuorder-pos links set` does."
        say("No saved links of this kind." if narrowed else empty)
        return
    columns = ["link", "brand", "style", "color", "size", "POS item", "GTIN", "from", "by", "since"]
    shown = [
        [
            *(row[name] for name in ("link_id", "brand", "style", "color", "size", "item_id", "gtin")),
            _ORIGINS.get(row["origin"], row["origin"]),
            row["made_by"],
            _day(row["made_at"]),
        ]
        for row in rows
    ]
    if any(row["trouble"] for row in rows):
        columns.append("trouble")
        for cells, row in zip(shown, rows, strict=True):
            cells.append(TROUBLE.get(row["trouble"], row["trouble"]))
    if history:
        columns.append("withdrawn")
        for cells, row in zip(shown, rows, strict=True):
            cells.append(_withdrawn(row))
    hand = sum(row["origin"] == _BY_HAND for row in rows)
    say(
        table(columns, shown, right=("link",), whole=("POS item", "GTIN", "since")),
        "",
        f"{plural(len(rows), 'link')}, {hand} of {'it' if len(rows) == 1 else 'them'} by hand.",
    )


def _day(moment: object) -> str:
    return str(moment or "")[:10]


def _withdrawn(row: dict[str, Any]) -> str:
    if not row["withdrawn_at"]:
        return ""
    because = f": {row['withdrawn_because']}" if row["withdrawn_because"] else ""
    return f"{_day(row['withdrawn_at'])} by {row['withdrawn_by']}{because}"


def as_data(row: dict[str, Any]) -> dict[str, Any]:
    """A link for machines: ids as text, instants as ISO 8601."""
    found = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
    return {**found, "link_id": str(row["link_id"]), "by_hand": row["origin"] == _BY_HAND}


def known_brand(brand: str) -> tuple[str, AccountConfig]:
    """A brand as the brands file names it, and its account. ``Permanent`` if the file does not have it."""
    from nuorder_pos.config import load_brands
    from nuorder_pos.domain.orders import fold
    from nuorder_pos.errors import Permanent

    accounts = load_brands().accounts.values()
    known = {fold(entry.name): (entry.name, account) for account in accounts for entry in account.brands}
    if fold(brand) not in known:
        names = ", ".join(name for name, _ in known.values())
        raise Permanent(f"The brands file has no brand {brand!r}; it has {names}.")
    return known[fold(brand)]


@links.command("set")
def set_(
    brand: Annotated[str, typer.Option(metavar="B", help="The brand, as the brands file names it.")],
    style: Annotated[str, typer.Option(metavar="S", help="Style number.")],
    item: Annotated[str, typer.Option(metavar="ITEM_ID", help="The POS item.")],
    color: Annotated[str, typer.Option(metavar="C", help="Colour, if the variant has one.")] = "",
    size: Annotated[str, typer.Option(metavar="Z", help="Size, if the variant has one.")] = "",
    upc: Annotated[
        str,
        typer.Option(
            metavar="UPC", help="The brand's code of the variant: the link then outlives a new style number."
        ),
    ] = "",
    by: By = None,
    json: Json = False,
) -> None:
    """Link a variant to a POS item, or change its link.

    A link that names another item is withdrawn and stays as history. Its UPC is kept unless --upc names one.

    \b
    Example:
      nuorder-pos links set --brand "Acme Outdoor" --style AC-1001 --color Moss --size M --item 2101
    """
    who = decider(by)
    if not style.strip() or not item.strip():
        raise typer.BadParameter("style and item may not be empty", param_hint="'--style' / '--item'")
    from nuorder_pos.domain.codes import read_code
    from nuorder_pos.domain.orders import fold

    code = read_code(upc)
    if code.text and not code.valid:
        mend = f"; meant may be {code.repair}" if code.repair else ""
        raise typer.BadParameter(
            f"the UPC {code.text} is not valid: {code.problem}{mend}", param_hint="'--upc'"
        )
    from nuorder_pos.runtime import open_engine, open_pos
    from nuorder_pos.store.links import set_link

    name, account = known_brand(brand)
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
            matrix_id=found.matrix_id,
            upc=code.text,
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
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the link.")] = "by hand",
    by: By = None,
    json: Json = False,
) -> None:
    """Withdraw a link.

    The variant is matched by its UPC again; the link stays as history.

    \b
    Example:
      nuorder-pos links withdraw 17 --because "the brand mixed up two styles"
    """
    who = decider(by)
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store.links import withdraw_link

    if not withdraw_link(open_engine(), link, who, because.strip() or "by hand"):
        raise NeedsMerchant(f"There is no live link {link}: `nuorder-pos links list` shows them.")
    if json:
        say_json({"link_id": str(link), "withdrawn_by": who})
    else:
        say(
            f"Link {link} is withdrawn.",
            "Orders that wait see it when they are matched again: nuorder-pos rematch ORDER.",
        )


links.command("check")(check)
links.add_typer(styles)
