"""`/health` and `/metrics` of the desk, for containers and Prometheus: without a key, and without anybody's data."""

from collections.abc import Iterator
from http import HTTPStatus

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from yidi.desk.desk import Desk
from yidi.desk.states import UNSOLVED
from yidi.desk.tables import CASES


class Condition:
    """Health means progress: 503 while the desk has not read what lay there, or anything holds it up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def health(self, _request: Request) -> Response:
        """What holds it up."""
        desk = self._desk
        healthy = not desk.troubles and not desk.starting
        told = {"healthy": healthy, "ready": not desk.starting, "troubles": dict(desk.troubles)}
        return JSONResponse(told, HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)

    async def metrics(self, _request: Request) -> Response:
        """In Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(_Gauges(self._desk))
        return Response(await run_in_threadpool(generate_latest, registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Gauges:
    """A collector over the desk's tables."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[GaugeMetricFamily]:
        desk = self._desk
        healthy = not desk.troubles and not desk.starting
        yield GaugeMetricFamily("yidi_desk_healthy", "1 while nothing holds the desk up", value=float(healthy))
        unsolved = GaugeMetricFamily(
            "yidi_desk_unsolved", "Errors that nobody has solved yet", labels=["service", "code"]
        )
        rows = select(CASES.c.service, CASES.c.code, func.count().label("found")).where(CASES.c.state.in_(UNSOLVED))
        with desk.store.read() as connection:
            for row in connection.execute(rows.group_by(CASES.c.service, CASES.c.code)):
                unsolved.add_metric([row.service, row.code], row.found)
        yield unsolved
