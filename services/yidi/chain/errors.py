"""What can keep a chain from starting or answering, in words for people.

ChainError            what happened, and `todo`: what to do
├── NoChain           nothing runs where it was looked for
│   └── NotYet        a chain is starting there
├── StartFailed       the broker or a service did not become ready
├── ChainBusy         another chain uses the data directory
└── NoAnswer          no answer in time; the outcome is unknown, nothing is lost

Interrupted           somebody pressed Ctrl-C
"""


class ChainError(Exception):
    """What happened and what to do about it; the command line shows both and exits with `exit_code`."""

    exit_code = 3

    def __init__(self, what: str, todo: str) -> None:
        self.what = what
        self.todo = todo
        super().__init__(f"{what} {todo}")


class NoChain(ChainError):
    """Nothing runs where it was looked for."""


class NotYet(NoChain):
    """A chain is starting there; it is not ready yet."""


class StartFailed(ChainError):
    """The broker or a service did not become ready."""


class ChainBusy(ChainError):
    """Another chain uses the data directory."""


class NoAnswer(ChainError):
    """No answer in time; the outcome is unknown, nothing is lost."""

    exit_code = 4


class Interrupted(Exception):
    """Somebody pressed Ctrl-C, or sent SIGTERM; what was started has been cleaned up.

    Not a KeyboardInterrupt, which the command line's library would answer with a silent exit.
    """
