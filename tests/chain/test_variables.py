"""The table of settings says what the settings classes say."""

from pathlib import Path

from yidi.chain.variables import known_names, table, variables

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_document_holds_the_table() -> None:
    """docs/settings.md cannot drift: it holds exactly what `python -m yidi.chain.variables` prints."""
    assert table() in DOCUMENT.read_text(encoding="utf-8")


def test_every_variable_has_a_meaning() -> None:
    """No setting without words, no name twice."""
    names = [variable.name for variable in variables()]
    assert len(names) == len(set(names))
    assert all(variable.meaning and variable.who for variable in variables())
    assert set(names) < known_names()
