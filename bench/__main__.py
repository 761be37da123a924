"""``make bench``: prints the figures of this machine, each beside what it is compared with."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench import desk, desk_order, exports, parsing


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print("Exports against the sandbox (five registers, real time)…")
    figures, together = exports.measure()
    table = Table(
        title="Each exported order: API cost beside its minimum, seconds beside the limiter's bound"
    )
    for name in ("order", "lines", "drips", "minimum", "ratio", "seconds", "bound"):
        table.add_column(name, justify="left" if name == "order" else "right")
    for f in figures:
        table.add_row(
            Text(f.label), str(f.lines), str(f.drips.normalize()), str(f.minimum.normalize()),
            f"{f.drips / f.minimum:.2f}", f"{f.seconds:.1f}", f"{f.bound:.1f}",
        )  # fmt: skip
    console.print(table)
    drips = sum((f.drips for f in figures), together)
    minimum = sum((f.minimum for f in figures), Decimal(0))
    seconds, bound = sum(f.seconds for f in figures), sum(f.bound for f in figures)
    console.print(
        f"All {len(figures)} orders together: {drips} drips, {drips / minimum:.3f} times the minimum of {minimum};"
        f" {together} of them looked things up for all."
    )
    console.print(f"{seconds:.1f} seconds from approval to exported, the limiter's bound is {bound:.1f}.")
    ours, empty = parsing.measure()
    console.print(
        f"Parsing the DAG file takes {ours / empty:.2f} times as long as an empty DAG ({ours:.2f} s, {empty:.2f} s)."
    )
    pages = Table(
        title="The desk's list of 10,000 orders: server time of a page, beside a plain SELECT of its rows"
    )
    for name in ("database", "page", "ms", "SELECT ms", "ratio"):
        pages.add_column(name, justify="left" if name in ("database", "page") else "right")
    for page in desk.measure_list():
        pages.add_row(
            page.database, page.name, f"{page.page:.1f}", f"{page.plain:.1f}", f"{page.page / page.plain:.1f}"
        )
    console.print(pages)
    one = desk_order.measure()
    console.print(
        f"The page of an order of {one.variants:,} variants: {one.page * 1000:.0f} ms over HTTP with Airflow's login,"
        f" {one.ratio:.1f} times reading its stored report ({one.report * 1000:.0f} ms); {one.page_bytes / 1e6:.2f} MB."
    )


if __name__ == "__main__":
    main()
