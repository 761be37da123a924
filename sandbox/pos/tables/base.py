"""What every POS resource has in common: reading fields from a body, defaults, stamps, archiving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.money import to_decimal
from sandbox.pos.errors import PosError
from sandbox.pos.schema import Field, Record, Resource
from sandbox.pos.shapes import row

if TYPE_CHECKING:
    from sandbox.pos.state import PosState

Body = dict[str, Any]


class Table:
    """Generic behaviour; resources with rules of their own override the hooks.

    ``privileged`` writes come from data files and from acts of a person in the back office: they may set
    read-only fields too.
    """

    def __init__(self, state: PosState, resource: Resource) -> None:
        self.state, self.resource = state, resource

    def index(self) -> dict[str, Any]:
        """What this table knows about its records beside them."""
        return {name: value for name, value in vars(self).items() if name not in ("state", "resource")}

    # ---- verbs -------------------------------------------------------------------------------------------

    def create(self, body: Body, privileged: bool = False) -> Record:
        """POST: omitted fields get their defaults, unknown ones are ignored without an error."""
        self.check(None, body, privileged)
        record: Record = {field.name: field.start for field in self.resource.fields}
        record |= self.parsed(body, creating=True, privileged=privileged)
        wanted = int(body.get(self.resource.key) or 0) if privileged else 0
        record[self.resource.key] = self.state.next_id(self.resource.name, wanted)
        self._stamp(record, creating=True, body=body if privileged else {})
        self.state.rows[self.resource.name][record[self.resource.key]] = record
        with undone(lambda: self.state.rows[self.resource.name].pop(record[self.resource.key])):
            self.saved(record, body, creating=True, privileged=privileged)
        return record

    def update(self, record: Record, body: Body, privileged: bool = False) -> Record:
        """PUT: omitted fields keep their value, an empty or null one clears it."""
        self.check(record, body, privileged)
        before = dict(record)
        record |= self.parsed(body, creating=False, privileged=privileged, record=record)
        if self.moves_stamp(body):
            self._stamp(record, creating=False, body=body if privileged else {})
        with undone(lambda: record.update(before)):
            self.saved(record, body, creating=False, privileged=privileged)
        return record

    def delete(self, record: Record) -> Record:
        """DELETE: archives where the resource can be archived, removes otherwise."""
        if self.resource.archives:
            record["archived"] = True
            self._stamp(record, creating=False, body={})
        else:
            del self.state.rows[self.resource.name][record[self.resource.key]]
        return record

    # ---- hooks -------------------------------------------------------------------------------------------

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """Validate before anything changes; ``record`` is None on creation."""

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Store nested entities and recompute what depends on the record."""

    def moves_stamp(self, body: Body) -> bool:
        """Whether an update moves ``timeStamp``."""
        return True

    def shop_of(self, record: Record | None, body: Body) -> int:
        """The shop in whose time zone a date is meant."""
        return 0

    def show(self, record: Record) -> dict[str, Any]:
        """The record as it stands in lists and in GET by id."""
        return row(self.resource, record)

    def reply(self, record: Record, body: Body, verb: str) -> dict[str, Any]:
        """The record as it stands in the answer to a write."""
        return self.show(record)

    # ---- fields ------------------------------------------------------------------------------------------

    def parsed(self, body: Body, creating: bool, privileged: bool, record: Record | None = None) -> Record:
        """The writable fields of a body as native values."""
        values: Record = {}
        for field in self.resource.fields:
            if field.name in body and (privileged or self._writable(field, creating)):
                values[field.name] = self.value(field, body[field.name], self.shop_of(record, body))
        return values

    def _writable(self, field: Field, creating: bool) -> bool:
        if field.write in ("yes", "no"):
            return field.write == "yes"
        if field.write in ("create", "update"):
            return creating is (field.write == "create")
        return self.state.switches.text(field.write) == "accept"

    def value(self, field: Field, given: Any, shop_id: int) -> Any:
        """One value: numbers and booleans may come as such or as strings."""
        if given is None or given == "":
            return field.empty
        if isinstance(given, dict | list):
            raise PosError(400, f"{field.name} must be a single value.")
        if field.kind == "time":
            return self.state.parse_time(str(given), shop_id)
        if field.kind == "bool":
            return str(given).lower() in ("true", "1")
        if field.kind == "text":
            return self._cut(field, str(given))
        try:
            number = to_decimal(given)
            return int(number) if field.kind == "int" else number
        except ValueError as error:
            raise PosError(400, f"{field.name} must be a number.") from error

    def _cut(self, field: Field, text: str) -> str:
        """Lengths are undocumented: cut or refuse by switch ``too_long``."""
        if not field.length:
            return text
        longest = self.state.switches.whole(field.length)
        if len(text) > longest and self.state.switches.text("too_long") == "reject":
            raise PosError(422, f"{field.name} is longer than {longest} characters.")
        return text[:longest]

    def _stamp(self, record: Record, creating: bool, body: Body) -> None:
        now = self.state.now()
        names = [field.name for field in self.resource.fields]
        if creating and "createTime" in names:
            record["createTime"] = record["createTime"] if body.get("createTime") else now
        if "timeStamp" in names and not body.get("timeStamp"):
            record["timeStamp"] = now

    def need_text(self, record: Record | None, body: Body, name: str, message: str) -> None:
        """A text that may not be blank: always on creation, on update only when it is sent."""
        if (record is None or name in body) and not str(body.get(name) or "").strip():
            raise PosError(400, message)


@contextmanager
def undone(undo: Callable[[], Any]) -> Iterator[None]:
    """Take a write back when what follows from it fails."""
    try:
        yield
    except (PosError, ValueError, TypeError):
        undo()
        raise


def rows_of(body: Body, collection: str, name: str) -> list[dict[str, Any]]:
    """Nested rows of a body, however they are wrapped: ``{"ItemPrice": [...]}``, one object, a bare list."""
    nested = body.get(collection)
    if isinstance(nested, dict) and name in nested:
        nested = nested[name]
    if isinstance(nested, dict):
        nested = [nested]
    return [dict(one) for one in nested if isinstance(one, dict)] if isinstance(nested, list) else []
