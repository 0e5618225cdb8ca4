"""The Kafka that a chain brings along: one embedded broker, or several; and each of them by name."""

import asyncio
from typing import Final

from yidi.broker import EmbeddedBroker, EmbeddedCluster, Progress, StartFailedError, ports
from yidi.broker.data import DataDirectory
from yidi.chain.place import Place
from yidi.chain.settings import ChainSettings

BROKER: Final = "broker"

Kafka = EmbeddedBroker | EmbeddedCluster


def embedded(settings: ChainSettings, place: Place, progress: Progress) -> Kafka:
    """Not started yet."""
    port, fresh, security = settings.port, settings.fresh, place.vault if settings.secure else None
    if settings.brokers == 1:
        return EmbeddedBroker(place.broker, port, fresh=fresh, security=security, progress=progress)
    return EmbeddedCluster(place.broker, settings.brokers, port=port, fresh=fresh, security=security, progress=progress)


def demand_ports(settings: ChainSettings) -> None:
    """Refuse a wished port that is taken, with `PortBusyError`, before anything is wiped or written for it."""
    if settings.port is not None and settings.bootstrap is None:
        for number in range(settings.brokers):
            ports.demand(settings.port + number)


def port_before(settings: ChainSettings, place: Place) -> int | None:
    """Where the last run's Kafka was, and its clients look for it; None where another port was to be expected."""
    if settings.port is not None or settings.fresh:
        return None
    memory = DataDirectory(place.broker).remembered()
    return None if memory is None else memory.port


def names_of(brokers: int) -> tuple[str, ...]:
    """`broker` where there is one, else `broker-1`, `broker-2`, …."""
    return (BROKER,) if brokers == 1 else tuple(f"{BROKER}-{node}" for node in range(1, brokers + 1))


class Node:
    """One broker of a chain: ended on request, for its supervisor to bring it back."""

    def __init__(self, kafka: Kafka, broker: EmbeddedBroker) -> None:
        self._kafka = kafka
        self.broker = broker

    async def stop(self) -> None:
        """End it; one of several only once the copies of all are complete, so that one after the other may be ended."""
        if isinstance(self._kafka, EmbeddedCluster):
            try:
                await asyncio.to_thread(self._kafka.await_in_sync)
            except StartFailedError:
                return
        await self.broker.astop()


def nodes_of(kafka: Kafka) -> dict[str, Node]:
    """Every broker by name."""
    return {name: Node(kafka, broker) for name, broker in zip(names_of(len(kafka.brokers)), kafka.brokers, strict=True)}
