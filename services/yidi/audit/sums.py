"""Not a check but a table: what was settled, by day and pair of nodes, twins taken off (domain §8)."""

from collections.abc import Iterable

from yidi.audit.book import Book, Case
from yidi.audit.report import SumRow
from yidi.audit.seen import Seen
from yidi.domain.instants import business_date

Row = tuple[str, str, str]
Figures = list[int]


class Sums:
    """Listens to the journal like a check; `rows` when the partition is read."""

    def __init__(self, _book: Book | None = None) -> None:
        self._figures: dict[Row, Figures] = {}

    def on_journal(self, seen: Seen, _case: Case) -> None:
        entry, amounts = seen.message, seen.message["amounts"]
        day = business_date(entry["setl_time"]).isoformat()
        times = 1 if entry["entry"] == "SETTLEMENT" else -1 if amounts["medfee_sumamt"] else 0
        self._add(
            (day, entry["insured_node"], entry["treatment_node"]),
            (times, amounts["medfee_sumamt"], amounts["fund_pay_sumamt"]),
        )

    def merge(self, other: "Sums") -> None:
        for row, figures in other._figures.items():  # noqa: SLF001 — of the same class
            self._add(row, figures)

    def rows(self) -> tuple[SumRow, ...]:
        """Ascending by day, insured node, treatment node."""
        return tuple(SumRow(*row, *figures) for row, figures in sorted(self._figures.items()))

    def _add(self, row: Row, figures: Iterable[int]) -> None:
        held = self._figures.setdefault(row, [0, 0, 0])
        for place, figure in enumerate(figures):
            held[place] += figure
