"""What a wheel carries, and what Airflow finds of it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from support import compose


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=compose.ROOT, check=True, capture_output=True, timeout=120)
    (path,) = folder.glob("nuorder_pos-*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_carries_all_of_the_package(wheel: zipfile.ZipFile) -> None:
    source = compose.ROOT / "plugins" / "nuorder_pos"
    wanted = {
        f"nuorder_pos/{path.relative_to(source)}"
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert wanted <= set(wheel.namelist())


def test_the_wheel_carries_the_sql_that_people_read(wheel: zipfile.ZipFile) -> None:
    source = compose.ROOT / "include" / "sql"
    wanted = {f"nuorder_pos/sql/{path.relative_to(source)}" for path in source.rglob("*.sql")}

    assert wanted
    assert wanted <= set(wheel.namelist())


def test_the_wheel_carries_nothing_else(wheel: zipfile.ZipFile) -> None:
    roots = {Path(name).parts[0] for name in wheel.namelist()}

    assert {root for root in roots if not root.endswith(".dist-info")} == {"nuorder_pos"}


@pytest.mark.parametrize(
    "group, name", [("apache_airflow_provider", "provider_info"), ("airflow.plugins", "nuorder_pos")]
)
def test_airflow_s_entry_points_can_be_loaded(group: str, name: str) -> None:
    found, *_ = [
        point
        for point in entry_points(group=group)
        if point.name == name and point.dist and point.dist.name == "nuorder-pos"
    ]

    assert found.load()
