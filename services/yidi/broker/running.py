"""Finding the embedded broker that another process runs on a data directory."""

from pathlib import Path

from yidi.broker.data import DataDirectory
from yidi.broker.ports import LOOPBACK
from yidi.broker.probe import NotKafkaError, ask
from yidi.broker.vault import Vault

ANSWER_TIMEOUT_S = 2.0


def find_running(data_dir: Path | str, *, security: Vault | None = None) -> str | None:
    """The bootstrap address of the broker that serves this data right now; None if none does.

    Told by the broker itself: a stranger that got the remembered port has another cluster id. Claims nothing and
    changes nothing; `security` is that of a secured broker. A frozen broker counts as none. Blocking, up to
    `ANSWER_TIMEOUT_S` a question.
    """
    memory = DataDirectory(Path(data_dir)).remembered()
    if memory is None or memory.port is None:
        return None
    asked = memory.port if security is None else memory.inside_port or memory.port
    tls = None if security is None else security.supervisor().tls_context()
    try:
        view = ask(LOOPBACK, asked, timeout_s=ANSWER_TIMEOUT_S, tls=tls)
    except (OSError, NotKafkaError):
        return None
    return f"{LOOPBACK}:{memory.port}" if view.cluster_id == memory.cluster_id else None
