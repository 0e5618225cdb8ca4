"""A claim written as a file, for `yidi calculate`: national field names, yuan with at most two decimals.

One file holds the person, what the year has seen already, and one or more bills that are settled one after the other.
Field by field: docs/policies.md.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from yidi.agency.accumulators import ADMISSIONS
from yidi.agency.claim import CARE_OF, CHRONIC, INPATIENT, Category, Claim, Insured, SplitLine
from yidi.agency.policy_figures import Day, Yuan, fen_of
from yidi.agency.policy_layers import AidedName
from yidi.agency.policy_plan import PERSON_TYPES, GradeCode, Written
from yidi.agency.written_kind import wrong_kind
from yidi.agency.written_problems import problems_of
from yidi.agency.written_text import TextError, read_text, text_of_file

LINES_MAX: Final = 10_000
"""Lines (or categories) of one bill; a long stay has a few thousand."""

BILLS_MAX: Final = 1_000
"""Bills of one file: a person's year."""


def _signed_fen_of(value: object) -> int:
    """Yuan of a line: a refund's line is negative."""
    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else value
    if isinstance(text, str) and text.startswith("-"):
        return -fen_of(text[1:])
    return fen_of(text)


SignedYuan = Annotated[int, BeforeValidator(_signed_fen_of)]


def _used_of(value: object) -> dict[str, int]:
    """Accumulators of a year: yuan, but `admissions` counts stays."""
    if not isinstance(value, dict):
        raise ValueError("is no table of accumulators; write lines such as pool_paid: 1200.00")  # noqa: TRY004
    return {str(key): _count_of(figure) if key == ADMISSIONS else fen_of(figure) for key, figure in value.items()}


def _count_of(value: object) -> int:
    if not re.fullmatch(r"\d{1,3}", str(value)):
        raise ValueError(f"admissions {value!r} is no number of stays, such as 1")
    return int(str(value))


Used = Annotated[dict[str, int], BeforeValidator(_used_of)]
MedTypeCode: TypeAlias = Literal["11", "13", "14", "19", "21", "22", "24", "41"]
FilingName: TypeAlias = Literal["long_term", "referral", "emergency", "other_temporary", "unfiled", "in_province"]
CategoryCode: TypeAlias = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-4])$")]


class ClaimFileError(ValueError):
    """A claim file that cannot be used; `problems` are sentences, each with the field's path and what to do."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        super().__init__(f"{source}: " + "; ".join(problems))


class WrittenCategory(Written):
    """A fee category; the components add up to the total."""

    med_chrgitm_type: CategoryCode
    medfee_sumamt: Yuan
    fulamt_ownpay_amt: Yuan = 0
    overlmt_selfpay: Yuan = 0
    preselfpay_amt: Yuan = 0
    inscp_scp_amt: Yuan

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        parts = self.fulamt_ownpay_amt + self.overlmt_selfpay + self.preselfpay_amt + self.inscp_scp_amt
        if parts != self.medfee_sumamt:
            raise ValueError(
                "medfee_sumamt is not fulamt_ownpay_amt + overlmt_selfpay + preselfpay_amt + inscp_scp_amt; correct it"
            )
        return self


class WrittenLine(Written):
    """A split line of an outpatient, chronic or pharmacy bill."""

    med_list_codg: str = Field(min_length=1)
    chrgitm_lv: GradeCode
    med_chrgitm_type: CategoryCode
    det_item_fee_sumamt: SignedYuan
    fulamt_ownpay_amt: SignedYuan = 0
    overlmt_amt: SignedYuan = 0
    preselfpay_amt: SignedYuan = 0
    inscp_scp_amt: SignedYuan

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        parts = self.fulamt_ownpay_amt + self.overlmt_amt + self.preselfpay_amt + self.inscp_scp_amt
        if parts != self.det_item_fee_sumamt:
            raise ValueError(
                "det_item_fee_sumamt is not fulamt_ownpay_amt + overlmt_amt + preselfpay_amt + inscp_scp_amt; "
                "correct it"
            )
        return self


class WrittenBill(Written):
    """One bill: give `categories`, or `lines` for visits, from which the categories follow."""

    med_type: MedTypeCode
    filing_class: FilingName = "long_term"
    level: Literal["3", "2", "1", "none"]
    begndate: Day
    enddate: Day | None = None
    categories: list[WrittenCategory] = Field(default_factory=list, max_length=LINES_MAX)
    lines: list[WrittenLine] = Field(default_factory=list, max_length=LINES_MAX)
    dise_codg: str = ""
    referral: bool = False
    selected: bool = False
    primary: bool = False
    acct_used_flag: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.categories and not self.lines:
            raise ValueError("the bill is empty; give categories, or lines for visits")
        if self.lines and CARE_OF[self.med_type] == INPATIENT:
            raise ValueError("a stay is settled by categories; move the lines into categories")
        if self.enddate is not None and self.enddate < self.begndate:
            raise ValueError("enddate lies before begndate; correct one")
        if CARE_OF[self.med_type] == CHRONIC and not self.dise_codg:
            raise ValueError("dise_codg is missing; a chronic bill (med_type 14) names its disease")
        return self


class WrittenPerson(Written):
    """The insured person; `balance` of the account in yuan."""

    insutype: Literal["310", "390", "380"]
    psn_type: str
    cvlserv_flag: bool = False
    enterprise_flag: bool = False
    aided_class: Literal["none"] | AidedName = "none"
    chronic: list[str] = Field(default_factory=list)
    balance: Yuan = 0

    @model_validator(mode="after")
    def _known_type(self) -> Self:
        if self.psn_type[:2] not in PERSON_TYPES:
            raise ValueError(f"psn_type {self.psn_type!r} is unknown; begin it with one of {', '.join(PERSON_TYPES)}")
        return self


class ClaimFile(Written):
    """`used` holds accumulators by year, keys as in `accumulators`: yuan, `admissions` a count."""

    title: str = ""
    person: WrittenPerson
    used: dict[int, Used] = Field(default_factory=dict)
    bills: list[WrittenBill] = Field(min_length=1, max_length=BILLS_MAX)


def read_claim_file(text: str, source: str = "claim") -> ClaimFile:
    """Claim file from YAML or JSON text; ClaimFileError names every field at fault."""
    try:
        content = read_text(text)
        if (wrong := wrong_kind(content, "claim")) is not None:
            raise ClaimFileError(source, [wrong])
        return ClaimFile.model_validate(content)
    except TextError as error:
        raise ClaimFileError(source, [str(error)]) from None
    except ValidationError as error:
        raise ClaimFileError(source, problems_of(error, ClaimFile)) from None


def load_claim_file(path: Path) -> ClaimFile:
    """The same from a file; ClaimFileError also where it cannot be read."""
    try:
        text = text_of_file(path)
    except TextError as error:
        raise ClaimFileError(str(path), [str(error)]) from None
    return read_claim_file(text, str(path))


def insured_of(person: WrittenPerson) -> Insured:
    return Insured(
        insutype=person.insutype,
        psn_type=person.psn_type,
        cvlserv_flag=person.cvlserv_flag,
        enterprise_flag=person.enterprise_flag,
        aided_class=person.aided_class,
        chronic=frozenset(person.chronic),
        balance=person.balance,
    )


def claim_of(bill: WrittenBill) -> Claim:
    lines = tuple(SplitLine(**line.model_dump()) for line in bill.lines)
    written = tuple(Category(**category.model_dump()) for category in bill.categories)
    return Claim(
        med_type=bill.med_type,
        filing_class=bill.filing_class.upper(),
        level=bill.level,
        begndate=bill.begndate,
        enddate=_end_of(bill),
        categories=written or _categories_of(lines),
        lines=lines,
        dise_codg=bill.dise_codg,
        referral=bill.referral,
        selected=bill.selected,
        primary=bill.primary,
        acct_used_flag=bill.acct_used_flag,
    )


def _end_of(bill: WrittenBill) -> date:
    """A visit ends on the day it begins."""
    return bill.enddate or bill.begndate


def _categories_of(lines: tuple[SplitLine, ...]) -> tuple[Category, ...]:
    """Lines added up by category, in the order of the codes."""
    sums: dict[str, list[int]] = {}
    for line in lines:
        amounts = (
            line.det_item_fee_sumamt,
            line.fulamt_ownpay_amt,
            line.overlmt_amt,
            line.preselfpay_amt,
            line.inscp_scp_amt,
        )
        so_far = sums.get(line.med_chrgitm_type, [0] * len(amounts))
        sums[line.med_chrgitm_type] = [a + b for a, b in zip(so_far, amounts, strict=True)]
    return tuple(Category(code, *amounts) for code, amounts in sorted(sums.items()))
