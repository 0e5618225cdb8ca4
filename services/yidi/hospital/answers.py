"""The hospital's own answers: a refusal that everyone who waits for a result hears on the same topic."""

from yidi.contract import records
from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.contract.results import fault_of, no_figures
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id

SERVICE = "hospital"


def refused_result(
    charges: records.EncounterCharges, refusal: Refusal, setl_id: str, attempt: int, now_ms: int
) -> bytes:
    """The settlement result that says no, as bytes. Equal inputs give equal bytes."""
    result: records.SettlementResult = {
        "result_id": derived_id(charges["msgid"], f"result/{SERVICE}/REFUSED", attempt),
        "msgid": charges["msgid"],
        "setl_id": setl_id,
        "attempt": attempt,
        "operation": charges["operation"],
        "outcome": "REFUSED",
        "refers": charges["refers"],
        "psn_no": charges["psn_no"],
        "insuplc_admdvs": charges["insuplc_admdvs"],
        "mdtrtarea_admvs": charges["mdtrtarea_admvs"],
        "fixmedins_code": charges["fixmedins_code"],
        "inbox": "",
        "mdtrt_id": charges["mdtrt_id"],
        "med_type": charges["med_type"],
        "insutype": charges["insutype"],
        "setl_time": now_ms,
        "fault": fault_of(refusal, SERVICE),
        **no_figures(),
    }
    return SETTLEMENT_RESULT.encode(result)
