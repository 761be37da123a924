"""Fixtures of the Airflow shells' tests.

This folder has no ``__init__.py``, and must not get one: with ``tests`` on the path it would hide Airflow itself.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from support.airflow_place import Place, clean_environment

# Airflow writes its configuration file where this points to as soon as it is imported. Never into the home folder.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="nuorder-pos-airflow-"))

ONE_BRAND = "accounts: {main: {brands: [{name: Acme, nuorder_conn_id: nuorder_acme}]}}\n"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An Airflow home whose database is migrated, and a project database beside it; no connections yet."""
    folder = tmp_path_factory.mktemp("airflow")
    place = Place(folder, clean_environment(folder))
    place.brands(ONE_BRAND)
    place.run("airflow", "db", "migrate")
    return place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An Airflow home without a database."""
    place = Place(tmp_path, clean_environment(tmp_path))
    place.brands(ONE_BRAND)
    return place
