"""Pydantic's findings as sentences for the person who wrote the file."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from nuorder_pos.config.model import ADDRESS_KEYS, AccountConfig, AutoApprove, BrandConfig, BrandsFile
from nuorder_pos.config.places import Loc, Places

_LIMITS = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}


def sentence(detail: ErrorDetails, places: Places) -> tuple[Loc, str]:
    """Place and sentence (without a full stop) of one finding; a question ends with its mark."""
    loc: Loc = tuple(step for step in detail["loc"] if step != "[key]")
    kind, context = detail["type"], detail.get("ctx") or {}
    key = loc[-1] if loc else ""
    if kind in ("missing", "extra_forbidden"):
        return loc, _wrong_key(loc, missing=kind == "missing")
    if _is_address_key(detail):
        return loc, _unknown(str(key), ADDRESS_KEYS, "'vendor_address'")
    if kind == "string_type":
        written = places.text(loc)
        if written is None:
            return loc, f"{key!r} must be text"
        if not written or written in ("~", "null"):
            return loc, f"{key!r} is empty"
        return loc, f'{key!r} must be text: put it in quotes, {key}: "{written}"'
    if kind == "string_too_short":
        return loc, f"{key!r} is empty"
    if kind == "literal_error":
        return loc, f"{key!r} is {detail['input']!r}; allowed are {context['expected']}"
    if kind == "bool_type":
        return loc, f"{key!r} is {detail['input']!r}; allowed are true and false"
    if kind == "int_type":
        return loc, f"{key!r} is {detail['input']!r}; it must be a whole number"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return loc, f"{key!r} is {detail['input']!r}; it must be {words} {context[name]}"
    if kind in ("model_type", "dict_type"):
        return loc, _wrong_shape(loc)
    if kind == "tuple_type":
        return loc, f"{key!r} must be a list, each element beginning with '-'"
    return loc, f"{key!r} {detail['msg']}"


def _is_address_key(detail: ErrorDetails) -> bool:
    return detail["loc"][-1:] == ("[key]",) and "vendor_address" in detail["loc"]


def _wrong_key(loc: Loc, *, missing: bool) -> str:
    model, words = _holder(loc[:-1])
    key = str(loc[-1])
    if missing:
        return f"{words} needs {key!r}"
    return _unknown(
        key, [name for name in model.model_fields if (model, name) != (AccountConfig, "name")], words
    )


def _unknown(key: str, allowed: list[str] | tuple[str, ...], words: str) -> str:
    if close := get_close_matches(key, allowed, n=1, cutoff=0.6):
        return f"{key!r} is not a setting of {words}; did you mean {close[0]!r}?"
    return f"{key!r} is not a setting of {words}; allowed are {', '.join(allowed)}"


def _holder(loc: Loc) -> tuple[type[BaseModel], str]:
    """Model and name of what stands at ``loc``."""
    match loc:
        case ("accounts", _):
            return AccountConfig, "an account"
        case ("accounts", _, "brands", int()):
            return BrandConfig, "a brand"
        case ("accounts", _, "brands", int(), "auto_approve"):
            return AutoApprove, "'auto_approve'"
    return BrandsFile, "the file"


def _wrong_shape(loc: Loc) -> str:
    match loc:
        case ():
            return "the file must begin with 'accounts:'"
        case ("accounts",):
            return "'accounts' must hold accounts by name, such as 'main:'"
        case (*_, "auto_approve"):
            return "'auto_approve' must be written as {max_total: \"500.00\"}"
        case (*_, "vendor_address"):
            return f"'vendor_address' must hold {', '.join(ADDRESS_KEYS)}"
    model, words = _holder(loc)
    needed = [
        name
        for name, field in model.model_fields.items()
        if field.is_required() and (model, name) != (AccountConfig, "name")
    ]
    return f"{words} must hold settings, at least {', '.join(needed)}"
