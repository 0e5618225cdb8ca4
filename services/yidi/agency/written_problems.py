"""What is wrong with a file that a person wrote: one sentence per field, with its path and what to do."""

from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError

PROBLEMS_MAX: Final = 20
"""Problems told at once; more would only scroll away."""

ALIKE: Final = 0.8
"""From here on a name is taken for a misspelt one; below, a guess only puzzles."""

_FORMS: Final = frozenset({"none", "points_off", "first_bear", "deductible_uplift", "own_table"})


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Sentences for people, in the order of the file, at most `PROBLEMS_MAX`."""
    names = _names_of(model)
    return [_sentence(dict(problem), names) for problem in error.errors(include_url=False)[:PROBLEMS_MAX]]


def _names_of(model: type[BaseModel]) -> list[str]:
    """Every field name anywhere in the file, to guess what a misspelt one meant."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


def _sentence(problem: dict[str, Any], names: list[str]) -> str:
    path = _path(problem["loc"])
    return f"{path}: {_words(problem, names)}" if path else _words(problem, names)


def _path(loc: tuple[int | str, ...]) -> str:
    """`inpatient.segments.table[2].ratio`; the tag of a union is no part of what the person wrote."""
    path = ""
    for before, part in zip(("", *loc), loc, strict=False):
        if isinstance(part, int):
            path += f"[{part + 1}]"
        elif not _is_tag(before, part):
            path += f".{part}" if path else part
    return path


def _is_tag(before: int | str, part: str) -> bool:
    remote = {"long_term", "referral", "emergency", "other_temporary", "unfiled", "in_province"}
    return part in _FORMS and before in remote


def _words(problem: dict[str, Any], names: list[str]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        return _unknown_name(str(problem["loc"][-1]), names)
    if kind in {"literal_error", "enum"}:
        return f"{problem['input']!r} is not known here; write one of {context.get('expected')}"
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return f"needs form: one of {', '.join(sorted(_FORMS))}"
    if kind == "value_error":
        return str(context["error"])
    return f"{problem['msg']} (found {problem['input']!r})"


def _unknown_name(name: str, names: list[str]) -> str:
    if name in names:
        return "is no field that belongs here; it has another place in the file"
    close = get_close_matches(name, names, n=1, cutoff=ALIKE)
    guess = f"did you mean {close[0]!r}?" if close else "remove it"
    return f"is no field that belongs here; {guess}"
