"""A PostgreSQL server for tests, from the system's own package: in a folder of its own, always stopped."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import psutil
import pytest

from yidi.broker import ports

USER: Final = "yidi"
START_S_MAX: Final = 120
LOOK_AGAIN_S: Final = 0.001
PORT_ATTEMPTS_MAX: Final = 3
PORT_LOST: Final = "Address already in use"
EMPTY: Final = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
UNPRIVILEGED: Final = "nobody"
"""PostgreSQL refuses to run as root; tests in containers often are."""

_numbers = count(1)


class NoPostgresql(Exception):
    """There is no server to start on this machine."""


def programs() -> Path:
    """The folder of initdb and pg_ctl: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not folders:
        raise NoPostgresql("no PostgreSQL server is installed here (on Debian: apt install postgresql)")
    return folders[-1].parent


@dataclass
class Server:
    """One server: on a unix socket and on loopback, user `yidi` without a password."""

    folder: Path
    port: int = 0

    @property
    def url(self) -> str:
        return self.of("postgres")

    def of(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self) -> str:
        """The address of a new, empty database."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._order(f"CREATE DATABASE {name} {EMPTY}")
        return self.of(name)

    def dump(self, database: str) -> Path:
        """A file with all that the database of this address holds."""
        file = self.folder / f"{next(_numbers)}.dump"
        _run(self.folder, "pg_dump", "--format=custom", f"--file={file}", database)
        return file

    def restore(self, database: str, dump: Path) -> None:
        """Lose the database of this address, and make it anew from the file."""
        name = database.rpartition("/")[2]
        self._order(f"DROP DATABASE {name} WITH (FORCE)")
        self._order(f"CREATE DATABASE {name} {EMPTY}")
        _run(self.folder, "pg_restore", "--exit-on-error", f"--dbname={database}", str(dump))

    def _order(self, order: str) -> None:
        import psycopg  # noqa: PLC0415 — the extra may be missing, and then this is not called

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(order)

    def begin(self) -> None:
        """The first start, on a free port; on another one where somebody takes it between choice and use."""
        for attempt in range(1, PORT_ATTEMPTS_MAX + 1):
            self.port = ports.pick()
            try:
                self.start()
            except RuntimeError:
                lost = PORT_LOST in (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                if not lost or attempt == PORT_ATTEMPTS_MAX:
                    raise
            else:
                return

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._ctl("start", "-w", "-t", str(START_S_MAX), "-l", str(self.folder / "log"), "-o", options)

    def stop(self, how: str = "fast") -> None:
        """`fast` breaks connections; `immediate` is a crash: what was committed is found again at the next start."""
        self._ctl("stop", "-w", "-m", how)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of it runs within the block: connections stay open, nothing is answered."""
        postmaster = psutil.Process(int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]))
        stopped = [postmaster]
        try:
            _freeze(postmaster)  # first, so that nobody is born meanwhile
            for child in postmaster.children(recursive=True):
                stopped.append(child)
                _freeze(child)
            yield
        finally:
            for one in stopped:
                with suppress(psutil.NoSuchProcess):
                    one.resume()

    def _ctl(self, *arguments: str) -> None:
        _run(self.folder, "pg_ctl", "-s", "-D", str(self.folder / "data"), *arguments)


def _freeze(process: psutil.Process) -> None:
    """Return when it stands still, or is gone: a signal sent is not yet one obeyed."""
    with suppress(psutil.NoSuchProcess):
        process.suspend()
        while process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
            time.sleep(LOOK_AGAIN_S)


@contextmanager
def server() -> Iterator[Server]:
    """A running server, gone afterwards with everything in it."""
    programs()
    folder = Path(tempfile.mkdtemp(prefix="yidi-pg-"))
    made = Server(folder)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        authenticate = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        _run(folder, "initdb", "-D", str(folder / "data"), "-U", USER, *authenticate)
        made.begin()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def required() -> Iterator[Server]:
    """For fixtures: a laptop without PostgreSQL skips in words, and where YIDI_REQUIRE names postgresql it fails."""
    try:
        programs()
    except NoPostgresql as error:
        if "postgresql" in os.environ.get("YIDI_REQUIRE", ""):
            raise
        pytest.skip(str(error))
    with server() as running:
        yield running


def _run(folder: Path, program: str, *arguments: str) -> None:
    become = {"user": UNPRIVILEGED, "group": "nogroup", "extra_groups": ()} if os.geteuid() == 0 else {}
    done = subprocess.run(  # noqa: S603 — a program of the system's own package
        [programs() / program, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "words").open("ab"),
        check=False,
        **become,  # type: ignore[call-overload]
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {(folder / 'words').read_text()}")
