"""Who looks at the page: a session's cookie, the token of forms, and the operator's token once somebody logged in."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

SESSION_COOKIE: Final = "yidi_session"
SESSIONS_MAX: Final = 1_000
"""Logged-in sessions kept; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser. `token` is an operator's, once logged in; without one `user` acts, marked as not authenticated."""

    session: str
    user: str
    token: str | None = None


class Sessions:
    """The sessions of one console process: gone when it ends, and then one logs in again.

    A form's token is a keyed hash of the session's cookie: another site can neither read the one nor compute the other.
    """

    def __init__(self, user: str, secret: bytes | None = None) -> None:
        self._user = user
        self._secret = secret or secrets.token_bytes(32)
        self._tokens: OrderedDict[str, str] = OrderedDict()

    def visitor(self, cookie: str | None) -> Visitor:
        """The visitor of this cookie; one of ours is made when there is none."""
        session = cookie if cookie and self._is_ours(cookie) else self._new()
        return Visitor(session, self._user, self._tokens.get(session))

    def log_in(self, token: str) -> str:
        """Remember the token under a new session, so that a cookie from before the login is worth nothing."""
        session = self._new()
        self._tokens[session] = token
        while len(self._tokens) > SESSIONS_MAX:
            self._tokens.popitem(last=False)
        return session

    def log_out(self, session: str) -> None:
        self._tokens.pop(session, None)

    def form_token(self, session: str) -> str:
        return self._keyed("form", session)

    def form_is_ours(self, session: str, token: str) -> bool:
        return hmac.compare_digest(self.form_token(session).encode(), token.encode())

    def _new(self) -> str:
        name = secrets.token_urlsafe(24)
        return f"{name}.{self._keyed('session', name)}"

    def _is_ours(self, cookie: str) -> bool:
        name, _, mark = cookie.partition(".")
        return hmac.compare_digest(self._keyed("session", name).encode(), mark.encode())

    def _keyed(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}/{text}".encode(), hashlib.sha256).hexdigest()
