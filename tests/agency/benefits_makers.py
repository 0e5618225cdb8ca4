"""Makers of claims, persons and policies for the tests of the calculation; `Visit` defaults are a stay at level 3."""

from datetime import date
from typing import Any

from yidi.agency.claim import Category, Claim, Insured, SplitLine
from yidi.agency.compiled import CompiledPolicy
from yidi.agency.policy_file import policy_of

STAY_BEGINS = date(2026, 3, 2)
STAY_ENDS = date(2026, 3, 12)

FLAT_70: dict[str, Any] = {"table": [{"ratio": 70}]}


def a_policy(**fields: object) -> CompiledPolicy:
    """A residents' policy with a flat 70 % for stays, unless told otherwise."""
    content = {
        "id": "test-policy",
        "version": 1,
        "title": "synthetic",
        "status": "example",
        "source": "test",
        "admdvs": ["990001"],
        "insutype": "390",
        "valid_from": "2024-01-01",
        "inpatient": {"segments": FLAT_70},
    }
    return CompiledPolicy(policy_of({**content, **fields}))


def an_employee_policy(**fields: object) -> CompiledPolicy:
    return a_policy(**{"insutype": "310", **fields})


def a_bill(scope: int, *, preself: int = 0, fulamt: int = 0, overlmt: int = 0) -> tuple[Category, ...]:
    """One category with these components, in fen."""
    return (Category("09", scope + preself + fulamt + overlmt, fulamt, overlmt, preself, scope),)


def a_stay(scope: int, **facts: object) -> Claim:
    """A stay of ten days in March 2026; components by name in fen, the rest as in `Claim`."""
    components = {name: facts.pop(name, 0) for name in ("preself", "fulamt", "overlmt")}
    defaults = {
        "med_type": "21",
        "filing_class": "LONG_TERM",
        "level": "3",
        "begndate": STAY_BEGINS,
        "enddate": STAY_ENDS,
        "categories": a_bill(scope, **components),
    }
    return Claim(**{**defaults, **facts})


def a_visit(scope: int, *, day: date = STAY_BEGINS, **facts: object) -> Claim:
    """An outpatient visit on one day."""
    return a_stay(scope, **{"med_type": "11", "begndate": day, "enddate": day, **facts})


def a_line(scope: int, *, code: str = "XA", grade: str = "01", category: str = "09") -> SplitLine:
    return SplitLine(code, grade, category, scope, 0, 0, 0, scope)


def a_visit_of(*lines: SplitLine, **facts: object) -> Claim:
    """A visit whose bill is its lines."""
    return a_visit(sum(line.inscp_scp_amt for line in lines), lines=lines, **facts)


def a_resident(**facts: object) -> Insured:
    return Insured(**{"insutype": "390", "psn_type": "1501", **facts})


def an_employee(**facts: object) -> Insured:
    return Insured(**{"insutype": "310", "psn_type": "1101", **facts})
