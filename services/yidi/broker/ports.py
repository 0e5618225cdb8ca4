"""Free ports on loopback.

Ports are taken from below the range that the system hands to outgoing connections (from 32768 on Linux, from
49152 on macOS). Inside that range, while a broker is down, a client that keeps trying to reach it on loopback
can be given the broker's own port as its source and connect to itself, and the broker never gets it back.
"""

import random
import socket

from yidi.broker.errors import PortBusyError

LOOPBACK = "127.0.0.1"
LOWEST = 20_000
HIGHEST = 31_999
HIGHEST_OF_ALL = 65_535
TRIES_MAX = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback right now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Kafka does: a past life is no owner
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick(*, avoid: frozenset[int] = frozenset()) -> int:
    """A port that is free now; two chains that start at once seldom pick the same."""
    choose = random.SystemRandom()
    for _ in range(TRIES_MAX):
        port = choose.randint(LOWEST, HIGHEST)
        if port not in avoid and is_free(port):
            return port
    raise PortBusyError(
        f"No free port on {LOOPBACK} between {LOWEST} and {HIGHEST} after {TRIES_MAX} tries. "
        "End some servers on this machine, or name a free port."
    )


def demand(port: int) -> int:
    """The port the user named, or `PortBusyError` if it is not to be had."""
    if not 0 < port <= HIGHEST_OF_ALL:
        raise PortBusyError(f"{port} is no port: name one between 1 and {HIGHEST_OF_ALL}.")
    if not is_free(port):
        raise PortBusyError(
            f"Port {port} on {LOOPBACK} is not to be had: another program listens there, or it needs more "
            f"rights. Find out who with `lsof -i :{port}`, or name another port, or leave the port out to get "
            "a free one."
        )
    return port
