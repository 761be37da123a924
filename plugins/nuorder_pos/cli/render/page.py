"""The match report as one page: nothing to load, no scripts, light and dark, fit to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuorder_pos.cli.render.view import NO_SHOPS, Shops, view
from nuorder_pos.cli.text import clean


def as_page(report: Mapping[str, Any], order_name: str = "", shops: Shops = NO_SHOPS) -> str:
    """The page's text. Every value is escaped by the template engine; control characters never reach it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nuorder_pos.cli", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
        ),
    )
    return environment.get_template("report.html").render(report=view(report, order_name, shops))
