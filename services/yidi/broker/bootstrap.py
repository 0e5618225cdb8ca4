"""Whether another Kafka, instead of the embedded one, can serve the chain."""

from yidi.broker.errors import BootstrapError
from yidi.broker.ports import HIGHEST_OF_ALL
from yidi.broker.probe import ClusterView, NotKafkaError, ask
from yidi.runtime.connection import Security
from yidi.runtime.handshake import TOO_OLD, Refused, new_enough

PORT_DEFAULT = 9092
TIMEOUT_S = 5.0


def parse_bootstrap(text: str) -> tuple[str, int]:
    """Read one of HOST, HOST:PORT or [IPV6]:PORT; raises `BootstrapError` for anything else."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text.strip(), str(PORT_DEFAULT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or "," in text or not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_OF_ALL):
        raise BootstrapError(f"{text!r} is no broker address: write HOST:PORT, for example 127.0.0.1:9092.")
    return host, int(port)


def check_bootstrap(text: str, security: Security | None = None, *, timeout_s: float = TIMEOUT_S) -> str:
    """Return the address, or several by commas, as `host:port` once a Kafka that can serve the chain answered there.

    Of several, one that answers is enough: others may be down at the moment, which is why they are named. Asks it
    what it speaks, and tries every broker address that it hands out to clients. Raises `BootstrapError` with one line
    that says what is wrong and what to do. `security` is how we come in; None takes variables YIDI_KAFKA_…. Blocking.
    """
    security = security or Security.from_environment()
    addresses = [parse_bootstrap(one) for one in text.split(",")]
    view, where = _first_view(addresses, security, timeout_s)
    _new_enough(view, where)
    for advertised in view.brokers:
        _reachable(advertised, where, security, timeout_s)
    return ",".join(_written(*address) for address in addresses)


def _first_view(addresses: list[tuple[str, int]], security: Security, timeout_s: float) -> tuple[ClusterView, str]:
    failures = []
    for host, port in addresses:
        where = _written(host, port)
        try:
            return _view((host, port), where, security, timeout_s), where
        except BootstrapError as error:
            failures.append(error)
    raise failures[0]


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _view(address: tuple[str, int], where: str, security: Security, timeout_s: float) -> ClusterView:
    try:
        view = ask(*address, timeout_s=timeout_s, security=security)
    except Refused as error:
        raise BootstrapError(f"The Kafka at {where} does not let us in: {error}.") from error
    except (OSError, NotKafkaError) as error:
        raise BootstrapError(f"No Kafka answers at {where}: {_reason(error)}.") from error
    if not view.brokers:
        raise BootstrapError(f"The Kafka at {where} has no live broker yet: wait until it is ready, try again.")
    return view


def _reason(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "nothing listens there; start the broker, or check host and port"
        case TimeoutError():
            return "no answer in time; check host, port and firewall, or whether the broker is frozen"
        case NotKafkaError():
            return f"{error}; another program listens there, or the listener wants TLS or SASL (docs/security.md)"
    return f"{error}; check host and port"


def _new_enough(view: ClusterView, where: str) -> None:
    if not new_enough(view.newest):
        raise BootstrapError(f"The Kafka at {where} {TOO_OLD}")


def _reachable(advertised: tuple[str, int], where: str, security: Security, timeout_s: float) -> None:
    host, port = advertised
    try:
        ask(host, port, timeout_s=timeout_s, security=security)
    except Refused as error:
        raise BootstrapError(f"{host}:{port}, of the Kafka at {where}, does not let us in: {error}.") from error
    except (OSError, NotKafkaError) as error:
        raise BootstrapError(
            f"The Kafka at {where} sends clients to {host}:{port}, which does not answer from here: "
            "set advertised.listeners of that broker to an address that this machine reaches."
        ) from error
