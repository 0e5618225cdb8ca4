"""Regions, institutions, dialects as the registry publishes them: names for people, subjects for mends. In memory."""

from dataclasses import dataclass, field
from typing import Any, cast

from yidi.contract.codec import DIALECT, INSTITUTION, REGION, WireError, record_type_of
from yidi.contract.records import Dialect, Institution, Region


@dataclass(slots=True)
class Places:
    """The highest version of each; read anew at every start of the desk."""

    regions: dict[str, Region] = field(default_factory=dict)
    institutions: dict[str, Institution] = field(default_factory=dict)
    dialects: dict[str, Dialect] = field(default_factory=dict)

    def take(self, value: bytes | None) -> None:
        """Take in one record of reference.shared; what is none, or older, changes nothing."""
        try:
            kind = record_type_of(value or b"")
            if kind.name not in (REGION.name, INSTITUTION.name, DIALECT.name):
                return
            record: Any = kind.decode(value or b"")
        except WireError:
            return
        books: dict[str, dict[str, Any]] = {
            REGION.name: cast("dict[str, Any]", self.regions),
            INSTITUTION.name: cast("dict[str, Any]", self.institutions),
            DIALECT.name: cast("dict[str, Any]", self.dialects),
        }
        kept = books[kind.name]
        key = record[{REGION.name: "admdvs", INSTITUTION.name: "fixmedins_code", DIALECT.name: "dialect"}[kind.name]]
        if key not in kept or kept[key]["version"] < record["version"]:
            kept[key] = record

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
