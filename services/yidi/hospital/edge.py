"""The edge model: an encounter as people write it, guarded by pydantic, to the record of the contract.

Only syntax is judged here: names, types, decimals, dates. Meaning is judged in the chain, with a fault code.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from yidi.contract import records
from yidi.hospital import edge_values

OPERATIONS: Final = ("SETTLE", "PRE_SETTLE", "QUERY", "CANCEL", "REVERSE")
WITHOUT_BILL: Final = ("QUERY", "CANCEL", "REVERSE")


def _edge(read: Callable[[Any], Any]) -> BeforeValidator:
    """A field read by one of `edge_values`: what it says is wrong reaches people as it is."""

    def validate(value: Any) -> Any:  # noqa: ANN401 — whatever a file holds
        try:
            return read(value)
        except ValueError as error:
            raise PydanticCustomError("edge", "{what}", {"what": str(error)}) from error

    return BeforeValidator(validate)


def _or_none(read: Callable[[Any], Any]) -> BeforeValidator:
    """The same, where null and the empty text mean that there is none."""
    return _edge(lambda value: None if value is None or value == "" else read(value))


def _operation(value: Any) -> str:  # noqa: ANN401 — whatever a file holds
    word = edge_values.text(value).upper()
    if word not in OPERATIONS:
        raise ValueError(f"{word!r} is no operation; use one of {', '.join(OPERATIONS)}")
    return word


Text = Annotated[str, _edge(edge_values.text)]
FilledText = Annotated[str, _edge(edge_values.filled_text)]
TextOrNone = Annotated[str | None, _or_none(edge_values.text)]
Yuan = Annotated[int, _edge(edge_values.yuan)]
YuanOrNone = Annotated[int | None, _or_none(edge_values.yuan)]
Count = Annotated[int, _edge(edge_values.count)]
Price = Annotated[int, _edge(edge_values.price)]
Moment = Annotated[int, _edge(edge_values.moment)]
MomentOrNone = Annotated[int | None, _or_none(edge_values.moment)]
Flag = Annotated[bool, _edge(edge_values.flag)]


class _Edge(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EdgeLine(_Edge):
    """One itemised charge."""

    feedetl_sn: FilledText
    init_feedetl_sn: TextOrNone = None
    med_list_codg: TextOrNone = None
    medins_list_codg: FilledText
    medins_list_name: Text = ""
    local_category: FilledText
    cnt: Count
    pric: Price
    det_item_fee_sumamt: Yuan
    fee_ocur_time: Moment


class EdgeInquiry(_Edge):
    """A query, cancel or reversal: who and where, and what it refers to; no bill."""

    msgid: Text = ""
    operation: Annotated[Literal["SETTLE", "PRE_SETTLE", "QUERY", "CANCEL", "REVERSE"], _edge(_operation)] = "SETTLE"
    amends: TextOrNone = None
    refers: TextOrNone = None
    psn_no: FilledText
    insuplc_admdvs: FilledText
    mdtrtarea_admvs: FilledText
    fixmedins_code: FilledText
    mdtrt_id: FilledText
    med_type: FilledText
    insutype: FilledText
    dise_codg: TextOrNone = None
    mdtrt_cert_type: Text = ""
    mdtrt_cert_no: Text = ""
    card_sn: TextOrNone = None
    cert_valid_until: MomentOrNone = None
    card_national: Flag = True
    psn_name: Text = ""
    certno: Text = ""
    begntime: Moment
    endtime: MomentOrNone = None
    er_flag: Flag = False
    trum_flag: Flag = False
    rel_ttp_flag: Flag = False
    trum_letter_flag: Flag = False
    refl_flag: Flag = False
    acct_used_flag: Flag = False
    acct_pay_amt: YuanOrNone = None
    inf_time: MomentOrNone = None
    medfee_sumamt: Yuan = 0
    lines: list[EdgeLine] = []


class EdgeBill(EdgeInquiry):
    """A settlement or pre-settlement: the credential, the total and the lines are needed as well."""

    mdtrt_cert_type: FilledText
    psn_name: FilledText
    certno: FilledText
    medfee_sumamt: Yuan
    lines: list[EdgeLine]


ENCOUNTER_FIELDS: Final = frozenset(EdgeBill.model_fields)
LINE_FIELDS: Final = frozenset(EdgeLine.model_fields)


def model_for(operation: Any) -> type[EdgeInquiry]:  # noqa: ANN401 — whatever a file holds
    """Which fields are needed goes by the operation."""
    return EdgeInquiry if str(operation).strip().upper() in WITHOUT_BILL else EdgeBill


def charges_of(edge: EdgeInquiry) -> records.EncounterCharges:
    """The record of the contract; `msgid` may still be empty. `inf_time` is the last time that is told."""
    record = edge.model_dump()
    if edge.inf_time is None:
        told = (edge.begntime, edge.endtime or 0, *(line.fee_ocur_time for line in edge.lines))
        record["inf_time"] = max(told)
    return cast("records.EncounterCharges", record)
