"""The table of settings says what the settings classes say."""

import re
from pathlib import Path

from yidi.chain.variables import READ_BY_COMPOSE, known_names, table, variables

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "settings.md"
COMPOSE = [ROOT / "docker-compose.yml", *ROOT.glob("compose/*.env"), *ROOT.glob("services/yidi/testing/*.py")]


def test_the_document_holds_the_table() -> None:
    """docs/settings.md cannot drift: it holds exactly what `python -m yidi.chain.variables` prints."""
    assert table() in DOCUMENT.read_text(encoding="utf-8")


def test_every_variable_has_a_meaning() -> None:
    """No setting without words, no name twice."""
    names = [variable.name for variable in variables()]
    assert len(names) == len(set(names))
    assert all(variable.meaning and variable.who for variable in variables())
    assert set(names) < known_names()


def test_what_is_set_for_containers_is_no_typing_error() -> None:
    """Whoever exports a variable of the compose file is not told by a seat that there is no such setting."""
    read = {name for file in COMPOSE for name in re.findall(r"\bYIDI_[A-Z0-9_]+\b", file.read_text(encoding="utf-8"))}
    assert read - known_names() <= {"YIDI_SCHEMAS"}  # which a program of others finds in its seat
    assert read >= READ_BY_COMPOSE
