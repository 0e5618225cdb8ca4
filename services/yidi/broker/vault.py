"""Certificates and passwords of a secured embedded Kafka, and the broker settings that use them (docs/security.md).

DIRECTORY/            0700, every file 0600
  ca.pem              who vouches for the broker; its key was never written down, so nobody can add to what it signed
  broker.pem          the brokers' key and certificate
  supervisor.pem      key and certificate of whoever starts the brokers
  USER.password       one random password a user
"""

import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Final

from yidi.broker.ports import LOOPBACK
from yidi.runtime.connection import Security

BROKER: Final = "yidi-broker"
SUPERVISOR: Final = "yidi-supervisor"
"""Names in certificates, not in passwords: those who carry them may do everything."""
MECHANISM: Final = "SCRAM-SHA-512"
PASSWORD_BYTES: Final = 24
LISTENERS: Final = {"CLIENTS": "SASL_SSL", "INSIDE": "SSL", "CONTROLLER": "SSL"}
"""Clients show a password. Brokers, controllers and the supervisor show a certificate, on listeners of their own."""
_USER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Vault:
    """The secrets of one Kafka, of one broker or of several. Whoever owns the data owns the vault, and wipes it."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.ca_file = self.root / "ca.pem"
        self._broker_file = self.root / "broker.pem"
        self._supervisor_file = self.root / "supervisor.pem"

    def fill(self) -> None:
        """Make the certificates unless they are there, all at once: a half-made set would not fit together."""
        files = (self.ca_file, self._broker_file, self._supervisor_file)
        if all(file.is_file() for file in files):
            return
        from yidi.broker.certificates import issue  # noqa: PLC0415 — cryptography is large, and needed once

        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority, broker, supervisor = issue(BROKER, SUPERVISOR)
        for file, content in zip((self._broker_file, self._supervisor_file), (broker, supervisor), strict=True):
            _write(file, content)
        _write(self.ca_file, authority)

    def wipe(self) -> None:
        """Forget every secret; the next start makes new ones."""
        shutil.rmtree(self.root, ignore_errors=True)

    def supervisor(self) -> Security:
        """How the starter reaches the inside listener: by certificate, and it may do everything."""
        file = self._supervisor_file
        return Security.of(security_protocol="SSL", ca_file=self.ca_file, cert_file=file, key_file=file)

    def client(self, user: str) -> Security:
        """How a user reaches the clients' listener: by the password in its file, which is made when it is not there."""
        file = self.password_file(user)
        if not file.is_file():
            _write(file, secrets.token_urlsafe(PASSWORD_BYTES).encode())
        return Security.of(
            security_protocol="SASL_SSL",
            sasl_mechanism=MECHANISM,
            username=user,
            password_file=file,
            ca_file=self.ca_file,
        )

    def password_file(self, user: str) -> Path:
        if not _USER.fullmatch(user) or user in (BROKER, SUPERVISOR):
            raise ValueError(f"{user!r} is no name for a user")
        return self.root / f"{user}.password"

    def properties(self, port: int, inside_port: int, controller_port: int) -> dict[str, str]:
        """What a secured broker is set to, in place of the plain listeners: nobody may do anything unless told."""
        ports = {"CLIENTS": port, "INSIDE": inside_port, "CONTROLLER": controller_port}
        addresses = {name: f"{name}://{LOOPBACK}:{number}" for name, number in ports.items()}
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": f"{addresses['CLIENTS']},{addresses['INSIDE']}",
            "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in LISTENERS.items()),
            "inter.broker.listener.name": "INSIDE",
            "listener.name.inside.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "listener.name.clients.sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.clients.{MECHANISM.lower()}.sasl.jaas.config": login,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._broker_file),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca_file),
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{BROKER};User:{SUPERVISOR}",
        }


def _write(path: Path, content: bytes) -> None:
    """Appears whole or not at all, and is nobody else's to read at any moment."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
