"""The desk's explicit no, in words for people and with a kind for programs.

DeskRefusal       what happened, what to do; `status` is that of HTTP
├── BadQuery      400: the query language was not understood
├── BadRequest    400: a command lacks something or holds nonsense
├── BadToken      401: nobody has this token
├── Denied        403: the role does not allow it; recorded
├── Unknown       404: there is no such case, plan, mend
├── Conflict      409: the state has moved, or somebody else has it (`holder`)
├── OutOfReach    503: Kafka does not answer
├── Starting      503: the desk has not read everything yet
└── Ending        503: the desk was asked to stop
"""

from typing import Any


class DeskRefusal(Exception):
    """A command that is not carried out; nothing has changed."""

    status = 400
    kind = "bad_request"

    def __init__(self, what: str, todo: str = "", **more: Any) -> None:  # noqa: ANN401 — whatever JSON can say
        self.what, self.todo, self.more = what, todo, more
        super().__init__(what)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "what": self.what, "todo": self.todo, **self.more}


class BadQuery(DeskRefusal):
    kind = "bad_query"


class BadRequest(DeskRefusal):
    """What was sent cannot be a command."""


class BadToken(DeskRefusal):
    status, kind = 401, "bad_token"


class Denied(DeskRefusal):
    status, kind = 403, "denied"


class Unknown(DeskRefusal):
    status, kind = 404, "not_found"


class Conflict(DeskRefusal):
    status, kind = 409, "conflict"


class OutOfReach(DeskRefusal):
    status, kind = 503, "kafka"


class Starting(DeskRefusal):
    status, kind = 503, "starting"


class Ending(DeskRefusal):
    status, kind = 503, "ending"

    def __init__(self) -> None:
        super().__init__("The desk is ending.", "Ask again when it runs.")
