"""What the desk says, as tables for people."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from yidi.domain.counting import counted
from yidi.domain.faults import FAULTS
from yidi.domain.instants import date_of_days, moment_of
from yidi.domain.money import yuan_of_fen
from yidi.runtime.groups import spans

Row = Mapping[str, Any]
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
ID_CHARS: Final = 8
MINUTE_CHARS: Final = 11
"""Of `11-23 01:23:22`, without its seconds."""


def when(instant_ms: int | None) -> str:
    """Date and time in Asia/Shanghai."""
    return "—" if instant_ms is None else moment_of(instant_ms).strftime("%m-%d %H:%M:%S")


def age(duration_ms: int) -> str:
    """How old, in the largest unit that says something."""
    if duration_ms >= DAY_MS:
        return f"{duration_ms // DAY_MS} d"
    return f"{duration_ms // HOUR_MS} h" if duration_ms >= HOUR_MS else f"{duration_ms // MINUTE_MS} min"


def yuan(fen: int | None) -> str:
    return "—" if fen is None else yuan_of_fen(fen)


def _table(title: str, *columns: str) -> Table:
    """A table; columns whose names end in ! are never broken."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column.rstrip("!"), overflow="fold", no_wrap=column.endswith("!"))
    return table


def _listed(table: Table, nothing: str) -> RenderableType:
    """The table, or one line that says that there is nothing, and what to do next."""
    return table if table.row_count else nothing


def groups(found: Row) -> RenderableType:
    """Groups with counts, times and what to do."""
    by = found["by"]
    title = f"{counted(found['total'], 'error')} by {by} 错误"
    table = _table(title, "count!", f"{by}!", "说明", "last!", "oldest!", "what to do")
    for row in found["groups"]:
        key = row["code"] if by == "cause" else row["key"]
        last, oldest = when(row["last_seen"]), age(row["oldest_age_ms"])
        table.add_row(str(row["count"]), key or "—", row["zh"], last, oldest, row["todo"])
    more = f"and {found['more']} smaller groups · " if found.get("more") else ""
    table.caption = f"{more}look closer: yidi errors list code:CODE · yidi errors code CODE"
    return _listed(table, NO_ERRORS)


NO_ERRORS: Final = (
    "No errors here. Without a state only unsolved ones are meant: state:any finds the others, too.\n"
    "A first one: yidi submit examples/encounters/fails-not-filed.json"
)


def nothing_matches(query: str, others: int) -> str:
    """Errors there are, but none of these."""
    return f"No error matches {query}; without it there are {others}, solved ones too.\n{LOOK_WIDER}"


def no_codes(query: str) -> list[str]:
    """For every fault code of a query that does not exist: that it does not, and which it may be."""
    codes = [code for word in query.split() if word.lstrip("-").startswith("code:") for code in _values(word)]
    return [
        f"There is no fault code {code}: {_near(code) or '`yidi errors code` has all of them.'}"
        for code in codes
        if code not in FAULTS
    ]


LOOK_WIDER: Final = "Add state:any for what is solved; yidi errors groups --by region shows the regions there are."


def _values(word: str) -> list[str]:
    return [value.upper() for value in word.partition(":")[2].strip('"').split(",") if value]


def _near(code: str) -> str:
    near = difflib.get_close_matches(code, FAULTS, 1)
    return f"did you mean {near[0]}?" if near else ""


def cases(found: Row) -> RenderableType:
    """A page of cases."""
    title = f"{counted(found['total'], 'error')} 错误"
    table = _table(title, "id!", "state", "code!", "insured → treated!", "yuan!", "last!", "detail")
    for row in found["cases"]:
        table.add_row(
            row["error_id"][:ID_CHARS],
            " · ".join(word for word in (row["state"], "ready" if row["ready"] else "", row["owner"]) if word),
            row["code"],
            f"{row['insuplc_admdvs'] or '?'} → {row['mdtrtarea_admvs'] or '?'}",
            yuan(row["medfee_sumamt"]),
            when(row["last_failed_at"])[:MINUTE_CHARS],
            f"{row['zh']} {row['detail']}",
            style="red" if row["alarm"] else "",
        )
    table.caption = f"more: --after {found['next']}" if found["next"] else "look closer: yidi errors show ID"
    return _listed(table, NO_ERRORS)


def facts(row: Row) -> Table:
    """One case, without its content."""
    fault, where = row["fault"] or {}, row["whereabouts"]
    table = Table(title=f"{row['code']} {row['zh']}", title_justify="left", box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    to_do = row["state"] not in ("settled", "twice", "claimed", "discarded")
    mendable = bool(to_do and fault and fault["mend"] and not row["ready"])
    lines = {
        "error": row["error_id"],
        "what": f"{row['en']}: {row['detail']}",
        "state": f"{row['state']}{', ready to replay' if row['ready'] else ''}, owner {row['owner'] or 'nobody'}"
        f"{', ALARM: older than it may be' if row['alarm'] else ''}",
        "found by": f"{row['service']} at {row['stage']}, attempt {row['attempt']}, "
        f"{counted(row['replays'], 'replay')}",
        "failed": f"first {when(row['first_failed_at'])}, last {when(row['last_failed_at'])}",
        "person": f"{row['psn_no'] or '—'} · {where['zh']} · {where['en']}",
        "insured": row["insured_place"] or "—",
        "treated": f"{row['treatment_place'] or '—'} · {row['institution'] or '—'} · visit {row['mdtrt_id'] or '—'}",
        "bill": f"{yuan(row['medfee_sumamt'])} yuan · msgid {row['msgid'] or '—'} · setl_id {row['setl_id'] or '—'}",
        "source": f"{row['source_topic']}/{row['source_partition']} @{row['source_offset']}",
        "unreadable": row["unreadable"],
        "settled": "" if row["state"] != "settled" else settled_words(row),
        "who acts": f"{fault['acts_words']['zh']} {fault['acts_words']['en']}" if fault else "",
        "call": fault.get("call", ""),
        "do": fault.get("todo", "") if to_do else "",
        "replay": fault.get("replay_words", "") if to_do else "",
        "mend": f"yidi errors mend {fault['mend']} {row['error_id'][:8]} --dry-run" if mendable else "",
        "you can": ", ".join(row["commands"]) or "look only: your role, its owner or its state allow no more",
    }
    for name, value in lines.items():
        if value:
            table.add_row(name, str(value))
    return table


def settled_words(row: Row) -> str:
    """What shows the amounts, and what proves who did it."""
    return f"yidi explain {row['msgid']} · yidi errors actions {row['error_id'][:8]} · yidi errors verify"


def history(events: Iterable[Row]) -> Table:
    table = _table("history 经过", "when", "what", "who", "words")
    for event in events:
        table.add_row(when(event["at"]), event["kind"], event["actor"], event["words"])
    return table


UNSENT: Final = frozenset({"planned", "skipped"})
"""What becomes of an item before anything of its plan is sent."""


def plan(row: Row) -> Table:
    """A plan with what it foretells, what happened, and the comparison."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(row["counts"].items()))
    table = _table(
        f"plan {row['plan_id']}: {row['state']} · {counts}",
        "id",
        "outcome",
        "foretold 预计",
        "actual 实际",
        "same",
        "note",
    )
    for item in row.get("items", ()):
        same = {None: "", True: "DIFFERS", False: "yes"}[item["differs"]]
        foretold, actual = told(item["predicted"]), told(item["actual"])
        table.add_row(item["error_id"][:ID_CHARS], item["outcome"], foretold, actual, same, item["skip"])
    money, executed = row["money"], bool(row["counts"].keys() - UNSENT)
    words = [
        _sum("foretold", money["predicted"]),
        _sum("actual", money["actual"]) if executed else "not carried out yet",
        f"{money['differing']} differ" if executed else "",
        row["why"],
    ]
    table.caption = " · ".join(word for word in words if word)
    return table


def _sum(word: str, money: Row) -> str:
    return f"{word} {money['records']}: funds {yuan(money['fund_pay_sumamt'])}, cash {yuan(money['psn_cash_pay'])}"


def told(outcome: Row) -> str:
    """An outcome in a few words."""
    amounts = outcome.get("amounts")
    if amounts:
        funds, account, cash = (yuan(amounts[name]) for name in ("fund_pay_sumamt", "acct_pay", "psn_cash_pay"))
        return f"{outcome['outcome']}: funds {funds}, account {account}, cash {cash}"
    return " ".join(str(outcome[name]) for name in ("outcome", "code", "why") if outcome.get(name))


def fault(page: Row) -> Table:
    """The page of one fault."""
    table = Table(title=f"{page['code']} {page['zh']}", title_justify="left", box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("means", page["en"]),
        ("class", page["fault_class"]),
        ("who acts", f"{page['acts_words']['zh']} {page['acts_words']['en']}"),
        ("call", page["call"]),
        ("do", page["todo"]),
        (
            "mend",
            f"yidi errors mend {page['mend']} ERROR_ID" if page["mend"] else page["mended_by"] or "nothing to mend",
        ),
        ("replay", page["replay_words"]),
        ("unsolved", str(page["open"])),
    ):
        table.add_row(name, value)
    return table


def faults(pages: Iterable[Row]) -> Table:
    table = _table("fault codes 错误码", "code!", "class!", "中文", "English", "replay", "unsolved")
    for page in pages:
        unsolved = str(page["open"] or "")
        table.add_row(page["code"], page["fault_class"], page["zh"], page["en"], page["replayable"], unsolved)
    return table


def change(asked: Row) -> Table:
    """A change of reference data: whose, and every field of the part that is set."""
    table = Table(title=f"change of {asked['subject']}", title_justify="left", box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for part, value in asked.items():
        if isinstance(value, Mapping):
            for name, field in value.items():
                table.add_row(f"{part}.{name}", _field(name, field))
    return table


def _field(name: str, value: Any) -> str:  # noqa: ANN401 — any scalar of a change
    if value is None:
        return "—"
    if name.endswith("date") or name == "waiting_until":
        return date_of_days(value).isoformat()
    if name.endswith("_at"):
        return when(value)
    return yuan(value) if name == "amt" else str(value)


def mends(rows: Iterable[Row]) -> RenderableType:
    table = _table("mends 补办", "mend!", "kind!", "state!", "error!", "by", "when!", "words")
    for row in rows:
        made = (row["made_by"], when(row["made_at"]), row["words"])
        table.add_row(row["mend"], row["kind"], row["state"], row["error_id"][:ID_CHARS], *made)
    return _listed(table, "No mends yet. One is made with: yidi errors mend KIND ERROR_ID --dry-run")


def batches(rows: Iterable[Row]) -> RenderableType:
    table = _table("batches 批量", "batch!", "action!", "state!", "cases", "by", "when!", "of", "why")
    for row in rows:
        made = (row["made_by"], when(row["made_at"]), row["q"] or "selected", row["reason"])
        table.add_row(row["batch_id"], row["action"], row["state"], _counts(row), *made)
    return _listed(table, 'No batches yet. A dry run of one: yidi errors bulk take "code:NOT_FILED owner:none"')


def batch(row: Row) -> Table:
    """One batch: how far it is, and what was left alone and why."""
    title = f"batch {row['batch_id']}: {row['action']} · {row['state']} · {_counts(row)}"
    table = _table(title, "id!", "outcome!", "why")
    for item in row.get("items", ()):
        table.add_row(item["error_id"][:ID_CHARS], item["outcome"], item["why"])
    if row["undo"]:
        table.caption = f"undo: yidi errors bulk --undo {row['batch_id']} --reason …"
    return table


def _counts(row: Row) -> str:
    return ", ".join(f"{n} {outcome}" for outcome, n in sorted(row["counts"].items()))


def actions(rows: Iterable[Row]) -> RenderableType:
    table = _table("what operators did 操作记录", "nr", "when", "who", "what", "about", "why", "result")
    for row in rows:
        who = row["actor"] + ("" if row["authenticated"] else " (not authenticated)")
        about = row["error_id"][:ID_CHARS]
        table.add_row(str(row["seq"]), when(row["acted_at"]), who, row["action"], about, row["reason"], row["result"])
    return _listed(table, "No actions yet: whatever operators do, denied or done, stands here.")


def flow(found: Row) -> Table:
    table = _table("services 服务", "service", "backlog", "instance: partitions (backlog)", "state", "what to do")
    for row in found["services"]:
        held = [f"{one['instance']}: {spans(one['partitions']) or '–'} ({one['lag']})" for one in row["instances"]]
        cells = (row["service"], str(row["lag"]), "\n".join(held) or "nobody", row["words"], row["todo"])
        table.add_row(*cells, style="" if row["moving"] else "red")
    return table
