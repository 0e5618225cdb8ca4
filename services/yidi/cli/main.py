"""`yidi`: finds the command, runs it, and turns what goes wrong into words and an exit code that scripts can rely on.

0 done · 1 a negative outcome (refused, audit failed, no such id) · 2 bad input (for the audit: unknown) · 3 the chain
or its Kafka is not there · 4 the outcome is unknown · 130 interrupted
"""

import asyncio
import importlib
import json
import logging
import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from yidi import __version__
from yidi.broker.errors import BrokerError
from yidi.chain.errors import ChainError, Interrupted
from yidi.cli.screen import complain, say
from yidi.runtime.stops import ServiceStopped
from yidi.runtime.store import StoreError

COMMANDS: Final = {
    "up": "the chain until Ctrl-C",
    "demo": "a guided tour that ends with the audit's verdict",
    "console": "the web page over the chain and its errors",
    "serve": "one seat in the foreground, on a Kafka of your own",
    "submit": "send itemised bills and see the receipts",
    "trace": "every leg of a settlement's way",
    "explain": "every fen of a settlement",
    "query": "what became of a request",
    "reverse": "undo a settlement by its negative twin",
    "calculate": "what a policy pays for a claim, without a broker",
    "load": "synthetic encounters, with a progress bar",
    "audit": "the oracle's verdict over all topics",
    "errors": "the error desk: what failed and why, mend, replay, prove",
    "replay": "send a failed record again, by its error id",
    "file": "record a filing, so that a refusal can be replayed",
    "topics": "the plan of the topics; --create makes them",
    "seed": "reference data for a chain on a Kafka of your own",
    "attach": "let commands here speak to a chain that runs elsewhere",
    "health": "whether a served seat makes progress",
    "backup": "stores of a running chain, everything of a stopped one",
    "restore": "a back-up put back, or refused in words",
    "bench": "how fast, compared with a bare relay",
    "chaos": "break it on purpose, heal, audit",
}
"""Commands in the order people meet them; each lives in the module of its name, imported only when it is used."""

INTERRUPTED: Final = 130
CHAIN_MISSING: Final = 3


class Commands(TyperGroup):
    """Commands by name, loaded when asked for, so that `yidi --help` answers at once."""

    # Typer carries its own private copy of click: its types cannot be named here, hence Any.
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        if cmd_name not in COMMANDS:
            return None
        commands: typer.Typer = importlib.import_module(f"yidi.cli.{cmd_name}").app
        commands._add_completion = False  # noqa: SLF001 — `yidi` as a whole has none; a part of it cannot
        return typer.main.get_command(commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The national cross-region settlement chain on your own machine. A simulator, not the official platform.",
)


def _version(wanted: bool) -> None:  # noqa: FBT001 — typer's callback signature
    if wanted:
        typer.echo(f"yidi {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Example: `yidi up` in one terminal, `yidi submit examples/encounters/*.json` in another."""


def run() -> None:
    """Entry point: every failure that is foreseen ends in words, never in a traceback."""
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # it complains of every retry, line by line
    try:
        app()
    except (ChainError, BrokerError) as error:
        code = int(getattr(error, "exit_code", CHAIN_MISSING))
        if not _told_for_programs(error, code):
            complain(error)
        sys.exit(code)
    except (ServiceStopped, StoreError) as error:
        complain(error)
        sys.exit(CHAIN_MISSING)
    except PermissionError as error:
        complain(f"{error.filename}: {error.strerror}. Check whose it is, or name another place with --data-dir.")
        sys.exit(CHAIN_MISSING)
    except (Interrupted, KeyboardInterrupt, asyncio.CancelledError):
        say("interrupted; nothing that was accepted is lost")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if not _of_the_kafka_client(error):
            raise
        if "AuthorizationFailed" in type(error).__name__:
            complain(f"Kafka does not allow this to our user ({error}). `yidi topics --acls` says who may do what.")
            sys.exit(CHAIN_MISSING)
        complain(f"Kafka stopped answering ({type(error).__name__}). Nothing is lost; try again when the chain is up.")
        sys.exit(CHAIN_MISSING)


def _told_for_programs(error: ChainError | BrokerError, code: int) -> bool:
    """With --json a failure is a JSON object, too, on standard error."""
    if not {"--json", "--jsonl"} & set(sys.argv):
        return False
    told = {"error": getattr(error, "what", str(error)), "todo": getattr(error, "todo", ""), "exit_code": code}
    sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
    return True


def _of_the_kafka_client(error: Exception) -> bool:
    """Told by where its class is defined: to import the client for its errors' sake would slow down `--help`."""
    return any(kind.__module__ == "aiokafka.errors" for kind in type(error).__mro__)


if __name__ == "__main__":
    run()
