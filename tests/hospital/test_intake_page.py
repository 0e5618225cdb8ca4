"""docs/intake.md, held to what it says."""

import re
from pathlib import Path

from tests.hospital.ward import Ward, dialect, person, request_of
from yidi.contract.codec import DIALECT
from yidi.hospital.edge import ENCOUNTER_FIELDS, LINE_FIELDS
from yidi.hospital.intake import read_content

PAGE = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")


def rows(heading: str) -> set[str]:
    """Field names in the first column of the table below a heading."""
    table = PAGE.split(f"### {heading}\n", 1)[1].strip().split("\n\n", 1)[0]
    return {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_page_lists_every_field() -> None:
    """The page knows the same fields as the edge."""
    assert rows("Fields of an encounter") == ENCOUNTER_FIELDS
    assert rows("Fields of a line") == LINE_FIELDS


def test_example_of_the_page_settles() -> None:
    """The page's example is a bill that the hospital sends on."""
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    (submission,) = read_content(example.group(1).encode(), "docs/intake.md")
    ward = Ward()
    ward.shared(DIALECT, "dialect/ward", dialect(2, W0001="DRUG-A"))
    cards = [{**card, "cert_no": submission.charges["mdtrt_cert_no"]} for card in person()["cards"][:1]]
    ward.person(person(version=2, cards=cards))
    assert request_of(ward.send(submission.charges))["medfee_sumamt"] == 1_031
