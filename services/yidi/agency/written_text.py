"""Reads YAML (or JSON) as text: every scalar stays the characters that were written.

YAML would turn 87.5 into a float, 03 into the number 3 and `no` into false. Money has no floats and codes keep their
zeros, so nothing is guessed here: the models decide. A key that stands twice is refused, not overwritten.
"""

from pathlib import Path
from typing import Any, Final

import yaml

TEXT_CHARS_MAX: Final = 1_000_000
"""A file that a person writes is far shorter; anything longer is not one."""


class TextError(ValueError):
    """The file is not YAML or JSON; says where."""


class _TextLoader(yaml.BaseLoader):
    """Only mappings, lists and strings; refuses duplicate keys and aliases that could blow a file up."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 — the parser's own types
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # untyped in the stubs
            raise TextError(f"line {line}: write the content out, without *aliases")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401, FBT001, FBT002 — the parser's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise TextError(f"line {key.start_mark.line + 1}: {key.value!r} stands twice; keep one")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def text_of_file(path: Path) -> str:
    """What stands in the file; TextError in words where that cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TextError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TextError("cannot be read: it is no UTF-8 text; save it as such") from None


def read_text(text: str) -> dict[str, Any]:
    """Mapping of strings, lists and mappings; TextError says what to do about anything else."""
    if len(text) > TEXT_CHARS_MAX:
        raise TextError(f"the file has more than {TEXT_CHARS_MAX} characters; is it the right one?")
    try:
        content = yaml.load(text, Loader=_TextLoader)  # noqa: S506 — BaseLoader builds nothing but text
    except yaml.YAMLError as error:
        raise TextError(_where(error)) from None
    except RecursionError:
        raise TextError("nested too deeply for a file that a person writes") from None
    if not isinstance(content, dict):
        raise TextError("the file is no mapping of fields, such as docs/policies.md has")
    return content


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or "cannot be read"
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{reason}; the file is neither YAML nor JSON"
