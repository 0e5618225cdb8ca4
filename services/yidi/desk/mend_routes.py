"""What is asked about mends: checked, made, followed."""

from typing import Final

from yidi.desk import mending, rights
from yidi.desk.ask import Answer, Ask, Route
from yidi.desk.desk import Desk


def _check_mend(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return mending.check(desk, connection, ask.text("kind"), ask.text("case"), ask.said)


def _mend(desk: Desk, ask: Ask) -> Answer:
    return mending.mend(desk, ask.person, ask.text("kind"), ask.text("case"), ask.said)


def _mends(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"mends": mending.listed(desk, connection, desk.clock())}


def _one_mend(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        told = mending.listed(desk, connection, desk.clock(), ask.id)[0]
    return {**told, **rights.of_list_and_why(desk.people, ask.person)}


ROUTES: Final = (
    Route("POST", "/mends", _mend),
    Route("POST", "/mends/check", _check_mend),
    Route("GET", "/mends", _mends),
    Route("GET", "/mends/{id}", _one_mend),
)
