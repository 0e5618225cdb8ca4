"""Schema ids from a registry that speaks the Confluent REST interface, instead of ids.json.

For programs that build on this package; the chain's own use ids.json. Before anything is encoded or decoded, every
version of every schema is registered, oldest first, and `codec.use_ids` takes the ids that come back. Registering a
schema that is known returns its id, so every start does the same. Subjects are record names
(`cn.yidi.SettlementRequest`, RecordNameStrategy): some topics carry several records.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final

from yidi.contract import schemas
from yidi.contract.schemas import SchemaVersion

TIMEOUT_S: Final = 10.0
"""For one request: a registry that takes longer is down."""
ANSWER_BYTES_MAX: Final = 65_536
"""An answer is an id; nothing longer is read."""
CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"
SCHEMA_ID_MAX: Final = (1 << 32) - 1


class RegistryError(Exception):
    """The registry did not give an id; the text says which schema, what it answered, and what to do."""


def ids_from(url: str, root: Path) -> list[SchemaVersion]:
    """Register all versions under `root` and return them with the registry's ids.

    RegistryError when it cannot be reached, refuses a schema or answers with something else than ids of its own.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise RegistryError(f"{url!r} is no schema registry's address: use http://HOST:PORT or https://HOST:PORT")
    entries = schemas.frozen_ids(root)
    theirs = {entry.id: _registered(url.rstrip("/"), root, entry) for entry in entries}
    if len(set(theirs.values())) != len(theirs):
        raise RegistryError(f"{url} gave two schemas the same id; it is no schema registry that we can use")
    return schemas.renumbered(entries, theirs)


def _registered(url: str, root: Path, entry: SchemaVersion) -> int:
    schema = schemas.version(root, entry)
    subject = f"{schema['namespace']}.{entry.record}"
    answer = _posted(
        f"{url}/subjects/{subject}/versions", {"schemaType": "AVRO", "schema": json.dumps(schema)}, subject
    )
    found = answer.get("id") if isinstance(answer, dict) else None
    if type(found) is not int or not 0 <= found <= SCHEMA_ID_MAX:
        raise RegistryError(f"{url} answered no id for {subject}: is it a schema registry?")
    return found


def _posted(url: str, content: dict[str, str], subject: str) -> Any:  # noqa: ANN401 — any JSON
    request = urllib.request.Request(  # noqa: S310 — http or https, checked
        url, data=json.dumps(content).encode(), headers={"Content-Type": CONTENT_TYPE}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 — http or https, checked
            return json.loads(answer.read(ANSWER_BYTES_MAX))
    except urllib.error.HTTPError as error:
        with error:
            words = error.read(ANSWER_BYTES_MAX).decode(errors="replace")
        raise RegistryError(f"{url} refused {subject} with HTTP {error.code}: {words}") from error
    except (OSError, ValueError) as error:
        raise RegistryError(f"{url} gave no answer for {subject} ({error}): check the registry and its URL") from error
