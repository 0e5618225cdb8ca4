"""The plan of the topics as a table for people: rows for a terminal, Markdown for docs/contract.md."""

from collections.abc import Iterable
from typing import Final

from yidi.contract.topics import DAY_MS, FOREVER_MS, KIB, Topic

COLUMNS: Final = ("topic", "carries", "from", "to", "key", "partitions", "kept", "limit")
BEGIN: Final = "<!-- topics: written by python -m yidi.contract.generate -->"
END: Final = "<!-- end of topics -->"


def row(topic: Topic) -> tuple[str, ...]:
    """One topic in the order of `COLUMNS`, in words."""
    kept = "for ever" if topic.retention_ms == FOREVER_MS else f"{topic.retention_ms // DAY_MS} days"
    limit = f"{topic.message_bytes_max // KIB:,} KiB"
    carried = ", ".join(topic.carries)
    return (topic.name, carried, topic.sender, topic.receiver, topic.key, str(topic.partitions), kept, limit)


def markdown(topics: Iterable[Topic]) -> str:
    """The table in Markdown, one topic a line."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *(row(topic) for topic in topics)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def with_table(document: str, topics: Iterable[Topic]) -> str:
    """The document with the table between its two marks; ValueError when it has no marks."""
    before, begin, rest = document.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{begin}{markdown(topics)}{end}{after}"
