"""The Airflow plugin, found by the entry point ``airflow.plugins``: the desk's app, and its pages in the navigation.

Every component imports this module, so it imports nothing of ours until the API server asks for the app.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.plugins_manager import AirflowPlugin

_log = logging.getLogger(__name__)


class _Apps:
    """``fastapi_apps`` on demand: only the API server reads it, and only there the web code is loaded."""

    def __get__(self, plugin: object, kind: type) -> list[dict[str, Any]]:
        try:
            from nuorder_pos.airflow.web import URL_PREFIX, make_app

            return [{"app": make_app(), "url_prefix": URL_PREFIX, "name": "nuorder_pos"}]
        except Exception:  # noqa: BLE001 - whatever it is
            # Airflow 3.3 reads this while its API server starts, and an error here would keep all of it from starting.
            _log.exception("the desk of nuorder_pos cannot be served; Airflow's own pages are not affected")
            return []


class NuorderPosPlugin(AirflowPlugin):
    """Orders and match quality in the navigation, the orders of a run as a tab of the run."""

    name = "nuorder_pos"
    fastapi_apps: Any = _Apps()
    external_views: list[Any] = [  # noqa: RUF012 - as Airflow declares it
        # No leading slashes, so that the prefix of a proxy stays in front.
        {
            "name": "Orders",
            "href": "nuorder-pos/orders",
            "destination": "nav",
            "url_route": "purchase-orders",
            "nav_top_level": True,
            "icon": "nuorder-pos/static/icon.svg",
            "icon_dark_mode": "nuorder-pos/static/icon-dark.svg",
        },
        {
            "name": "Match quality",
            "href": "nuorder-pos/quality",
            "destination": "nav",
            "category": "browse",
            "url_route": "match-quality",
        },
        {
            "name": "Orders",
            "href": "nuorder-pos/orders?dag_id={DAG_ID}&run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "purchase-orders-of-run",
        },
    ]
