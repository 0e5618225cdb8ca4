"""A connection to a database that breaks at a given moment: a proxy on loopback."""

import socket
import threading
from contextlib import suppress
from typing import Self

BYTES_MAX = 1 << 16


class LossyProxy:
    """Passes bytes on in both directions, until the client says what `break_at` named; then that connection breaks.

    With `forward` the server still hears it, and answers to nobody.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._word: bytes | None = None
        self._forward = False
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()

    def break_at(self, word: bytes, *, forward: bool) -> None:
        """Break the connection that sends the word, once."""
        self._forward = forward  # first: with the word it takes effect
        self._word = word

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                threading.Thread(target=self._up, args=(client, server), daemon=True).start()
                threading.Thread(target=_pass, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(BYTES_MAX):
                if self._word is not None and self._word in data:
                    self._word = None
                    _end(client)
                    if self._forward:
                        server.sendall(data)
                        server.recv(BYTES_MAX)
                    break
                server.sendall(data)
        _end(server)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(BYTES_MAX):
            target.sendall(data)
    _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
