"""Working out a case's manual claim: the material is gathered from what is published, the calculator does the rest."""

from dataclasses import asdict
from typing import Any, Final

from yidi.contract.codec import ENCOUNTER_CHARGES, WireError
from yidi.contract.records import EncounterCharges, ErrorReport, Filing, FilingHistory
from yidi.contract.topics import ENCOUNTERS
from yidi.desk.calculation import Calculation, Material, Side
from yidi.desk.cases import case, newest_report
from yidi.desk.desk import Desk
from yidi.desk.foretelling import wanted_of
from yidi.desk.refusals import OutOfReach
from yidi.domain.money import yuan_of_fen

Answer = dict[str, Any]
SETTLING: Final = ("SETTLE", "PRE_SETTLE")


def calculation(desk: Desk, error_id: str) -> Answer:
    """Manual and direct amounts of a case's bill, or `why` there are none. Reads Kafka: never inside a transaction.

    It is worked out with what is published now: filings made up since, and what was settled since, count.
    """
    with desk.store.read() as connection:
        report = newest_report(connection, case(connection, error_id).error_id)
    if desk.calculator is None:
        return _without("本错误台未接入计算", "this desk was started without a calculator")
    try:
        bill = _bill(desk, report)
        if bill is None:
            return _without("未找到可计算的就诊报文", "no encounter with a bill is found for this error")
        return _told(desk.calculator(_material(desk, bill)))
    except OutOfReach as error:
        return _without("消息系统不可用，稍后再算", error.what)


def direct_under(desk: Desk, error_id: str, filing: Filing) -> Answer | None:
    """What the chain would pay directly once this filing stands, or why not; None where nothing can be worked out."""
    with desk.store.read() as connection:
        report = newest_report(connection, case(connection, error_id).error_id)
    bill = _bill(desk, report) if desk.calculator is not None else None
    if bill is None or desk.calculator is None:
        return None
    known = _material(desk, bill)
    version = known.filings["version"] + 1 if known.filings else 1
    others = [f for f in known.filings["filings"] if f["filing_id"] != filing["filing_id"]] if known.filings else []
    filed: FilingHistory = {"psn_no": bill["psn_no"], "version": version, "filings": [*others, filing]}
    return asdict(desk.calculator(known._replace(filings=filed)).direct)


def _material(desk: Desk, bill: EncounterCharges) -> Material:
    psn_no, log = bill["psn_no"], desk.log
    known = (log.person(psn_no), log.filings(psn_no), log.results(psn_no))
    return Material(bill, *known, desk.places.values, desk.clock())


def _bill(desk: Desk, report: ErrorReport) -> EncounterCharges | None:
    """The failed encounter, or the one that the failed request was made of."""
    value = report["value"] if report["source_topic"] == ENCOUNTERS else None
    if report["source_topic"] != ENCOUNTERS:
        wanted = wanted_of(report)
        value = None if wanted is None else desk.log.encounters([wanted]).get(wanted.msgid)
    try:
        bill = ENCOUNTER_CHARGES.decode(value or b"")
    except WireError:
        return None
    return bill if bill["operation"] in SETTLING else None


def _without(zh: str, en: str) -> Answer:
    return {"manual": None, "direct": None, "why": {"zh": zh, "en": en}}


def _told(made: Calculation) -> Answer:
    return {"manual": asdict(made.manual), "direct": asdict(made.direct), "why": None, "advice": _advice(made.manual)}


def _advice(manual: Side) -> Answer:
    """The payment advice 支付通知 in words."""
    if manual.amounts is None:
        why = manual.why
        return {
            "zh": f"不予支付：{why.zh if why else ''}",
            "en": f"nothing can be paid: {why.en if why else ''}",
        }
    funds, account, cash = (yuan_of_fen(manual.amounts[n]) for n in ("fund_pay_sumamt", "acct_pay", "psn_cash_pay"))
    return {
        "zh": f"基金支付 {funds} 元，个人账户支付 {account} 元，汇入参保人银行账户；个人负担 {cash} 元",
        "en": f"funds {funds} and account {account} yuan go to the person's bank account; {cash} yuan stay theirs",
    }
