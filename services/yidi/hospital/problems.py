"""What is wrong with a file that a person wants to submit, in words that say what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct.

    `file` as it was named; `encounter` which of its encounters and `line` which charge, both as people find them
    there, "" where it concerns the whole; `field` in the national interface's spelling, "" likewise.
    """

    file: str
    what: str
    todo: str
    encounter: str = ""
    line: str = ""
    field: str = ""

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.encounter, self.line, self.field) if part)
        return f"{place}: {self.what}. {self.todo}"


class IntakeError(Exception):
    """Files that cannot be submitted. Nothing was sent. `problems` holds every one that was found, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
