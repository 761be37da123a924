"""A Postgres and a Redis of our own, which may be stopped and started as often as we like."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from demo.settings import free_ports

UNPRIVILEGED = ("postgres", "nobody")


class NotInstalled(Exception):
    """A program that is needed is not on this machine; says which, and what brings it."""


class Servers:
    """Their folder, ports and command lines. They keep nothing in this project's folder."""

    def __init__(self) -> None:
        self.redis_port, self.postgres_port = free_ports(2)
        self.user = _other_user()
        self._programs = _postgres_programs()
        self._redis = shutil.which("redis-server")
        if self._redis is None:
            raise NotInstalled(
                "There is no redis-server: install it (on Debian and Ubuntu the package redis-server)."
            )
        self.folder = Path(tempfile.mkdtemp(prefix="nuorder-pos-kills-"))
        if self.user is not None:
            found = pwd.getpwnam(self.user)
            os.chown(self.folder, found.pw_uid, found.pw_gid)

    @property
    def postgres_url(self) -> URL:
        """The server's own database."""
        return URL.create(
            "postgresql", "postgres", host="127.0.0.1", port=self.postgres_port, database="postgres"
        )

    @property
    def redis_origin(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}"

    def create(self) -> None:
        """Postgres' files. It takes no password, and listens on loopback only."""
        done = subprocess.run(
            [self._programs / "initdb", "--pgdata", self.folder / "data", "--username", "postgres", "--auth", "trust",
             "--encoding", "UTF8", "--no-locale", "--no-sync"],
            cwd=self.folder, capture_output=True, text=True, check=False, **self.as_user(),
        )  # fmt: skip
        if done.returncode:
            raise NotInstalled(f"initdb did not work: {done.stderr.strip()}")

    def postgres_words(self) -> list[str]:
        """A commit that was answered must outlive the stop of the server, not that of the machine: so no fsync."""
        settings = {
            "port": self.postgres_port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder,
            "max_connections": 300, "fsync": "off", "full_page_writes": "off", "synchronous_commit": "on",
        }  # fmt: skip
        words = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
        return words + [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def redis_words(self) -> list[str]:
        """As the compose file starts it: it keeps nothing on disk, so a restart empties every queue."""
        return [str(self._redis), "--bind", "127.0.0.1", "--port", str(self.redis_port), "--save", "",
                "--appendonly", "no", "--dir", str(self.folder)]  # fmt: skip

    def as_user(self) -> dict[str, Any]:
        """Arguments of ``subprocess`` for Postgres, which refuses to run as root."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def remove(self) -> None:
        """The folder, once both have ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _other_user() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NotInstalled("Postgres does not run as root, and there is no user postgres or nobody.")


def _postgres_programs() -> Path:
    """Where initdb and postgres are: on the PATH, or where Debian puts them; the newest."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True
    )
    if not versions:
        raise NotInstalled("There is no Postgres: install it (on Debian and Ubuntu the package postgresql).")
    return versions[0].parent
