"""Servers that answer as a Kafka does, or as none does: each request with given bytes."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from yidi.runtime.handshake import NEEDED

Answer = Callable[[bytes], bytes]
NEW = dict(NEEDED)


@contextmanager
def servers() -> Iterator[Callable[[Answer], int]]:
    """Starts servers that answer each request frame with given bytes; returns their ports."""
    listening: list[socket.socket] = []

    def serve(listener: socket.socket, answer: Answer) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):
                while request := connection.recv(4096):
                    reply = answer(request)
                    if not reply:
                        break
                    connection.sendall(reply)

    def start(answer: Answer) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listening:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def kafka(newest: dict[int, int], brokers: list[tuple[str, int]]) -> Answer:
    """Answers as a Kafka with these call versions and these brokers."""

    def answer(request: bytes) -> bytes:
        api, correlation = struct.unpack_from(">h", request, 4)[0], request[8:12]
        body = versions() if api == 18 else cluster()
        return struct.pack(">i", 4 + len(body)) + correlation + body

    def versions() -> bytes:
        rows = [struct.pack(">hhh", api, 0, latest) for api, latest in newest.items()]
        return struct.pack(">hi", 0, len(rows)) + b"".join(rows)

    def cluster() -> bytes:
        rows = [struct.pack(f">ih{len(h)}sih", n, len(h), h.encode(), p, -1) for n, (h, p) in enumerate(brokers)]
        return struct.pack(">i", len(rows)) + b"".join(rows) + struct.pack(">hii", -1, 0, 0)

    return answer
