"""A seat's health, asked with as little as it takes: in every container somebody asks every few seconds.

Imported before everything else (`entrance`), so nothing here but the standard library's lightest: a whole `yidi` takes
a quarter of a second of one core to import, this a tenth of that.
"""

import json
import os
import socket
import sys
from typing import Any, Final

BAD_INPUT: Final = 2
PORT_MAX: Final = 65_535
ANSWER_S_MAX: Final = 4.0
ANSWER_BYTES_MAX: Final = 1 << 20
ANYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104 — recognised, not bound to
SCHEME: Final = "http://"


def quick(arguments: list[str]) -> int | None:
    """The exit code of `yidi health [URL]`, told on standard output or error; None for what needs the whole program."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        return None
    where = place(arguments[0] if arguments else None)
    if not is_address(where):
        sys.stderr.write(f"✗ {where} is no address of a seat: name one as {SCHEME}HOST:PORT\n")
        return BAD_INPUT
    told = ask(where)
    if told.get("healthy"):
        sys.stdout.write(f"✓ {where} is healthy\n")
        return 0
    sys.stderr.write(f"✗ {where} is not healthy: {why(told)}\n")
    return 1


def place(url: str | None) -> str:
    """Where to ask: as named, else the seat of this machine by its settings."""
    if url:
        named = url.rstrip("/").removesuffix("/health").removesuffix("/")
        return named if "://" in named else f"{SCHEME}{named}"
    host = os.environ.get("YIDI_HTTP_HOST", "")
    own = "127.0.0.1" if host in ANYWHERE else f"[{host}]" if ":" in host else host
    return f"{SCHEME}{own}:{os.environ.get('YIDI_HTTP_PORT') or 8080}"


def is_address(where: str) -> bool:
    """Whether anybody could be asked there."""
    try:
        return _address(where)[1] <= PORT_MAX
    except ValueError:
        return False


def ask(where: str) -> dict[str, Any]:
    """What `/health` says, whatever its status; that nobody answers is no health either."""
    try:
        return _decoded(_fetched(where))
    except (OSError, ValueError, OverflowError) as error:  # the last for a port beyond all ports
        return {"healthy": False, "trouble": f"nobody answers ({error or type(error).__name__})"}


def why(told: dict[str, Any]) -> str:
    """In one line, why it is not healthy."""
    troubles = told.get("troubles") or {}
    if troubles:
        return "; ".join(f"{part}: {words}" for part, words in troubles.items())
    if told.get("ready") is False:
        return "it is not ready yet"
    stuck = [name for name, one in (told.get("services") or {}).items() if one["state"] not in ("ok", "busy")]
    return told.get("trouble") or (f"{', '.join(stuck)} makes no progress" if stuck else "it makes no progress")


def _fetched(where: str) -> bytes:
    """The body of the answer. In HTTP/1.0 it ends with the connection, and nothing has to be known about HTTP."""
    host, port = _address(where)
    request = f"GET /health HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n\r\n"
    with socket.create_connection((host, port), ANSWER_S_MAX) as connection:
        connection.settimeout(ANSWER_S_MAX)
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            return answer.read(ANSWER_BYTES_MAX).partition(b"\r\n\r\n")[2]


def _address(where: str) -> tuple[str, int]:
    scheme, _, rest = where.partition("://")
    host, _, port = rest.rpartition(":")
    if f"{scheme}://" != SCHEME or not port.isdecimal() or not host:
        raise ValueError(f"an address is {SCHEME}HOST:PORT")
    return host.strip("[]"), int(port)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"healthy": False, "trouble": "what answers there is no seat of a chain"}
