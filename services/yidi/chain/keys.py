"""Who comes to a chain's Kafka as whom: everybody alike on an open one, each as a user of its own on a secured one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yidi.broker import Vault
from yidi.chain.settings import SERVICES, ChainSettings
from yidi.contract.access import grants, principals, seat
from yidi.runtime.acls import apply
from yidi.runtime.connection import Connection
from yidi.runtime.handshake import refusal
from yidi.runtime.rights import refuse_lacking
from yidi.runtime.scram import admit

LET_IN_S_MAX: Final = 60
LOOK_AGAIN_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Keys:
    """The ways into one Kafka."""

    own: Connection
    """The supervisor's: makes topics, users and rights."""
    bootstrap: str
    """Where all others come in."""
    vault: Vault | None = None
    """Where the passwords of a secured embedded Kafka lie."""

    def of(self, user: str) -> Connection:
        """How a program comes in."""
        if self.vault is None:
            return self.own
        return Connection(bootstrap=self.bootstrap, security=self.vault.client(user))


async def hand_out(keys: Keys, settings: ChainSettings) -> None:
    """Make everybody around the chain a user with a password and with the rights of the rules, and no one else.

    On another Kafka there is nothing to hand out: AccessRefused when its one user may not do what the services do. The
    second time it changes nothing that anybody notices.
    """
    if keys.vault is None:
        await _check(keys.own, settings)
        return
    served = {name: settings.foreign.served(name, settings.inboxes) for name in SERVICES}
    everybody = principals(settings.inboxes, served)
    await apply(keys.own, grants(everybody))
    await admit(keys.own, {one.name: keys.vault.client(one.name).secret() for one in everybody})
    await _until_let_in(keys, [one.name for one in everybody])


async def _until_let_in(keys: Keys, users: Sequence[str]) -> None:
    """Each broker knows a user only once it has read so far in its controller's log, which has the rights before it."""
    places = [(address, user) for address in keys.bootstrap.split(",") for user in users]
    async with asyncio.timeout(LET_IN_S_MAX):
        for address, user in places:
            place = keys.of(user).model_copy(update={"bootstrap": address})
            while await refusal(place):  # noqa: ASYNC110 — the broker has no event for it
                await asyncio.sleep(LOOK_AGAIN_S)


async def _check(own: Connection, settings: ChainSettings) -> None:
    if own.security.security_protocol != "PLAINTEXT":
        needed = {grant for name in settings.services for grant in seat(name, settings.inboxes).grants()}
        await refuse_lacking(own, sorted(needed))
