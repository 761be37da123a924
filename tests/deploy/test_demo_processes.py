"""The demonstration ends everything that it started, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from demo import processes
from demo.processes import Started

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)  # as Airflow's task processes do
    if os.fork() == 0:
        open(sys.argv[1], "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)  # so the last one is an orphan
time.sleep(600)
"""


def started(folder: Path, *command: str) -> Started:
    return processes.start("test", [sys.executable, *command], os.environ, folder / "log", folder)


def wait_for(path: Path) -> int:
    for _ in range(200):
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the process did not start")


def test_a_service_that_ignores_the_request_is_killed_with_its_orphans(tmp_path: Path) -> None:
    service = started(tmp_path, "-c", STUBBORN, str(tmp_path / "orphan"))
    orphan = wait_for(tmp_path / "orphan")

    assert processes.end([service], grace=0.5) == []

    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE
    assert not service.is_running()


def test_a_process_that_took_over_the_id_is_left_alone(tmp_path: Path) -> None:
    service = started(tmp_path, "-c", "import time; time.sleep(600)")
    earlier = replace(service, created=service.created - 1000)
    try:
        assert not earlier.is_running()
        assert processes.end([earlier], grace=0.5) == []
        assert service.is_running()
    finally:
        processes.end([service], grace=5)


def test_what_was_started_is_found_again_by_another_program(tmp_path: Path) -> None:
    service = started(tmp_path, "-c", "import time; time.sleep(600)")
    try:
        processes.remember(tmp_path / "started.json", [service])
        assert processes.remembered(tmp_path / "started.json") == [service]
        assert processes.runner_lives(tmp_path / "started.json")
    finally:
        assert processes.end(processes.remembered(tmp_path / "started.json"), grace=5) == []
    assert not service.is_running()


def test_what_was_started_before_the_machine_was_restarted_counts_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Started("test", os.getpid(), psutil.Process().create_time(), "")
    processes.remember(tmp_path / "started.json", [service])
    monkeypatch.setattr(psutil, "boot_time", lambda: time.time() + 1000)

    assert processes.remembered(tmp_path / "started.json") == []


def test_nothing_was_started_where_there_is_no_record(tmp_path: Path) -> None:
    assert processes.remembered(tmp_path / "started.json") == []
    assert not processes.runner_lives(tmp_path / "started.json")


def test_down_without_up_says_so_and_succeeds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo", "down"],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "NUORDER_POS_RUN": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert "Nothing runs" in done.stdout
