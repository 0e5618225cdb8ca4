"""/health and /metrics, and the schema registry's read side."""

import io
import json

import fastavro
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.console.site import Site, reading
from tests.contract.stored import example
from yidi.console.reading import STALL_MS_MAX
from yidi.contract.codec import SETTLEMENT_REQUEST, SETTLEMENT_RESULT
from yidi.contract.schemas import current, folder, read_ids


async def test_health_names_the_service_that_stands_still():
    """503, with how long and how much lies before it."""
    site = Site()
    site.chain.readings = [reading(0, 100, 10), reading(STALL_MS_MAX + 1, 100, 10)]
    await site.watching.look()
    await site.watching.look()
    answer = await site.browser.get("/health")
    assert answer.status_code == 503
    assert answer.json()["services"]["platform"] == {"state": "stuck", "lag": 90, "stuck_ms": STALL_MS_MAX + 1}


async def test_health_before_the_first_look_is_not_claimed():
    """Not knowing is not healthy."""
    assert (await Site().browser.get("/health")).status_code == 503


async def test_metrics_can_be_scraped():
    """Lag, ends and unsolved errors in Prometheus' own format."""
    site = Site()
    site.chain.readings = [reading(0, 100, 10)]
    await site.watching.look()
    await site.watching.count()
    answer = await site.browser.get("/metrics")
    values = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert values["yidi_service_lag_records", ("hospital",)] == 90
    assert values["yidi_topic_records", ("encounters",)] == 100
    assert values["yidi_errors_unsolved", ("platform",)] == 2
    assert values["yidi_chain_healthy", ()] == 0


async def test_metrics_do_not_make_up_what_no_desk_says():
    """Without a desk there is no count of errors, rather than a zero."""
    assert "yidi_errors_unsolved" not in (await Site().browser.get("/metrics")).text


async def test_id_on_the_wire_leads_to_the_schema_that_wrote_it():
    """A tool reads the id behind the magic byte, asks for it, and gets the very schema."""
    answer = await Site().browser.get(f"/schemas/ids/{SETTLEMENT_REQUEST.schema_id}")
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
    assert json.loads(answer.json()["schema"]) == current(folder())["SettlementRequest"]


async def test_every_frozen_schema_can_be_read():
    """All ids, all subjects, all versions: none is missing."""
    site = Site()
    subjects = (await site.browser.get("/subjects")).json()
    assert {subject.rpartition(".")[2] for subject in subjects} == {entry.record for entry in read_ids(folder())}
    for entry in read_ids(folder()):
        path = f"/subjects/cn.yidi.{entry.record}/versions/{entry.version}"
        assert (await site.browser.get(path)).json()["id"] == entry.id
        assert (await site.browser.get(f"/schemas/ids/{entry.id}")).status_code == 200


async def test_latest_version_has_a_name():
    """`latest` and -1 are the newest."""
    site = Site()
    for latest in ("latest", "-1"):
        path = f"/subjects/cn.yidi.SettlementResult/versions/{latest}"
        assert (await site.browser.get(path)).json()["id"] == SETTLEMENT_RESULT.schema_id


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/schemas/ids/99999", 404, 40403),
        ("/schemas/ids/x", 404, 40403),
        ("/subjects/nobody/versions", 404, 40401),
        ("/subjects/nobody/versions/1", 404, 40401),
        ("/subjects/cn.yidi.Region/versions/99", 404, 40402),
        ("/subjects/cn.yidi.Region/versions/first", 422, 42202),
    ],
)
async def test_what_is_not_there_is_said_in_the_registry_s_own_codes(path: str, status: int, code: int):
    """Clients go by these numbers."""
    answer = await Site().browser.get(path)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


async def test_registry_cannot_be_written():
    """Only reading: ids are made in the repository."""
    site = Site()
    assert (await site.browser.post("/subjects/cn.yidi.Region/versions", json={})).status_code == 405
    assert (await site.browser.get("/mode")).json() == {"mode": "READONLY"}


async def test_foreign_decoder_reads_our_bytes_by_the_schema_of_their_id():
    """What an ordinary tool does: the id behind the magic byte, the schema from here, its own Avro library."""
    record = example("SettlementResult")
    value = SETTLEMENT_RESULT.encode(record)
    schema_id = int.from_bytes(value[1:5], "big")
    answer = await Site().browser.get(f"/schemas/ids/{schema_id}")
    schema = fastavro.parse_schema(json.loads(answer.json()["schema"]))
    assert fastavro.schemaless_reader(io.BytesIO(value[5:]), schema, None) == record
