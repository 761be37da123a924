"""All records of the POS account, and what every table needs to know about each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.clock import Clock
from sandbox.pos.errors import PosError
from sandbox.pos.schema import RESOURCES, Record
from sandbox.switches import Switches

if TYPE_CHECKING:
    from sandbox.pos.tables import Tables


class PosState:
    """The account's data. Everything happens in one event loop, so no locks are needed."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        from sandbox.pos.tables import Tables  # tables know the state, the state only their names

        self.clock, self.switches = clock, switches
        self.account: dict[str, Any] = {}
        self.session: dict[str, Any] = {}
        self.rows: dict[str, dict[int, Record]] = {name: {} for name in RESOURCES}
        # System SKUs run a little ahead of item ids, as in the recordings: one is not made from the other.
        self._last_id: dict[str, int] = {"systemSku": 6}
        self.tables: Tables = Tables(self)
        self.employee_id = 1
        self.origin = ""

    def contents(self) -> dict[str, Any]:
        """Everything that a load has to bring back: the records, and what the tables know of them."""
        own = {
            name: value for name, value in vars(self).items() if name not in ("clock", "switches", "tables")
        }
        return {"own": own, "tables": {name: table.index() for name, table in self.tables.items()}}

    def restore(self, contents: dict[str, Any]) -> None:
        """Take over what :meth:`contents` gave."""
        vars(self).update(contents["own"])
        for name, index in contents["tables"].items():
            vars(self.tables[name]).update(index)

    def now(self) -> datetime:
        """Stamps carry whole seconds."""
        return self.clock.now().replace(microsecond=0)

    def next_id(self, name: str, wanted: int = 0) -> int:
        """A fresh id; ids are never used twice. ``wanted`` is for loaded data that brings its own."""
        number = wanted or self._last_id.get(name, 0) + 1
        self._last_id[name] = max(self._last_id.get(name, 0), number)
        return number

    def all(self, name: str) -> Iterable[Record]:
        """All records of a resource, archived ones too."""
        return self.rows[name].values()

    def get(self, name: str, number: Any) -> Record | None:
        """A record by id, archived or not."""
        try:
            return self.rows[name].get(int(number))
        except (TypeError, ValueError):
            return None

    def need(self, name: str, number: Any, status: int = 404) -> Record:
        """A record by id, or an error."""
        record = self.get(name, number)
        if record is None:
            raise PosError(status, f"{name} with ID {number} does not exist.")
        return record

    def zone(self, shop_id: int = 0) -> ZoneInfo:
        """The time zone of a shop; without one, of the first shop."""
        shop = self.get("Shop", shop_id) or next(iter(self.all("Shop")), None)
        try:
            return ZoneInfo(shop["timeZone"]) if shop else ZoneInfo("UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def parse_time(self, text: str, shop_id: int = 0) -> datetime | None:
        """A date or date-time. A date alone is midnight in the shop's time zone, as clients report."""
        text = text.strip()
        if not text:
            return None
        try:
            if len(text) == 10:
                return datetime.combine(date.fromisoformat(text), time(), self.zone(shop_id)).astimezone(UTC)
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise PosError(400, f"Invalid date: {text}") from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone(shop_id))
        return moment.astimezone(UTC)
