"""A decider that does what its records say: one word and arguments, so that a test reads as its own scenario."""

from yidi.domain.faults import Refusal
from yidi.runtime.decider import About, Decision, Failure, Outgoing, Put, Record, Timer, View


class Scripted:
    """Knows these words.

    relay TEXT · refuse · tell (refuse, and tell the sender) · break · large BYTES · nowhere · timer NAME DUE_MS ·
    clear NAME.

    Every record it decides on is counted in the row `count/total`, repeats too; a reference record in
    `count/<topic>`; a timer that fires in `count/fired`.
    """

    service = "hospital"

    def __init__(self, inputs: tuple[str, ...], output: str, references: tuple[str, ...] = ()) -> None:
        self.inputs = inputs
        self.references = references
        self._output = output

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:  # noqa: ARG002 — the port's shape
        name = record.topic if record.topic in self.references else "total"
        count = int(view.get("count", name) or b"0") + 1
        counted = Put("count", name, str(count).encode())
        if record.topic in self.references:
            return Decision((counted,))
        word, *arguments = (record.value or b"").decode("utf-8", "replace").split(" ")
        return self._do(word, arguments, record, counted)

    def _do(self, word: str, arguments: list[str], record: Record, counted: Put) -> Decision:
        match word:
            case "refuse":
                raise Refusal("NOT_FILED", "as the script says")
            case "tell":
                told = self._message(record, b"told")
                return Decision((counted,), (told,), failure=Failure(Refusal("NOT_FILED", "as the script says")))
            case "break":
                raise ZeroDivisionError("as the script says")
            case "large":
                return Decision((counted,), (self._message(record, b"x" * int(arguments[0])),))
            case "timer":
                return Decision((counted,), timers=(Timer(arguments[0], int(arguments[1])),))
            case "clear":
                return Decision((counted,), timers=(Timer(arguments[0], None),))
            case "nowhere":
                return Decision((counted,), (Outgoing("no.such.topic", record.key or b"", b"x"),))
            case _:
                return Decision((counted,), (self._message(record, record.value or b""),))

    def due(self, view: View, timer: str, now_ms: int) -> Decision:  # noqa: ARG002 — the port's shape
        if timer.startswith("break"):
            raise ZeroDivisionError("as the script says")
        total = (view.get("count", "total") or b"0").decode()
        fired = int(view.get("count", "fired") or b"0") + 1
        told = Outgoing(self._output, b"timer", f"due {timer} after {total}".encode())
        return Decision((Put("count", "fired", str(fired).encode()),), (told,))

    def about(self, record: Record) -> About:
        return About(psn_no=(record.key or b"").decode("utf-8", "replace"))

    def _message(self, record: Record, value: bytes) -> Outgoing:
        return Outgoing(self._output, record.key or b"", value)
