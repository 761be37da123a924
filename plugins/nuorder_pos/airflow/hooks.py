"""Connections of the types ``nuorder`` and ``lightspeed_retail`` as clients, and the Test button behind their forms.

The button needs ``[core] test_connection = Enabled``; ``nuorder-pos check`` tests the same without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from nuorder_pos.errors import NuorderPosError

if TYPE_CHECKING:
    from nuorder_pos.clients.lightspeed import Lightspeed
    from nuorder_pos.clients.nuorder import Nuorder


class NuorderHook(BaseHook):
    """One brand's NuORDER."""

    conn_name_attr = "nuorder_conn_id"
    default_conn_name = "nuorder_default"
    conn_type = "nuorder"
    hook_name = "NuORDER (one brand)"

    def __init__(self, nuorder_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.nuorder_conn_id = nuorder_conn_id

    def get_conn(self) -> Nuorder:
        """The client; the caller closes it."""
        from nuorder_pos import runtime

        return runtime.open_nuorder(self.nuorder_conn_id)

    def test_connection(self) -> tuple[bool, str]:
        """Whether NuORDER answers with these credentials, and a sentence."""
        try:
            with self.get_conn() as nuorder:
                return True, nuorder.check()
        except NuorderPosError as error:
            return False, str(error)


class LightspeedRetailHook(BaseHook):
    """A POS account. Its token pair is kept in the project's database, which must be migrated."""

    conn_name_attr = "lightspeed_conn_id"
    default_conn_name = "lightspeed_default"
    conn_type = "lightspeed_retail"
    hook_name = "Lightspeed Retail POS (R-Series)"

    def __init__(self, lightspeed_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.lightspeed_conn_id = lightspeed_conn_id

    def get_conn(self) -> Lightspeed:
        """The client; the caller closes it."""
        from nuorder_pos import runtime

        return runtime.open_pos(self.lightspeed_conn_id, runtime.open_engine())

    def test_connection(self) -> tuple[bool, str]:
        """Whether the POS answers with these credentials, and a sentence."""
        try:
            with self.get_conn() as pos:
                return True, pos.check()
        except NuorderPosError as error:
            return False, str(error)
