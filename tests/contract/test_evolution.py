import copy
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.stored import StoredExample, stored_examples
from yidi.contract import decoders, encoders, evolution, freeze, resolution, schemas
from yidi.contract.schemas import Schema

ROOT = schemas.folder()


def versions_of(record: str) -> dict[int, Schema]:
    return {e.version: schemas.version(ROOT, e) for e in schemas.read_ids(ROOT) if e.record == record}


def test_all_versions_read_each_other():
    """Any two versions of a record are compatible, backward and forward, the schema as it is now included."""
    assert evolution.problems_of_versions(ROOT) == []


@pytest.mark.parametrize("stored", stored_examples(), ids=lambda stored: stored.path.stem)
def test_every_example_is_read_by_every_version(stored: StoredExample):
    """A stored example, written by its own version, is read by each version, and comes back to it unharmed."""
    versions = versions_of(stored.record)
    writer, record = versions[stored.version], stored.load()
    body = encoders.encoder_of(writer, b"")(record)
    assert decoders.decoder_of(writer)(body, 0) == (record, len(body))
    for reader in versions.values():
        seen = resolution.resolved(writer, reader, record)
        assert encoders.encoder_of(reader, b"")(seen)


def test_every_version_has_an_example():
    """Each version of each record has at least one stored example, and no example is of an unknown version."""
    have = {(stored.record, stored.version) for stored in stored_examples()}
    assert have == {(entry.record, entry.version) for entry in schemas.read_ids(ROOT)}


def nullable_paths(record: str) -> set[str]:
    """The fields of a record, at its top, that may be null."""
    newest = versions_of(record)[max(versions_of(record))]
    return {field["name"] for field in newest["fields"] if isinstance(field["type"], list)}


@pytest.mark.parametrize("record", schemas.current(ROOT))
def test_examples_show_null_and_not_null(record: str):
    """For each field that may be null, some example has a value and some has none."""
    shown = [stored.load() for stored in stored_examples() if stored.record == record]
    for name in nullable_paths(record):
        assert {example[name] is None for example in shown if name in example} == {True, False}, name


# The checker can fail: incompatible versions are planted in a folder of their own.

BASE: Schema = {
    "type": "record",
    "name": "Bed",
    "namespace": "cn.yidi",
    "doc": "A bed",
    "fields": [
        {"name": "number", "type": "string", "doc": "Number"},
        {"name": "price", "type": "long", "doc": "Price, fen"},
        {"name": "ward", "type": "string", "doc": "Ward", "default": ""},
        {"name": "moved_at", "type": ["null", "long"], "doc": "When", "default": None},
        {"name": "colours", "type": {"type": "array", "items": "string"}, "doc": "Colours", "default": []},
        {
            "name": "kind",
            "type": {"type": "enum", "name": "Kind", "doc": "Kind", "symbols": ["SINGLE", "SHARED"]},
            "doc": "Kind",
        },
        {
            "name": "state",
            "type": {"type": "enum", "name": "State", "doc": "State", "symbols": ["FREE", "TAKEN"], "default": "FREE"},
            "doc": "State",
        },
    ],
}


def planted(folder: Path, *versions: Schema) -> Path:
    """A schema folder in which each of the versions was frozen, one after the other."""
    for schema in versions:
        (folder / "Bed.avsc").write_text(json.dumps(schema), encoding="utf-8")
        freeze.freeze(folder)
    return folder


def changed(change: Callable[[dict[str, Any]], object]) -> Schema:
    """The base schema after a change to its fields by name."""
    schema = copy.deepcopy(BASE)
    fields = {field["name"]: field for field in schema["fields"]}
    change(fields)
    schema["fields"] = list(fields.values())
    return schema


HARMLESS: dict[str, Callable[[dict[str, Any]], object]] = {
    "new field with default": lambda f: f.update(x={"name": "x", "type": "long", "doc": "x", "default": 0}),
    "dropped field that had a default": lambda f: f.pop("ward"),
    "new symbol of an enum with a default": lambda f: f["state"]["type"]["symbols"].append("BROKEN"),
    "other words": lambda f: f["price"].update(doc="Better words"),
    "fields in another order": lambda f: f.update(number=f.pop("number")),
}
HARMFUL: dict[str, Callable[[dict[str, Any]], object]] = {
    "removed default": lambda f: f.update(x={"name": "x", "type": "long", "doc": "x"}),
    "dropped field without default": lambda f: f.pop("price"),
    "renamed field": lambda f: f.update(cost={**f.pop("price"), "name": "cost"}),
    "changed type": lambda f: f["price"].update(type="string"),
    "narrowed type": lambda f: f["price"].update(type="int"),
    "no longer nullable": lambda f: f["moved_at"].update(type="long", default=0),
    "made nullable": lambda f: f["price"].update(type=["null", "long"], default=None),
    "changed items": lambda f: f["colours"]["type"].update(items="long"),
    "new symbol without default": lambda f: f["kind"]["type"]["symbols"].append("SUITE"),
    "removed symbol without default": lambda f: f["kind"]["type"]["symbols"].pop(),
    "renamed enum": lambda f: f["kind"]["type"].update(name="Sort"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_harmless_changes_pass(tmp_path: Path, change: Callable[[dict[str, Any]], object]):
    """A change that both sides survive is let through."""
    assert evolution.problems_of_versions(planted(tmp_path, BASE, changed(change))) == []


@pytest.mark.parametrize("change", HARMFUL.values(), ids=HARMFUL.keys())
def test_harmful_changes_are_refused(tmp_path: Path, change: Callable[[dict[str, Any]], object]):
    """A change that one side does not survive is found, and named with its path; freezing it is refused."""
    (planted(tmp_path, BASE) / "Bed.avsc").write_text(json.dumps(changed(change)), encoding="utf-8")
    found = evolution.problems_of_versions(tmp_path)
    assert found
    assert all(
        problem.startswith(("Bed.1 cannot read Bed.avsc: Bed", "Bed.avsc cannot read Bed.1: Bed")) for problem in found
    )
    with pytest.raises(schemas.SchemaFilesError, match="Bed"):
        freeze.freeze(tmp_path)
    assert len(schemas.read_ids(tmp_path)) == 1


def test_a_removed_default_is_found_between_any_two_versions(tmp_path: Path):
    """The third version is held against the first too, though the second can read it."""
    second = changed(lambda f: f.update(x={"name": "x", "type": "long", "doc": "x", "default": 0}))
    third = changed(lambda f: f.update(x={"name": "x", "type": "long", "doc": "x"}))
    (planted(tmp_path, BASE, second) / "Bed.avsc").write_text(json.dumps(third), encoding="utf-8")
    assert evolution.problems_of_versions(tmp_path) == [
        "Bed.avsc cannot read Bed.1: Bed.x: not written, and the reader has no default for it"
    ]


BED = {"number": "7", "price": 100, "ward": "A", "moved_at": 5, "colours": ["red"], "kind": "SHARED", "state": "TAKEN"}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_the_checker_allows_resolves(change: Callable[[dict[str, Any]], object]):
    """A record crosses an allowed change in both directions; what both know is unchanged."""
    for writer, reader in itertools.permutations([BASE, changed(change)]):
        written = resolution.resolved(BASE, writer, BED)
        seen = resolution.resolved(writer, reader, written)
        assert encoders.encoder_of(reader, b"")(seen)
        assert {name: seen[name] for name in seen if name in written} == {n: written[n] for n in written if n in seen}


def test_an_unknown_symbol_becomes_the_default():
    """A reader that does not know a symbol sees the enum's default; without a default it refuses."""
    newer = changed(HARMLESS["new symbol of an enum with a default"])
    assert resolution.resolved(newer, BASE, {**BED, "state": "BROKEN"})["state"] == "FREE"
    suite = changed(HARMFUL["new symbol without default"])
    with pytest.raises(ValueError, match="SUITE"):
        resolution.resolved(suite, BASE, {**BED, "kind": "SUITE"})


def test_defaults_are_not_shared():
    """Two records resolved from the same default do not share a list."""
    older = changed(lambda f: f.pop("colours"))
    bed = {name: value for name, value in BED.items() if name != "colours"}
    first, second = (resolution.resolved(older, BASE, bed) for _ in range(2))
    first["colours"].append("blue")
    assert second["colours"] == []
