"""What a request costs in drips: the documented table, worked out from the request's text alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sandbox.pos.query import RANGE_OPERATORS, Filter, Query
from sandbox.pos.relations import RELATIONS
from sandbox.pos.schema import RESOURCES

_NESTED: Final = Decimal("0.5")
_TO_ONE: Final = Decimal("0.1")
_TO_MANY: Final = Decimal("0.2")
_COUNT: Final = Decimal(10)
_COLLECTIONS: Final = frozenset(
    {
        "Prices",
        "ItemVendorNums",
        "ItemShops",
        "ItemComponents",
        "CustomFieldValues",
        "TagRelations",
        "Tags",
        "Images",
        "Items",
        "OrderLines",
        "Addresses",
        "Phones",
        "Emails",
        "Websites",
        "Reps",
        "CustomFieldChoices",
    }
)


def request_cost(method: str, resource: str, has_id: bool, query: Query, body: Any, nested: str) -> Decimal:
    """Drips of one request. Failed requests cost the same: nothing is read before the cost is known."""
    if method == "GET":
        if query.counting:
            return _COUNT
        return 1 + relation_cost(resource, query, on_query=not has_id) + or_cost(query.alternatives)
    base = Decimal(RESOURCES[resource].write_cost if resource in RESOURCES else 1)
    return base + nested_cost(body, nested)


def relation_cost(resource: str, query: Query, on_query: bool) -> Decimal:
    """0.1 for a relation to one, 0.2 to many; double on a query, or nested under a relation to many."""
    total = Decimal(0)
    known = RELATIONS.get(resource, {})
    wanted: list[str] = []
    if query.all_relations:
        for name, relation in known.items():
            if name != "CustomFieldValues":
                wanted += [name, *(f"{name}.{inner}" for inner, _ in relation.nested)]
    for full in query.relations:
        name, _, inner = full.partition(".")
        wanted += [name] if not inner else [name, full]
    for full in dict.fromkeys(wanted):
        name, _, inner = full.partition(".")
        relation_ = known.get(name)
        if relation_ is None:
            continue
        many = dict(relation_.nested).get(inner, False) if inner else relation_.many
        doubled = on_query or (bool(inner) and relation_.many)
        total += (_TO_MANY if many else _TO_ONE) * (2 if doubled else 1)
    return total


def or_cost(operands: tuple[Filter, ...]) -> Decimal:
    """``or=`` on one field is free; on fields of one entity 1 per operand; else 10 per entity and 1 for each
    further operand of it."""
    if len({operand.field for operand in operands}) <= 1:
        return Decimal(0)
    entities = [operand.entity for operand in operands]
    ranges = sum(operand.operator in RANGE_OPERATORS for operand in operands)
    if len(set(entities)) == 1 and ranges <= 1:
        return Decimal(len(operands))
    return Decimal(sum(10 + entities.count(entity) - 1 for entity in set(entities)))


def nested_cost(body: Any, mode: str) -> Decimal:
    """Half a drip for every related entity in a payload, even when nothing changes.

    Which entities count is undocumented: every object in a nested collection or relation (switch
    ``nested_costs`` = all), all but ItemAttributes, or none.
    """
    if mode == "none" or not isinstance(body, dict):
        return Decimal(0)
    return _NESTED * sum(_count(name, value, mode) for name, value in body.items())


def _count(name: str, value: Any, mode: str) -> int:
    if isinstance(value, list):
        return sum(_count(name, one, mode) for one in value)
    if not isinstance(value, dict):
        return 0
    inside = sum(_count(key, one, mode) for key, one in value.items())
    wrapper = name in _COLLECTIONS and all(isinstance(one, dict | list) for one in value.values())
    skipped = mode == "no_attributes" and name == "ItemAttributes"
    return inside + (0 if wrapper or skipped else 1)
