"""Who may do what: people by token, else the system's user, marked as not authenticated.

The file of tokens (DATA_DIR/desk-people.json, mode 0600) holds hashes only. Without it the system's user may view,
replay and amend, never approve: a second pair of eyes needs a name that somebody vouches for.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from yidi.desk.refusals import BadRequest, BadToken, Denied

NAME_CHARS_MAX: Final = 64
TOKEN_BYTES: Final = 24


class Role(StrEnum):
    VIEW = "view"
    REPLAY = "replay"
    AMEND = "amend"
    APPROVE = "approve"


_REPLAYING: Final = ("take", "hand", "discard", "restore", "park", "claim", "recover", "replay", "execute", "stop")
ROLES: Final[Mapping[str, Role]] = {
    **dict.fromkeys(_REPLAYING, Role.REPLAY),
    **dict.fromkeys(("amend", "mend"), Role.AMEND),
    "approve": Role.APPROVE,
}
"""The role that each command about a case, a plan or an amendment needs."""

SYSTEM_USER: Final = frozenset({Role.VIEW, Role.REPLAY, Role.AMEND})


@dataclass(frozen=True, slots=True)
class Person:
    """An operator, for one command."""

    name: str
    authenticated: bool
    roles: frozenset[Role]

    def need(self, role: Role) -> None:
        """Denied when the role is missing."""
        if role not in self.roles:
            how = "another role" if self.authenticated else "a token: `yidi errors token NAME --role " + role + "`"
            raise Denied(
                f"{self.name} may not do this: it needs the role {role}.", f"Ask somebody who has it, or get {how}."
            )


class People:
    """The file of tokens, read anew for every command, so that a change holds at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def identify(self, token: str | None, system_user: str) -> Person:
        """By token; without one, the system's user. BadToken when nobody has it."""
        known = self._read()
        if token is None:
            roles = known.get("system_user")
            named = SYSTEM_USER if roles is None else frozenset(Role(role) for role in roles)
            return Person(_name(system_user or "unknown"), authenticated=False, roles=named)
        digest = hashlib.sha256(token.encode()).hexdigest()
        for person in known.get("people", []):
            if secrets.compare_digest(person["sha256"], digest):
                return Person(person["name"], authenticated=True, roles=frozenset(Role(r) for r in person["roles"]))
        raise BadToken("Nobody has this token.", "Check it, or leave it out to act as the system's user.")

    def names(self) -> set[str]:
        """Everybody who has a token."""
        return {str(person["name"]) for person in self._read().get("people", [])}

    def having(self, role: Role) -> set[str]:
        """Everybody who has a token with this role."""
        return {str(person["name"]) for person in self._read().get("people", []) if role in person["roles"]}

    def add(self, name: str, roles: list[Role]) -> str:
        """Make a token for a person; it is shown once and never stored."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        known = self._read()
        row = {"name": _name(name), "sha256": hashlib.sha256(token.encode()).hexdigest(), "roles": sorted(roles)}
        others = [person for person in known.get("people", []) if person["name"] != name]
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps({**known, "people": [*others, row]}, indent=2), encoding="utf-8")
        return token

    def _read(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return known


def _name(name: str) -> str:
    if not name.isprintable() or not 0 < len(name) <= NAME_CHARS_MAX:
        raise BadRequest("This is no name of a person.", f"Use 1 to {NAME_CHARS_MAX} printable characters.")
    return name
