"""Where Kafka is, and who we are to it: address, TLS and SASL (docs/security.md). No text shows a secret."""

from pathlib import Path
from typing import Any, Final, Literal, Self

from aiokafka.helpers import create_ssl_context
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

ENVIRONMENT: Final = "YIDI_KAFKA_"


class Security(BaseSettings):
    """How clients show who they are and check who answers; what is not given comes from variables YIDI_KAFKA_….

    The password is read from a file, or from YIDI_KAFKA_PASSWORD; it is left out wherever settings are written.
    """

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT, frozen=True, extra="ignore")

    security_protocol: Protocol = "PLAINTEXT"
    sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = Field(default=None, exclude=True, repr=False)
    password_file: Path | None = None
    ca_file: Path | None = None
    """Who may vouch for the broker, PEM; None: whom this machine trusts."""
    cert_file: Path | None = None
    """Our own certificate, PEM, where the broker asks for one."""
    key_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.sasl and (self.username is None or (self.password is None and self.password_file is None)):
            raise ValueError(
                f"{self.security_protocol} needs a user: set {ENVIRONMENT}USERNAME, and {ENVIRONMENT}PASSWORD_FILE "
                f"or {ENVIRONMENT}PASSWORD"
            )
        return self

    @property
    def sasl(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def tls(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def options(self) -> dict[str, Any]:
        """The security options of aiokafka's clients. Raises OSError or ssl.SSLError for a file that cannot serve."""
        options: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.tls:
            files = (self.ca_file, self.cert_file, self.key_file)
            ca, cert, key = (None if path is None else str(path) for path in files)
            options["ssl_context"] = create_ssl_context(cafile=ca, certfile=cert, keyfile=key)
        if self.sasl:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self._secret(),
            }
        return options

    def _secret(self) -> str:
        if self.password_file is not None:
            return self.password_file.read_text(encoding="utf-8").strip()
        return "" if self.password is None else self.password.get_secret_value()


class Connection(BaseModel):
    """One Kafka, and how to reach it."""

    model_config = ConfigDict(frozen=True)

    bootstrap: str
    """host:port, several by commas."""
    security: Security = Field(default_factory=Security)
    request_timeout_ms: PositiveInt = 10_000
    """One call; long enough for a broker that is just starting, short enough to notice one that is gone."""

    def options(self) -> dict[str, Any]:
        """What every client of aiokafka is given."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "request_timeout_ms": self.request_timeout_ms,
            **self.security.options(),
        }
