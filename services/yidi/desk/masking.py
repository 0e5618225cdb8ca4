"""Decoded messages as output shows them: persons masked, bytes as hex."""

import re
from collections.abc import Mapping
from typing import Any, Final

from yidi.domain.counting import counted
from yidi.domain.identities import masked

PERSONAL: Final = frozenset({"psn_name", "certno", "mdtrt_cert_no", "card_sn", "psn_no", "cert_no"})
"""Fields that name a person."""
SUBJECT: Final = "subject"
"""Of a change: a person's number, or the kind and key of shared data."""
_PERSON_TERM: Final = re.compile(r'(person:"?)([^\s"]+)')


def plain(value: Any, *, unmask: bool) -> Any:  # noqa: ANN401 — any decoded Avro value
    """The value for JSON. Masked bytes are only counted: they hold names and numbers, too."""
    if isinstance(value, Mapping):
        return {name: _field(name, part, unmask=unmask) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, unmask=unmask) for part in value]
    if isinstance(value, bytes):
        return value.hex() if unmask else f"{counted(len(value), 'byte')}"
    return value


def _field(name: str, value: Any, *, unmask: bool) -> Any:  # noqa: ANN401 — any decoded Avro value
    if not unmask and isinstance(value, str) and (name in PERSONAL or (name == SUBJECT and "/" not in value)):
        return masked(value)
    return plain(value, unmask=unmask)


def query(q: str) -> str:
    """A query as others may read it later: the person that it asked for is masked."""
    return _PERSON_TERM.sub(lambda term: term[1] + ",".join(masked(one) for one in term[2].split(",")), q)
