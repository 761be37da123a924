"""Installs what the lock file names into a virtual environment (``make setup``).

Runs on the machine's own Python, before anything is installed: standard library only.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

LOG_TAIL = 15


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--lock", type=Path, required=True)
    parser.add_argument("--stamp", type=Path, required=True)
    asked = parser.parse_args()

    began = time.monotonic()
    python = asked.venv.absolute() / "bin" / "python"
    if not _runs(python):
        shutil.rmtree(asked.venv, ignore_errors=True)
        print(f"Creating {asked.venv} with Python {sys.version.split()[0]}", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(asked.venv)], check=False)
        if made.returncode:
            print(f"The virtual environment {asked.venv} could not be created; the reason is above.")
            return 1

    log = asked.venv / "install.log"
    total = len(re.findall(r"^\w\S*==", asked.lock.read_text(), flags=re.MULTILINE))
    print(
        f"Installing about {total} packages from {asked.lock} (a few minutes the first time; log: {log})",
        flush=True,
    )
    pip = [
        str(python),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--progress-bar",
        "off",
    ]
    # The lock file names everything with its hash, so there is nothing to work out: --no-deps.
    with log.open("w") as lines:
        steps = (
            [*pip, "--no-deps", "--require-hashes", "--requirement", str(asked.lock)],
            [*pip, "--no-deps", "--no-build-isolation", "--editable", "."],
        )
        for step in steps:
            if _followed(step, lines, total):
                lines.flush()
                tail = "\n".join(log.read_text().splitlines()[-LOG_TAIL:])
                print(f"\nThe installation failed. The last lines of {log}:\n{tail}")
                return 1

    asked.stamp.write_text(f"Python {sys.version.split()[0]}, {asked.lock.name}\n")
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def _runs(python: Path) -> bool:
    """Whether the environment is there, works, and is of the Python that was asked for."""
    question = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(python), "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == f"{sys.version_info[0]}.{sys.version_info[1]}"


def _followed(command: list[str], log: TextIO, total: int) -> int:
    """Runs one pip command, everything into the log, and shows how far it is."""
    tty = sys.stdout.isatty()
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            log.write(line)
            if found := re.match(
                r"(?:Collecting |Processing |Requirement already satisfied: )(\S+?)(?:[=<>!~;].*)?$", line
            ):
                seen += 1
                name = Path(found[1]).name
                if tty:
                    print(f"\r  {min(seen, total)} of {total}  {name[:50]:<50}", end="", flush=True)
                elif seen % 40 == 0:
                    print(f"  {min(seen, total)} of {total} fetched", flush=True)
            elif line.startswith("Installing collected packages") and seen > 1:
                print(f"{chr(13) if tty else ''}  all fetched; unpacking them{' ' * 40}".rstrip(), flush=True)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
