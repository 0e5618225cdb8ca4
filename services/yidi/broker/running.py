"""Finding the embedded broker that another process runs on a data directory."""

from pathlib import Path

from yidi.broker.data import DataDirectory, Memory
from yidi.broker.ports import LOOPBACK
from yidi.broker.probe import NotKafkaError, ask
from yidi.broker.vault import Vault
from yidi.runtime.connection import Security

ANSWER_TIMEOUT_S = 2.0


def find_running(data_dir: Path | str, *, security: Vault | None = None) -> str | None:
    """The bootstrap address of what serves this data right now, of several brokers by commas; None if nothing does.

    Told by the broker itself: a stranger that got the remembered port has another cluster id. Claims nothing and
    changes nothing; `security` is that of a secured broker. A frozen broker counts as none. Blocking, up to
    `ANSWER_TIMEOUT_S` a question.
    """
    data = DataDirectory(Path(data_dir))
    memory = data.remembered()
    if memory is None or memory.port is None:
        return None
    nodes = range(1, memory.brokers + 1)
    members = [memory] if memory.brokers == 1 else [data.of_member(node).remembered() for node in nodes]
    known = [member for member in members if member is not None]
    serve = any(_serves(member, security) for member in known)
    return ",".join(f"{LOOPBACK}:{member.port}" for member in known) if serve else None


def _serves(memory: Memory, security: Vault | None) -> bool:
    asked = memory.port if security is None else memory.inside_port or memory.port
    ours = Security.of() if security is None else security.supervisor()
    try:
        view = ask(LOOPBACK, asked or 0, timeout_s=ANSWER_TIMEOUT_S, security=ours)
    except (OSError, NotKafkaError):
        return False
    return view.cluster_id == memory.cluster_id
