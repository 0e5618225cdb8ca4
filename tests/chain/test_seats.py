"""Names of service processes: one instance goes by its service's name, several are numbered."""

import pytest

from yidi.chain.seats import INSTANCES_MAX, counted, instance_of, names_of, service_of
from yidi.chain.settings import SERVICES


def test_names() -> None:
    """Only where there are several do names have numbers; they follow the services' order."""
    assert names_of(SERVICES, {}) == SERVICES
    assert names_of(("platform", "agency"), {"agency": 3}) == ("platform", "agency-1", "agency-2", "agency-3")


@pytest.mark.parametrize("name", names_of(SERVICES, {"agency": 12}))
def test_a_name_says_service_and_instance(name: str) -> None:
    """Service and instance are read from the name again."""
    assert service_of(name) in SERVICES
    assert name in (service_of(name), f"{service_of(name)}-{instance_of(name)}")


def test_counted() -> None:
    """SERVICE=NUMBER, several of them."""
    assert counted(["agency=3", "platform=2"], SERVICES) == {"agency": 3, "platform": 2}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("agency", "SERVICE=NUMBER"),
        ("agency=-1", "SERVICE=NUMBER"),
        ("agency=", "SERVICE=NUMBER"),
        ("agency=0", "1 to"),
        (f"agency={INSTANCES_MAX + 1}", "1 to"),
        ("desk=2", "no such service here: desk"),
    ],
)
def test_nonsense_is_refused_in_words(asked: str, words: str) -> None:
    """What cannot be is named, with what can."""
    with pytest.raises(ValueError, match=words):
        counted([asked], SERVICES)
