"""What the DAG file costs the dag-processor at each parse, beside a file with an empty DAG."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.sandbox import ROOT

EMPTY = """from airflow.sdk import DAG
with DAG("empty", schedule=None):
    pass
"""
ROUNDS = 5


def measure() -> tuple[float, float]:
    """Median seconds of a whole process that loads the DAG file, and of one that loads an empty DAG; run in turns."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty_dag.py"
        empty.write_text(EMPTY, "utf-8")
        ours, other = [], []
        for _ in range(ROUNDS):
            ours.append(_load(ROOT / "dags" / "nuorder_po_export.py", folder))
            other.append(_load(empty, folder))
    return statistics.median(ours), statistics.median(other)


def _load(path: Path, home: str) -> float:
    env = os.environ | {"AIRFLOW_HOME": home, "NUORDER_POS_BRANDS": str(ROOT / "include" / "brands.yaml")}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import runpy; runpy.run_path({str(path)!r})"],
        env=env,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begun
