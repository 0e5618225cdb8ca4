"""The page of a fault: what it means, who acts and whom to call, what to do, and whether a replay can help."""

from typing import Any, Final

from sqlalchemy import Connection, func, select

from yidi.desk.healing import BY_OTHERS, kind_for
from yidi.desk.places import Places
from yidi.desk.refusals import Unknown
from yidi.desk.states import UNSOLVED
from yidi.desk.tables import CASES
from yidi.domain.fault_advice import TODO_ZH
from yidi.domain.faults import FAULTS, Fault, Replayable

ACTS: Final = {
    "person": ("参保人", "the insured person, with the insured place's filing channels or counter"),
    "agency": ("参保地经办机构", "the agency of the insured place"),
    "institution": ("定点医药机构医保办", "the institution's insurance office"),
    "platform": ("国家平台运维", "the platform's operators"),
    "registry": ("基础数据管理", "whoever keeps the reference data"),
    "sender": ("发送方系统", "whoever runs the system that sent it"),
    "operator": ("运维人员", "the operators of this chain"),
    "developer": ("开发人员", "the developers"),
}
REPLAY: Final = {
    Replayable.NO: "a replay cannot help",
    Replayable.AFTER_REPAIR: "a replay helps once the cause is mended with effect from the treatment date",
    Replayable.AFTER_CORRECTION: "the same bytes fail again: the sender corrects and sends an amended record",
    Replayable.AFTER_EDIT: "a replay cannot help: only other bytes can",
    Replayable.AUTOMATIC: "it is tried again by itself; replay only if it stays",
    Replayable.ASK_FIRST: "ask first: query with the original msgid, then adopt, reverse or replay",
}


def fault_page(
    code: str, places: Places, region: str | None = None, *, med_type: str | None = None, unsolved: int = 0
) -> dict[str, Any]:
    """The page, or that of a case of this kind of care; Unknown for a code that is not in the table."""
    fault = FAULTS.get(code.upper())
    if fault is None:
        raise Unknown(f"There is no fault code {code}.", "See `yidi errors code` for all of them.")
    zh, en = ACTS.get(fault.acts, (fault.acts, fault.acts))
    call = whom_to_call(fault, places, region)
    return {
        "code": fault.code,
        "fault_class": fault.fault_class.value,
        "zh": fault.zh,
        "en": fault.en,
        "acts": fault.acts,
        "acts_words": {"zh": zh, "en": en},
        "call": call["en"],
        "call_words": call,
        "todo": fault.todo,
        "todo_words": {"zh": TODO_ZH[fault.code], "en": fault.todo},
        "mend": kind_for(fault.code, med_type),
        "mended_by": BY_OTHERS.get(fault.code, ""),
        "replayable": fault.replayable.value,
        "replay_words": REPLAY[fault.replayable],
        "open": unsolved,
    }


def whom_to_call(fault: Fault, places: Places, region: str | None) -> dict[str, str]:
    """The office that can help. This is a simulator: regions have names and inboxes, no telephone numbers."""
    if fault.acts in ("operator", "developer", "platform", "registry"):
        return {"zh": "本系统运维人员", "en": "the operators of this chain"}
    if region is None:
        return {
            "zh": "参保地医保经办机构（指定区划可显示名称）",
            "en": "the agency of the insured place (name the region for its name)",
        }
    known, name = places.regions.get(region), places.name(region)
    zh, en = (f"，收件箱 {known['agency_inbox']}", f", inbox {known['agency_inbox']}") if known else ("", "")
    return {
        "zh": f"{name} 医保经办机构{zh}（模拟数据，无电话号码）",
        "en": f"the agency of {name}{en} (synthetic: no telephone number)",
    }


def all_pages(connection: Connection, places: Places) -> list[dict[str, Any]]:
    """Every fault's page, with how many cases of it are unsolved."""
    counted = select(CASES.c.code, func.count().label("n")).where(CASES.c.state.in_(UNSOLVED)).group_by(CASES.c.code)
    unsolved = {row.code: row.n for row in connection.execute(counted)}
    return [fault_page(code, places, unsolved=unsolved.get(code, 0)) for code in FAULTS]
