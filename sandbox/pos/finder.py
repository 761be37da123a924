"""Lists of the POS API: which rows match, in which order, on which page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.money import to_decimal
from sandbox.pos import query as q
from sandbox.pos import relations
from sandbox.pos.errors import PosError
from sandbox.pos.query import Filter, Query
from sandbox.pos.schema import RESOURCES, Field, Record, Resource
from sandbox.pos.shapes import scalar

if TYPE_CHECKING:
    from sandbox.pos.state import PosState

_ITEM_CODE = ("itemID", "upc", "ean")
_WITH_COUNT = ("limit", "after", "before", "sort", "next", "previous")


class Finder:
    """One list request on one resource."""

    def __init__(self, state: PosState, resource: Resource, query: Query) -> None:
        self.state, self.resource, self.query = state, resource, query
        self.wanted = relations.requested(resource.name, query)

    # ---- matching ----------------------------------------------------------------------------------------

    def rows(self, records: Iterable[Record]) -> list[Record]:
        """The matching rows, unsorted. Several filters combine with AND; ``or=`` needs one of its
        operands."""
        archived = self.query.params.get("archived", "false")
        if archived not in ("false", "true", "only"):
            raise PosError(400, "archived must be true, false or only.")
        tests = [self._test(one) for one in self.query.filters]
        alternatives = [self._test(one) for one in self.query.alternatives]
        found = []
        for record in records:
            if self.resource.archives and archived != "true" and record["archived"] != (archived == "only"):
                continue
            if all(test(record) for test in tests) and (
                not alternatives or any(test(record) for test in alternatives)
            ):
                found.append(record)
        return found

    def _test(self, one: Filter) -> Callable[[Record], bool]:
        """A filter as a function of the record."""
        if one.entity:
            return self._relation_test(one)
        if one.field == "itemCode" and self.resource.name == "Item":
            if one.operator not in ("=", "IN"):
                raise PosError(400, "itemCode can only be searched with =, or, and IN.")
            tests = [self._value_test(self._field(name), one) for name in _ITEM_CODE]
            return lambda record: any(test(record) for test in tests)
        field = self.resource.field(one.field)
        if one.field == "refNum" and self.state.switches.text("refnum_filter") == "ignored":
            return lambda record: True
        if field is None:
            if self.state.switches.text("unknown_filter") == "error":
                raise PosError(400, f"{self.resource.name} has no field {one.field}.")
            return lambda record: True
        return self._value_test(field, one)

    def _field(self, name: str) -> Field:
        field = self.resource.field(name)
        assert field is not None
        return field

    def _relation_test(self, one: Filter) -> Callable[[Record], bool]:
        """Search in a relation: one level deep, and the relation must be loaded."""
        name, _, field_name = one.field.partition(".")
        relation = relations.RELATIONS.get(self.resource.name, {}).get(name)
        if relation is None or "." in field_name or name not in self.wanted:
            raise PosError(400, f"To search by {one.field}, load the relation {name}.")
        target = RESOURCES.get(relation.row)
        field = (target.field(field_name) if target else None) or Field(field_name)
        if one.operator == "IN":
            way = self.state.switches.text("relation_in")
            if way == "reject":
                raise PosError(400, f"IN is not supported on {one.field}.")
            if way == "ignore":
                return lambda record: True
            if way == "literal":
                one = Filter(one.field, "=", f"IN,{one.value}")
        test = self._value_test(field, one)

        def matches(record: Record) -> bool:
            loaded = relation.load(self.state, record, frozenset())
            rows = relations.rows_of_relation(loaded, relation)
            return any(test({field.name: self._native(field, str(row.get(field.name, "")))}) for row in rows)

        return matches

    def _value_test(self, field: Field, one: Filter) -> Callable[[Record], bool]:
        """A filter on one field's native value."""
        switches, name = self.state.switches, field.name
        code = name in ("upc", "ean")

        def parse(text: str) -> Any:
            if code and switches.text("upc_compare") == "number":
                return text.strip().lstrip("0")
            return self._native(field, text)

        def own(record: Record) -> Any:
            value = record.get(name)
            if field.kind == "text":
                return parse(str(value))
            return value

        if one.operator in ("~", "!~"):
            way = switches.text("like_without_wildcard")
            wanted = one.operator == "~"
            return lambda record: q.like(one.value, scalar(record.get(name) or ""), way) is wanted
        if one.operator == "IN":
            if code and switches.text("upc_in") == "reject":
                raise PosError(400, f"IN is not supported on {name}.")
            values = frozenset(parse(value) for value in q.in_values(one.value, switches.text("in_strings")))
            return lambda record: own(record) in values
        q.compare(one.operator, None, one.value, parse)  # a value that cannot be read fails even without rows
        return lambda record: q.compare(one.operator, own(record), one.value, parse)

    def _native(self, field: Field, text: str) -> Any:
        """A query value in the field's own type."""
        if field.kind == "text":
            return text.casefold() if self.state.switches.text("text_compare") == "insensitive" else text
        if field.kind == "time":
            return self.state.parse_time(text)
        if field.kind == "bool":
            return text.lower() in ("true", "1")
        try:
            number = to_decimal(text)
        except ValueError:
            return None
        return int(number) if field.kind == "int" and number == int(number) else number

    # ---- sorting and paging ------------------------------------------------------------------------------

    def _sorting(self) -> tuple[str, bool]:
        """The sort field and whether it descends; other fields than the listed ones are a 400 that names
        them."""
        given = self.query.params.get("sort", self.resource.key)
        name = given.removeprefix("-")
        if name not in self.resource.sort:
            raise PosError(400, f"Cannot sort by {name}. Allowed: {', '.join(self.resource.sort)}.")
        return name, given.startswith("-")

    def _limit(self) -> int:
        given = self.query.params.get("limit", "100")
        if not given.isascii() or not given.isdigit() or int(given) > 100:
            raise PosError(400, "limit must be a number from 0 to 100.")
        return int(given)

    def count(self, records: Iterable[Record]) -> dict[str, Any]:
        """The answer to ``count=1``: a number without rows."""
        clash = [name for name in _WITH_COUNT if name in self.query.params]
        if clash:
            raise PosError(400, f"count cannot be combined with {', '.join(clash)}.")
        return {"@attributes": {"count": str(len(self.rows(records)))}}

    def page(self, records: Iterable[Record], base_url: str) -> tuple[dict[str, str], list[Record]]:
        """One page with its neighbours' URLs, empty where there is no neighbour."""
        name, descending = self._sorting()
        limit, key = self._limit(), self.resource.key
        found = self.rows(records)
        # Python's sort is stable: by id first, so that equal sort values come in ascending id.
        found.sort(key=lambda record: record[key])
        found.sort(key=lambda record: _sortable(record[name]), reverse=descending)
        params = self.query.params
        if "after" in params and "before" in params:
            raise PosError(400, "after and before cannot be combined.")
        start, end = 0, len(found)
        if "after" in params:
            start = self._split(found, name, descending, params["after"], behind=True)
            end = start + limit
        elif "before" in params:
            end = self._split(found, name, descending, params["before"], behind=False)
            start = max(0, end - limit)
        else:
            end = limit
        rows = found[start:end]
        sort = ("-" if descending else "") + name
        after = before = ""
        if rows and start + len(rows) < len(found):
            after = q.page_url(base_url, self.query, sort, limit, "after", self._cursor(rows[-1], name))
        if rows and start > 0:
            before = q.page_url(base_url, self.query, sort, limit, "before", self._cursor(rows[0], name))
        return {"next": after, "previous": before}, rows

    def _cursor(self, record: Record, name: str) -> list[Any]:
        """The sort value and the id; by id alone just the id."""
        key = self.resource.key
        if name == key:
            return [record[key]]
        return [scalar(record[name]), record[key]]

    def _split(self, found: list[Record], name: str, descending: bool, text: str, behind: bool) -> int:
        """How many rows stand before the cursor's place (``behind``: up to and with the cursor's row)."""
        values = q.decode_cursor(text)
        key = self.resource.key
        field = self._field(name)
        try:
            number = int(values[-1])
        except (TypeError, ValueError) as error:
            raise PosError(400, "Invalid cursor.") from error
        value = number if name == key else _sortable(self._cursor_value(field, str(values[0])))
        count = 0
        for record in found:
            own = record[key] if name == key else _sortable(record[name])
            earlier = own > value if descending else own < value
            same = own == value and (
                name == key or record[key] < number or (behind and record[key] == number)
            )
            if name == key and own == value:
                same = behind
            count += earlier or same
        return count

    def _cursor_value(self, field: Field, text: str) -> Any:
        return text if field.kind == "text" else self._native(field, text)


def _sortable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str):
        return value.casefold()
    return value
