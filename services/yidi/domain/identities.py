"""Ids of messages and settlements. Derived ids are hashes, so that a repeat is the same message (design §3)."""

import hashlib
from typing import Final

DERIVED_CHARS: Final = 32
"""A derived id carries 128 bits: no collision at the size of the real thing."""


def derived_id(input_id: str, kind: str, attempt: int = 1) -> str:
    """Id of what `input_id` brought about: equal inputs give equal ids, on every machine, for ever."""
    source = f"{input_id}\x1f{kind}\x1f{attempt}".encode()
    return hashlib.sha256(source).hexdigest()[:DERIVED_CHARS]


def record_id(topic: str, partition: int, offset: int) -> str:
    """Id of a log record that has no readable id of its own."""
    return derived_id(f"{topic}/{partition}/{offset}", "record")


def content_hash(value: bytes) -> bytes:
    """SHA-256 of a message's value: same id and same content is a repeat, other content a conflict."""
    return hashlib.sha256(value).digest()


def masked(text: str) -> str:
    """A person's number or name as output shows it unless asked otherwise: the ends stay, the middle does not."""
    if len(text) <= 2:  # noqa: PLR2004 — a Chinese name of two characters keeps the family name only
        return text[:1] + "*" * (len(text) - 1)
    keep = 1 if len(text) < 8 else 3  # noqa: PLR2004 — names are short, numbers are long
    return text[:keep] + "*" * (len(text) - 2 * keep) + text[-keep:]
