"""The Airflow plugin, found by the entry point ``airflow.plugins``.

Every component imports this module, so it imports nothing of ours.
"""

from __future__ import annotations

from airflow.sdk.plugins_manager import AirflowPlugin


class NuorderPosPlugin(AirflowPlugin):
    """Shows in Admin > Plugins that the package is installed."""

    name = "nuorder_pos"
