"""`/health` and `/metrics` of the whole chain, as the console sees it from outside."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from yidi.console.reading import Pulse
from yidi.console.watching import Snapshot, Watching


class Condition:
    """Health means progress: 503 while a service has something to read and does not read, or Kafka does not answer."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    async def health(self, _request: Request) -> Response:
        """What stands still, and for how long."""
        pulse = self._watching.now.pulse
        status = HTTPStatus.OK if pulse.healthy else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(health_of(pulse), status)

    async def metrics(self, _request: Request) -> Response:
        """In Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(_Gauges(self._watching.now))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def health_of(pulse: Pulse) -> dict[str, object]:
    services = {
        name: {"state": service.state, "lag": service.lag, "stuck_ms": service.stuck_ms}
        for name, service in pulse.services.items()
    }
    return {"healthy": pulse.healthy, "lag": pulse.lag, "services": services, "trouble": pulse.trouble}


class _Gauges:
    """A collector over one snapshot."""

    def __init__(self, now: Snapshot) -> None:
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        pulse = self._now.pulse
        yield _gauge("yidi_chain_healthy", "1 while everybody makes progress", None, {"": pulse.healthy})
        yield _gauge("yidi_topic_records", "Records ever written", "topic", pulse.topics)
        lags = {name: service.lag for name, service in pulse.services.items()}
        yield _gauge("yidi_service_lag_records", "Records in the log, not read", "service", lags)
        stuck = {name: service.stuck_ms / 1000 for name, service in pulse.services.items()}
        yield _gauge("yidi_service_stuck_seconds", "Slowest partition with something to read", "service", stuck)
        if self._now.by_service is not None:
            unsolved = "Errors that nobody has solved yet"
            yield _gauge("yidi_errors_unsolved", unsolved, "service", self._now.by_service)


def _gauge(name: str, words: str, label: str | None, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], float(value))
    return family
