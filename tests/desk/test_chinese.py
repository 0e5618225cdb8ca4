"""What the desk says in Chinese: nothing that it refuses with is left in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import yidi.desk
from yidi.desk import refusals
from yidi.desk.chinese import PHRASES, chinese
from yidi.desk.refusals import DeskRefusal

SOURCES = sorted(Path(yidi.desk.__file__).parent.glob("*.py"))
HAN = re.compile(r"[\u4e00-\u9fff]")
REFUSALS = {name for name, kind in vars(refusals).items() if isinstance(kind, type) and issubclass(kind, DeskRefusal)}
NAMES = {*REFUSALS, "BadField", "BadKey"}


def spoken(node: ast.AST) -> Iterator[str]:
    """Texts of an argument, with a figure in every hole."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "42" for part in node.values)
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        for child in ast.iter_child_nodes(node):
            yield from spoken(child)


def refused_with() -> list[str]:
    calls = [node for file in SOURCES for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    ours = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in NAMES]
    texts = {text for call in ours for argument in call.args for text in spoken(argument)}
    return sorted(text for text in texts if " " in text.strip())


@pytest.mark.parametrize("words", refused_with())
def test_every_refusal(words: str) -> None:
    """Each sentence that the source refuses with has a Chinese one."""
    said = chinese(f"{words}42" if words.endswith(" ") else words)

    assert HAN.search(said), words


def test_the_walk_finds_them() -> None:
    """The walk through the source sees the refusals: this test would notice if it saw nothing."""
    assert {"A reason is needed.", "42 is no day.", "Look at it again, then decide."} <= set(refused_with())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("replay is not possible: It was discarded.", "不能重放：已作废。"),
        ("The case has moved meanwhile: it is taken, ben has it.", "该错误同时已有变动：已认领，由 ben 负责。"),
        ("attempt 2 of plan p1, approved by ben", "计划 p1 的第 2 次，由 ben 复核"),
        ("attempt 2 of plan p1", "计划 p1 的第 2 次"),
        ("applied; 3 cases are ready to replay", "已应用；3 条 可重放"),
        ("filing of the person: at the counter", "本人的备案：at the counter"),
        ("NOT_FILED at ELIGIBILITY: no filing", "NOT_FILED，环节资格：no filing"),
        ("int 5, not string", "是 int 5，应为 string"),
        ("a clerk's own words at a desk: kept", "a clerk's own words at a desk: kept"),
    ],
)
def test_phrases_within_phrases(words: str, said: str) -> None:
    """States and whole phrases in a hole are Chinese, too; what is nobody's phrase stays as it was said."""
    assert chinese(words) == said


@pytest.mark.parametrize("phrase", PHRASES)
def test_holes_fit(phrase: str) -> None:
    """A Chinese phrase has no other holes than its English one."""
    holes = len(re.findall(r"\{[A-Z]*\}", phrase))
    assert PHRASES[phrase].format(*range(holes))
