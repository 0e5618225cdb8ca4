"""Files that are no bills: one clear error that names the field and what to do, exit code 2, and nothing is sent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import run
from yidi.world.examples import encounter_files

GOOD = next(path for path in encounter_files() if path.suffix == ".json" and "outpatient" in path.name)

Bill = dict[str, Any]


def changed(**fields: Any) -> Callable[[Bill], Bill]:
    return lambda bill: {**bill, **fields}


def without(name: str) -> Callable[[Bill], Bill]:
    return lambda bill: {key: value for key, value in bill.items() if key != name}


def line(**fields: Any) -> Callable[[Bill], Bill]:
    return lambda bill: {**bill, "lines": [{**bill["lines"][0], **fields}, *bill["lines"][1:]]}


BAD: dict[str, tuple[Callable[[Bill], Any], tuple[str, ...]]] = {
    "unknown field": (changed(psn_nmae="x"), ("psn_nmae", "psn_name")),
    "missing field": (without("psn_no"), ("psn_no", "missing")),
    "missing lines": (without("lines"), ("lines",)),
    "three decimals": (changed(medfee_sumamt="71.005"), ("medfee_sumamt", "3 decimals")),
    "three decimals in a line": (line(det_item_fee_sumamt="1.005"), ("lines[1]", "det_item_fee_sumamt")),
    "no number": (line(cnt="many"), ("lines[1]", "cnt", "'many'")),
    "thousands separator": (changed(medfee_sumamt="1,071.00"), ("medfee_sumamt",)),
    "no time": (changed(begntime="yesterday"), ("begntime", "yesterday")),
    "no such day": (changed(begntime="2026-02-30 10:00:00"), ("begntime",)),
    "no operation": (changed(operation="DANCE"), ("operation", "SETTLE")),
    "lines no list": (changed(lines=5), ("lines", "list")),
    "line no object": (changed(lines=["x"]), ("lines[1]",)),
    "unknown field in a line": (line(prise="1"), ("lines[1]", "prise", "pric")),
    "null": (changed(psn_no=None), ("psn_no",)),
    "empty list": (lambda _bill: [], ("empty",)),
    "a number": (lambda _bill: 5, ("fields",)),
}
NO_JSON: dict[str, bytes] = {
    "cut off": b'{"msgid": ',
    "nothing": b"",
    "binary": bytes(range(200, 256)),
    "a workbook": b"PK\x03\x04....",
    "two documents": b"{} {}",
    "NaN": b'{"medfee_sumamt": NaN}',
}


def refused(content: bytes, tmp_path: Path, name: str = "bill.json") -> str:
    """What the command says about a file that it refuses."""
    file = tmp_path / name
    file.write_bytes(content)
    told = run("submit", str(file), data_dir=tmp_path)
    assert (told.code, told.out) == (2, ""), told.err
    said = told.err.replace("\n", " ")
    assert "nothing was sent" in said
    assert name in said
    return said


@pytest.mark.parametrize("what", BAD)
def test_fields(what: str, tmp_path: Path) -> None:
    """The error names the field, where it stands, and what is wrong with it."""
    make, named = BAD[what]
    bill = make(json.loads(GOOD.read_text(encoding="utf-8")))
    said = refused(json.dumps(bill).encode(), tmp_path)
    assert all(name in said for name in named), said


@pytest.mark.parametrize("what", NO_JSON)
def test_no_json(what: str, tmp_path: Path) -> None:
    """What is no JSON at all is said to be none, not thrown at the user."""
    assert refused(NO_JSON[what], tmp_path)


@pytest.mark.parametrize("content", [b"", b"msgid;x\n1;2\n", b"\xff\xfe\x00", b"psn_no\n"])
def test_no_csv(content: bytes, tmp_path: Path) -> None:
    """The same for CSV."""
    assert refused(content, tmp_path, "bill.csv")


def test_every_mistake_at_once(tmp_path: Path) -> None:
    """Several mistakes in several files are all named, and the good file beside them is not sent either."""
    bill = json.loads(GOOD.read_text(encoding="utf-8"))
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    files[0].write_text(json.dumps({**bill, "medfee_sumamt": "x", "begntime": "y"}), encoding="utf-8")
    files[1].write_text("{", encoding="utf-8")
    told = run("submit", str(GOOD), *map(str, files), data_dir=tmp_path)
    assert told.code == 2
    for named in ("one.json, begntime", "one.json, medfee_sumamt", "two.json, line 1"):
        assert named in told.err.replace("\n", " ")


def test_no_such_file(tmp_path: Path) -> None:
    """A file that is not there, or a folder, is named."""
    for path in (tmp_path / "none.json", tmp_path):
        told = run("submit", str(path), data_dir=tmp_path)
        assert told.code == 2
        assert path.name in told.err.replace("\n", "")


@pytest.mark.parametrize("name", ["[/x].json", "[red]bill[/].json", "[b"])
def test_brackets_are_printed_as_they_are(name: str, tmp_path: Path) -> None:
    """What people name their files, and what others put into a bill, is no language for the screen."""
    done = run("submit", str(tmp_path / name), data_dir=tmp_path)
    assert done.code == 2
    assert name in done.err
