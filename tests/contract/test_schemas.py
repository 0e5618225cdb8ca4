import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from yidi.contract import freeze, generate, schemas
from yidi.contract.schemas import SchemaFilesError, SchemaVersion
from yidi.contract.sources import inlined, kind_of

ROOT = schemas.folder()

FIRST_IDS = [
    "1 Catalogue 1",
    "2 ChargeDetails 1",
    "3 Dialect 1",
    "4 EncounterCharges 1",
    "5 ErrorReport 1",
    "6 FilingHistory 1",
    "7 ForwardedRequest 1",
    "8 Institution 1",
    "9 JournalEntry 1",
    "10 OperatorAction 1",
    "11 PersonHistory 1",
    "12 ReferenceChange 1",
    "13 Region 1",
    "14 SettlementRequest 1",
    "15 SettlementResult 1",
]
"""The ids as they were first given. Messages carry them: this list is only ever appended to."""


def test_ids_are_never_reordered():
    """Ids count up from 1, the first ones mean what they always meant, and versions of a record follow each other."""
    entries = schemas.read_ids(ROOT)
    assert [entry.id for entry in entries] == list(range(1, len(entries) + 1))
    assert [f"{e.id} {e.record} {e.version}" for e in entries[: len(FIRST_IDS)]] == FIRST_IDS
    for record in {entry.record for entry in entries}:
        versions = [entry.version for entry in entries if entry.record == record]
        assert versions == list(range(1, len(versions) + 1))


def test_every_schema_has_an_id_as_it_is():
    """An .avsc that changed needs a new version and id; this says how to get one."""
    changed = schemas.unfrozen(ROOT)
    assert changed == [], f"{changed} changed: run `python -m yidi.contract.freeze`, then `.generate`"


def test_every_version_is_the_one_that_got_the_id():
    """The stored versions are untouched, complete, and nothing else lies beside them."""
    entries = schemas.read_ids(ROOT)
    for entry in entries:
        assert schemas.version(ROOT, entry)["name"] == entry.record
    assert {path.name for path in (ROOT / schemas.VERSIONS).iterdir()} == {entry.file_name for entry in entries}


def test_generated_types_are_those_of_the_schemas():
    """records.py is what `python -m yidi.contract.generate` writes today."""
    assert generate.TARGET.read_text(encoding="utf-8") == generate.source(schemas.current(ROOT))


def test_equal_names_mean_equal_definitions():
    """A nested name that stands in several schemas is the same everywhere; a second meaning is refused."""
    named = schemas.current(ROOT)
    assert "FeeLine" in generate.definitions(named)
    other = json.loads(json.dumps(named["ChargeDetails"]))
    other["fields"][-1]["type"]["items"]["fields"].pop()
    with pytest.raises(SchemaFilesError, match="FeeLine is defined twice"):
        generate.definitions({**named, "ChargeDetails": other})


def documented(node: object) -> bool:
    if isinstance(node, list):
        return all(documented(item) for item in node)
    if not isinstance(node, dict):
        return True
    named = {"name"} <= set(node)
    return (not named or bool(node.get("doc"))) and all(documented(value) for value in node.values())


@pytest.mark.parametrize("name", schemas.current(ROOT))
def test_schemas_keep_to_the_contracts_part_of_avro(name: str):
    """A doc on every name, no floats, no unions but with null, an enum default wherever there is an enum."""
    schema = schemas.current(ROOT)[name]
    assert documented(schema)
    for kind, node in kinds_of(inlined(schema)):
        assert kind != "enum" or node["default"] in node["symbols"]
        assert kind != "record" or node["fields"], "a record without fields takes no bytes: its count has no bound"


def kinds_of(node: object) -> list[tuple[str, dict]]:
    kind = kind_of(node)
    found = [(kind, node)] if isinstance(node, dict) else []
    if isinstance(node, list):
        found += kinds_of(node[1])
    elif isinstance(node, dict):
        inner = [field["type"] for field in node.get("fields", ())]
        inner += [node[part] for part in ("items", "values") if part in node]
        for part in inner:
            found += kinds_of(part)
    return found


@pytest.mark.parametrize("foreign", ["double", "float", ["null", "long", "string"], ["long", "null"], ["null"]])
def test_other_parts_of_avro_are_refused(foreign: object):
    """A float, a larger union or one without null in front is refused when the schema is compiled."""
    with pytest.raises(SchemaFilesError, match="the contract knows"):
        kind_of(foreign)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "schemas"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_changed_schema_is_refused_until_it_is_frozen(copied: Path):
    """A schema that differs from the version with its id stops the program, in words; freeze appends a version."""
    before = schemas.read_ids(copied)
    edit(copied / "Dialect.avsc", '"fields": [', '"fields": [{"name": "x", "type": "long", "doc": "x", "default": 0},')
    with pytest.raises(SchemaFilesError, match=r"Dialect: .*python -m yidi.contract.freeze"):
        schemas.frozen_ids(copied)

    (added,) = freeze.freeze(copied)

    assert (added.id, added.record, added.version) == (len(before) + 1, "Dialect", 2)
    assert schemas.frozen_ids(copied) == [*before, added]
    assert freeze.freeze(copied) == []


def test_better_words_are_no_new_version(copied: Path):
    """A changed doc needs no new version."""
    edit(copied / "Dialect.avsc", '"doc": "Name"', '"doc": "What people call it"')
    assert schemas.unfrozen(copied) == []


def test_a_removed_default_is_a_change(copied: Path):
    """A default counts, other than in Avro's own canonical form: without it old messages cannot be read."""
    edit(copied / "Region.avsc", '"default": "default"', '"default": "other"')
    assert schemas.unfrozen(copied) == ["Region"]


def test_a_touched_version_is_refused(copied: Path):
    """A stored version that is no longer what got the id is refused, with what to do."""
    entry = schemas.read_ids(copied)[0]
    edit(copied / schemas.VERSIONS / entry.file_name, '"long"', '"int"')
    with pytest.raises(SchemaFilesError, match=r"restore it, versions never change"):
        schemas.version(copied, entry)


def test_a_file_is_named_after_its_record(copied: Path):
    """A schema under another file name is refused."""
    (copied / "Dialect.avsc").rename(copied / "Dialekt.avsc")
    with pytest.raises(SchemaFilesError, match="name the file after the record"):
        schemas.current(copied)


def test_the_schemas_are_found_from_any_directory(tmp_path: Path):
    """Nothing depends on the working directory."""
    code = "from yidi.contract import codec; print(codec.REGION.schema_id)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 — our own code
    assert done.stdout.strip() == "13"


def test_the_schemas_are_found_inside_a_wheel(tmp_path: Path):
    """An installed package has its schemas inside itself, as the wheel's force-include puts them there."""
    shutil.copytree(Path(schemas.__file__).parents[1], tmp_path / "yidi")
    shutil.copytree(ROOT, tmp_path / "yidi" / "schemas")
    code = "from yidi.contract import codec, schemas; codec.REGION.schema(); print(schemas.folder())"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 — our own code
    assert Path(done.stdout.strip()) == tmp_path / "yidi" / "schemas"


def test_ids_are_written_as_they_are_read(tmp_path: Path):
    """One line an id, so that an addition is one line of a diff."""
    entry = SchemaVersion(1, "Bed", 1, "00")
    schemas.write_ids(tmp_path, [entry])
    assert schemas.read_ids(tmp_path) == [entry]
    assert re.fullmatch(r"\[\n  \{.*\}\n\]\n", (tmp_path / schemas.IDS).read_text(encoding="utf-8"))
