"""Where Kafka is, and who we are to it: address, TLS and SASL (docs/security.md). No text shows a secret."""

import ssl
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from yidi.runtime.stops import SecurityUnusable

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

ENVIRONMENT: Final = "YIDI_KAFKA_"
CONTEXTS_MAX: Final = 8
"""Two or three are in use; the rest are of files that have been replaced."""


class Security(BaseSettings):
    """How clients show who they are and check who answers; what is not given comes from variables YIDI_KAFKA_….

    The password is read from a file whenever a client is made, so that a new one is taken up without a restart, or
    from YIDI_KAFKA_PASSWORD; it is left out wherever settings are written.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    security_protocol: Protocol = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"""
    sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    """SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"""
    username: str | None = None
    """Who we are to Kafka, with SASL"""
    password: SecretStr | None = Field(default=None, exclude=True, repr=False)
    """The password of it"""
    password_file: Path | None = None
    """A file that holds the password, instead of it; read anew for every client"""
    ca_file: Path | None = None
    """Who may vouch for the broker, PEM; whom this machine trusts if left out"""
    cert_file: Path | None = None
    """Our own certificate, PEM, where the broker asks for one"""
    key_file: Path | None = None
    """The private key of it, PEM"""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.sasl and (self.username is None or (self.password is None and self.password_file is None)):
            raise ValueError(
                f"{self.security_protocol} needs a user: set {ENVIRONMENT}USERNAME, and {ENVIRONMENT}PASSWORD_FILE "
                f"or {ENVIRONMENT}PASSWORD"
            )
        return self

    @classmethod
    def of(cls, **given: object) -> Self:
        """Exactly this: what is not given has its default, whatever the environment says."""
        return cls(**({name: field.default for name, field in cls.model_fields.items()} | given))

    @classmethod
    def from_environment(cls) -> Self:
        """What the variables YIDI_KAFKA_… say; `SecurityUnusable` in one line when they make no sense."""
        try:
            return cls()
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False)[0]
            named = "".join(f"{ENVIRONMENT}{str(part).upper()}: " for part in problem["loc"][:1])
            raise SecurityUnusable(f"{named}{problem['msg'].removeprefix('Value error, ')}.") from None

    @property
    def sasl(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def tls(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def options(self) -> dict[str, Any]:
        """The security options of aiokafka's clients. `SecurityUnusable` names a file that cannot serve."""
        options: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.tls:
            options["ssl_context"] = self.tls_context()
        if self.sasl:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.secret(),
            }
        return options

    def tls_context(self) -> ssl.SSLContext:
        """Checks the broker's certificate and name, always. One context serves all clients until a file changes."""
        files = {"CA_FILE": self.ca_file, "CERT_FILE": self.cert_file, "KEY_FILE": self.key_file}
        return _context(tuple((name, path, _changed(name, path)) for name, path in files.items() if path is not None))

    def secret(self) -> str:
        """The password, for the client that shows it."""
        if self.password_file is None:
            return "" if self.password is None else self.password.get_secret_value()
        try:
            text = self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise _unusable("PASSWORD_FILE", self.password_file, error) from error
        if not text:
            raise SecurityUnusable(f"The file {self.password_file} ({ENVIRONMENT}PASSWORD_FILE) holds no password.")
        return text


class Connection(BaseModel):
    """One Kafka, and how to reach it."""

    model_config = ConfigDict(frozen=True)

    bootstrap: str
    """host:port, several by commas."""
    security: Security = Field(default_factory=Security.from_environment)
    request_timeout_ms: PositiveInt = 10_000
    """One call; long enough for a broker that is just starting, short enough to notice one that is gone."""

    def options(self) -> dict[str, Any]:
        """What every client of aiokafka is given."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "request_timeout_ms": self.request_timeout_ms,
            **self.security.options(),
        }

    def variables(self) -> dict[str, str]:
        """The same as variables, for a program that is told by its environment; secrets stay in their files."""
        told = {"BOOTSTRAP": self.bootstrap}
        if self.security.security_protocol != "PLAINTEXT":
            settings = self.security.model_dump(mode="json", exclude_none=True, exclude={"password"})
            told |= {name.upper(): str(value) for name, value in settings.items()}
        return {f"{ENVIRONMENT}{name}": value for name, value in told.items()}


def _changed(name: str, path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise _unusable(name, path, error) from error


@lru_cache(maxsize=CONTEXTS_MAX)
def _context(files: tuple[tuple[str, Path, int], ...]) -> ssl.SSLContext:
    paths = {name: path for name, path, _ in files}
    authority, certificate, key = (paths.get(name) for name in ("CA_FILE", "CERT_FILE", "KEY_FILE"))
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authority)
    except OSError as error:  # ssl.SSLError is one
        raise _unusable("CA_FILE", authority, error) from error
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except OSError as error:
            raise _unusable("CERT_FILE", certificate, error) from error
    return context


def _unusable(name: str, path: Path | None, error: Exception) -> SecurityUnusable:
    match error:
        case ssl.SSLError() | UnicodeError():
            why = "it is not what it should be: a PEM file" if name != "PASSWORD_FILE" else "it is no UTF-8 text"
        case OSError():
            why = error.strerror or str(error)
        case _:
            why = str(error)
    return SecurityUnusable(f"The file {path} ({ENVIRONMENT}{name}) cannot be used: {why}.")
