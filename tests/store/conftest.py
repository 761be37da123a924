"""Fixtures of the store's tests."""

from __future__ import annotations

from support.databases import database_kind, databases, engine

__all__ = ["database_kind", "databases", "engine"]
