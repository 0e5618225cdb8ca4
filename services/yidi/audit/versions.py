"""Check: reference data only moves forward, and so does what verdicts saw of it."""

from typing import TYPE_CHECKING, Any

from yidi.audit.book import Book, Case
from yidi.audit.check import Check
from yidi.audit.report import Step
from yidi.audit.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping


class Versions(Check):
    name = "versions"
    promise = (
        "The version of a reference record never goes back, one version has one content, and a person's verdicts never "
        "see less of the reference data than the verdict before."
    )

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._known: set[bytes] = set()
        self._newest: dict[tuple[str, str], tuple[int, bytes, int]] = {}
        self._verdicts: dict[bytes | None, tuple[Mapping[str, int], int, str]] = {}

    def on_person(self, seen: Seen) -> None:
        self._forward(seen, seen.id)

    def on_filing(self, seen: Seen) -> None:
        self._forward(seen, seen.id)

    def on_shared(self, seen: Seen) -> None:
        kind = next(iter(seen.message))
        self._forward(seen, f"{kind}/{seen.id}")

    def on_forwarded(self, seen: Seen, _case: Case) -> None:
        verdict: dict[str, Any] | None = seen.message["verdict"]
        if verdict is None:
            return
        self.findings.tested += 1
        saw: Mapping[str, int] = verdict["reference_version"]
        before, offset, msgid = self._verdicts.get(seen.record.key, (saw, 0, ""))
        for topic in before.keys() & saw.keys():
            if saw[topic] < before[topic]:
                words = f"the verdict saw {topic} version {saw[topic]}, the one before {before[topic]}"
                record = seen.record
                earlier = Step(record.topic, record.partition, offset, msgid, "the verdict before")
                self.findings.fail(words, earlier, seen.step(words))
        self._verdicts[seen.record.key] = (saw, seen.record.offset, seen.id)

    def _forward(self, seen: Seen, name: str) -> None:
        """A record may come again as it was, even after a newer one: an outbox that was sent twice."""
        self.findings.tested += 1
        if seen.digest in self._known:
            return
        self._known.add(seen.digest)
        record, version = seen.record, seen.message["version"]
        key = (record.topic, name)
        newest, digest, offset = self._newest.get(key, (version, seen.digest, record.offset))
        if version < newest or (version == newest and digest != seen.digest):
            words = f"version {version} after {newest}" if version < newest else f"two contents of version {version}"
            earlier = Step(record.topic, record.partition, offset, name, f"version {newest}")
            self.findings.fail(words, earlier, seen.step(words))
        self._newest[key] = (version, seen.digest, record.offset)
