"""The desk's tables. SQLite and PostgreSQL; times are UTC milliseconds, amounts fen."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from yidi.desk.columns import Name as String
from yidi.desk.columns import Words as Text

METADATA: Final = MetaData()
FORMAT: Final = 1
"""Version of these tables; an older store is upgraded (desk/format.py), a newer one refused in words."""

_SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")

BOUND: Final = Table(
    "bound",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the store belongs to: the cluster, its topics, the format."""

POSITIONS: Final = Table(
    "positions",
    METADATA,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""Offset of the next record to take in; moves in the transaction that takes it in."""

CASES: Final = Table(
    "cases",
    METADATA,
    Column("error_id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("owner", String),
    Column("version", Integer, nullable=False, default=1),
    Column("service", String, nullable=False),
    Column("code", String, nullable=False),
    Column("fault_class", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("first_failed_at", BigInteger, nullable=False),
    Column("last_failed_at", BigInteger, nullable=False),
    Column("msgid", String),
    Column("setl_id", String),
    Column("psn_no", String),
    Column("mdtrt_id", String),
    Column("insuplc_admdvs", String),
    Column("mdtrtarea_admvs", String),
    Column("fixmedins_code", String),
    Column("med_type", String),
    Column("insutype", String),
    Column("operation", String),
    Column("medfee_sumamt", BigInteger),
    Column("begntime", BigInteger),
    Column("endtime", BigInteger),
    Column("source_topic", String, nullable=False),
    Column("source_partition", Integer, nullable=False),
    Column("source_offset", BigInteger, nullable=False),
    Column("report", String, nullable=False),
    Column("replays", Integer, nullable=False, default=0),
    Column("ready", Boolean, nullable=False, default=False),
    Column("mended_by", String),
    Index("cases_list", "state", "last_failed_at", "error_id"),
    Index("cases_groups", "state", "service", "code", "stage", "fault_class", "first_failed_at", "last_failed_at"),
    Index("cases_newest", "last_failed_at", "error_id"),
    Index("cases_code", "code", "state", "last_failed_at"),
    Index("cases_msgid", "msgid"),
    Index("cases_setl", "setl_id"),
    Index("cases_person", "psn_no"),
    Index("cases_visit", "mdtrt_id"),
    Index("cases_owner", "owner"),
    Index("cases_source", "source_topic", "source_partition", "source_offset"),
)
"""One row a case: the newest report's facts, and where it stands."""

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("report_id", String, primary_key=True),
    Column("error_id", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("topic", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index("reports_case", "error_id", "at"),
)
"""Every report as it came, byte for byte."""

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("error_id", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False, default=""),
    Column("words", Text, nullable=False, default=""),
    Index("events_case", "error_id", "id"),
)
"""What happened to a case, in order."""

ACTIONS: Final = Table(
    "actions",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("action_id", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("authenticated", Boolean, nullable=False),
    Column("action", String, nullable=False),
    Column("error_id", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("acted_at", BigInteger, nullable=False),
    Column("result", Text, nullable=False),
    Index("actions_error", "error_id"),
    UniqueConstraint("hash"),
)
"""What operators did, as it is published; the row with the highest `seq` is the head that `verify` starts from."""

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("headers", Text, nullable=False, default="[]"),
)
"""Messages that a committed decision has to send; removed once the broker has acknowledged them."""

PLANS: Final = Table(
    "plans",
    METADATA,
    Column("plan_id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("q", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("approved_by", String),
    Column("executed_by", String),
    Column("by_token", Boolean, nullable=False, default=False),
    Column("forgiven", Integer, nullable=False, default=0),
    Column("canary", Integer, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("stop", Boolean, nullable=False),
    Column("why", Text, nullable=False, default=""),
)
ITEMS: Final = Table(
    "items",
    METADATA,
    Column("plan_id", String, primary_key=True),
    Column("nr", Integer, primary_key=True),
    Column("error_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("probe", String),
    Column("predicted", Text),
    Column("outcome", String, nullable=False, default="planned"),
    Column("attempt", Integer),
    Column("sent_at", BigInteger),
    Column("actual", Text),
    Index("items_outcome", "plan_id", "outcome", "nr"),
    Index("items_case", "error_id"),
    Index("items_sent", "plan_id", "sent_at"),
    Index("items_by_outcome", "outcome", "sent_at"),
    Index("items_probe", "probe"),
)
"""One record of a plan. `version` is the case's when it was planned: execution refuses when it has moved."""

MENDS: Final = Table(
    "mends",
    METADATA,
    Column("mend_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("error_id", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("state", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("change", LargeBinary, nullable=False),
    Column("words", Text, nullable=False, default=""),
    Index("mends_state", "state", "subject"),
)
CLAIMS: Final = Table(
    "claims",
    METADATA,
    Column("error_id", String, primary_key=True),
    Column("made_by", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
)
AMENDMENTS: Final = Table(
    "amendments",
    METADATA,
    Column("amendment_id", String, primary_key=True),
    Column("error_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("msgid", String, nullable=False),
    Column("state", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("approved_by", String),
    Column("reason", Text, nullable=False),
    Column("diff", Text, nullable=False),
    Column("original", LargeBinary, nullable=False),
    Column("amended", LargeBinary, nullable=False),
    Index("amendments_msgid", "msgid"),
)

BATCHES: Final = Table(
    "batches",
    METADATA,
    Column("batch_id", String, primary_key=True),
    Column("action", String, nullable=False),
    Column("recipient", String, nullable=False, default=""),
    Column("q", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("executed_by", String),
    Column("by_token", Boolean, nullable=False, default=False),
    Column("undoes", String),
    Column("state", String, nullable=False),
)
"""One action by hand over many cases; `undoes` names the batch whose work it takes back."""
BATCH_ITEMS: Final = Table(
    "batch_items",
    METADATA,
    Column("batch_id", String, primary_key=True),
    Column("nr", Integer, primary_key=True),
    Column("error_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("why", Text, nullable=False, default=""),
    Index("batch_items_outcome", "batch_id", "outcome", "nr"),
)
"""One case of a batch: planned, done, or skipped and why."""
