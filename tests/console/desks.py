"""A desk that answers from a table and remembers what it was told."""

from typing import Any

from yidi.console.door import DeskMissing, DeskRefused
from yidi.console.visitor import Visitor

NOW = 1_763_700_000_000
CASE = "e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6"
PLAN = "p1a2b3c4d5e6f7a8"
BATCH = "ba7c0000ba7c0000"
MEND = "m1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6"


def row(**fields: Any) -> dict[str, Any]:
    """A row of the desk, as docs/desk.md has it."""
    return {
        "error_id": CASE,
        "state": "open",
        "owner": None,
        "version": 1,
        "service": "platform",
        "code": "NOT_FILED",
        "fault_class": "BUSINESS",
        "stage": "ELIGIBILITY",
        "zh": "未备案",
        "en": "the person has no filing for this place",
        "detail": "no filing of 110000******0017 covers 330100 on 2026-11-20",
        "attempt": 1,
        "first_failed_at": NOW,
        "last_failed_at": NOW,
        "age_ms": 5_400_000,
        "alarm": False,
        "msgid": "H33010000001202611200930000001",
        "setl_id": "5e711d00000000000000000000000001",
        "psn_no": "110***017",
        "mdtrt_id": "V0001",
        "insuplc_admdvs": "110100",
        "mdtrtarea_admvs": "330100",
        "fixmedins_code": "H33010000001",
        "med_type": "21",
        "insutype": "310",
        "operation": "SETTLE",
        "medfee_sumamt": 2_200_000,
        "begntime": NOW - 864_000_000,
        "endtime": NOW,
        "source_topic": "settlement.requests",
        "source_partition": 3,
        "source_offset": 17,
        "replays": 0,
        "ready": False,
        "mended_by": None,
        **fields,
    }


def fault(**fields: Any) -> dict[str, Any]:
    return {
        "code": "NOT_FILED",
        "fault_class": "BUSINESS",
        "zh": "未备案",
        "en": "the person has no filing for this place",
        "acts": "person",
        "acts_words": {"zh": "参保人", "en": "the insured person"},
        "call": "the agency of 北京市 (110100)",
        "call_words": {"zh": "北京市 (110100) 医保经办机构", "en": "the agency of 北京市 (110100)"},
        "todo": "File (make-up filing works before discharge settlement), then replay.",
        "todo_words": {"zh": "补办备案，然后重放。", "en": "File (make-up filing works), then replay."},
        "mend": "filing",
        "replayable": "AFTER_REPAIR",
        "replay_words": "a replay helps once the cause is mended with effect from the treatment date",
        "open": 2,
        **fields,
    }


def whole(**fields: Any) -> dict[str, Any]:
    """One case with everything about it; may do everything."""
    return {
        **row(),
        "insured_place": "北京市 (110100)",
        "treatment_place": "杭州市 (330100)",
        "institution": "杭州示例医院 (H33010000001)",
        "content": {"kind": "EncounterCharges", "msgid": "H33", "psn_name": "张*", "lines": [{"cnt": 1, "pric": 2}]},
        "unreadable": None,
        "key": "18 bytes",
        "value": "120 bytes",
        "value_sha256": "ab" * 32,
        "headers": [{"key": "traceparent", "value": "00-11-22-01"}],
        "traceparent": "00-11-22-01",
        "reports": [{"error_id": CASE, "code": "NOT_FILED", "attempt": 1}],
        "history": [{"id": 1, "error_id": CASE, "at": NOW, "kind": "open", "actor": "", "words": "NOT_FILED"}],
        "whereabouts": {"where": "in_hospital", "zh": "在院", "en": "in hospital: mend the cause and replay"},
        "fault": fault(),
        "may": ["take", "hand", "discard", "restore", "park", "claim", "amend", "replay"],
        "commands": ["take", "hand", "discard", "restore", "park", "claim", "amend", "mend", "replay"],
        "claim": None,
        **fields,
    }


def money(records: int, fen: int) -> dict[str, int]:
    return {"records": records, "medfee_sumamt": fen, "fund_pay_sumamt": fen, "acct_pay": 0, "psn_cash_pay": 0}


LISTED = {"commands": ["replay", "take", "hand", "discard", "claim"], "denied": None}
"""What somebody with the role replay may do with many cases."""
DENIED = {"what": "vera may not do this: it needs the role replay.", "todo": "Who may: ben."}
STEPS = {"ready": ["execute"], "stopped": ["execute"], "running": ["stop"], "needs_approval": ["approve"]}


def plan(**fields: Any) -> dict[str, Any]:
    """A plan for somebody who may do with it whatever its state allows."""
    return {
        "commands": STEPS.get(fields.get("state", "ready"), []),
        "denied": None,
        "plan_id": PLAN,
        "state": "ready",
        "q": "code:NOT_FILED",
        "reason": "filed",
        "made_by": "anna",
        "made_at": NOW,
        "approved_by": None,
        "canary": 1,
        "rate": 10,
        "stop": True,
        "why": "",
        "planned": 1,
        "counts": {"planned": 1},
        "money": {"predicted": money(1, 1_316_000), "actual": money(0, 0), "differing": 0},
        "items": [
            {
                "nr": 0,
                "error_id": CASE,
                "version": 1,
                "outcome": "planned",
                "attempt": None,
                "sent_at": None,
                "predicted": {
                    "outcome": "DONE",
                    "amounts": {"fund_pay_sumamt": 1_316_000, "acct_pay": 0, "psn_cash_pay": 884_000},
                },
                "actual": {},
                "skip": "",
                "differs": None,
            }
        ],
        **fields,
    }


def batch(**fields: Any) -> dict[str, Any]:
    item = {"nr": 0, "error_id": CASE, "outcome": "planned", "why": ""}
    steps = [*STEPS.get(fields.get("state", "ready"), []), *(["undo"] if fields.get("undo") else [])]
    return {
        "batch_id": BATCH, "action": "discard", "recipient": "", "q": "code:DEFECT", "reason": "a test",
        "made_by": "anna", "made_at": NOW, "executed_by": None, "undoes": None, "state": "ready",
        "counts": {"planned": 1}, "planned": 1, "undo": None, "items": [item],
        "commands": steps, "denied": None, **fields,
    }  # fmt: skip


def mend(**fields: Any) -> dict[str, Any]:
    return {
        "mend": MEND,
        "kind": "filing",
        "error_id": CASE,
        "state": "applied",
        "made_by": "anna",
        "made_at": NOW,
        "words": "applied; 1 case is ready to replay",
        "change": {"subject": "110***017", "filing": {"filing_type": "OTHER_TEMPORARY"}},
        "heals": [row()],
        **LISTED,
        **fields,
    }


def side(**fields: Any) -> dict[str, Any]:
    names = (
        "medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt", "act_pay_dedc",
        "fund_pay_sumamt", "acct_pay", "psn_cash_pay",
    )  # fmt: skip
    return {
        "catalogue": "catalogue-330000", "filing_class": "REFERRAL", "policy": "example v1",
        "amounts": dict.fromkeys(names, 902_000), "steps": [{"zh": "起付线", "en": "deductible"}],
        "notes": [{"zh": "全自费", "en": "fully self-paid"}], "code": "", "why": None, **fields,
    }  # fmt: skip


def claim(**fields: Any) -> dict[str, Any]:
    refused = side(amounts=None, code="NOT_FILED", why={"zh": "未备案", "en": "no filing"}, steps=[], notes=[])
    return {
        "error_id": CASE,
        "papers": [{"zh": "发票", "en": "receipts, originals"}],
        "treated": "2026-11-20",
        "deadline": "2027-02-20",
        "days_left": 90,
        "payable_doubts": [{"zh": "材料", "en": "papers may be incomplete"}],
        "amount_paid": "22000.00",
        "calculation": {"manual": side(), "direct": refused, "why": None},
        "advice": {"zh": "汇入账户", "en": "to the person's account"},
        **fields,
    }


def form() -> dict[str, Any]:
    fields = [
        {"name": "msgid", "mode": "locked", "type": "str", "value": "H33"},
        {"name": "card_sn", "mode": "sensitive", "type": "str", "value": "A1***9"},
        {"name": "er_flag", "mode": "free", "type": "bool", "value": False},
        {"name": "medfee_sumamt", "mode": "amount", "type": "int", "value": 2_200_000},
    ]
    return {"error_id": CASE, "allowed": True, "fields": fields, "version": 1}


def group(**fields: Any) -> dict[str, Any]:
    return {
        "service": "platform",
        "code": "NOT_FILED",
        "stage": "ELIGIBILITY",
        "fault_class": "BUSINESS",
        "key": "platform/NOT_FILED/ELIGIBILITY",
        "zh": "未备案",
        "en": "the person has no filing for this place",
        "todo": "File, then replay.",
        "todo_zh": "补办备案，然后重放。",
        "count": 2,
        "first_seen": NOW,
        "last_seen": NOW,
        "oldest_age_ms": 90_000,
        "q": "code:NOT_FILED",
        **fields,
    }


def action(**fields: Any) -> dict[str, Any]:
    return {
        "seq": 1,
        "actor": "anna",
        "authenticated": True,
        "action": "take",
        "error_id": CASE,
        "reason": "mine",
        "acted_at": NOW,
        "result": "taken by anna",
        "hash": "cd" * 32,
        **fields,
    }


ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/health"): {"healthy": True, "cases": 2, "unsolved": 2, "troubles": {}, "last_event": 7},
    ("GET", "/groups"): {"groups": [group()], "total": 2},
    ("GET", "/cases"): {"cases": [row()], "next": None, "total": 1, **LISTED},
    ("GET", f"/cases/{CASE}"): whole(),
    ("GET", f"/cases/{CASE}/slip"): {"text": "告知单 slip"},
    ("GET", f"/cases/{CASE}/claim"): claim(),
    ("GET", f"/cases/{CASE}/form"): form(),
    ("POST", f"/cases/{CASE}/amend"): {"diff": [], "problems": [], "needs_approval": False, "amendment": "a1"},
    ("POST", f"/cases/{CASE}/check"): {"fields": {}, "problems": []},
    ("POST", "/mends/check"): {"fields": {}, "problems": []},
    ("GET", "/codes"): {"codes": [fault()]},
    ("GET", "/codes/NOT_FILED"): fault(),
    ("GET", "/plans"): {"plans": [plan()]},
    ("POST", "/plans"): plan(state="predicting"),
    ("GET", f"/plans/{PLAN}"): plan(),
    ("GET", "/batches"): {"batches": [batch()]},
    ("POST", "/batches"): batch(),
    ("GET", f"/batches/{BATCH}"): batch(),
    ("GET", "/mends"): {"mends": [mend()]},
    ("POST", "/mends"): mend(),
    ("GET", f"/mends/{MEND}"): mend(),
    ("GET", "/approvals"): {"plans": [plan(state="needs_approval")], "amendments": [
        {"amendment": "a1", "error_id": CASE, "made_by": "anna", "commands": ["approve"],
         "diff": [{"name": "cnt", "before": 1, "after": 2}]}
    ]},
    ("GET", "/actions"): {"actions": [action()], "next": None},
    ("POST", "/verify"): {"intact": True, "links": 3, "findings": [], "head": {"links": 3, "hash": "ef" * 32}},
    ("GET", "/export"): "error_id\n1\n",
    ("GET", "/events"): {"events": [], "last": 7},
}  # fmt: skip


class FakeDesk:
    """Answers from `answers`; an exception there is raised.

    `told` is every command, `checked` what was posted while somebody typed, `asked` what was asked.
    """

    def __init__(self) -> None:
        self.answers = dict(ANSWERS)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.checked: list[tuple[str, dict[str, Any]]] = []
        self.tokens = {"right"}
        self.missing = False
        self.acted: list[Visitor] = []

    async def get(self, who: Visitor, path: str, **query: Any) -> Any:
        self.asked.append((path, query))
        return self._answer(who, "GET", path)

    async def post(self, who: Visitor, path: str, **body: Any) -> Any:
        (self.checked if path.endswith("/check") else self.told).append((path, body))
        return self._answer(who, "POST", path)

    def _answer(self, who: Visitor, method: str, path: str) -> Any:
        self.acted.append(who)
        if self.missing:
            raise DeskMissing("No error desk runs here.")
        if who.token is not None and who.token not in self.tokens:
            raise DeskRefused("Nobody has this token.", "Check it.", 401, "bad_token")
        answer = self.answers.get((method, path), {})
        if isinstance(answer, Exception):
            raise answer
        return answer
