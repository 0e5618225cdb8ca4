"""A number with its noun."""

from yidi.domain.counting import counted, noun


def test_one_is_said_in_the_singular():
    """One record, two records, none; a plural of its own kind is given."""
    assert [counted(number, "record") for number in (0, 1, 2)] == ["0 records", "1 record", "2 records"]
    assert [counted(number, "category", "categories") for number in (1, 14)] == ["1 category", "14 categories"]
    assert noun(1, "differs", "differ") == "differs"
