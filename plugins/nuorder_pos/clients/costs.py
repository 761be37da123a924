"""What a request costs in drips before it is sent, by the documented table (fact sheet ``lightspeed-r-series.md``,
sections 3.3 and 4). Pure. Where the table leaves room, the higher number: the answer's header corrects it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

BASE = Decimal(1)
NESTED = Decimal("0.5")
_TO_ONE = Decimal("0.1")
_TO_MANY = Decimal("0.2")
_COUNT = Decimal(10)
_BASE_OF = {"Category": Decimal(10)}
_RANGES = (">=", "<=", "><", ">", "<")
_ONE, _MANY = "one", "many"

_RELATIONS: dict[str, dict[str, str]] = {
    "Item": {
        "Category": _ONE,
        "TaxClass": _ONE,
        "ItemAttributes": _ONE,
        "Manufacturer": _ONE,
        "Note": _ONE,
        "Images": _MANY,
        "ItemShops": _MANY,
        "ItemVendorNums": _MANY,
        "ItemComponents": _MANY,
        "ItemECommerce": _ONE,
        "TagRelations": _MANY,
        "CustomFieldValues": _MANY,
        "ItemPrices": _MANY,
    },
    "ItemMatrix": {
        "Category": _ONE,
        "TaxClass": _ONE,
        "Department": _ONE,
        "ItemAttributeSet": _ONE,
        "Manufacturer": _ONE,
        "Season": _ONE,
        "Images": _MANY,
        "Items": _MANY,
        "ItemECommerce": _ONE,
        "TagRelations": _MANY,
    },
    "Order": {"OrderLines": _MANY, "Note": _ONE, "Vendor": _ONE, "Shop": _ONE, "CustomFieldValues": _MANY},
    "Vendor": {"Contact": _ONE, "Reps": _MANY},
    "Category": {"Parent": _ONE},
}
_NOT_IN_ALL = {"CustomFieldValues"}
_UNKNOWN_ALL = Decimal(5)


def write_cost(resource: str, payload: Mapping[str, Any] | None = None) -> Decimal:
    """Drips of a POST, PUT or DELETE. ``resource`` is the entity's name, ``Image`` for an upload.

    Every nested entity counts half a drip: each row of a nested collection (``Prices``, ``ItemVendorNums``, …) and
    each nested object (``ItemAttributes``, ``Note``, ``Contact`` and what is in it).
    """
    nested = sum(_entities(name, value) for name, value in (payload or {}).items())
    return _BASE_OF.get(resource, BASE) + NESTED * nested


def read_cost(resource: str, query: Mapping[str, str] | None = None, single: bool = False) -> Decimal:
    """Drips of a GET: ``single`` for one record by its id, else a query."""
    params = query or {}
    base = _COUNT if params.get("count") == "1" else BASE
    cost = base + sum((_relation_cost(resource, name, single) for name in _wanted(params)), Decimal(0))
    return cost + _alternatives_cost(resource, params.get("or", ""))


def _entities(name: str, value: Any) -> int:
    """How many nested entities a value of a payload holds. A plural name around named rows is only a wrapper."""
    if isinstance(value, list | tuple):
        return sum(_entities("", entry) if isinstance(entry, Mapping) else 1 for entry in value)
    if not isinstance(value, Mapping):
        return 0
    inner = sum(_entities(key, entry) for key, entry in value.items())
    wrapper = (
        name.endswith("s")
        and value
        and all(isinstance(entry, Mapping | list | tuple) for entry in value.values())
    )
    return inner if wrapper else 1 + inner


def _wanted(params: Mapping[str, str]) -> list[str]:
    """The relations that a query asks for; ``["all"]`` for all of them."""
    text = params.get("load_relations", "").strip()
    if not text:
        return []
    try:
        names = json.loads(text)
    except ValueError:
        return [text]
    return [str(name) for name in names] if isinstance(names, list) else [str(names)]


def _relation_cost(resource: str, name: str, single: bool) -> Decimal:
    known = _RELATIONS.get(resource, {})
    factor = 1 if single else 2
    if name == "all":
        if not known:
            return _UNKNOWN_ALL
        return factor * sum(
            (_TO_ONE if kind == _ONE else _TO_MANY for key, kind in known.items() if key not in _NOT_IN_ALL),
            Decimal(0),
        )
    head, *rest = name.split(".")
    cost = factor * (_TO_ONE if known.get(head) == _ONE else _TO_MANY)
    for _ in rest:
        cost += (factor if known.get(head) == _ONE else 2) * _TO_MANY
    return cost


def _alternatives_cost(resource: str, text: str) -> Decimal:
    """The surcharge of ``or=``: none on one field, 1 per operand on one entity, 10 and more across entities."""
    operands = [operand for operand in text.split("|") if operand]
    fields = [operand.partition("=")[0] for operand in operands]
    if len(set(fields)) <= 1:
        return Decimal(0)
    entities = Counter(field.rpartition(".")[0] or resource for field in fields)
    ranges = sum(operand.partition("=")[2].startswith(_RANGES) for operand in operands)
    if len(entities) == 1 and ranges <= 1:
        return Decimal(len(operands))
    return sum((Decimal(10) + (count - 1) for count in entities.values()), Decimal(0))
