"""A query of the desk's language made into SQL: pages, counts, groups. Every page is one walk along an index."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, func, not_, or_, select, tuple_

from yidi.desk.query import Query, Term
from yidi.desk.refusals import BadRequest
from yidi.desk.states import UNSOLVED, State
from yidi.desk.tables import CASES

PAGE_MAX: Final = 500
Condition = ColumnElement[bool]
_C: Final = CASES.c


def _among(column: Column[Any]) -> Callable[[Term], Condition]:
    return lambda term: column.in_(term.values)


def _prefixed(*columns: Column[Any]) -> Callable[[Term], Condition]:
    return lambda term: or_(*(column.startswith(value, autoescape=True) for column in columns for value in term.values))


def _owner(term: Term) -> Condition:
    names = [name for name in term.values if name != "none"]
    nobody = [_C.owner.is_(None)] if "none" in term.values else []
    return or_(*nobody, *([_C.owner.in_(names)] if names else []))


def _settlement(term: Term) -> Condition:
    return or_(_C.setl_id.in_(term.values), _C.msgid.in_(term.values))


def _text(term: Term) -> Condition:
    wanted = term.values[0]
    return or_(_C.detail.icontains(wanted, autoescape=True), _C.code == wanted.upper())


def _age(term: Term) -> Condition:
    return and_(_C.first_failed_at <= term.instant, _C.state.in_(UNSOLVED))


_CONDITIONS: Final[Mapping[str, Callable[[Term], Condition]]] = {
    "code": _among(_C.code),
    "class": _among(_C.fault_class),
    "stage": _among(_C.stage),
    "service": _among(_C.service),
    "state": _among(_C.state),
    "kind": _among(_C.med_type),
    "person": _among(_C.psn_no),
    "visit": _among(_C.mdtrt_id),
    "region": _prefixed(_C.insuplc_admdvs, _C.mdtrtarea_admvs),
    "insured": _prefixed(_C.insuplc_admdvs),
    "treatment": _prefixed(_C.mdtrtarea_admvs),
    "institution": _prefixed(_C.fixmedins_code),
    "error": _prefixed(_C.error_id),
    "settlement": _settlement,
    "owner": _owner,
    "since": lambda term: _C.last_failed_at >= term.instant,
    "until": lambda term: _C.last_failed_at < term.instant,
    "age": _age,
    "ready": lambda _term: _C.ready.is_(True),
    "text": _text,
}


def where(query: Query) -> Condition:
    """The query as one condition on cases."""
    return and_(*(_one(term) for term in query.terms))


def _one(term: Term) -> Condition:
    condition = _CONDITIONS[term.field](term)
    return not_(func.coalesce(condition, False)) if term.negated else condition


def page(connection: Connection, query: Query, limit: int, after: str | None) -> tuple[list[Any], str | None]:
    """Up to `limit` cases, the newest failure first, and the cursor of the next page."""
    if not 1 <= limit <= PAGE_MAX:
        raise BadRequest(f"limit is {limit}.", f"Use 1 to {PAGE_MAX}, and `after` for the next page.")
    wanted = _newest_first(select(CASES).where(where(query)))
    if after is not None:
        at, _, error_id = after.partition("_")
        if not at.isdigit():
            raise BadRequest(f"{after!r} is no cursor.", "Take it from `next` of the page before.")
        wanted = wanted.where(tuple_(_C.last_failed_at, _C.error_id) < (int(at), error_id))
    rows = list(connection.execute(wanted.limit(limit + 1)))
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    return rows[:limit], f"{last.last_failed_at}_{last.error_id}" if last is not None else None


def paid_twice(connection: Connection, query: Query) -> list[Any]:
    """What the query finds that is paid twice: it stands above everything else until it is recovered."""
    twice = and_(_C.state == State.TWICE.value, where(query))
    return list(connection.execute(_newest_first(select(CASES).where(twice)).limit(PAGE_MAX)))


def _newest_first(wanted: Select[Any]) -> Select[Any]:
    return wanted.order_by(_C.last_failed_at.desc(), _C.error_id.desc())


def ids(connection: Connection, query: Query, most: int) -> list[Any]:
    """(error_id, version) of what the query finds, the oldest first, at most so many."""
    wanted = select(_C.error_id, _C.version).where(where(query)).order_by(_C.first_failed_at, _C.error_id).limit(most)
    return list(connection.execute(wanted))


def count(connection: Connection, query: Query) -> int:
    return int(connection.execute(select(func.count()).select_from(CASES).where(where(query))).scalar_one())


GROUPINGS: Final[Mapping[str, tuple[Column[Any], ...]]] = {
    "cause": (_C.service, _C.code, _C.stage, _C.fault_class),
    "region": (_C.insuplc_admdvs,),
    "institution": (_C.fixmedins_code,),
    "state": (_C.state,),
}


def groups(connection: Connection, query: Query, by: str) -> list[Any]:
    """Counts, first and last seen, by cause or place; the largest first."""
    columns = GROUPINGS.get(by)
    if columns is None:
        raise BadRequest(f"Nothing is grouped by {by}.", f"Use {', '.join(GROUPINGS)}.")
    counted = func.count().label("count")
    wanted = select(
        *columns,
        counted,
        func.min(_C.first_failed_at).label("first_seen"),
        func.max(_C.last_failed_at).label("last_seen"),
    )
    return list(connection.execute(wanted.where(where(query)).group_by(*columns).order_by(counted.desc(), *columns)))
