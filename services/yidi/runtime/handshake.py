"""Coming in at a Kafka as a client does: TCP, TLS, a user and a password; and why it does not let us in, in words.

Layouts: Kafka protocol guide, SaslHandshake v1 and SaslAuthenticate v0.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from aiokafka.conn import SaslPlainAuthenticator, ScramAuthenticator

from yidi.runtime.connection import ENVIRONMENT, Connection, Security
from yidi.runtime.frames import ClosedError, NotKafkaError, Reader, TlsSpokenError, call, string
from yidi.runtime.stops import SecurityUnusable

API_VERSIONS: Final = 18
METADATA: Final = 3
SASL_HANDSHAKE: Final = 17
SASL_AUTHENTICATE: Final = 36
INIT_PRODUCER_ID: Final = 22
NEEDED: Final = {METADATA: 10, INIT_PRODUCER_ID: 0}
"""Metadata v10 tells topic ids, to which stores are bound (Kafka 2.8); the other call makes producers idempotent."""
TOO_OLD: Final = "is too old: the chain needs 2.8 or newer. Upgrade it."
UNSUPPORTED_MECHANISM: Final = 33
OTHER_NAME: Final = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
WHY_TIMEOUT_S: Final = 5.0

PROTOCOL: Final = f"set {ENVIRONMENT}SECURITY_PROTOCOL"
USER: Final = f"{ENVIRONMENT}USERNAME and {ENVIRONMENT}PASSWORD_FILE"


class Refused(NotKafkaError):
    """A Kafka is there, and does not let us in: the words say why and what to set."""


class TooOld(NotKafkaError):
    """A Kafka is there that cannot serve the chain."""


@contextmanager
def connected(host: str, port: int, security: Security, timeout_s: float) -> Iterator[socket.socket]:
    """A connection on which requests may be made. `Refused` when we are not let in; OSError when nobody is there."""
    with ExitStack() as stack:
        stream = stack.enter_context(socket.create_connection((host, port), timeout_s))
        stream.settimeout(timeout_s)
        try:
            if security.tls:
                stream = stack.enter_context(_encrypted(stream, host, security))
            if security.sasl:
                _introduce(stream, security)
            yield stream
        except TlsSpokenError as error:
            raise Refused(f"it speaks TLS: {PROTOCOL} to SASL_SSL or SSL, and {ENVIRONMENT}CA_FILE") from error
        except ssl.SSLError as error:
            raise Refused(_told_by_tls(error)) from error


def greet(host: str, port: int, security: Security, timeout_s: float) -> None:
    """Come in, and ask a question that only who was let in may ask. Raises as `connected`, or TooOld."""
    with connected(host, port, security, timeout_s) as stream:
        newest = spoken(call(stream, API_VERSIONS, 0, b""))
        first_question(stream, security)
    if not new_enough(newest):
        raise TooOld(TOO_OLD)


def spoken(reader: Reader) -> dict[int, int]:
    """The newest version of each call, as the answer about versions tells it."""
    if error := reader.take(">h"):
        raise NotKafkaError(f"the first call was refused with code {error}")
    newest = {}
    for _ in range(reader.take(">i")):
        api, _oldest, latest = reader.take(">h"), reader.take(">h"), reader.take(">h")
        newest[api] = latest
    return newest


def new_enough(newest: Mapping[int, int]) -> bool:
    """Whether a Kafka that speaks these versions can serve the chain."""
    return all(newest.get(api, -1) >= version for api, version in NEEDED.items())


def first_question(stream: socket.socket, security: Security) -> Reader:
    """Metadata without topics, version 2: a listener that wants a user hangs up on it."""
    try:
        return call(stream, METADATA, 2, struct.pack(">i", 0))
    except ClosedError as error:
        if security.sasl:
            raise
        wanted = "SASL_SSL" if security.tls else "SASL_PLAINTEXT"
        raise Refused(f"it wants a user: {PROTOCOL} to {wanted}, {USER}") from error


async def refusal(connection: Connection) -> str | None:
    """Why the Kafka does not let us in, or cannot serve us, in words; None when it does, or does not answer at all."""
    for address in connection.bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        with suppress(OSError, ValueError, NotKafkaError):
            try:
                await asyncio.to_thread(greet, host, int(port), connection.security, WHY_TIMEOUT_S)
            except Refused as error:
                return f"The Kafka at {address} does not let us in: {error}."
            except TooOld as error:
                return f"The Kafka at {address} {error}"
            except SecurityUnusable as error:
                return str(error)
            return None
    return None


def _encrypted(stream: socket.socket, host: str, security: Security) -> ssl.SSLSocket:
    try:
        return security.tls_context().wrap_socket(stream, server_hostname=host)
    except ssl.SSLCertVerificationError:
        raise
    except (ssl.SSLError, ConnectionError) as error:
        plain = "SASL_PLAINTEXT" if security.sasl else "PLAINTEXT"
        raise Refused(f"it speaks no TLS: {PROTOCOL} to {plain}") from error


def _told_by_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in OTHER_NAME:
            return f"its certificate is for another address ({error.verify_message}): use one that it names"
        return (
            f"nobody whom we trust vouches for its certificate ({error.verify_message}): set {ENVIRONMENT}CA_FILE to "
            "the authority of that Kafka"
        )
    if "CERTIFICATE" in (error.reason or ""):
        return f"it wants a certificate of ours: set {ENVIRONMENT}CERT_FILE and {ENVIRONMENT}KEY_FILE"
    return f"TLS failed ({error.reason}): check {ENVIRONMENT}CERT_FILE and {ENVIRONMENT}CA_FILE"


def _introduce(stream: socket.socket, security: Security) -> None:
    mechanism = security.sasl_mechanism
    try:
        answer = call(stream, SASL_HANDSHAKE, 1, string(mechanism))
    except ClosedError as error:
        raise Refused(_takes_no_users(security)) from error
    code = answer.take(">h")
    if code == UNSUPPORTED_MECHANISM:
        offered = ", ".join(answer.text() or "" for _ in range(answer.take(">i"))) or "nothing that it names"
        raise Refused(f"it takes no {mechanism} but {offered}: set {ENVIRONMENT}SASL_MECHANISM")
    if code:
        raise Refused(_takes_no_users(security))
    _prove(stream, security)


def _takes_no_users(security: Security) -> str:
    return f"it takes no users there: {PROTOCOL} to {'SSL' if security.tls else 'PLAINTEXT'}"


def _prove(stream: socket.socket, security: Security) -> None:
    """The client library's own exchange, step by step."""
    steps = _exchange(security)
    said, _ = next(steps)
    while True:
        try:
            answer = call(stream, SASL_AUTHENTICATE, 0, struct.pack(">i", len(said)) + said)
        except ClosedError as error:
            raise Refused(_unknown(security)) from error
        if answer.take(">h"):
            raise Refused(_unknown(security))
        answer.text()
        try:
            said, _ = steps.send(answer.raw(answer.take(">i")))
        except StopIteration:
            return


def _unknown(security: Security) -> str:
    return f"it does not know the user {security.username}, or not with this password: check {USER}"


def _exchange(security: Security) -> Generator[tuple[bytes, bool], bytes | None, None]:
    given: dict[str, Any] = {
        "loop": None,
        "sasl_plain_username": security.username,
        "sasl_plain_password": security.secret(),
    }
    steps: Generator[tuple[bytes, bool], bytes | None, None]
    if security.sasl_mechanism == "PLAIN":
        steps = SaslPlainAuthenticator(**given).authenticator_plain()
    else:
        steps = ScramAuthenticator(**given, sasl_mechanism=security.sasl_mechanism).authenticator_scram()
    return steps
