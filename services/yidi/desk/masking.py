"""Decoded messages as output shows them: persons masked, bytes as hex."""

from collections.abc import Mapping
from typing import Any, Final

from yidi.domain.identities import masked

PERSONAL: Final = frozenset({"psn_name", "certno", "mdtrt_cert_no", "card_sn", "psn_no", "cert_no"})
"""Fields that name a person."""


def plain(value: Any, *, unmask: bool) -> Any:  # noqa: ANN401 — any decoded Avro value
    """The value for JSON. Masked bytes are only counted: they hold names and numbers, too."""
    if isinstance(value, Mapping):
        return {name: _field(name, part, unmask=unmask) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, unmask=unmask) for part in value]
    if isinstance(value, bytes):
        return value.hex() if unmask else f"{len(value)} bytes"
    return value


def _field(name: str, value: Any, *, unmask: bool) -> Any:  # noqa: ANN401 — any decoded Avro value
    if not unmask and name in PERSONAL and isinstance(value, str):
        return masked(value)
    return plain(value, unmask=unmask)
