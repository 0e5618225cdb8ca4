"""Who comes to a chain's Kafka as whom, on a real secured one of three brokers."""

from pathlib import Path

import pytest

from yidi.broker import Vault
from yidi.broker.cluster import EmbeddedCluster
from yidi.chain.keys import Keys, hand_out
from yidi.chain.settings import ChainSettings
from yidi.contract.access import principals
from yidi.contract.topics import plan
from yidi.runtime.admin import ensure_topics
from yidi.runtime.connection import Connection, Security
from yidi.runtime.handshake import refusal
from yidi.runtime.rights import lacking

OPEN = Connection(bootstrap="127.0.0.1:1", security=Security.of())


def test_on_an_open_kafka_everybody_comes_as_nobody():
    """There is one way in, and no password is made."""
    keys = Keys(OPEN, OPEN.bootstrap)
    assert keys.of("hospital") is keys.of("desk") is OPEN


@pytest.mark.kafka
@pytest.mark.e2e
@pytest.mark.xdist_group("secured")
async def test_when_the_keys_are_handed_out_every_broker_lets_everybody_in(tmp_path: Path):
    """No service meets a broker that has not heard of it, and each has the rights of its seat; again, the same."""
    vault, settings = Vault(tmp_path / "security"), ChainSettings(data_dir=tmp_path, secure=True)
    async with EmbeddedCluster(tmp_path / "kafka", 3, security=vault) as cluster:
        keys = Keys(cluster.connection, cluster.bootstrap, vault)
        await ensure_topics(keys.own, plan(partitions=1), replication=1)
        for _ in range(2):
            await hand_out(keys, settings)
            for one in principals():
                places = [keys.of(one.name).model_copy(update={"bootstrap": b.bootstrap}) for b in cluster.brokers]
                assert [await refusal(place) for place in places] == [None] * 3
                assert await lacking(keys.of(one.name), list(one.grants())) == []
