"""`yidi reverse`: reverse a settlement by its msgid 冲正."""

from typing import Annotated

import typer

from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, Json, Timeout, running_chain
from yidi.cli.query import ask_about, print_and_exit

app = typer.Typer(rich_markup_mode=None)


@app.command()
def reverse(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="msgid, setl_id or mdtrt_id of the encounter.")],
    *,
    data_dir: DataDir = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Reverse a settlement: a negative twin undoes exactly its effect, and the encounter can be settled anew.

    Exit code 0: reversed; 1: refused (nothing to reverse, or reversed before).

    Example: yidi reverse H33010000001202611200930000001
    """
    chain = running_chain(data_dir)
    print_and_exit(run_until_interrupted(ask_about("REVERSE", chain, wanted, timeout)), json=json)
