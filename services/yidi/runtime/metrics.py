"""What an instance counts, for Prometheus; counted per batch, never per record."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from yidi.runtime.health import Health
from yidi.runtime.task import Slice

_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_RECORDS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)


class Metrics:
    """The counters of one instance, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        at = self.registry
        self.records = Counter("yidi_records", "Input and reference records decided", registry=at)
        self.messages = Counter("yidi_messages", "Messages committed to the outbox", registry=at)
        self.published = Counter("yidi_published", "Messages acknowledged by the broker", registry=at)
        self.refusals = Counter("yidi_refusals", "Error reports made", registry=at)
        self.timers = Counter("yidi_timers", "Timers fired", registry=at)
        self.transactions = Counter("yidi_transactions", "Database transactions", registry=at)
        self.rollbacks = Counter("yidi_rollbacks", "Transactions rolled back, by cause", ["cause"], registry=at)
        self.retries = Counter("yidi_publish_retries", "Producers closed after a failed send", registry=at)
        self.rebuilds = Counter("yidi_consumer_rebuilds", "Consumers made anew", registry=at)
        self.batch = Histogram("yidi_batch_records", "Records a transaction", buckets=_RECORDS, registry=at)
        self.commit = Histogram("yidi_transaction_seconds", "Deciding and committing", buckets=_SECONDS, registry=at)
        self.publish = Histogram("yidi_publish_seconds", "Chunk sent to acknowledged", buckets=_SECONDS, registry=at)
        self.loop_lag = Histogram("yidi_loop_lag_seconds", "Event loop late by", buckets=_SECONDS, registry=at)
        self.outbox = Gauge("yidi_outbox_chunks", "Chunks committed, not acknowledged", registry=at)
        self.lag = Gauge("yidi_lag_records", "Records in the log, not decided", registry=at)
        self.oldest = Gauge("yidi_oldest_unprocessed_seconds", "Age of the oldest record read, undecided", registry=at)
        self.stuck = Gauge("yidi_stuck_seconds", "The slowest partition with work stands still for", registry=at)
        self.troubles = Gauge("yidi_troubles", "Parts that do not work: store, publish, broker, consumer", registry=at)
        self.partitions = Gauge("yidi_partitions", "Partitions owned", registry=at)

    def note(self, health: Health) -> None:
        """Show what health knows at this moment, so that an alarm needs no other question."""
        self.oldest.set(health.oldest_unprocessed_ms / 1000)
        self.stuck.set(health.stuck_ms / 1000)
        self.troubles.set(len(health.troubles))

    def count(self, slices: Sequence[Slice], took_s: float) -> None:
        """Count one transaction."""
        records = sum(slice_.records for slice_ in slices)
        self.transactions.inc()
        self.commit.observe(took_s)
        self.batch.observe(records)
        self.records.inc(records)
        self.messages.inc(sum(len(slice_.messages) for slice_ in slices))
        self.refusals.inc(sum(slice_.reports for slice_ in slices))
        self.timers.inc(sum(slice_.timers_fired for slice_ in slices))
