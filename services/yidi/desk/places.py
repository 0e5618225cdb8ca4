"""Regions, institutions, dialects as the registry publishes them: names for people, subjects for mends. In memory."""

from dataclasses import dataclass, field
from typing import Any, Final, cast

from yidi.contract.codec import CATALOGUE, DIALECT, INSTITUTION, REGION, WireError, record_type_of
from yidi.contract.records import Dialect, Institution, Region

_IDS: Final = {
    REGION.name: ("region", "admdvs"),
    INSTITUTION.name: ("institution", "fixmedins_code"),
    CATALOGUE.name: ("catalogue", "catalogue"),
    DIALECT.name: ("dialect", "dialect"),
}
"""How the registry keys each kind of shared record, and the field that names it."""


@dataclass(slots=True)
class Places:
    """The highest version of each; read anew at every start of the desk."""

    regions: dict[str, Region] = field(default_factory=dict)
    institutions: dict[str, Institution] = field(default_factory=dict)
    dialects: dict[str, Dialect] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    """Every record of reference.shared as it came, by its key (region/330100): what a calculator looks up."""
    _versions: dict[str, int] = field(default_factory=dict)

    def take(self, value: bytes | None) -> None:
        """Take in one record of reference.shared; what is none, or older, changes nothing."""
        try:
            kind = record_type_of(value or b"")
            if kind.name not in _IDS:
                return
            record: Any = kind.decode(value or b"")
        except WireError:
            return
        prefix, id_field = _IDS[kind.name]
        key = f"{prefix}/{record[id_field]}"
        if self._versions.get(key, -1) >= record["version"]:
            return
        self._versions[key], self.values[key] = record["version"], value or b""
        books: dict[str, dict[str, Any]] = {
            REGION.name: cast("dict[str, Any]", self.regions),
            INSTITUTION.name: cast("dict[str, Any]", self.institutions),
            DIALECT.name: cast("dict[str, Any]", self.dialects),
        }
        if kind.name in books:
            books[kind.name][record[id_field]] = record

    def name(self, admdvs: str | None) -> str:
        """The region's name with its code, as far as it is known."""
        if not admdvs:
            return ""
        region = self.regions.get(admdvs)
        return f"{region['name']} ({admdvs})" if region else admdvs

    def institution(self, code: str | None) -> str:
        """The institution's name with its code, as far as it is known."""
        known = self.institutions.get(code or "")
        return f"{known['name']} ({code})" if known else code or ""
