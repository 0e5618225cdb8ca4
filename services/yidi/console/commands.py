"""Advice of the desk names commands; whoever reads it on a page wants the page instead."""

import re
from typing import Final

PAGES: Final = {
    "list": ("/errors", "错误列表", "the list of errors"),
    "code": ("/codes", "错误码", "all fault codes"),
    "mends": ("/mends", "补办列表", "all mends"),
    "plan": ("/replays", "重放计划", "all replay plans"),
    "bulk": ("/batches", "批量处理", "all batches"),
    "approve": ("/approvals", "待复核", "what waits for approval"),
    "verify": ("/verify", "验证哈希链", "verify the chain"),
}
"""Pages by the command of `yidi errors` that does the same."""
_COMMAND: Final = re.compile(r"`yidi errors (\w+)")


def links_of(advice: str) -> list[tuple[str, str, str]]:
    """The pages for the commands that the advice names: address, Chinese, English."""
    return [PAGES[name] for name in dict.fromkeys(_COMMAND.findall(advice)) if name in PAGES]
