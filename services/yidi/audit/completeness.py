"""Check: the logs themselves are whole, so that what is not in them did not happen."""

from yidi.audit.check import Check


class Completeness(Check):
    name = "logs"
    promise = "Every topic was read from its first record to its end, without a hole, and rested; else this is unknown."

    def close(self) -> None:
        book = self.book
        self.findings.tested += len(book.extents)
        where = f"partition {book.partition}"
        if not book.quiet:
            self.findings.unsure(f"{where}: the logs grew while they were read; audit again when the chain rests")
        for topic in sorted(book.truncated | {name for name, extent in book.extents.items() if not extent.whole}):
            self.findings.unsure(f"{topic}, {where}: records are missing (dropped by retention, or never read)")
