"""`yidi health`: asks a seat whether it makes progress; made for a container's HEALTHCHECK."""

import json
import os
from http.client import HTTPException
from typing import Annotated, Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import typer

from yidi.cli.screen import complain, out, print_json

app = typer.Typer(rich_markup_mode=None)

ANSWER_S_MAX: Final = 4.0
ANYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104 — recognised, not bound to


@app.command()
def health(
    url: Annotated[str | None, typer.Argument(help="http://HOST:PORT of a seat; else the one of this machine.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what it says as JSON.")] = False,
) -> None:
    """Ask a served seat whether it is healthy: exit code 0 when it makes progress, 1 when not, or when nobody answers.

    Without an address it asks at YIDI_HTTP_HOST:YIDI_HTTP_PORT of this machine.

    Example: yidi health http://127.0.0.1:8080
    """
    where = (url or _own()).rstrip("/").removesuffix("/health")
    told = _ask(where)
    if as_json:
        print_json(told)
    elif told.get("healthy"):
        out.print(f"[green]✓[/] {where} is healthy", soft_wrap=True)
    else:
        complain(f"{where} is not healthy: {_why(told)}")
    raise typer.Exit(0 if told.get("healthy") else 1)


def _own() -> str:
    host = os.environ.get("YIDI_HTTP_HOST", "")
    named = "127.0.0.1" if host in ANYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{named}:{os.environ.get('YIDI_HTTP_PORT') or 8080}"


def _ask(where: str) -> dict[str, Any]:
    """What `/health` says, whatever its status; that nobody answers is no health either."""
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{where}/health", timeout=ANSWER_S_MAX) as answer:
            return _decoded(answer.read())
    except HTTPError as error:
        return _decoded(error.read())
    except (URLError, OSError, HTTPException, ValueError) as error:
        return {"healthy": False, "trouble": f"nobody answers ({getattr(error, 'reason', error)})"}


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"healthy": False, "trouble": "what answers there is no seat of a chain"}


def _why(told: dict[str, Any]) -> str:
    troubles = told.get("troubles") or {}
    if troubles:
        return "; ".join(f"{part}: {words}" for part, words in troubles.items())
    if told.get("ready") is False:
        return "it is not ready yet"
    stuck = [name for name, one in (told.get("services") or {}).items() if one["state"] not in ("ok", "busy")]
    return told.get("trouble") or (f"{', '.join(stuck)} makes no progress" if stuck else "it makes no progress")
