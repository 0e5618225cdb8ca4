"""How long it takes until a Kafka is said not to be there."""

import pytest

from yidi.chain.dialling import DIAL_TIMEOUT_S, patience_s
from yidi.runtime.connection import Connection, Security


@pytest.mark.parametrize(("bootstrap", "turns"), [("a:1", 1), ("a:1,b:2,c:3", 3)])
def test_every_address_has_its_turn(bootstrap: str, turns: int) -> None:
    """Of several brokers a dead one that is asked first leaves time for the others."""
    connection = Connection(bootstrap=bootstrap, security=Security.of())
    assert patience_s(connection) == turns * DIAL_TIMEOUT_S
