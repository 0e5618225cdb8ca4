"""`yidi demo`: a guided tour over the shipped example bills that ends with the audit's verdict."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from yidi.audit import AuditReport, Verdict, verdict_table
from yidi.chain.answers import Answer, Encounter, settle
from yidi.chain.filing import Wish, record_filing
from yidi.chain.journey import journey_of
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.referring import referring
from yidi.chain.replay import replay, report_of
from yidi.chain.session import run_until_interrupted, running
from yidi.chain.settings import ChainSettings
from yidi.chain.supervisor import Supervisor
from yidi.cli.answers import show_answer
from yidi.cli.audit import audited
from yidi.cli.explain import explanation, parts_of
from yidi.cli.options import DataDir, place_of
from yidi.cli.screen import err, out, progress_bars, say
from yidi.cli.trace import legs_table
from yidi.domain.codes import FilingType
from yidi.domain.instants import business_days, date_of_days
from yidi.domain.money import yuan_of_fen
from yidi.hospital.intake import read_files
from yidi.world.examples import encounter_files

app = typer.Typer(rich_markup_mode=None)

PERSONS: Final = 50
"""The tour needs the example persons only; a few more make the registry look inhabited."""
ANSWER_S: Final = 30
FILED_DAYS: Final = 200


@app.command()
def demo(
    *,
    data_dir: DataDir = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the chain running at the end, until Ctrl-C.")] = False,
) -> None:
    """Start the chain, settle the example bills, let some fail on purpose, mend one, and audit everything.

    Exit code 0 only if the audit passes. The tour has a data directory of its own and starts fresh each time.

    Example: yidi demo
    """
    verdict = run_until_interrupted(_demo(place_of(data_dir).data_dir / "demo", keep=keep))
    raise typer.Exit(verdict.exit_code)


async def _demo(data_dir: Path, *, keep: bool) -> Verdict:
    began = time.monotonic()
    settings = ChainSettings(data_dir=data_dir, fresh=True, persons=PERSONS)
    with progress_bars() as bars:
        async with running(Supervisor(settings, say=say, progress=bars)) as chain:
            bars.close()
            say(f"ready after {time.monotonic() - began:.1f} s: Kafka at {chain.bootstrap}, four services, {data_dir}")
            verdict = await Tour(chain).walk()
            say(f"the whole tour took {time.monotonic() - began:.1f} s")
            if keep:
                err.print(f"The chain stays up until Ctrl-C. In another terminal: yidi --help (--data-dir {data_dir})")
                await asyncio.Event().wait()
    return verdict


class Tour:
    """The stations of the tour, in order; each shows one thing that the chain does."""

    def __init__(self, chain: Descriptor) -> None:
        self._chain = chain
        self._answers: dict[str, Answer] = {}
        self._station = 0

    async def walk(self) -> Verdict:
        """All stations; returns the audit's verdict."""
        await self._settle_examples()
        await self._whole_way()
        self._every_fen()
        self._failed_on_purpose()
        await self._mend_and_replay()
        await self._same_again()
        await self._reverse()
        return (await self._audit()).verdict

    async def _settle_examples(self) -> None:
        files = encounter_files()
        submissions = read_files(files)
        self._heading(f"{len(submissions)} example bills from {len(files)} files, through hospital, platform, agency")
        encounters = [Encounter(s.charges["msgid"], s.charges["psn_no"], s.value) for s in submissions]
        came = {answer.msgid: answer async for answer in settle(self._chain, encounters, ANSWER_S)}
        self._answers = {encounter.msgid: came[encounter.msgid] for encounter in encounters}
        answers = list(self._answers.values())
        out.print(_outcomes(answers, [Path(s.origin.split(",")[0]).stem for s in submissions]))
        for number, answer in enumerate(answer for answer in answers if answer.outcome == "DONE"):
            show_answer(answer, lines=number == 0)

    async def _whole_way(self) -> None:
        answer = self._settled()
        self._heading(f"The whole way of one settlement: yidi trace {answer.msgid}")
        async with Reader(self._chain.connection, self._chain.partitions) as reader:
            answer.legs = await journey_of(reader, self._chain.inboxes, answer.msgid, self._chain.partitions)
        out.print(legs_table(answer.legs))

    def _every_fen(self) -> None:
        answer = self._settled()
        self._heading(f"Every fen of it: yidi explain {answer.msgid}")
        out.print(explanation(parts_of(answer.legs, answer.msgid), "en"))

    def _failed_on_purpose(self) -> None:
        self._heading("Some fail on purpose: refused to the hospital, kept byte for byte on an error topic")
        for answer in self._answers.values():
            if answer.outcome != "DONE":
                show_answer(answer)

    async def _mend_and_replay(self) -> None:
        answer = self._refused_with("NOT_FILED")
        report = answer.leg("ErrorReport")
        if report is None:
            raise RuntimeError("a refusal without its error report")
        self._heading("Mend the cause (a make-up filing) and replay the same bytes: yidi file …, yidi replay …")
        head = _head(answer)
        began = date_of_days(business_days(head["begntime"]))
        wish = Wish(
            head["psn_no"], FilingType.OTHER_TEMPORARY, head["mdtrtarea_admvs"], began - timedelta(days=1),
            _end_of(began), "the tour makes up the filing", "yidi demo",
        )  # fmt: skip
        filing = await record_filing(self._chain, wish, time.time_ns() // 1_000_000, ANSWER_S)
        say(f"filed for {filing['mdtrtarea_admvs']} from {wish.begndate} to {wish.enddate}")
        async with Reader(self._chain.connection, self._chain.partitions) as reader:
            failed = await report_of(reader, str(report.content["error_id"]))
        show_answer(await replay(self._chain, failed, ANSWER_S), brief=True)

    async def _same_again(self) -> None:
        answer = self._settled()
        self._heading("The same bill again: the stored answer comes back, nobody pays twice")
        again = await anext(settle(self._chain, [_encounter(answer)], ANSWER_S))
        show_answer(again, brief=True)
        same = _value(again) == _value(answer)
        say("byte for byte the same answer" if same else "NOT the same answer")

    async def _reverse(self) -> None:
        answer = self._settled()
        self._heading(f"Reverse it: yidi reverse {answer.msgid}")
        undo = referring("REVERSE", answer.legs, answer.msgid, time.time_ns() // 1_000_000)
        show_answer(await anext(settle(self._chain, [undo], ANSWER_S)), brief=True)

    async def _audit(self) -> AuditReport:
        self._heading("The oracle reads every topic and judges: yidi audit")
        report = await audited(self._chain.connection)
        out.print(verdict_table(report))
        return report

    def _settled(self) -> Answer:
        return next(answer for answer in self._answers.values() if answer.outcome == "DONE")

    def _refused_with(self, code: str) -> Answer:
        for answer in self._answers.values():
            fault = answer.result.content["fault"] if answer.result else None
            if fault and fault["code"] == code:
                return answer
        raise RuntimeError(f"no example bill was refused with {code}")

    def _heading(self, words: str) -> None:
        self._station += 1
        out.print()
        out.rule(Text(f"{self._station}. {words}", style="bold"), align="left")


def _end_of(began: date) -> date:
    return began + timedelta(days=FILED_DAYS)


def _head(answer: Answer) -> dict[str, Any]:
    leg = answer.leg("EncounterCharges")
    if leg is None:
        raise RuntimeError("an answer without its encounter")
    return dict(leg.content)


def _encounter(answer: Answer) -> Encounter:
    leg = answer.leg("EncounterCharges")
    if leg is None or leg.record.value is None:
        raise RuntimeError("an answer without its encounter")
    return Encounter(answer.msgid, str(leg.content["psn_no"]), leg.record.value)


def _value(answer: Answer) -> bytes | None:
    return answer.result.record.value if answer.result else None


def _outcomes(answers: Sequence[Answer], names: Sequence[str]) -> Table:
    table = Table("bill", "outcome", box=SIMPLE_HEAD)
    for column in ("total", "funds 基金", "account 账户", "cash 现金"):
        table.add_column(column, justify="right")
    for answer, name in zip(answers, names, strict=True):
        amounts = answer.result.content["amounts"] if answer.result else None
        fault = answer.result.content["fault"] if answer.result else None
        outcome = answer.outcome.lower() + (f": {fault['code']} {fault['zh']}" if fault else "")
        fields = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay")
        cells = [yuan_of_fen(amounts[field]) for field in fields] if amounts else [""] * len(fields)
        table.add_row(name, outcome, *cells, style="" if amounts else "yellow")
    return table
