"""Who comes to a chain's Kafka as whom: everybody alike on an open one, each as a user of its own on a secured one."""

from dataclasses import dataclass

from yidi.broker import Vault
from yidi.chain.settings import SERVICES, ChainSettings
from yidi.contract.access import grants, principals, seat
from yidi.runtime.acls import apply
from yidi.runtime.connection import Connection
from yidi.runtime.rights import refuse_lacking
from yidi.runtime.scram import admit


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
    await admit(keys.own, {one.name: keys.vault.client(one.name).secret() for one in everybody})
    await apply(keys.own, grants(everybody))


async def _check(own: Connection, settings: ChainSettings) -> None:
    if own.security.security_protocol != "PLAINTEXT":
        needed = {grant for name in settings.services for grant in seat(name, settings.inboxes).grants()}
        await refuse_lacking(own, sorted(needed))
