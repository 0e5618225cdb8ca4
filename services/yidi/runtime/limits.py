"""Every limit of the runtime, with its unit and its reason. Sizes of messages come from the topic plan."""

from typing import Final

SLICE_RECORDS_MAX: Final = 1_000
"""Records decided in one database transaction; beyond it a commit's cost per record no longer falls."""

SLICE_BYTES_MAX: Final = 8 << 20
"""Bytes read and written by one transaction, soft by one record: bounds memory and the chunk that follows."""

SLICE_MS_MAX: Final = 50
"""Wall time of one transaction's decisions: far below any session timeout, so that heartbeats are never late."""

CHUNKS_UNPUBLISHED_MAX: Final = 2
"""One chunk in flight and one waiting: enough to overlap deciding with publishing, and no more to keep in memory."""

QUEUE_RECORDS_MAX: Final = 2_000
"""Records read ahead for one partition; polling stops above it."""

QUEUE_BYTES_MAX: Final = 8 << 20
"""Bytes read ahead for one partition, soft by one poll: eight partitions of large bills stay below 256 MB."""

MESSAGES_PER_DECISION_MAX: Final = 1_000
"""One record brings about a handful of messages; a shared reference change one for every partition."""

TIMERS_PER_SLICE_MAX: Final = 200
"""Timers fired in one transaction; the rest fires in the next one."""

AFTER_WAIT_MS_MAX: Final = 30_000
"""How long a record waits for the reference data that its `after` header names, in `now` time."""

HEADERS_MAX: Final = 64
"""Headers of one record; a chain of tracing tools adds a few, nobody adds dozens."""

DETAIL_CHARS_MAX: Final = 2_000
"""Detail of an error report: a sentence, or the end of a traceback; keeps the report within its envelope."""

ROW_CACHE_BYTES_MAX: Final = 32 << 20
"""Rows of the state kept in memory, per store."""

BATCH_BYTES_MAX: Final = 256 << 10
"""One Kafka record batch; not above the smallest `max.message.bytes` of the plan. A larger message travels alone."""
